// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/arena_config.hpp>
#include <nebula/kernel/audit.hpp>
#include <nebula/kernel/canary_link.hpp>
#include <nebula/kernel/marker.hpp>
#include <nebula/kernel/memory_tools.hpp>
#include <nebula/kernel/pattern.hpp>
#include <nebula/kernel/scope.hpp>

namespace nebula {

/// What an arena says beyond its allocator_state. [SR-ARENA-008]
struct arena_statistics {
  std::uint64_t total_allocated_bytes = 0; ///< of all blocks since construction, padding not counted; stays at its most
  std::size_t current_used_bytes = 0;      ///< what blocks occupy now, padding included
  std::size_t chunk_count = 0;             ///< chunks held now
  std::size_t largest_chunk_bytes = 0;     ///< of the chunks held now
};

/// Blocks of any layout, one after the other in chunks that a source gives when they are needed; given back all
/// together, by reset() or the destructor, or down to a marker. No block ever moves, and none lies in two chunks. With
/// track_allocations each block has a record, so that deallocate() judges every pointer exactly; without, it takes the
/// last block back and nothing else. One owner: no function is to be called while another is under way. All functions
/// are O(1) unless they say otherwise; those that take chunks or give them back are as bounded as the source is.
///
/// Invariants: in each chunk, header_bytes() <= top <= limit; blocks lie below the top, disjoint and aligned; a
/// chunk's header says what the chunks before it hold. docs/allocators/arena.md.
///
/// At the paranoid level each block is followed by a canary; a dead block, its canary's place included, and what lies
/// between the top and the records of each chunk hold the free pattern; and every call can also end with
/// written_after_free or overrun, before anything else is looked at: see failure_record::watch(). Where blocks
/// are not tracked, the canary also says where the one below it is; see canary_link.
class arena : public failure_record<plain_atomics, component::arena> {
public:
  static constexpr bool has_exact_use = true; ///< see exact_use.hpp

  /// Takes no chunk yet: the first request does.
  explicit arena(const arena_plan& plan) noexcept
      : failure_record(plan.hook_, plan.level_),
        chunks_(plan.source_),
        schedule_(plan.schedule_),
        reserved_((plan.track_allocations_ ? sizeof(arena_record) : 0) +
                  (plan.level_ == check_level::paranoid ? canary_bytes : 0)) {
    this->seal_metadata(*this);
  }
  /// Gives all chunks back, the youngest first. Nothing iff corrupted: what a broken chain names is not to be released.
  /// O(chunks). Destroys no objects. [SR-ARENA-006]
  ~arena() {
    if (!this->is_corrupted() && this->check_seals(*this).has_value()) {
      static_cast<void>(give_back_but(0, operation::release)); // a source that does not take one has been reported
    }
  }
  arena(const arena&) = delete;
  arena& operator=(const arena&) = delete;

  /// request.size bytes at a multiple of request.align, contiguous: in the newest chunk if it fits there, else in a new
  /// one, as large as the schedule says or as the request needs. [SR-ARENA-003] O(1); O(chunks) when a chunk is taken.
  /// Errors, state unchanged, in this order: invalid_layout iff the request is malformed; layout_unsupported iff a
  /// chunk for it would exceed the maximal capacity, or SIZE_MAX; over_capacity iff it would together with the chunks
  /// held; and those of arena_chunks::acquire(): the source's own, and those of what it gave.
  [[nodiscard]] result<std::byte*> allocate(layout request) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_UNLIKELY(this->is_watched())) {
      return this->watch(*this, operation::allocate,
                         [this, request](bool is_paranoid) noexcept { return take(request, tail_bytes(is_paranoid)); });
    }
    return take(request, 0);
  }

  /// Takes a block back. Tracked: the last block of the newest chunk is given back at once, padding included, as often
  /// as the last record is a live block; any other stays occupied until a restore or a reset, but is dead. Not tracked:
  /// the most recent successful allocate(), once, and only if nothing came after it. [SR-ARENA-004] O(1) for the last
  /// block; else O(chunks + log records). Errors, state unchanged, in this order: null_pointer iff null;
  /// foreign_pointer iff outside the chunks held; double_free iff in the free part of a chunk. Then, tracked:
  /// misaligned_pointer iff not the start of a block; double_free iff the block is dead; layout_mismatch iff it has
  /// another layout. Not tracked: layout_mismatch iff the last block has another layout; misaligned_pointer iff inside
  /// the last block; not_last_block, a refusal, iff anywhere else.
  [[nodiscard]] result<void> deallocate(std::byte* block, layout allocated) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_UNLIKELY(this->is_watched())) {
      return this->watch(*this, operation::deallocate, [this, block, allocated](bool is_paranoid) noexcept {
        return free_block(block, allocated, extent_of_free::all, tail_bytes(is_paranoid));
      });
    }
    return free_block(block, allocated, extent_of_free::all, 0);
  }

  /// deallocate(), and in the middle of it, once the free has been found right and before the bytes are given back, the
  /// caller's action: to destroy what is in the block iff the free is right. The errors that come after the action are
  /// those of an action which has itself allocated or freed here. Not nonblocking, for the action need not be.
  /// [SR-LIFE-001]
  template <class Action>
  [[nodiscard]] result<void> deallocate_after(std::byte* block, layout allocated, Action action) noexcept {
    const result<void> right =
        this->watch(*this, operation::deallocate, [this, block, allocated](bool is_paranoid) noexcept {
          return free_block(block, allocated, extent_of_free::checks, tail_bytes(is_paranoid));
        });
    if (NEBULA_UNLIKELY(!right.has_value())) {
      return right;
    }
    action();
    return failure_record::despite_stray_writes([&]() noexcept { return deallocate(block, allocated); });
  }

  /// A point to go back to. Costs one record, in the newest chunk if it fits there, else in a new one. [SR-ARENA-009]
  /// Errors as allocate(), invalid_layout excepted. O(1); O(chunks) when a chunk is taken.
  [[nodiscard]] result<marker> mark() noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::mark, [&](bool) noexcept { return mark_here(); });
  }

  /// Gives back all that was allocated since the mark, and the mark itself with all later ones; the chunks that were
  /// taken since then go back to the source, the youngest first. Destroys no objects. [SR-ARENA-010] O(chunks given
  /// back), and, where blocks are tracked, O(records given back). Errors, nothing given back, in this order:
  /// foreign_marker iff of another allocator; stale_marker iff older than the last reset; spent_marker iff restored
  /// already, or discarded by restoring an older one.
  [[nodiscard]] result<void> restore(const marker& point) noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::restore, [&](bool) noexcept { return go_back_to(point); });
  }

  /// Gives everything back but the first chunk; all markers become stale. That chunk serves the next round without the
  /// source, which is then asked for nothing while the first chunk suffices. Destroys no objects. O(chunks). Refuses
  /// only when corrupted. [SR-ARENA-005]
  [[nodiscard]] result<void> reset() noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::reset, [&](bool) noexcept { return begin_anew(); });
  }

  /// True iff the address lies in a chunk that is held, its header and its records included. O(chunks). False, too, for
  /// an address beyond a broken link of the chain.
  [[nodiscard]] bool owns(const std::byte* address) const noexcept NEBULA_NONBLOCKING {
    return chunks_.find(address).left != 0;
  }

  /// Capacity is the bytes of the chunks held, their headers and records included. Bytes used are those of blocks, live
  /// and dead, and their padding; bytes available are the largest block of alignment 1 that the newest chunk would now
  /// serve: a larger request takes another chunk.
  [[nodiscard]] allocator_state state() const noexcept NEBULA_NONBLOCKING {
    allocator_state now;
    now.capacity_bytes = chunks_.held_bytes();
    now.used_bytes = chunks_.used_bytes();
    now.available_bytes = chunks_.newest().room(reserved_);
    now.peak_bytes = peak_;
    now.live_blocks = live_;
    now.failures = this->failures();
    return now;
  }
  [[nodiscard]] arena_statistics statistics() const noexcept NEBULA_NONBLOCKING {
    return {total_allocated_bytes_, chunks_.used_bytes(), chunks_.count(), chunks_.newest().largest};
  }

  /// The number of marks that can be restored.
  [[nodiscard]] std::size_t mark_count() const noexcept NEBULA_NONBLOCKING { return marks_; }
  /// True iff restore(point) would succeed: a mark of this arena, made since the last reset, and neither restored nor
  /// discarded. What was allocated right after a mark that nobody else restores is there iff the mark is open. False,
  /// too, beyond a broken link of the chain. O(chunks). [SR-MARK-009]
  [[nodiscard]] bool is_open(const marker& point) const noexcept NEBULA_NONBLOCKING {
    if (this->is_corrupted() || point.owner != this || point.generation != generation_ ||
        point.depth >= chunks_.record_count()) {
      return false;
    }
    const chunk_walk found = chunks_.find_record(point.depth);
    if (found.broken != invariant::none || point.depth - found.at.records_before >= found.at.records) {
      return false;
    }
    const arena_record record = found.at.record(point.depth - found.at.records_before);
    return record.is(arena_record::kind::mark) && record.serial() == point.serial;
  }
  /// What restore(point) would discard beside the mark; nothing iff the mark is not open. O(chunks), and, where blocks
  /// are tracked, O(records since the mark). [SR-MARK-009]
  [[nodiscard]] held_above_mark held_above(const marker& point) const noexcept NEBULA_NONBLOCKING {
    if (!is_open(point)) {
      return {};
    }
    if (tracks()) {
      const record_tally since = chunks_.tally_since(point.depth);
      return {since.live, since.marks - 1};
    }
    const chunk_walk found = chunks_.find_record(point.depth);
    return {live_ - found.at.record(point.depth - found.at.records_before).place,
            chunks_.record_count() - point.depth - 1};
  }
  /// As configured.
  [[nodiscard]] bool tracks_allocations() const noexcept NEBULA_NONBLOCKING { return tracks(); }
  /// True iff blocks are tracked and a live one begins at the address. False, too, beyond a broken link of the chain.
  /// O(chunks + log records). [SR-LIFE-003]
  [[nodiscard]] bool is_live(const std::byte* address) const noexcept NEBULA_NONBLOCKING {
    const chunk_walk found = chunks_.find(address);
    const std::size_t offset = found.at.offset_of(address);
    // by the size too: the number of records may be what is corrupted
    if (this->is_corrupted() || !tracks() || found.left == 0 || offset >= found.at.top ||
        found.at.records > found.at.size / sizeof(arena_record)) {
      return false;
    }
    const std::size_t index = found.at.record_below(offset);
    const arena_record record = index < found.at.records ? found.at.record(index) : arena_record{};
    return record.is(arena_record::kind::live_block) && record.place == offset;
  }
  /// The bytes that one mark takes, and each block where blocks are tracked.
  [[nodiscard]] static constexpr std::size_t record_bytes() noexcept { return sizeof(arena_record); }
  /// The bytes that the arena takes of each chunk.
  [[nodiscard]] static constexpr std::size_t header_bytes() noexcept { return arena_chunks::header_bytes(); }

  /// Walks all of the metadata; corrupted iff an invariant does not hold. At the paranoid level also all canaries and
  /// all free bytes: overrun or written_after_free, misuse, iff one was overwritten; that one has then been mended, and
  /// the walk has ended there. O(chunks + records); at the paranoid level O(capacity · log records).
  [[nodiscard]] result<void> check_invariants() const noexcept NEBULA_NONBLOCKING {
    const result<void> sealed = this->check_seals(*this);
    audit_cursor cursor;
    return sealed.has_value() ? result<void>(audit(cursor, std::numeric_limits<std::size_t>::max()).error()) : sealed;
  }
  /// The same in at most `steps` steps, of which a walk takes one for each chunk and each record and one more, and one
  /// look at each chunk that was walked already; at the paranoid level also one more, three for each chunk, one for each
  /// block, and one for each 256 free bytes in a row. True iff this call completed the walk.
  [[nodiscard]] result<bool> audit(audit_cursor& cursor, std::size_t steps) const noexcept NEBULA_NONBLOCKING;

private:
  friend struct metadata_access;

  struct last_block {
    std::size_t previous_top = 0;
    std::size_t begin = 0;
    std::size_t align = 0; ///< 0: there is no last block
  };

  [[nodiscard]] bool tracks() const noexcept { return reserved_ >= sizeof(arena_record); }
  /// What stands behind each block.
  [[nodiscard]] static last_block last_on_record(const arena_chunk& chunk) noexcept {
    const arena_record record = chunk.records == 0 ? arena_record{} : chunk.record(chunk.records - 1);
    const bool is_live = record.is(arena_record::kind::live_block);
    return is_live ? last_block{record.previous_top, record.place, record.align()} : last_block{};
  }

  static_assert(canary_bytes < sizeof(arena_record), "what is reserved says of what");

  // The calls themselves. `tail` bytes stand behind each block: none, or a canary.

  [[nodiscard]] result<std::byte*> take(layout request, std::size_t tail) noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::allocate;
    if (NEBULA_UNLIKELY(!request.is_valid())) {
      return this->refuse(error_code::invalid_layout, during);
    }
    const arena_chunk& chunk = chunks_.newest();
    NEBULA_INVARIANT(arena_records_within_chunk, chunk.records <= chunk.size / sizeof(arena_record));
    NEBULA_INVARIANT(arena_top_within_chunk, chunk.top <= chunk.limit());
    // Compared by subtraction, each from a larger number: no size and no alignment can make these wrap.
    const std::size_t room = chunk.room(reserved_);
    const std::size_t padding = padding_bytes(chunk.address_of(chunk.top), request.align);
    if (NEBULA_UNLIKELY(padding > room || request.size > room - padding)) {
      const result<void> grown = grow(bytes_for(request), during);
      if (NEBULA_UNLIKELY(!grown.has_value())) {
        return grown.error();
      }
    }
    return place(request, tail);
  }

  [[nodiscard]] result<marker> mark_here() noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::mark;
    arena_chunk& chunk = chunks_.newest();
    NEBULA_INVARIANT(arena_records_within_chunk, chunk.records <= chunk.size / sizeof(arena_record));
    NEBULA_INVARIANT(arena_top_within_chunk, chunk.top <= chunk.limit());
    std::size_t previous_top = chunk.top;
    if (NEBULA_UNLIKELY(chunk.limit() - chunk.top < sizeof(arena_record))) {
      const result<void> grown = grow({arena_chunks::header_bytes() + sizeof(arena_record), true}, during);
      if (NEBULA_UNLIKELY(!grown.has_value())) {
        return grown.error();
      }
      previous_top = 0; // the chunk came with the mark, and goes with it
    }
    ++serial_;
    ++marks_;
    last_ = {};
    chunk.set_record(chunk.records++, arena_record::of_mark(previous_top, live_, serial_));
    return marker{this, generation_, serial_, chunks_.record_count() - 1};
  }

  [[nodiscard]] result<void> go_back_to(const marker& point) noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::restore;
    if (NEBULA_UNLIKELY(point.owner != this)) {
      return this->misuse(error_code::foreign_marker, during, nullptr);
    }
    if (NEBULA_UNLIKELY(point.generation != generation_)) {
      return this->misuse(error_code::stale_marker, during, nullptr);
    }
    NEBULA_INVARIANT(arena_records_within_chunk,
                     chunks_.newest().records <= chunks_.newest().size / sizeof(arena_record));
    const bool is_there = point.depth < chunks_.record_count();
    const chunk_walk found = is_there ? chunks_.find_record(point.depth) : chunk_walk{};
    if (NEBULA_UNLIKELY(found.broken != invariant::none)) {
      return this->corrupt(found.broken, during);
    }
    const std::size_t index = point.depth - found.at.records_before;
    const arena_record record = is_there ? found.at.record(index) : arena_record{};
    if (NEBULA_UNLIKELY(!is_there || !record.is(arena_record::kind::mark) || record.serial() != point.serial)) {
      return this->misuse(error_code::spent_marker, during, nullptr);
    }
    return give_back_to(found, index, record);
  }

  [[nodiscard]] result<void> begin_anew() noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::reset;
    const result<void> given_back = give_back_but(1, during);
    if (NEBULA_UNLIKELY(!given_back.has_value())) {
      return given_back;
    }
    ++generation_; // 2^64 resets are beyond any program's life
    ++serial_;
    chunks_.newest().top = chunks_.count() == 0 ? 0 : arena_chunks::header_bytes();
    chunks_.newest().records = 0;
    rest_is_free();
    live_ = 0;
    marks_ = 0;
    last_ = {};
    return {};
  }

  /// The smallest chunk that is sure to hold the request. A chunk and the end of its header are at multiples of
  /// chunk_align_bytes, so that only a stricter alignment can need padding.
  [[nodiscard]] checked_size bytes_for(layout request) const noexcept {
    const std::size_t padding = request.align > chunk_align_bytes ? request.align - chunk_align_bytes : 0; // at worst
    const checked_size before = checked_add(header_bytes() + reserved_, padding);
    const checked_size sum = checked_add(before.value, request.size);
    return before.fits ? sum : checked_size{};
  }
  /// A block in the newest chunk, where there is room for it.
  [[nodiscard]] std::byte* place(layout request, std::size_t tail) noexcept {
    arena_chunk& chunk = chunks_.newest();
    const std::size_t begin = chunk.top + padding_bytes(chunk.address_of(chunk.top), request.align);
    if (tracks()) {
      chunk.set_record(chunk.records++, arena_record::of_block(chunk.top, request, begin));
    } else {
      last_ = {chunk.top, begin, request.align};
    }
    serial_ += tracks() || tail != 0 ? 1U : 0U;
    if (NEBULA_UNLIKELY(tail != 0)) {
      put_canary(chunk, chunk.top, begin + request.size);
    }
    chunk.top = begin + request.size + tail;
    ++live_;
    const std::size_t used = chunks_.used_bytes();
    peak_ = used > peak_ ? used : peak_;
    const std::uint64_t left = std::numeric_limits<std::uint64_t>::max() - total_allocated_bytes_;
    total_allocated_bytes_ += request.size < left ? request.size : left;
    tell_allocated(chunk.data + begin, request.size);
    return chunk.data + begin;
  }
  /// Where records say where blocks are, a canary need not.
  void put_canary(const arena_chunk& chunk, std::size_t previous_top, std::size_t begin) const noexcept {
    if (tracks()) {
      fill_with(canary_pattern, chunk.data + begin, canary_bytes);
    } else {
      canary_link::write(chunk.data + begin, previous_top);
    }
  }
  /// What lies between the top of the newest chunk and its records is free from here on.
  void rest_is_free() noexcept {
    const arena_chunk& chunk = chunks_.newest();
    if (chunk.data == nullptr) {
      return; // there is none
    }
    if (this->is_paranoid()) {
      ++serial_; // for a walk that is under way
      fill_with(free_pattern, chunk.data + chunk.top, chunk.limit() - chunk.top);
    }
    chunk.tell_rest_free();
  }

  NEBULA_COLD result<void> grow(checked_size needed, operation during) noexcept NEBULA_NONBLOCKING {
    const std::size_t held = chunks_.held_bytes();
    const result<std::size_t> wanted = schedule_.next_bytes(chunks_.count(), held, needed);
    if (!wanted.has_value()) {
      return this->refuse(wanted.code(), during);
    }
    const chunk_outcome taken = chunks_.acquire(wanted.value(), schedule_.left_bytes(held));
    if (taken.broken != invariant::none) {
      return this->corrupt(taken.broken, during);
    }
    if (is_misuse(taken.code)) {
      return this->misuse(taken.code, during, taken.chunk);
    }
    if (taken.code != error_code::none) {
      return this->refuse(taken.code, during);
    }
    ++serial_;
    rest_is_free();
    return {};
  }

  enum class extent_of_free : std::uint8_t { checks, all };

  [[nodiscard]] result<void> free_block(std::byte* block, layout allocated, extent_of_free extent,
                                        std::size_t tail) noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::deallocate;
    arena_chunk& chunk = chunks_.newest();
    NEBULA_INVARIANT(arena_records_within_chunk, chunk.records <= chunk.size / sizeof(arena_record));
    const last_block last = tracks() ? last_on_record(chunk) : last_;
    if (NEBULA_UNLIKELY(last.align == 0 || chunk.offset_of(block) != last.begin)) {
      return free_another(block, allocated, tail, extent);
    }
    NEBULA_INVARIANT(arena_last_block_below_top, chunk.is_placed_right(last.previous_top, last.begin, last.align));
    if (NEBULA_UNLIKELY(allocated.size != chunk.top - last.begin - tail || allocated.align != last.align)) {
      return this->misuse(error_code::layout_mismatch, during, block);
    }
    NEBULA_INVARIANT(arena_live_fits_used, live_ != 0);
    if (extent == extent_of_free::checks) {
      return {};
    }
    chunk.top = last.previous_top;
    chunk.records -= tracks() ? 1U : 0U;
    serial_ += tracks() ? 1U : 0U;
    --live_;
    last_ = {};
    rest_is_free();
    return {};
  }

  /// A free of anything but the last block.
  NEBULA_COLD result<void> free_another(std::byte* block, layout allocated, std::size_t tail,
                                        extent_of_free extent) noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::deallocate;
    const chunk_walk found = chunks_.find(block);
    if (block == nullptr) {
      return this->misuse(error_code::null_pointer, during, block);
    }
    if (found.broken != invariant::none) {
      return this->corrupt(found.broken, during);
    }
    if (found.left == 0) {
      return this->misuse(error_code::foreign_pointer, during, block);
    }
    const std::size_t offset = found.at.offset_of(block);
    if (offset >= found.at.top) {
      return this->misuse(error_code::double_free, during, block);
    }
    if (!tracks()) {
      const bool is_inside = found.left == chunks_.count() && last_.align != 0 && offset > last_.begin;
      return is_inside ? this->misuse(error_code::misaligned_pointer, during, block)
                       : this->refuse(error_code::not_last_block, during);
    }
    const std::size_t index = found.at.record_below(offset);
    const arena_record record = index < found.at.records ? found.at.record(index) : arena_record{};
    if (!record.is_block() || record.place != offset) {
      return this->misuse(error_code::misaligned_pointer, during, block);
    }
    if (record.is(arena_record::kind::dead_block)) {
      return this->misuse(error_code::double_free, during, block);
    }
    if (allocated.size != found.at.end_of(index) - offset - tail || allocated.align != record.align()) {
      return this->misuse(error_code::layout_mismatch, during, block);
    }
    NEBULA_INVARIANT(arena_live_fits_used, live_ != 0);
    if (extent == extent_of_free::checks) {
      return {};
    }
    found.at.set_record(index, record.as_dead());
    if (tail != 0) {
      fill_with(free_pattern, block, allocated.size + tail); // free memory from here on, though not yet given back
    }
    tell_free(block, allocated.size);
    ++serial_;
    --live_;
    return {};
  }

  /// Everything from a mark on; `found` is its chunk, and `index` its place there.
  [[nodiscard]] result<void> give_back_to(const chunk_walk& found, std::size_t index,
                                          const arena_record& mark) noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::restore;
    const std::size_t depth = found.at.records_before + index;
    NEBULA_INVARIANT(arena_mark_below_top, mark.previous_top <= found.at.top);
    NEBULA_INVARIANT(arena_chunk_of_mark_begins_with_it, mark.previous_top != 0 || index == 0);
    NEBULA_INVARIANT(arena_live_matches_records, tracks() || mark.place <= live_);
    // not tracked: every record is a mark's, and nothing below a mark can have been freed since
    const record_tally since =
        tracks() ? chunks_.tally_since(depth) : record_tally{live_ - mark.place, chunks_.record_count() - depth};
    NEBULA_INVARIANT(arena_live_matches_records, since.live <= live_ && since.marks <= marks_);
    const bool goes_too = mark.previous_top == 0; // the chunk came with the mark
    const result<void> given_back = give_back_but(goes_too ? found.left - 1 : found.left, during);
    if (NEBULA_UNLIKELY(!given_back.has_value())) {
      return given_back;
    }
    if (!goes_too) {
      chunks_.newest().top = mark.previous_top;
      chunks_.newest().records = index;
      rest_is_free();
    }
    ++serial_;
    live_ -= since.live;
    marks_ -= since.marks;
    last_ = {};
    return {};
  }
  /// Drops the youngest chunks until so many are left.
  [[nodiscard]] result<void> give_back_but(std::size_t kept, operation during) noexcept NEBULA_NONBLOCKING {
    while (chunks_.count() > kept) {
      const invariant wrong = chunks_.drop_newest();
      if (NEBULA_UNLIKELY(wrong != invariant::none)) {
        return this->corrupt(wrong, during);
      }
    }
    return {};
  }

  friend class failure_record<plain_atomics, component::arena>;
  void add_object_to(seal& sum) const noexcept {
    chunks_.add_object_to(sum);
    const std::size_t words[] = {schedule_.chunk_bytes,
                                 schedule_.growth_bytes,
                                 schedule_.capacity_max_bytes,
                                 static_cast<std::size_t>(schedule_.growth),
                                 reserved_,
                                 peak_,
                                 live_,
                                 marks_,
                                 last_.previous_top,
                                 last_.begin,
                                 last_.align};
    for (const std::size_t word : words) {
      sum.add(word);
    }
    sum.add_wide(total_allocated_bytes_);
    sum.add_wide(serial_);
    sum.add_wide(generation_);
  }
  void add_records_to(seal& sum) const noexcept { chunks_.add_records_to(sum); }

  [[nodiscard]] result<bool> audit_chunks(audit_cursor& cursor, std::size_t steps) const noexcept NEBULA_NONBLOCKING;
  [[nodiscard]] result<bool> audit_bytes(const chunk_walk& walk,
                                         audit_cursor& cursor) const noexcept NEBULA_NONBLOCKING;
  [[nodiscard]] result<bool> audit_linked_canary(const chunk_walk& walk,
                                                 audit_cursor& cursor) const noexcept NEBULA_NONBLOCKING;
  [[nodiscard]] result<bool> audit_upward(const arena_chunk& chunk,
                                          audit_cursor& cursor) const noexcept NEBULA_NONBLOCKING;

  arena_chunks chunks_;
  chunk_schedule schedule_;
  std::size_t reserved_; ///< for each block's record, where blocks are tracked, and its canary, where paranoid
  std::size_t peak_ = 0;
  std::size_t live_ = 0;
  std::size_t marks_ = 0;
  std::uint64_t total_allocated_bytes_ = 0;
  std::uint64_t serial_ = 0; ///< counts the changes of records and chunks
  std::uint64_t generation_ = 0;
  last_block last_{}; ///< where blocks are not tracked
};

using arena_scope = scope<arena>;

inline result<bool> arena::audit(audit_cursor& cursor, std::size_t steps) const noexcept NEBULA_NONBLOCKING {
  constexpr operation during = operation::check_invariants;
  if (NEBULA_UNLIKELY(this->is_corrupted())) {
    return this->refuse(error_code::corrupted, during);
  }
  const result<void> sound = this->check_object(*this);
  if (NEBULA_UNLIKELY(!sound.has_value())) {
    return sound.error();
  }
  const arena_chunk& newest = chunks_.newest();
  NEBULA_INVARIANT(arena_chain_has_all_chunks, (newest.data != nullptr) == (chunks_.count() != 0));
  NEBULA_INVARIANT(arena_records_within_chunk, newest.records <= newest.size / sizeof(arena_record));
  NEBULA_INVARIANT(arena_top_within_chunk, arena_chunks::is_top_within(newest));
  NEBULA_INVARIANT(arena_held_within_capacity, chunks_.held_bytes() <= schedule_.capacity_max_bytes);
  NEBULA_INVARIANT(arena_peak_covers_used, peak_ >= chunks_.used_bytes());
  NEBULA_INVARIANT(arena_live_fits_used, live_ <= chunks_.used_bytes());
  NEBULA_INVARIANT(arena_last_block_below_top,
                   last_.align == 0 || newest.is_placed_right(last_.previous_top, last_.begin, last_.align));
  return audit_chunks(cursor, steps);
}

/// The walk itself: first through the records of all chunks, then, at the paranoid level, through the bytes.
inline result<bool> arena::audit_chunks(audit_cursor& cursor, std::size_t steps) const noexcept NEBULA_NONBLOCKING {
  constexpr operation during = operation::check_invariants;
  // Whatever adds or removes a record or a chunk, or changes a record, makes a new serial number; at the paranoid level
  // so does every change.
  const bool is_paranoid = this->is_paranoid();
  if (!cursor.is_in(this, serial_, is_paranoid ? 4 : 1)) {
    cursor.begin(this, serial_, 0, 1);
    cursor.part = 0;
  }
  chunk_walk walk = chunks_.begin();
  for (std::size_t passed = 0; passed < cursor.part && walk.left != 0; ++passed) {
    chunks_.go_on(walk);
  }
  // At most one round for each chunk and each record, and one; at the paranoid level, also those that audit() says.
  for (; steps != 0; --steps) {
    if (NEBULA_UNLIKELY(walk.broken != invariant::none)) {
      return this->corrupt(walk.broken, during);
    }
    if (walk.left == 0 && cursor.phase == 1) {
      NEBULA_INVARIANT(arena_live_matches_records, cursor.visited == marks_ + (tracks() ? live_ : 0));
      NEBULA_INVARIANT(arena_held_matches_chunks, chunks_.has_sum_of_sizes());
      if (is_paranoid) {
        walk = chunks_.begin();
        cursor.phase = 2;
        cursor.part = 0;
        continue;
      }
    }
    if (walk.left == 0) {
      cursor.phase = 0;
      return true;
    }
    if (cursor.phase > 1 || cursor.position >= walk.at.records) {
      const result<bool> done = cursor.phase > 1 ? audit_bytes(walk, cursor) : result<bool>(true);
      if (NEBULA_UNLIKELY(!done.has_value())) {
        return done;
      }
      if (done.value()) {
        chunks_.go_on(walk);
        cursor.phase = cursor.phase > 1 ? 2 : 1;
        cursor.position = 0;
        ++cursor.part;
      }
      continue;
    }
    const invariant wrong =
        arena_chunks::wrong_record(walk.at, cursor.position, tracks(), tail_bytes(is_paranoid), serial_);
    if (NEBULA_UNLIKELY(wrong != invariant::none)) {
      return this->corrupt(wrong, during);
    }
    cursor.visited += walk.at.record(cursor.position).is(arena_record::kind::dead_block) ? 0U : 1U;
    ++cursor.position;
  }
  return false;
}

/// One step through the bytes of a chunk; true iff the chunk is done. It mends what was overwritten, and so comes only
/// once all records of all chunks have been found right. Phase 2 is the beginning of a chunk.
NEBULA_COLD inline result<bool> arena::audit_bytes(const chunk_walk& walk,
                                                   audit_cursor& cursor) const noexcept NEBULA_NONBLOCKING {
  if (cursor.phase == 2) {
    cursor.phase = tracks() ? 4 : 3;
    cursor.position = tracks() ? header_bytes() : walk.at.top;
    return false;
  }
  return cursor.phase == 3 ? audit_linked_canary(walk, cursor) : audit_upward(walk.at, cursor);
}

/// Phase 3, where blocks are not tracked, visits the canaries from the top down, `position` being the end of one. Never
/// true: phase 4 follows.
NEBULA_COLD inline result<bool> arena::audit_linked_canary(const chunk_walk& walk,
                                                           audit_cursor& cursor) const noexcept NEBULA_NONBLOCKING {
  constexpr operation during = operation::check_invariants;
  const arena_chunk& chunk = walk.at;
  cursor.position = cursor.position > chunk.top ? chunk.top : cursor.position;
  if (cursor.position <= header_bytes()) {
    cursor.phase = 4;
    cursor.position = chunk.top;
    return false;
  }
  NEBULA_INVARIANT(arena_top_within_chunk, cursor.position - header_bytes() > canary_bytes);
  std::byte* const canary = chunk.data + (cursor.position - canary_bytes);
  const checked_size below = canary_link::read(canary, cursor.position, header_bytes());
  if (NEBULA_UNLIKELY(!below.fits)) {
    // The last block's own record says where the canary below it is. Of another block nothing does: those below it in
    // this chunk are not visited any more.
    const bool is_last = walk.left == chunks_.count() && cursor.position == chunk.top && last_.align != 0;
    canary_link::write(canary, is_last ? last_.previous_top : header_bytes());
    cursor.phase = 0;
    return this->misuse(error_code::overrun, during, canary);
  }
  cursor.position = below.value;
  return false;
}

/// Phase 4 goes up through the bytes to the records: where blocks are tracked from the first one on, else from the top.
NEBULA_COLD inline result<bool> arena::audit_upward(const arena_chunk& chunk,
                                                    audit_cursor& cursor) const noexcept NEBULA_NONBLOCKING {
  constexpr operation during = operation::check_invariants;
  constexpr std::size_t bytes_a_step = 256;
  std::size_t end = chunk.limit();
  if (cursor.position >= end) {
    return true;
  }
  if (cursor.position < chunk.top) { // the records have been walked, and say where the block is
    const std::size_t index = chunk.record_below(cursor.position);
    const arena_record record = index < chunk.records ? chunk.record(index) : arena_record{};
    end = index < chunk.records ? chunk.end_of(index) : 0;
    NEBULA_INVARIANT(arena_record_ends_in_order, record.is_block() && record.place < end && cursor.position < end &&
                                                     end - record.place > canary_bytes && end <= chunk.top);
    if (record.is(arena_record::kind::live_block)) {
      std::byte* const canary = chunk.data + (end - canary_bytes);
      const std::byte* const changed = mend(canary_pattern, canary, canary_bytes);
      if (NEBULA_UNLIKELY(changed != nullptr)) {
        cursor.phase = 0;
        return this->misuse(error_code::overrun, during, changed);
      }
      cursor.position = end;
      return false;
    }
    cursor.position = cursor.position < record.place ? record.place : cursor.position;
  }
  const std::size_t rest = end - cursor.position;
  const std::size_t share = rest < bytes_a_step ? rest : bytes_a_step;
  const std::byte* const changed = mend(free_pattern, chunk.data + cursor.position, share);
  if (NEBULA_UNLIKELY(changed != nullptr)) {
    cursor.phase = 0;
    return this->misuse(error_code::written_after_free, during, changed);
  }
  cursor.position += share;
  return false;
}

} // namespace nebula
