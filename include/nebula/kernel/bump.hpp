// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/audit.hpp>
#include <nebula/kernel/byte_storage.hpp>
#include <nebula/kernel/failure_record.hpp>
#include <nebula/kernel/marker.hpp>

namespace nebula {

/// Blocks one after the other, given back all together: by reset(), or down to a marker. One owner: no function is to
/// be called while another is under way. All functions are O(1) unless they say otherwise.
///
///     0          previous top  begin        top          limit            size
///     | blocks …            |pad| last block |   free     | … marks, deeper → lower |
///
/// Invariants: 0 <= top <= limit; blocks lie below the top, disjoint and aligned; a deeper mark has a top that is not
/// lower.
template <class Storage>
class basic_bump : public failure_record<plain_atomics, component::bump_allocator> {
public:
  constexpr basic_bump() noexcept = default;
  explicit constexpr basic_bump(fault_hook hook) noexcept : failure_record(hook) {}

  /// request.size bytes at a multiple of request.align. [SR-BUMP-001] invalid_layout iff the request is malformed;
  /// layout_unsupported iff it would not fit in the empty storage; exhausted iff it does not fit now.
  [[nodiscard]] result<std::byte*> allocate(layout request) noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::allocate;
    if (NEBULA_UNLIKELY(this->is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    if (NEBULA_UNLIKELY(!request.is_valid())) {
      return this->refuse(error_code::invalid_layout, during);
    }
    NEBULA_INVARIANT(mark_records_within_storage, marks_ <= storage_.size() / sizeof(mark_record));
    NEBULA_INVARIANT(bump_top_within_limit, top_ <= limit());
    // Compared by subtraction, each from a larger number: no size and no alignment can make these wrap.
    const std::size_t room = limit() - top_;
    const std::size_t padding = padding_bytes(address_of(top_), request.align);
    if (NEBULA_UNLIKELY(padding > room || request.size > room - padding)) {
      return this->refuse(fits_when_empty(request) ? error_code::exhausted : error_code::layout_unsupported, during);
    }
    last_ = {top_, top_ + padding, request.align};
    top_ = last_.begin + request.size;
    ++live_;
    peak_ = top_ > peak_ ? top_ : peak_;
    return storage_.data() + last_.begin;
  }

  /// Gives back the last block, padding included: the most recent successful allocate(), unless it has been given back
  /// already or something came after it (a mark, a restore, a reset). One level: then no block is the last until the
  /// next allocate(). [SR-BUMP-002] Errors, state unchanged, in this order: null_pointer iff null; foreign_pointer iff
  /// outside the storage; double_free iff in the free part; layout_mismatch iff the last block has another layout;
  /// misaligned_pointer iff inside the last block; not_last_block, a refusal, iff anywhere else.
  [[nodiscard]] result<void> deallocate(std::byte* block, layout allocated) noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::deallocate;
    if (NEBULA_UNLIKELY(this->is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    const error_code wrong = wrong_block(block, allocated);
    if (NEBULA_UNLIKELY(wrong == error_code::not_last_block)) {
      return this->refuse(wrong, during);
    }
    if (NEBULA_UNLIKELY(wrong != error_code::none)) {
      return this->misuse(wrong, during, block);
    }
    NEBULA_INVARIANT(bump_last_block_below_top, last_.previous_top <= last_.begin && last_.begin < top_);
    NEBULA_INVARIANT(bump_live_fits_top, live_ != 0);
    top_ = last_.previous_top;
    last_ = {};
    --live_;
    return {};
  }

  /// A point to go back to. Costs one record of storage until it is restored. exhausted iff there is no room for it.
  /// [SR-MARK-002]
  [[nodiscard]] result<marker> mark() noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::mark;
    if (NEBULA_UNLIKELY(this->is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    NEBULA_INVARIANT(mark_records_within_storage, marks_ <= storage_.size() / sizeof(mark_record));
    NEBULA_INVARIANT(bump_top_within_limit, top_ <= limit());
    if (NEBULA_UNLIKELY(limit() - top_ < sizeof(mark_record))) {
      return this->refuse(error_code::exhausted, during);
    }
    ++serial_;
    marks::write(storage_, marks_, mark_record{top_, live_, serial_});
    last_ = {};
    return marker{this, generation_, serial_, marks_++};
  }

  /// Gives back all that was allocated since the mark, and the mark itself with all later ones. Destroys no objects.
  /// [SR-MARK-003] Errors, nothing truncated, in this order: foreign_marker iff of another allocator; stale_marker iff
  /// older than the last reset; spent_marker iff restored already, or discarded by restoring an older one.
  [[nodiscard]] result<void> restore(const marker& point) noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::restore;
    if (NEBULA_UNLIKELY(this->is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    if (NEBULA_UNLIKELY(point.owner != this)) {
      return this->misuse(error_code::foreign_marker, during, nullptr);
    }
    if (NEBULA_UNLIKELY(point.generation != generation_)) {
      return this->misuse(error_code::stale_marker, during, nullptr);
    }
    NEBULA_INVARIANT(mark_records_within_storage, marks_ <= storage_.size() / sizeof(mark_record));
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
    return {};
  }

  /// Gives everything back; all markers become stale. Destroys no objects. Refuses only when corrupted. [SR-BUMP-003]
  [[nodiscard]] result<void> reset() noexcept NEBULA_NONBLOCKING {
    if (NEBULA_UNLIKELY(this->is_corrupted())) {
      return this->refuse(error_code::corrupted, operation::reset);
    }
    ++generation_; // 2^64 resets are beyond any program's life
    top_ = 0;
    live_ = 0;
    marks_ = 0;
    last_ = {};
    return {};
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
  /// The bytes of storage that one mark takes.
  [[nodiscard]] static constexpr std::size_t mark_bytes() noexcept { return sizeof(mark_record); }

  /// Walks all of the metadata; corrupted iff an invariant does not hold. O(marks).
  [[nodiscard]] result<void> check_invariants() const noexcept NEBULA_NONBLOCKING {
    audit_cursor cursor;
    return audit(cursor, marks_ + 1).error();
  }
  /// The same in at most `steps` steps, of which a walk takes one for each mark and one more: true iff this call
  /// completed the walk.
  [[nodiscard]] result<bool> audit(audit_cursor& cursor, std::size_t steps) const noexcept NEBULA_NONBLOCKING;

protected:
  /// For storage that a plan has found valid.
  basic_bump(Storage storage, fault_hook hook) noexcept : failure_record(hook), storage_(storage) {}

private:
  friend struct metadata_access;

  struct mark_record {
    std::size_t top;
    std::size_t live;
    std::uint64_t serial;
  };
  struct last_block {
    std::size_t previous_top = 0;
    std::size_t begin = 0;
    std::size_t align = 0; ///< 0: there is no last block
  };
  using marks = record_stack<mark_record>;

  [[nodiscard]] std::uintptr_t address_of(std::size_t offset) const noexcept {
    return reinterpret_cast<std::uintptr_t>(storage_.data()) + offset;
  }
  // Subtracted as integers: a foreign pointer must not be compared as a pointer, and one below the storage wraps high.
  [[nodiscard]] NEBULA_WRAPS std::size_t offset_of(const std::byte* address) const noexcept {
    return reinterpret_cast<std::uintptr_t>(address) - reinterpret_cast<std::uintptr_t>(storage_.data());
  }
  [[nodiscard]] std::size_t limit() const noexcept { return storage_.size() - marks::bytes(marks_); }

  NEBULA_COLD bool fits_when_empty(layout request) const noexcept {
    const std::size_t padding = padding_bytes(address_of(0), request.align);
    return padding <= storage_.size() && request.size <= storage_.size() - padding;
  }
  [[nodiscard]] error_code wrong_block(const std::byte* block, layout allocated) const noexcept {
    const std::size_t offset = offset_of(block);
    if (offset == last_.begin && last_.align != 0 && last_.begin < top_) {
      const bool same = allocated.size == top_ - last_.begin && allocated.align == last_.align;
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
result<bool> basic_bump<Storage>::audit(audit_cursor& cursor, std::size_t steps) const noexcept NEBULA_NONBLOCKING {
  constexpr operation during = operation::check_invariants;
  if (NEBULA_UNLIKELY(this->is_corrupted())) {
    return this->refuse(error_code::corrupted, during);
  }
  NEBULA_INVARIANT(mark_records_within_storage, marks_ <= storage_.size() / sizeof(mark_record));
  NEBULA_INVARIANT(bump_top_within_limit, top_ <= limit());
  NEBULA_INVARIANT(bump_live_fits_top, live_ <= top_);
  NEBULA_INVARIANT(bump_peak_covers_top, peak_ >= top_);
  NEBULA_INVARIANT(bump_peak_within_capacity, peak_ <= storage_.size());
  NEBULA_INVARIANT(bump_last_block_below_top,
                   last_.align == 0 || (last_.previous_top <= last_.begin && last_.begin < top_));
  // Marks come and go at the end only: the same serial and count mean the same marks.
  if (!cursor.is_in(this, serial_, 1) || cursor.visited != marks_ || cursor.position > marks_) {
    cursor.begin(this, serial_, 0, 1);
    cursor.visited = marks_;
  }
  // At most one round for each mark.
  for (; steps != 0; --steps, ++cursor.position) {
    if (cursor.position == marks_) {
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
  return false;
}

} // namespace nebula
