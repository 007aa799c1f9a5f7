// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/audit.hpp>
#include <nebula/kernel/byte_storage.hpp>
#include <nebula/kernel/failure_record.hpp>
#include <nebula/kernel/marker.hpp>

namespace nebula {

/// Blocks that are freed in the reverse of the order in which they were allocated, and that order checked. One owner:
/// no function is to be called while another is under way. All functions are O(1) unless they say otherwise.
///
///     0                                top                  limit                         size
///     | block |pad| block |pad| block  |       free         | record n … record 1 record 0 |
///
/// Payload grows up and records grow down: an overrun of the top block meets free space. Each block and each mark has
/// one record, which says what preceded it, exactly: freeing a block restores the top that was, padding included.
template <class Storage>
class basic_stack : public failure_record<plain_atomics, component::stack_allocator> {
public:
  constexpr basic_stack() noexcept = default;
  explicit constexpr basic_stack(fault_hook hook) noexcept : failure_record(hook) {}

  /// request.size bytes at a multiple of request.align, on top of all others. [SR-STACK-001] invalid_layout iff the
  /// request is malformed; layout_unsupported iff it would not fit in the empty storage, its record included; exhausted
  /// iff it does not fit now.
  [[nodiscard]] result<std::byte*> allocate(layout request) noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::allocate;
    if (NEBULA_UNLIKELY(this->is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    if (NEBULA_UNLIKELY(!request.is_valid())) {
      return this->refuse(error_code::invalid_layout, during);
    }
    NEBULA_INVARIANT(stack_records_within_storage, count_ <= storage_.size() / sizeof(record_type));
    NEBULA_INVARIANT(stack_top_within_limit, top_ <= limit());
    // Compared by subtraction, each from a larger number: no size and no alignment can make these wrap.
    const std::size_t room = room_beside_a_record();
    const std::size_t padding = padding_bytes(address_of(top_), request.align);
    if (NEBULA_UNLIKELY(padding > room || request.size > room - padding)) {
      return this->refuse(fits_when_empty(request) ? error_code::exhausted : error_code::layout_unsupported, during);
    }
    const std::size_t begin = top_ + padding;
    ++serial_;
    records::write(storage_, count_, record_type{top_, begin, request.align, serial_});
    ++count_;
    ++live_;
    top_ = begin + request.size;
    peak_ = top_ > peak_ ? top_ : peak_;
    return storage_.data() + begin;
  }

  /// Gives back the top block. O(1); O(log live blocks) when it refuses. [SR-STACK-002] Errors, state unchanged, in
  /// this order: null_pointer iff null; foreign_pointer iff outside the storage; double_free iff in the free part;
  /// misaligned_pointer iff not the start of a live block; lifo_violation iff a live block, but a block or a mark lies
  /// above it; layout_mismatch iff the top block was allocated with another layout.
  [[nodiscard]] result<void> deallocate(std::byte* block, layout allocated) noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::deallocate;
    if (NEBULA_UNLIKELY(this->is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    NEBULA_INVARIANT(stack_records_within_storage, count_ <= storage_.size() / sizeof(record_type));
    const record_type record = count_ == 0 ? record_type{} : records::read(storage_, count_ - 1);
    const std::size_t offset = offset_of(block);
    if (NEBULA_UNLIKELY(record.align == 0 || offset != record.begin || offset >= top_)) {
      return this->misuse(wrong_block(block), during, block);
    }
    if (NEBULA_UNLIKELY(allocated.size != top_ - record.begin || allocated.align != record.align)) {
      return this->misuse(error_code::layout_mismatch, during, block);
    }
    NEBULA_INVARIANT(stack_record_begins_in_order, record.previous_top <= record.begin);
    NEBULA_INVARIANT(stack_live_matches_records, live_ != 0);
    top_ = record.previous_top;
    --count_;
    --live_;
    return {};
  }

  /// A point to go back to, on top of the stack: no block below it can be freed before it is restored. exhausted iff
  /// there is no room for its record. [SR-MARK-005]
  [[nodiscard]] result<marker> mark() noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::mark;
    if (NEBULA_UNLIKELY(this->is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    NEBULA_INVARIANT(stack_records_within_storage, count_ <= storage_.size() / sizeof(record_type));
    NEBULA_INVARIANT(stack_top_within_limit, top_ <= limit());
    if (NEBULA_UNLIKELY(limit() - top_ < sizeof(record_type))) {
      return this->refuse(error_code::exhausted, during);
    }
    ++serial_;
    records::write(storage_, count_, mark_record(top_, live_, serial_));
    return marker{this, generation_, serial_, count_++};
  }

  /// Frees all blocks above the mark, and the mark itself with all later ones. Destroys no objects. [SR-MARK-006]
  /// Errors, nothing truncated, in this order: foreign_marker iff of another allocator; stale_marker iff older than the
  /// last reset; spent_marker iff restored already, or discarded by restoring an older one.
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
    NEBULA_INVARIANT(stack_records_within_storage, count_ <= storage_.size() / sizeof(record_type));
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
    return {};
  }

  /// Frees all blocks; all markers become stale. Destroys no objects. Refuses only when corrupted. [SR-STACK-003]
  [[nodiscard]] result<void> reset() noexcept NEBULA_NONBLOCKING {
    if (NEBULA_UNLIKELY(this->is_corrupted())) {
      return this->refuse(error_code::corrupted, operation::reset);
    }
    ++generation_; // 2^64 resets are beyond any program's life
    top_ = 0;
    count_ = 0;
    live_ = 0;
    return {};
  }

  /// True iff the address lies in the storage.
  [[nodiscard]] bool owns(const std::byte* address) const noexcept NEBULA_NONBLOCKING {
    return offset_of(address) < storage_.size();
  }

  /// Capacity is the largest single block, its record deducted. Bytes used are those up to the top, padding included;
  /// bytes available are the largest block of alignment 1 that allocate() would now serve, 0 if none.
  [[nodiscard]] allocator_state state() const noexcept NEBULA_NONBLOCKING {
    allocator_state now;
    now.capacity_bytes = storage_.size() > sizeof(record_type) ? storage_.size() - sizeof(record_type) : 0;
    now.used_bytes = top_;
    now.available_bytes = room_beside_a_record();
    now.peak_bytes = peak_;
    now.live_blocks = live_;
    now.failures = this->failures();
    return now;
  }

  /// The number of marks that can be restored.
  [[nodiscard]] std::size_t mark_count() const noexcept NEBULA_NONBLOCKING { return count_ - live_; }
  /// The bytes of storage that each live block and each mark takes beside its payload.
  [[nodiscard]] static constexpr std::size_t record_bytes() noexcept { return sizeof(record_type); }

  /// Walks all of the metadata; corrupted iff an invariant does not hold. O(live blocks + marks).
  [[nodiscard]] result<void> check_invariants() const noexcept NEBULA_NONBLOCKING {
    audit_cursor cursor;
    return audit(cursor, count_ + 1).error();
  }
  /// The same in at most `steps` steps, of which a walk takes one for each block and mark and one more: true iff this
  /// call completed the walk.
  [[nodiscard]] result<bool> audit(audit_cursor& cursor, std::size_t steps) const noexcept NEBULA_NONBLOCKING;

protected:
  /// For storage that a plan has found valid.
  basic_stack(Storage storage, fault_hook hook) noexcept : failure_record(hook), storage_(storage) {}

private:
  friend struct metadata_access;

  struct record_type {
    std::size_t previous_top;
    std::size_t begin; ///< of the block; of a mark, the blocks that were live
    std::size_t align; ///< of the block; 0 says that this is a mark
    std::uint64_t serial;
  };
  using records = record_stack<record_type>;

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
  [[nodiscard]] std::size_t limit() const noexcept { return storage_.size() - records::bytes(count_); }
  [[nodiscard]] std::size_t room_beside_a_record() const noexcept {
    const std::size_t gap = top_ < limit() ? limit() - top_ : 0;
    return gap > sizeof(record_type) ? gap - sizeof(record_type) : 0;
  }

  NEBULA_COLD bool fits_when_empty(layout request) const noexcept {
    const std::size_t padding = padding_bytes(address_of(0), request.align);
    const std::size_t room = storage_.size() > sizeof(record_type) ? storage_.size() - sizeof(record_type) : 0;
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
result<bool> basic_stack<Storage>::audit(audit_cursor& cursor, std::size_t steps) const noexcept NEBULA_NONBLOCKING {
  constexpr operation during = operation::check_invariants;
  if (NEBULA_UNLIKELY(this->is_corrupted())) {
    return this->refuse(error_code::corrupted, during);
  }
  NEBULA_INVARIANT(stack_records_within_storage, count_ <= storage_.size() / sizeof(record_type));
  NEBULA_INVARIANT(stack_top_within_limit, top_ <= limit());
  NEBULA_INVARIANT(stack_peak_covers_top, peak_ >= top_);
  NEBULA_INVARIANT(stack_peak_within_capacity, peak_ <= storage_.size());
  NEBULA_INVARIANT(stack_live_matches_records, live_ <= count_);
  NEBULA_INVARIANT(stack_empty_has_no_top, count_ != 0 || top_ == 0);
  // position and visited hold the walk; records come and go at the end only, and each new one has a new serial
  const std::uint64_t version = count_ == 0 ? 0 : records::read(storage_, count_ - 1).serial;
  if (!cursor.is_in(this, version, 1) || cursor.position > count_) {
    cursor.begin(this, version, 0, 1);
  }
  // At most one round for each record.
  for (; steps != 0; --steps, ++cursor.position) {
    if (cursor.position == count_) {
      NEBULA_INVARIANT(stack_live_matches_records, cursor.visited == live_);
      cursor.phase = 0;
      return true;
    }
    const record_type record = records::read(storage_, cursor.position);
    const bool is_mark = record.align == 0;
    const record_type outer = cursor.position == 0 ? record_type{} : records::read(storage_, cursor.position - 1);
    const std::size_t end =
        cursor.position + 1 == count_ ? top_ : records::read(storage_, cursor.position + 1).previous_top;
    NEBULA_INVARIANT(stack_serials_ascend, record.serial > outer.serial && record.serial <= serial_);
    NEBULA_INVARIANT(stack_record_chain_ascends,
                     record.previous_top >= (outer.align == 0 ? outer.previous_top : outer.begin + 1));
    NEBULA_INVARIANT(stack_record_begins_in_order,
                     is_mark ? live_at(record) == cursor.visited : record.previous_top <= record.begin);
    NEBULA_INVARIANT(stack_record_ends_at_top, is_mark ? end == record.previous_top : end > record.begin);
    NEBULA_INVARIANT(stack_block_aligned, is_mark || padding_bytes(address_of(record.begin), record.align) == 0);
    cursor.visited += is_mark ? 0U : 1U;
  }
  return false;
}

} // namespace nebula
