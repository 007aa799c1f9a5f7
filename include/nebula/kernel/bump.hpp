// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/audit.hpp>
#include <nebula/kernel/byte_storage.hpp>
#include <nebula/kernel/canary_link.hpp>
#include <nebula/kernel/failure_record.hpp>
#include <nebula/kernel/marker.hpp>
#include <nebula/kernel/pattern.hpp>
#include <nebula/kernel/seal.hpp>

namespace nebula {

/// Blocks one after the other, given back all together: by reset(), or down to a marker. One owner: no function is to
/// be called while another is under way. All functions are O(1) unless they say otherwise.
///
///     0          previous top  begin        top          limit            size
///     | blocks …            |pad| last block |   free     | … marks, deeper → lower |
///
/// Invariants: 0 <= top <= limit; blocks lie below the top, disjoint and aligned; a deeper mark has a top that is not
/// lower.
///
/// At the paranoid level each block is followed by a canary that also says where the one before it is, so that all of
/// them can be visited; the bytes from the top to the marks hold the free pattern; and every call can also end with
/// written_after_free or overrun, before anything else is looked at: see failure_record::watch().
template <class Storage>
class basic_bump : public failure_record<plain_atomics, component::bump_allocator> {
public:
  static constexpr bool has_exact_use = true; ///< see exact_use.hpp

  constexpr basic_bump() noexcept = default;
  explicit constexpr basic_bump(fault_hook hook, check_level level = check_level::standard) noexcept
      : failure_record(hook, level) {
    storage_.begin_use(level == check_level::paranoid);
    if (!__builtin_is_constant_evaluated()) { // otherwise by the first call
      this->seal_metadata(*this);
    }
  }
#if NEBULA_MEMORY_TOOLS
  ~basic_bump() { tell_readable(storage_.data(), storage_.size()); }
#endif

  /// request.size bytes at a multiple of request.align. [SR-BUMP-001] invalid_layout iff the request is malformed;
  /// layout_unsupported iff it would not fit in the empty storage; exhausted iff it does not fit now.
  [[nodiscard]] NEBULA_FAST result<std::byte*> allocate(layout request) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_DETOUR(this->is_watched())) {
      return allocate_watched(request);
    }
    return take(request, 0);
  }

  /// Gives back the last block, padding included: the most recent successful allocate(), unless it has been given back
  /// already or something came after it (a mark, a restore, a reset). One level: then no block is the last until the
  /// next allocate(). [SR-BUMP-002] Errors, state unchanged, in this order: null_pointer iff null; foreign_pointer iff
  /// outside the storage; double_free iff in the free part; layout_mismatch iff the last block has another layout;
  /// misaligned_pointer iff inside the last block; not_last_block, a refusal, iff anywhere else.
  [[nodiscard]] NEBULA_FAST result<void> deallocate(std::byte* block, layout allocated) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_DETOUR(this->is_watched())) {
      return deallocate_watched(block, allocated);
    }
    return give_back(block, allocated, 0);
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

  /// A point to go back to. Costs one record of storage until it is restored. exhausted iff there is no room for it.
  /// [SR-MARK-002]
  [[nodiscard]] result<marker> mark() noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::mark, [&](bool) noexcept { return mark_here(); });
  }

  /// Gives back all that was allocated since the mark, and the mark itself with all later ones. Destroys no objects.
  /// [SR-MARK-003] Errors, nothing truncated, in this order: foreign_marker iff of another allocator; stale_marker iff
  /// older than the last reset; spent_marker iff restored already, or discarded by restoring an older one.
  [[nodiscard]] result<void> restore(const marker& point) noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::restore, [&](bool) noexcept { return go_back_to(point); });
  }

  /// Gives everything back; all markers become stale. Destroys no objects. Refuses only when corrupted. [SR-BUMP-003]
  [[nodiscard]] result<void> reset() noexcept NEBULA_NONBLOCKING {
    return this->watch(*this, operation::reset, [&](bool) noexcept { return begin_anew(); });
  }

  /// True iff the address lies in the storage.
  [[nodiscard]] bool owns(const std::byte* address) const noexcept NEBULA_NONBLOCKING {
    return offset_of(address) < storage_.size();
  }

  /// Bytes used are those up to the top, padding included; bytes available those up to the marks.
  [[nodiscard]] allocator_state state() const noexcept NEBULA_NONBLOCKING {
    allocator_state now;
    now.capacity_bytes = storage_.size();
    now.used_bytes = top_;
    now.available_bytes = top_ < limit() ? limit() - top_ : 0;
    now.peak_bytes = peak_;
    now.live_blocks = live_;
    now.failures = this->failures();
    return now;
  }

  /// The number of marks that can be restored.
  [[nodiscard]] std::size_t mark_count() const noexcept NEBULA_NONBLOCKING { return marks_; }
  /// True iff restore(point) would succeed: a mark of this allocator, made since the last reset, and neither restored
  /// nor discarded. What was allocated right after a mark that nobody else restores is there iff the mark is open.
  /// [SR-MARK-009]
  [[nodiscard]] bool is_open(const marker& point) const noexcept NEBULA_NONBLOCKING {
    // by the storage too: the number of marks may be what is corrupted
    return !this->is_corrupted() && point.owner == this && point.generation == generation_ && point.depth < marks_ &&
           marks::fit(storage_, point.depth + 1) && marks::read(storage_, point.depth).serial == point.serial;
  }
  /// What restore(point) would discard beside the mark; nothing iff the mark is not open. [SR-MARK-009]
  [[nodiscard]] held_above_mark held_above(const marker& point) const noexcept NEBULA_NONBLOCKING {
    if (!is_open(point)) {
      return {};
    }
    return {live_ - marks::read(storage_, point.depth).live, marks_ - point.depth - 1};
  }
  /// The bytes of storage that one mark takes.
  [[nodiscard]] static constexpr std::size_t mark_bytes() noexcept { return sizeof(mark_record); }

  /// Walks all of the metadata; corrupted iff an invariant does not hold. At the paranoid level also all canaries and
  /// all free bytes: overrun or written_after_free, misuse, iff one was overwritten; that one has then been mended, and
  /// the walk has ended there. O(marks); at the paranoid level O(capacity).
  [[nodiscard]] result<void> check_invariants() const noexcept NEBULA_NONBLOCKING {
    const result<void> sealed = this->check_seals(*this);
    audit_cursor cursor;
    return sealed.has_value() ? result<void>(audit(cursor, std::numeric_limits<std::size_t>::max()).error()) : sealed;
  }
  /// The same in at most `steps` steps, of which a walk takes one for each mark and one more; at the paranoid level
  /// also one for each live block, one for each 256 free bytes begun, and one more. True iff this call completed the walk.
  [[nodiscard]] result<bool> audit(audit_cursor& cursor, std::size_t steps) const noexcept NEBULA_NONBLOCKING;

protected:
  /// For storage that a plan has found valid.
  basic_bump(Storage storage, fault_hook hook, check_level level) noexcept
      : failure_record(hook, level), storage_(storage) {
    storage_.begin_use(level == check_level::paranoid);
    this->seal_metadata(*this);
  }

private:
  friend struct metadata_access;

  struct mark_record {
    std::size_t top;
    std::size_t live;
    std::uint64_t serial;

    template <class Record, class Visit>
    static constexpr void visit_fields(Record& record, Visit visit) noexcept {
      visit(record.top);
      visit(record.live);
      visit(record.serial);
    }
  };
  struct last_block {
    std::size_t previous_top = 0;
    std::size_t begin = 0;
    std::size_t align = 0; ///< 0: there is no last block
  };
  using marks = record_stack<mark_record>;

  // The calls themselves. `tail` bytes stand behind each block: none, or a canary.
  [[nodiscard]] NEBULA_FAST result<std::byte*> take(const layout& request, std::size_t tail) noexcept;
  [[nodiscard]] NEBULA_FAST result<void> check_free(const std::byte* block, const layout& allocated,
                                                    std::size_t tail) const noexcept;
  [[nodiscard]] NEBULA_FAST result<void> give_back(std::byte* block, const layout& allocated,
                                                   std::size_t tail) noexcept;
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

  /// The bytes up to `old_top`, and all behind the top that are not a mark's, are free from here on.
  void freed(std::size_t old_top, bool is_paranoid) noexcept {
    if (is_paranoid) {
      ++serial_; // for a walk that is under way
      fill_with(free_pattern, storage_.data() + top_, limit() - top_);
    }
    tell_free(storage_.data() + top_, old_top - top_);
  }

  [[nodiscard]] std::uintptr_t address_of(std::size_t offset) const noexcept {
    return reinterpret_cast<std::uintptr_t>(storage_.data()) + offset;
  }
  // Subtracted as integers: a foreign pointer must not be compared as a pointer, and one below the storage wraps high.
  [[nodiscard]] NEBULA_WRAPS std::size_t offset_of(const std::byte* address) const noexcept {
    return reinterpret_cast<std::uintptr_t>(address) - reinterpret_cast<std::uintptr_t>(storage_.data());
  }
  [[nodiscard]] std::size_t limit() const noexcept { return storage_.size() - marks::bytes(marks_); }

  NEBULA_COLD bool fits_when_empty(layout request, std::size_t tail) const noexcept {
    const std::size_t padding = padding_bytes(address_of(0), request.align);
    const std::size_t room = storage_.size() > tail ? storage_.size() - tail : 0;
    return padding <= room && request.size <= room - padding;
  }
  [[nodiscard]] NEBULA_FAST error_code wrong_block(const std::byte* block, const layout& allocated,
                                                   std::size_t tail) const noexcept {
    const std::size_t offset = offset_of(block);
    if (offset == last_.begin && last_.align != 0 && last_.begin < top_) {
      const bool same = allocated.size == top_ - last_.begin - tail && allocated.align == last_.align;
      return same ? error_code::none : error_code::layout_mismatch;
    }
    if (block == nullptr) {
      return error_code::null_pointer;
    }
    if (offset >= storage_.size()) {
      return error_code::foreign_pointer;
    }
    if (offset >= top_) {
      return error_code::double_free;
    }
    return last_.align != 0 && offset > last_.begin ? error_code::misaligned_pointer : error_code::not_last_block;
  }

  friend class failure_record<plain_atomics, component::bump_allocator>;
  void add_object_to(seal& sum) const noexcept {
    sum.add_address(storage_.data());
    const std::size_t words[] = {storage_.size(),    top_,        peak_,      live_, marks_,
                                 last_.previous_top, last_.begin, last_.align};
    for (const std::size_t word : words) {
      sum.add(word);
    }
    sum.add_wide(serial_);
    sum.add_wide(generation_);
  }
  void add_records_to(seal& sum) const noexcept {
    for (std::size_t index = 0; index < marks_; ++index) {
      const mark_record record = marks::read(storage_, index);
      sum.add(record.top);
      sum.add(record.live);
      sum.add_wide(record.serial);
    }
  }

  /// True iff the last block lies below the top, and begins where allocate() would have placed it.
  [[nodiscard]] bool last_block_is_placed_right() const noexcept {
    return last_.previous_top <= last_.begin && last_.begin < top_ &&
           is_padding_of(last_.begin - last_.previous_top, address_of(last_.previous_top), last_.align);
  }

  Storage storage_{};
  std::size_t top_ = 0;
  std::size_t peak_ = 0;
  std::size_t live_ = 0;
  std::size_t marks_ = 0;
  std::uint64_t serial_ = 0;
  std::uint64_t generation_ = 0;
  last_block last_{};
};

template <class Storage>
result<std::byte*> basic_bump<Storage>::take(const layout& request, std::size_t tail) noexcept {
  constexpr operation during = operation::allocate;
  if (NEBULA_UNLIKELY(!request.is_valid())) {
    return this->refuse(error_code::invalid_layout, during);
  }
  NEBULA_INVARIANT(mark_records_within_storage, marks::fit(storage_, marks_));
  NEBULA_INVARIANT(bump_top_within_limit, top_ <= limit());
  // Compared by subtraction, each from a larger number: no size and no alignment can make these wrap.
  const std::size_t gap = limit() - top_;
  const std::size_t room = gap > tail ? gap - tail : 0;
  const std::size_t padding = padding_bytes(address_of(top_), request.align);
  if (NEBULA_UNLIKELY(padding > room || request.size > room - padding)) {
    const bool ever = fits_when_empty(request, tail);
    return this->refuse(ever ? error_code::exhausted : error_code::layout_unsupported, during);
  }
  last_ = {top_, top_ + padding, request.align};
  top_ = last_.begin + request.size + tail;
  ++live_;
  peak_ = top_ > peak_ ? top_ : peak_;
  if (NEBULA_UNLIKELY(tail != 0)) {
    ++serial_; // for a walk that is under way
    canary_link::write(storage_.data() + (top_ - tail), last_.previous_top);
  }
  tell_allocated(storage_.data() + last_.begin, request.size);
  return storage_.data() + last_.begin;
}

/// The errors of deallocate(), reported.
template <class Storage>
result<void> basic_bump<Storage>::check_free(const std::byte* block, const layout& allocated,
                                             std::size_t tail) const noexcept {
  constexpr operation during = operation::deallocate;
  const error_code wrong = wrong_block(block, allocated, tail);
  if (NEBULA_UNLIKELY(wrong == error_code::not_last_block)) {
    return this->refuse(wrong, during);
  }
  if (NEBULA_UNLIKELY(wrong != error_code::none)) {
    return this->misuse(wrong, during, block);
  }
  return {};
}

template <class Storage>
result<void> basic_bump<Storage>::give_back(std::byte* block, const layout& allocated, std::size_t tail) noexcept {
  constexpr operation during = operation::deallocate;
  const result<void> right = check_free(block, allocated, tail);
  if (NEBULA_UNLIKELY(!right.has_value())) {
    return right;
  }
  NEBULA_INVARIANT(bump_last_block_below_top, last_block_is_placed_right());
  NEBULA_INVARIANT(bump_live_fits_top, live_ != 0);
  const std::size_t old_top = top_;
  top_ = last_.previous_top;
  last_ = {};
  --live_;
  freed(old_top, tail != 0);
  return {};
}

template <class Storage>
result<marker> basic_bump<Storage>::mark_here() noexcept {
  constexpr operation during = operation::mark;
  NEBULA_INVARIANT(mark_records_within_storage, marks::fit(storage_, marks_));
  NEBULA_INVARIANT(bump_top_within_limit, top_ <= limit());
  if (NEBULA_UNLIKELY(limit() - top_ < sizeof(mark_record))) {
    return this->refuse(error_code::exhausted, during);
  }
  ++serial_;
  marks::write(storage_, marks_, mark_record{top_, live_, serial_});
  last_ = {};
  return marker{this, generation_, serial_, marks_++};
}

template <class Storage>
result<void> basic_bump<Storage>::go_back_to(const marker& point) noexcept {
  constexpr operation during = operation::restore;
  if (NEBULA_UNLIKELY(point.owner != this)) {
    return this->misuse(error_code::foreign_marker, during, nullptr);
  }
  if (NEBULA_UNLIKELY(point.generation != generation_)) {
    return this->misuse(error_code::stale_marker, during, nullptr);
  }
  NEBULA_INVARIANT(mark_records_within_storage, marks::fit(storage_, marks_));
  if (NEBULA_UNLIKELY(point.depth >= marks_ || marks::read(storage_, point.depth).serial != point.serial)) {
    return this->misuse(error_code::spent_marker, during, nullptr);
  }
  const mark_record record = marks::read(storage_, point.depth);
  NEBULA_INVARIANT(mark_top_below_bump_top, record.top <= top_);
  NEBULA_INVARIANT(mark_live_below_bump_live, record.live <= live_);
  top_ = record.top;
  live_ = record.live;
  marks_ = point.depth;
  last_ = {};
  freed(limit(), this->is_paranoid());
  return {};
}

template <class Storage>
result<void> basic_bump<Storage>::begin_anew() noexcept {
  ++generation_; // 2^64 resets are beyond any program's life
  top_ = 0;
  live_ = 0;
  marks_ = 0;
  last_ = {};
  freed(limit(), this->is_paranoid());
  return {};
}

template <class Storage>
result<bool> basic_bump<Storage>::audit(audit_cursor& cursor, std::size_t steps) const noexcept NEBULA_NONBLOCKING {
  constexpr operation during = operation::check_invariants;
  if (NEBULA_UNLIKELY(this->is_corrupted())) {
    return this->refuse(error_code::corrupted, during);
  }
  const result<void> sound = this->check_object(*this);
  if (NEBULA_UNLIKELY(!sound.has_value())) {
    return sound.error();
  }
  NEBULA_INVARIANT(mark_records_within_storage, marks::fit(storage_, marks_));
  NEBULA_INVARIANT(bump_top_within_limit, top_ <= limit());
  NEBULA_INVARIANT(bump_live_fits_top, live_ <= top_);
  NEBULA_INVARIANT(bump_peak_covers_top, peak_ >= top_);
  NEBULA_INVARIANT(bump_peak_within_capacity, peak_ <= storage_.size());
  NEBULA_INVARIANT(bump_last_block_below_top, last_.align == 0 || last_block_is_placed_right());
  // Marks come and go at the end only: the same serial and count mean the same marks.
  // And at the paranoid level every change has a new serial.
  const bool is_paranoid = this->is_paranoid();
  const bool goes_on = cursor.is_in(this, serial_, is_paranoid ? 3 : 1) &&
                       (cursor.phase != 1 || (cursor.visited == marks_ && cursor.position <= marks_));
  if (!goes_on) {
    cursor.begin(this, serial_, 0, 1);
    cursor.visited = marks_;
  }
  // At most one round for each mark.
  for (; steps != 0 && cursor.phase == 1; --steps, ++cursor.position) {
    if (cursor.position == marks_) {
      if (is_paranoid) {
        cursor.begin(this, serial_, top_, 2);
        return audit_bytes(cursor, steps - 1);
      }
      cursor.phase = 0;
      return true;
    }
    const mark_record record = marks::read(storage_, cursor.position);
    const mark_record outer = cursor.position == 0 ? mark_record{} : marks::read(storage_, cursor.position - 1);
    NEBULA_INVARIANT(mark_top_below_bump_top, record.top <= top_);
    NEBULA_INVARIANT(mark_live_below_bump_live, record.live <= live_);
    NEBULA_INVARIANT(mark_tops_ascend, record.top >= outer.top);
    NEBULA_INVARIANT(mark_serials_ascend, record.serial > outer.serial && record.serial <= serial_);
  }
  return cursor.phase > 1 ? audit_bytes(cursor, steps) : result<bool>(false);
}

/// Phase 2 visits the canaries from the top down, `position` being the end of one; phase 3 the free bytes upward.
template <class Storage>
NEBULA_COLD result<bool> basic_bump<Storage>::audit_bytes(audit_cursor& cursor, std::size_t steps) const noexcept {
  constexpr operation during = operation::check_invariants;
  constexpr std::size_t bytes_a_step = 256;
  if (cursor.position > limit()) {
    cursor.begin(this, serial_, top_, 2);
  }
  // Each canary lies below the one before it: at most one round for each live block.
  for (; cursor.phase == 2 && steps != 0; --steps) {
    if (cursor.position == 0) {
      cursor.begin(this, serial_, top_, 3);
      break;
    }
    std::byte* const canary = storage_.data() + (cursor.position - canary_bytes);
    const checked_size below = canary_link::read(canary, cursor.position, 0);
    if (NEBULA_UNLIKELY(!below.fits)) {
      // The last block's own record says where the canary before it is. Of an older block nothing does: those before
      // it are not visited any more.
      const bool is_last = cursor.position == top_ && last_.align != 0;
      canary_link::write(canary, is_last ? last_.previous_top : 0);
      cursor.phase = 0;
      return this->misuse(error_code::overrun, during, canary);
    }
    cursor.position = below.value;
  }
  // At most one round for each 256 bytes.
  for (; cursor.phase == 3 && steps != 0; --steps) {
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
