// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/audit.hpp>
#include <nebula/kernel/byte_storage.hpp>
#include <nebula/kernel/failure_record.hpp>
#include <nebula/kernel/marker.hpp>
#include <nebula/kernel/pattern.hpp>
#include <nebula/kernel/seal.hpp>

namespace nebula {

/// Blocks that are freed in the reverse of the order in which they were allocated, and that order checked. One owner:
/// no function is to be called while another is under way. All functions are O(1) unless they say otherwise.
///
///     0                                top                  limit                         size
///     | block |pad| block |pad| block  |       free         | record n … record 1 record 0 |
///
/// Payload grows up and records grow down: an overrun of the top block meets free space. Each block and each mark has
/// one record, which says what preceded it, exactly: freeing a block restores the top that was, padding included.
///
/// At the paranoid level a canary follows each block, the bytes from the top to the records hold the free pattern, and
/// every call can also end with written_after_free or overrun, before anything else is looked at: see
/// failure_record::watch().
template <class Storage>
class basic_stack : public failure_record<plain_atomics, component::stack_allocator> {
public:
  static constexpr bool has_exact_use = true; ///< see exact_use.hpp

  constexpr basic_stack() noexcept = default;
  explicit constexpr basic_stack(fault_hook hook, check_level level = check_level::standard) noexcept
      : failure_record(hook, level) {
    storage_.begin_use(level == check_level::paranoid);
    if (!__builtin_is_constant_evaluated()) { // otherwise by the first call
      this->seal_metadata(*this);
    }
  }
#if NEBULA_MEMORY_TOOLS
  ~basic_stack() { tell_readable(storage_.data(), storage_.size()); }
#endif

  /// request.size bytes at a multiple of request.align, on top of all others. [SR-STACK-001] invalid_layout iff the
  /// request is malformed; layout_unsupported iff it would not fit in the empty storage, its record included; exhausted
  /// iff it does not fit now.
  [[nodiscard]] NEBULA_FAST result<std::byte*> allocate(layout request) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_DETOUR(this->is_watched())) {
      return allocate_watched(request);
    }
    return take(request, 0);
  }

  /// Gives back the top block. O(1); O(log live blocks) when it refuses. [SR-STACK-002] Errors, state unchanged, in
  /// this order: null_pointer iff null; foreign_pointer iff outside the storage; double_free iff in the free part;
  /// misaligned_pointer iff not the start of a live block; lifo_violation iff a live block, but a block or a mark lies
  /// above it; layout_mismatch iff the top block was allocated with another layout.
  [[nodiscard]] NEBULA_FAST result<void> deallocate(std::byte* block, layout allocated) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_DETOUR(this->is_watched())) {
      return deallocate_watched(block, allocated);
    }
    return give_back(block, allocated, 0);
  }

  /// Makes the top block larger or smaller in its place; what both sizes have in common keeps its contents. [SR-STACK-005]
  /// Errors, state unchanged, in this order: misuses as deallocate(); invalid_layout iff size_bytes is 0; exhausted iff
  /// the larger block does not fit beside the records; layout_unsupported iff it would not fit in the empty storage.
  [[nodiscard]] result<void> resize_top(std::byte* block, layout allocated,
                                        std::size_t size_bytes) noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::resize, [&](bool is_paranoid) noexcept {
      return set_top_size(block, allocated, size_bytes, tail_bytes(is_paranoid));
    });
  }

  /// deallocate(), and in the middle of it, once the free has been found right and before the bytes are given back, the
  /// caller's action: to destroy what is in the block iff the free is right. The errors that come after the action are
  /// those of an action which has itself allocated or freed here. Not nonblocking, for the action need not be.
  /// [SR-LIFE-001]
  template <class Action>
  [[nodiscard]] result<void> deallocate_after(std::byte* block, layout allocated, Action action) noexcept {
    const result<void> right = this->watch(*this, operation::deallocate, [&](bool is_paranoid) noexcept {
      return check_free(block, allocated, tail_bytes(is_paranoid));
    });
    if (NEBULA_UNLIKELY(!right.has_value())) {
      return right;
    }
    action();
    return failure_record::despite_stray_writes([&]() noexcept { return deallocate(block, allocated); });
  }

  /// A point to go back to, on top of the stack: no block below it can be freed before it is restored. exhausted iff
  /// there is no room for its record. [SR-MARK-005]
  [[nodiscard]] result<marker> mark() noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::mark, [&](bool) noexcept { return mark_here(); });
  }

  /// Frees all blocks above the mark, and the mark itself with all later ones. Destroys no objects. [SR-MARK-006]
  /// Errors, nothing truncated, in this order: foreign_marker iff of another allocator; stale_marker iff older than the
  /// last reset; spent_marker iff restored already, or discarded by restoring an older one.
  [[nodiscard]] result<void> restore(const marker& point) noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::restore, [&](bool) noexcept { return go_back_to(point); });
  }

  /// Frees all blocks; all markers become stale. Destroys no objects. Refuses only when corrupted. [SR-STACK-003]
  [[nodiscard]] result<void> reset() noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::reset, [&](bool) noexcept { return begin_anew(); });
  }

  /// True iff the address lies in the storage.
  [[nodiscard]] bool owns(const std::byte* address) const noexcept NEBULA_NONBLOCKING {
    return offset_of(address) < storage_.size();
  }

  /// Capacity is the largest single block, its record deducted; at the paranoid level its canary too is taken of it. Bytes used are those up to the top, padding included;
  /// bytes available are the largest block of alignment 1 that allocate() would now serve, 0 if none.
  [[nodiscard]] allocator_state state() const noexcept NEBULA_NONBLOCKING {
    allocator_state now;
    now.capacity_bytes = storage_.size() > sizeof(record_type) ? storage_.size() - sizeof(record_type) : 0;
    now.used_bytes = top_;
    const std::size_t room = room_beside_a_record();
    const std::size_t tail = tail_bytes(this->level() == check_level::paranoid);
    now.available_bytes = room > tail ? room - tail : 0;
    now.peak_bytes = peak_;
    now.live_blocks = live_;
    now.failures = this->failures();
    return now;
  }

  /// The number of marks that can be restored.
  [[nodiscard]] std::size_t mark_count() const noexcept NEBULA_NONBLOCKING { return count_ - live_; }
  /// True iff restore(point) would succeed: a mark of this allocator, made since the last reset, and neither restored
  /// nor discarded. What lies below a mark that nobody else restores is there iff the mark is open. [SR-MARK-009]
  [[nodiscard]] bool is_open(const marker& point) const noexcept NEBULA_NONBLOCKING {
    // by the storage too: the number of records may be what is corrupted
    if (this->is_corrupted() || point.owner != this || point.generation != generation_ || point.depth >= count_ ||
        !records::fit(storage_, point.depth + 1)) {
      return false;
    }
    const record_type record = records::read(storage_, point.depth);
    return record.align == 0 && record.serial == point.serial;
  }
  /// What restore(point) would discard beside the mark; nothing iff the mark is not open. [SR-MARK-009]
  [[nodiscard]] held_above_mark held_above(const marker& point) const noexcept NEBULA_NONBLOCKING {
    if (!is_open(point)) {
      return {};
    }
    const std::size_t blocks = live_ - live_at(records::read(storage_, point.depth));
    return {blocks, count_ - point.depth - 1 - blocks};
  }
  /// The bytes of storage that each live block and each mark takes beside its payload.
  [[nodiscard]] static constexpr std::size_t record_bytes() noexcept { return sizeof(record_type); }

  /// Walks all of the metadata; corrupted iff an invariant does not hold. At the paranoid level also all canaries and
  /// all free bytes: overrun or written_after_free, misuse, iff one was overwritten; that one has then been mended, and
  /// the walk has ended there. O(live blocks + marks); at the paranoid level O(capacity).
  [[nodiscard]] result<void> check_invariants() const noexcept NEBULA_NONBLOCKING {
    const result<void> sealed = this->check_seals(*this);
    audit_cursor cursor;
    return sealed.has_value() ? result<void>(audit(cursor, std::numeric_limits<std::size_t>::max()).error()) : sealed;
  }
  /// The same in at most `steps` steps, of which a walk takes one for each block and mark and one more; at the paranoid
  /// level twice that, one for each 256 free bytes begun, and one more. True iff this call completed the walk.
  [[nodiscard]] result<bool> audit(audit_cursor& cursor, std::size_t steps) const noexcept NEBULA_NONBLOCKING;

protected:
  /// For storage that a plan has found valid.
  basic_stack(Storage storage, fault_hook hook, check_level level) noexcept
      : failure_record(hook, level), storage_(storage) {
    storage_.begin_use(level == check_level::paranoid);
    this->seal_metadata(*this);
  }

private:
  friend struct metadata_access;

  struct record_type {
    std::size_t previous_top;
    std::size_t begin; ///< of the block; of a mark, the blocks that were live
    std::size_t align; ///< of the block; 0 says that this is a mark
    std::uint64_t serial;

    template <class Record, class Visit>
    static constexpr void visit_fields(Record& record, Visit visit) noexcept {
      visit(record.previous_top);
      visit(record.begin);
      visit(record.align);
      visit(record.serial);
    }
  };
  using records = record_stack<record_type>;

  // The calls themselves. `tail` bytes stand behind each block: none, or a canary.
  [[nodiscard]] NEBULA_FAST result<std::byte*> take(const layout& request, std::size_t tail) noexcept;
  [[nodiscard]] NEBULA_FAST result<void> check_free(const std::byte* block, const layout& allocated,
                                                    std::size_t tail) const noexcept;
  [[nodiscard]] NEBULA_FAST result<void> give_back(std::byte* block, const layout& allocated,
                                                   std::size_t tail) noexcept;
  [[nodiscard]] result<void> set_top_size(std::byte* block, const layout& allocated, std::size_t size_bytes,
                                          std::size_t tail) noexcept;
  [[nodiscard]] NEBULA_FAST error_code wrong_top(const std::byte* block, const layout& allocated,
                                                 std::size_t tail) const noexcept;
  // While corrupted or paranoid. Out of line: what a closure keeps would lie in memory in each call.
  NEBULA_LONG result<std::byte*> allocate_watched(layout request) noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::allocate,
                       [this, request](bool is_paranoid) noexcept { return take(request, tail_bytes(is_paranoid)); });
  }
  NEBULA_LONG result<void> deallocate_watched(std::byte* block, layout allocated) noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::deallocate, [this, block, allocated](bool is_paranoid) noexcept {
      return give_back(block, allocated, tail_bytes(is_paranoid));
    });
  }
  [[nodiscard]] result<marker> mark_here() noexcept;
  [[nodiscard]] result<void> go_back_to(const marker& point) noexcept;
  [[nodiscard]] result<void> begin_anew() noexcept;
  [[nodiscard]] result<bool> audit_bytes(audit_cursor& cursor, std::size_t steps) const noexcept;

  /// The bytes up to `old_top`, and all behind the top that are not a record's, are free from here on.
  void freed(std::size_t old_top, bool is_paranoid) const noexcept {
    if (is_paranoid) {
      fill_with(free_pattern, storage_.data() + top_, limit() - top_);
    }
    tell_free(storage_.data() + top_, old_top - top_);
  }
  void put_canary(std::size_t end) const noexcept {
    fill_with(canary_pattern, storage_.data() + (end - canary_bytes), canary_bytes);
  }
  /// The record of the last block or mark; one of a mark at 0 iff there is none.
  [[nodiscard]] record_type last_record() const noexcept {
    return count_ == 0 ? record_type{} : records::read(storage_, count_ - 1);
  }

  /// Where what a record speaks of ends.
  [[nodiscard]] std::size_t end_of(std::size_t index) const noexcept {
    return index + 1 == count_ ? top_ : records::read(storage_, index + 1).previous_top;
  }

  [[nodiscard]] static constexpr record_type mark_record(std::size_t top, std::size_t live,
                                                         std::uint64_t serial) noexcept {
    return {top, live, 0, serial};
  }
  [[nodiscard]] static constexpr std::size_t live_at(const record_type& mark) noexcept { return mark.begin; }

  [[nodiscard]] std::uintptr_t address_of(std::size_t offset) const noexcept {
    return reinterpret_cast<std::uintptr_t>(storage_.data()) + offset;
  }
  // Subtracted as integers: a foreign pointer must not be compared as a pointer, and one below the storage wraps high.
  [[nodiscard]] NEBULA_WRAPS std::size_t offset_of(const std::byte* address) const noexcept {
    return reinterpret_cast<std::uintptr_t>(address) - reinterpret_cast<std::uintptr_t>(storage_.data());
  }
  /// True iff a block begins where allocate() would have placed it. It does not begin below the top that preceded it.
  [[nodiscard]] bool is_placed_right(const record_type& block) const noexcept {
    return is_padding_of(block.begin - block.previous_top, address_of(block.previous_top), block.align);
  }
  [[nodiscard]] std::size_t limit() const noexcept { return storage_.size() - records::bytes(count_); }
  [[nodiscard]] std::size_t room_beside_a_record() const noexcept {
    const std::size_t gap = top_ < limit() ? limit() - top_ : 0;
    return gap > sizeof(record_type) ? gap - sizeof(record_type) : 0;
  }

  friend class failure_record<plain_atomics, component::stack_allocator>;
  void add_object_to(seal& sum) const noexcept {
    sum.add_address(storage_.data());
    const std::size_t words[] = {storage_.size(), top_, peak_, live_, count_};
    for (const std::size_t word : words) {
      sum.add(word);
    }
    sum.add_wide(serial_);
    sum.add_wide(generation_);
  }
  void add_records_to(seal& sum) const noexcept {
    for (std::size_t index = 0; index < count_; ++index) {
      const record_type record = records::read(storage_, index);
      const std::size_t words[] = {record.previous_top, record.begin, record.align};
      for (const std::size_t word : words) {
        sum.add(word);
      }
      sum.add_wide(record.serial);
    }
  }

  NEBULA_LONG bool fits_when_empty(layout request, std::size_t tail) const noexcept {
    const std::size_t padding = padding_bytes(address_of(0), request.align);
    const std::size_t taken = sizeof(record_type) + tail;
    const std::size_t room = storage_.size() > taken ? storage_.size() - taken : 0;
    return padding <= room && request.size <= room - padding;
  }
  /// Says why a pointer is not the top block.
  NEBULA_COLD error_code wrong_block(const std::byte* block) const noexcept {
    const std::size_t offset = offset_of(block);
    if (block == nullptr) {
      return error_code::null_pointer;
    }
    if (offset >= storage_.size()) {
      return error_code::foreign_pointer;
    }
    if (offset >= top_) {
      return error_code::double_free;
    }
    const record_type record = record_below(offset);
    return record.align != 0 && record.begin == offset ? error_code::lifo_violation : error_code::misaligned_pointer;
  }
  /// The last record that was made when the top was at most `offset`, which is below the top: a block's, for a mark
  /// does not raise the top and so another record follows it there. Binary search, at most 64 rounds.
  [[nodiscard]] record_type record_below(std::size_t offset) const noexcept {
    std::size_t first = 0;
    std::size_t beyond = count_;
    record_type found{};
    while (first < beyond) {
      const std::size_t middle = first + (beyond - first) / 2;
      const record_type candidate = records::read(storage_, middle);
      if (candidate.previous_top <= offset) {
        found = candidate;
        first = middle + 1;
      } else {
        beyond = middle;
      }
    }
    return found;
  }

  Storage storage_{};
  std::size_t top_ = 0;
  std::size_t peak_ = 0;
  std::size_t live_ = 0;
  std::size_t count_ = 0; ///< records: live blocks and marks
  std::uint64_t serial_ = 0;
  std::uint64_t generation_ = 0;
};

template <class Storage>
result<std::byte*> basic_stack<Storage>::take(const layout& request, std::size_t tail) noexcept {
  constexpr operation during = operation::allocate;
  if (NEBULA_UNLIKELY(!request.is_valid())) {
    return this->refuse(error_code::invalid_layout, during);
  }
  NEBULA_INVARIANT(stack_records_within_storage, records::fit(storage_, count_));
  NEBULA_INVARIANT(stack_top_within_limit, top_ <= limit());
  // Compared by subtraction, each from a larger number: no size and no alignment can make these wrap.
  const std::size_t gap = room_beside_a_record();
  const std::size_t room = gap > tail ? gap - tail : 0;
  const std::size_t padding = padding_bytes(address_of(top_), request.align);
  if (NEBULA_UNLIKELY(padding > room || request.size > room - padding)) {
    const bool ever = fits_when_empty(request, tail);
    return this->refuse(ever ? error_code::exhausted : error_code::layout_unsupported, during);
  }
  const std::size_t begin = top_ + padding;
  ++serial_;
  records::write(storage_, count_, record_type{top_, begin, request.align, serial_});
  ++count_;
  ++live_;
  top_ = begin + request.size + tail;
  peak_ = top_ > peak_ ? top_ : peak_;
  if (NEBULA_UNLIKELY(tail != 0)) {
    put_canary(top_);
  }
  tell_allocated(storage_.data() + begin, request.size);
  return storage_.data() + begin;
}

/// Why the pointer and the layout are not those of the top block; none iff they are.
template <class Storage>
error_code basic_stack<Storage>::wrong_top(const std::byte* block, const layout& allocated,
                                           std::size_t tail) const noexcept {
  const record_type record = last_record();
  const std::size_t offset = offset_of(block);
  if (NEBULA_UNLIKELY(record.align == 0 || offset != record.begin || offset >= top_)) {
    return wrong_block(block);
  }
  const bool same = allocated.size == top_ - record.begin - tail && allocated.align == record.align;
  return same ? error_code::none : error_code::layout_mismatch;
}

/// The errors of deallocate(), reported.
template <class Storage>
result<void> basic_stack<Storage>::check_free(const std::byte* block, const layout& allocated,
                                              std::size_t tail) const noexcept {
  constexpr operation during = operation::deallocate;
  NEBULA_INVARIANT(stack_records_within_storage, records::fit(storage_, count_));
  const error_code wrong = wrong_top(block, allocated, tail);
  if (NEBULA_UNLIKELY(wrong != error_code::none)) {
    return this->misuse(wrong, during, block);
  }
  return {};
}

template <class Storage>
result<void> basic_stack<Storage>::give_back(std::byte* block, const layout& allocated, std::size_t tail) noexcept {
  constexpr operation during = operation::deallocate;
  const result<void> right = check_free(block, allocated, tail);
  if (NEBULA_UNLIKELY(!right.has_value())) {
    return right;
  }
  const record_type record = last_record();
  NEBULA_INVARIANT(stack_record_begins_in_order, record.previous_top <= record.begin);
  NEBULA_INVARIANT(stack_block_aligned, is_placed_right(record));
  NEBULA_INVARIANT(stack_live_matches_records, live_ != 0);
  const std::size_t old_top = top_;
  top_ = record.previous_top;
  --count_;
  --live_;
  freed(old_top, tail != 0);
  return {};
}

template <class Storage>
result<void> basic_stack<Storage>::set_top_size(std::byte* block, const layout& allocated, std::size_t size_bytes,
                                                std::size_t tail) noexcept {
  constexpr operation during = operation::resize;
  NEBULA_INVARIANT(stack_records_within_storage, records::fit(storage_, count_));
  NEBULA_INVARIANT(stack_top_within_limit, top_ <= limit());
  const error_code wrong = wrong_top(block, allocated, tail);
  if (NEBULA_UNLIKELY(wrong != error_code::none)) {
    return this->misuse(wrong, during, block);
  }
  if (NEBULA_UNLIKELY(size_bytes == 0)) {
    return this->refuse(error_code::invalid_layout, during);
  }
  const std::size_t grown_by = size_bytes > allocated.size ? size_bytes - allocated.size : 0;
  if (NEBULA_UNLIKELY(grown_by > limit() - top_)) {
    const bool ever = fits_when_empty(layout{size_bytes, allocated.align}, tail);
    return this->refuse(ever ? error_code::exhausted : error_code::layout_unsupported, during);
  }
  const std::size_t begin = offset_of(block);
  const std::size_t old_top = top_;
  top_ = begin + size_bytes + tail;
  peak_ = top_ > peak_ ? top_ : peak_;
  if (grown_by != 0) {
    tell_allocated(block + allocated.size, grown_by);
  } else {
    freed(old_top, tail != 0);
  }
  if (NEBULA_UNLIKELY(tail != 0)) {
    put_canary(top_);
  }
  return {};
}

template <class Storage>
result<marker> basic_stack<Storage>::mark_here() noexcept {
  constexpr operation during = operation::mark;
  NEBULA_INVARIANT(stack_records_within_storage, records::fit(storage_, count_));
  NEBULA_INVARIANT(stack_top_within_limit, top_ <= limit());
  if (NEBULA_UNLIKELY(limit() - top_ < sizeof(record_type))) {
    return this->refuse(error_code::exhausted, during);
  }
  ++serial_;
  records::write(storage_, count_, mark_record(top_, live_, serial_));
  return marker{this, generation_, serial_, count_++};
}

template <class Storage>
result<void> basic_stack<Storage>::go_back_to(const marker& point) noexcept {
  constexpr operation during = operation::restore;
  if (NEBULA_UNLIKELY(point.owner != this)) {
    return this->misuse(error_code::foreign_marker, during, nullptr);
  }
  if (NEBULA_UNLIKELY(point.generation != generation_)) {
    return this->misuse(error_code::stale_marker, during, nullptr);
  }
  NEBULA_INVARIANT(stack_records_within_storage, records::fit(storage_, count_));
  const record_type record = point.depth < count_ ? records::read(storage_, point.depth) : record_type{};
  // a record with an alignment is a block's: no mark that is open has this place
  if (NEBULA_UNLIKELY(point.depth >= count_ || record.align != 0 || record.serial != point.serial)) {
    return this->misuse(error_code::spent_marker, during, nullptr);
  }
  NEBULA_INVARIANT(stack_record_ends_at_top, record.previous_top <= top_);
  NEBULA_INVARIANT(stack_live_matches_records, live_at(record) <= live_);
  top_ = record.previous_top;
  live_ = live_at(record);
  count_ = point.depth;
  freed(limit(), this->is_paranoid());
  return {};
}

template <class Storage>
result<void> basic_stack<Storage>::begin_anew() noexcept {
  ++generation_; // 2^64 resets are beyond any program's life
  top_ = 0;
  count_ = 0;
  live_ = 0;
  freed(limit(), this->is_paranoid());
  return {};
}

template <class Storage>
result<bool> basic_stack<Storage>::audit(audit_cursor& cursor, std::size_t steps) const noexcept NEBULA_NONBLOCKING {
  constexpr operation during = operation::check_invariants;
  if (NEBULA_UNLIKELY(this->is_corrupted())) {
    return this->refuse(error_code::corrupted, during);
  }
  const result<void> sound = this->check_object(*this);
  if (NEBULA_UNLIKELY(!sound.has_value())) {
    return sound.error();
  }
  NEBULA_INVARIANT(stack_records_within_storage, records::fit(storage_, count_));
  NEBULA_INVARIANT(stack_top_within_limit, top_ <= limit());
  NEBULA_INVARIANT(stack_peak_covers_top, peak_ >= top_);
  NEBULA_INVARIANT(stack_peak_within_capacity, peak_ <= storage_.size());
  NEBULA_INVARIANT(stack_live_matches_records, live_ <= count_);
  NEBULA_INVARIANT(stack_empty_has_no_top, count_ != 0 || top_ == 0);
  // position and visited hold the walk; records come and go at the end only, and each new one has a new serial
  const std::uint64_t version = count_ == 0 ? 0 : records::read(storage_, count_ - 1).serial;
  const bool is_paranoid = this->is_paranoid();
  const std::size_t shortest_tail = is_paranoid ? canary_bytes : 0;
  if (!cursor.is_in(this, version, is_paranoid ? 3 : 1) || (cursor.phase < 3 && cursor.position > count_)) {
    cursor.begin(this, version, 0, 1);
  }
  // At most one round for each record.
  for (; steps != 0 && cursor.phase == 1; --steps, ++cursor.position) {
    if (cursor.position == count_) {
      NEBULA_INVARIANT(stack_live_matches_records, cursor.visited == live_);
      if (is_paranoid) {
        cursor.begin(this, version, 0, 2);
        return audit_bytes(cursor, steps - 1);
      }
      cursor.phase = 0;
      return true;
    }
    const record_type record = records::read(storage_, cursor.position);
    const bool is_mark = record.align == 0;
    const record_type outer = cursor.position == 0 ? record_type{} : records::read(storage_, cursor.position - 1);
    const std::size_t end = end_of(cursor.position);
    NEBULA_INVARIANT(stack_serials_ascend, record.serial > outer.serial && record.serial <= serial_);
    NEBULA_INVARIANT(stack_record_chain_ascends,
                     record.previous_top >= (outer.align == 0 ? outer.previous_top : outer.begin + 1));
    NEBULA_INVARIANT(stack_record_begins_in_order,
                     is_mark ? live_at(record) == cursor.visited : record.previous_top <= record.begin);
    NEBULA_INVARIANT(stack_record_ends_at_top,
                     is_mark ? end == record.previous_top : end > record.begin && end - record.begin > shortest_tail);
    NEBULA_INVARIANT(stack_block_aligned, is_mark || is_placed_right(record));
    cursor.visited += is_mark ? 0U : 1U;
  }
  return cursor.phase > 1 ? audit_bytes(cursor, steps) : result<bool>(false);
}

/// Mends what was overwritten, and so begins only once all records have been found right. Phase 2 visits the canaries
/// upward, phase 3 the free bytes.
template <class Storage>
NEBULA_COLD result<bool> basic_stack<Storage>::audit_bytes(audit_cursor& cursor, std::size_t steps) const noexcept {
  constexpr operation during = operation::check_invariants;
  constexpr std::size_t bytes_a_step = 256;
  // At most one round for each record.
  for (; steps != 0 && cursor.phase == 2; --steps, ++cursor.position) {
    if (cursor.position == count_) {
      cursor.begin(this, cursor.version, top_, 3);
      --steps;
      break;
    }
    const record_type record = records::read(storage_, cursor.position);
    const std::size_t end = end_of(cursor.position);
    // again: a flip may have come since they were walked
    NEBULA_INVARIANT(stack_record_ends_at_top, end <= top_ && (record.align == 0 || end >= canary_bytes));
    if (record.align != 0) {
      const std::byte* const changed = mend(canary_pattern, storage_.data() + (end - canary_bytes), canary_bytes);
      if (NEBULA_UNLIKELY(changed != nullptr)) {
        cursor.phase = 0;
        return this->misuse(error_code::overrun, during, changed);
      }
    }
  }
  if (cursor.phase == 2) {
    return false;
  }
  // the top block may have been resized since the last step
  cursor.position = cursor.position < top_ || cursor.position > limit() ? top_ : cursor.position;
  // At most one round for each 256 bytes.
  for (; steps != 0; --steps) {
    if (cursor.position == limit()) {
      cursor.phase = 0;
      return true;
    }
    const std::size_t rest = limit() - cursor.position;
    const std::size_t share = rest < bytes_a_step ? rest : bytes_a_step;
    const std::byte* const changed = mend(free_pattern, storage_.data() + cursor.position, share);
    if (NEBULA_UNLIKELY(changed != nullptr)) {
      cursor.phase = 0;
      return this->misuse(error_code::written_after_free, during, changed);
    }
    cursor.position += share;
  }
  return false;
}

} // namespace nebula
