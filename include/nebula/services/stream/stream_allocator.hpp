// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/failure_record.hpp>
#include <nebula/kernel/memory_tools.hpp>
#include <nebula/services/stream/stream_allocator_config.hpp>

namespace nebula::services {

/// Blocks of any layout in a ring, freed in the order in which they were allocated, and that order checked: what comes
/// first goes first, as messages and frames do. One owner. All functions are O(1) unless they say otherwise.
///
///     0          tail                              head                 capacity
///     |   free   |pad| oldest |pad| block |  …  |   |        free        |        in one piece, or
///     |  … |pad| newest | free |pad| oldest | … |pad| block | left out   |        wrapped
///           0            head   tail
///
/// A block is one piece: one that does not fit before the ring's end is placed at its beginning, and the bytes left out
/// there are part of what it takes, for as long as a block before it is live. Where nothing is live the ring begins anew at 0, so that what
/// fits ever fits then. The records of live blocks are a ring of their own, in front of all blocks: nothing that a program
/// writes past a block reaches them.
///
/// It fails as the kernel's allocators do, by their codes; lifo_violation is, of this one, a live block whose turn it is
/// not. A failed call changes nothing but the failure counters; misuse goes to the hook. The invariants that it latches
/// have the ids of the stack, of which they say the same. docs/services/streaming.md. [SR-STREAM-010]
class stream_allocator : public failure_record<plain_atomics, component::none> {
public:
  explicit stream_allocator(const stream_allocator_plan& plan) noexcept
      : failure_record(plan.hook_),
        ring_(plan.ring_),
        capacity_(plan.capacity_bytes_),
        count_max_(plan.block_count_max_) {
    for (std::size_t index = 0; index < count_max_; ++index) {
      stream_block_record* const made =
          ::new (static_cast<void*>(plan.records_ + index * sizeof(stream_block_record))) stream_block_record();
      records_ = index == 0 ? made : records_;
    }
    tell_free(ring_, capacity_);
  }
#if NEBULA_MEMORY_TOOLS
  ~stream_allocator() { tell_readable(ring_, capacity_); }
#endif

  /// request.size bytes at a multiple of request.align, behind all others. [SR-STREAM-010] invalid_layout iff the request
  /// is malformed; layout_unsupported iff it would not fit in the empty ring; exhausted iff it does not fit now, or
  /// block_count_max blocks are live. Of a ring in one piece it fits iff it does behind the head, or before the tail.
  [[nodiscard]] result<std::byte*> allocate(layout request) noexcept {
    constexpr operation during = operation::allocate;
    if (NEBULA_UNLIKELY(this->is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    if (NEBULA_UNLIKELY(!request.is_valid())) {
      return this->refuse(error_code::invalid_layout, during);
    }
    NEBULA_INVARIANT(stack_records_within_storage, count_ <= count_max_ && first_ <= count_max_);
    NEBULA_INVARIANT(stack_top_within_limit, head_ <= capacity_ && tail_ <= capacity_ && used_ <= capacity_);
    const place found = place_for(request);
    if (NEBULA_UNLIKELY(!found.fits || count_ == count_max_)) {
      const bool ever = fits(request, 0, capacity_).fits;
      return this->refuse(ever ? error_code::exhausted : error_code::layout_unsupported, during);
    }
    record_at(count_) = {found.begin, request.size, request.align, found.taken};
    ++count_;
    head_ = found.begin + request.size;
    used_ += found.taken;
    peak_ = used_ > peak_ ? used_ : peak_;
    tell_allocated(ring_ + found.begin, request.size);
    return ring_ + found.begin;
  }

  /// Gives back the oldest block. O(1); O(log live blocks) when it refuses. [SR-STREAM-011] Errors, state unchanged, in
  /// this order: null_pointer iff null; foreign_pointer iff outside of the ring; double_free iff in the free part;
  /// misaligned_pointer iff not the start of a live block; lifo_violation iff a live block, but an older one is live;
  /// layout_mismatch iff the oldest block was allocated with another layout.
  [[nodiscard]] result<void> deallocate(std::byte* block, layout allocated) noexcept {
    constexpr operation during = operation::deallocate;
    if (NEBULA_UNLIKELY(this->is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    NEBULA_INVARIANT(stack_records_within_storage, count_ <= count_max_ && first_ <= count_max_);
    const error_code wrong = wrong_oldest(block, allocated);
    if (NEBULA_UNLIKELY(wrong != error_code::none)) {
      return this->misuse(wrong, during, block);
    }
    const stream_block_record oldest = record_at(0);
    NEBULA_INVARIANT(stack_record_begins_in_order, oldest.taken >= oldest.size && oldest.taken <= used_);
    tell_free(block, allocated.size);
    first_ = first_ + 1 == count_max_ ? 0 : first_ + 1;
    --count_;
    used_ -= oldest.taken;
    tail_ = oldest.begin + oldest.size;
    if (count_ == 0) {
      begin_anew();
    } else if (record_at(0).begin < tail_) {
      give_back_end();
    }
    return {};
  }

  /// The block whose turn it is; null iff nothing is live.
  [[nodiscard]] std::byte* oldest() const noexcept { return count_ == 0 ? nullptr : ring_ + record_at(0).begin; }

  /// Frees all blocks. Destroys no objects. Refuses only when corrupted. [SR-STREAM-011]
  [[nodiscard]] result<void> reset() noexcept {
    if (NEBULA_UNLIKELY(this->is_corrupted())) {
      return this->refuse(error_code::corrupted, operation::reset);
    }
    count_ = 0;
    begin_anew();
    tell_free(ring_, capacity_);
    return {};
  }

  /// True iff the address lies in the ring.
  [[nodiscard]] bool owns(const std::byte* address) const noexcept { return offset_of(address) < capacity_; }

  /// Bytes used are what live blocks take: padding, and what is left out at the ring's end, included. Bytes available are
  /// the largest block of alignment 1 that allocate() would now serve, 0 if none.
  [[nodiscard]] allocator_state state() const noexcept {
    allocator_state now;
    now.capacity_bytes = capacity_;
    now.used_bytes = used_;
    now.available_bytes = count_ == count_max_ ? 0 : largest_piece();
    now.peak_bytes = peak_;
    now.live_blocks = count_;
    now.failures = this->failures();
    return now;
  }
  [[nodiscard]] std::size_t block_count_max() const noexcept { return count_max_; }

  /// Walks all records; corrupted iff an invariant does not hold. O(live blocks). [SR-STREAM-012]
  [[nodiscard]] result<void> check_invariants() const noexcept {
    constexpr operation during = operation::check_invariants;
    if (this->is_corrupted()) {
      return this->refuse(error_code::corrupted, during);
    }
    NEBULA_INVARIANT(stack_records_within_storage, count_ <= count_max_ && (first_ < count_max_ || first_ == 0));
    NEBULA_INVARIANT(stack_top_within_limit, head_ <= capacity_ && tail_ <= capacity_ && used_ <= capacity_);
    NEBULA_INVARIANT(stack_peak_covers_top, peak_ >= used_);
    NEBULA_INVARIANT(stack_peak_within_capacity, peak_ <= capacity_);
    NEBULA_INVARIANT(stack_empty_has_no_top, count_ != 0 || (head_ == 0 && tail_ == 0 && used_ == 0));
    std::size_t end = tail_;
    std::size_t taken = 0;
    for (std::size_t index = 0; index < count_; ++index) {
      const stream_block_record record = record_at(index);
      NEBULA_INVARIANT(stack_block_aligned, is_power_of_two(record.align) && record.size != 0 &&
                                                record.begin < capacity_ && record.size <= capacity_ - record.begin &&
                                                padding_bytes(address_of(record.begin), record.align) == 0);
      const std::size_t before = record.begin >= end ? record.begin - end : (capacity_ - end) + record.begin;
      NEBULA_INVARIANT(stack_record_begins_in_order,
                       record.taken >= record.size && record.taken - record.size == before && taken <= used_);
      taken += record.taken;
      end = record.begin + record.size;
    }
    NEBULA_INVARIANT(stack_live_matches_records, taken == used_);
    NEBULA_INVARIANT(stack_record_ends_at_top, end == head_);
    return {};
  }

private:
  friend struct ::nebula::metadata_access;

  struct place {
    std::size_t begin = 0;
    std::size_t taken = 0;
    bool fits = false;
  };

  /// In [from, until). Compared by subtraction: no size and no alignment can make these wrap.
  [[nodiscard]] place fits(layout request, std::size_t from, std::size_t until) const noexcept {
    const std::size_t padding = padding_bytes(address_of(from), request.align);
    const std::size_t room = until - from;
    if (padding > room || request.size > room - padding) {
      return {};
    }
    return {from + padding, padding + request.size, true};
  }
  [[nodiscard]] place place_for(layout request) const noexcept {
    if (is_wrapped()) {
      return fits(request, head_, tail_);
    }
    place found = fits(request, head_, capacity_);
    if (!found.fits && count_ != 0) {
      found = fits(request, 0, tail_);
      found.taken += capacity_ - head_;
    }
    return found;
  }
  /// The free bytes are one piece, between the newest block and the oldest; none of them iff the ring is full.
  [[nodiscard]] bool is_wrapped() const noexcept { return count_ != 0 && head_ <= tail_; }
  [[nodiscard]] std::size_t largest_piece() const noexcept {
    if (is_wrapped()) {
      return tail_ - head_;
    }
    const std::size_t behind = capacity_ - head_;
    return behind > tail_ ? behind : tail_;
  }

  [[nodiscard]] error_code wrong_oldest(const std::byte* block, layout allocated) const noexcept {
    const std::size_t offset = offset_of(block);
    if (NEBULA_UNLIKELY(count_ == 0 || offset != record_at(0).begin || block == nullptr)) {
      return wrong_block(block);
    }
    const stream_block_record& oldest = record_at(0);
    const bool same = oldest.size == allocated.size && oldest.align == allocated.align;
    return same ? error_code::none : error_code::layout_mismatch;
  }
  NEBULA_COLD error_code wrong_block(const std::byte* block) const noexcept {
    const std::size_t offset = offset_of(block);
    if (block == nullptr) {
      return error_code::null_pointer;
    }
    if (offset >= capacity_) {
      return error_code::foreign_pointer;
    }
    const std::size_t from_tail = behind_tail(offset);
    if (from_tail >= used_) {
      return error_code::double_free;
    }
    std::size_t first = 0;
    std::size_t beyond = count_;
    while (first < beyond) { // the first block that begins there or further from the tail; at most 64 rounds
      const std::size_t middle = first + (beyond - first) / 2;
      if (behind_tail(record_at(middle).begin) < from_tail) {
        first = middle + 1;
      } else {
        beyond = middle;
      }
    }
    const bool is_start = first < count_ && record_at(first).begin == offset;
    return is_start ? error_code::lifo_violation : error_code::misaligned_pointer;
  }
  /// How far behind the tail an offset is, in the order of the ring.
  [[nodiscard]] std::size_t behind_tail(std::size_t offset) const noexcept {
    return offset >= tail_ ? offset - tail_ : offset + (capacity_ - tail_);
  }

  /// The oldest block is at the beginning now: what was left out for it at the end is free, and the free bytes behind the
  /// newest block reach the end.
  void give_back_end() noexcept {
    const std::size_t left_out = capacity_ - tail_;
    used_ -= left_out;
    record_at(0).taken -= left_out;
    tail_ = 0;
  }
  void begin_anew() noexcept {
    first_ = 0;
    head_ = 0;
    tail_ = 0;
    used_ = 0;
  }
  /// The oldest is 0. Two places are one record iff they are count_max_ apart.
  [[nodiscard]] stream_block_record& record_at(std::size_t index) const noexcept {
    const std::size_t until_end = count_max_ - first_;
    return records_[index < until_end ? first_ + index : index - until_end];
  }
  [[nodiscard]] NEBULA_WRAPS std::size_t offset_of(const std::byte* address) const noexcept {
    return reinterpret_cast<std::uintptr_t>(address) - reinterpret_cast<std::uintptr_t>(ring_);
  }
  [[nodiscard]] std::uintptr_t address_of(std::size_t offset) const noexcept {
    return reinterpret_cast<std::uintptr_t>(ring_) + offset;
  }

  stream_block_record* records_ = nullptr;
  std::byte* ring_;
  std::size_t capacity_;
  std::size_t count_max_;
  std::size_t first_ = 0; ///< the place of the oldest block's record
  std::size_t count_ = 0;
  std::size_t head_ = 0; ///< where the newest block ends
  std::size_t tail_ = 0; ///< where the oldest block's bytes begin, with what they were padded by
  std::size_t used_ = 0;
  std::size_t peak_ = 0;
};

} // namespace nebula::services
