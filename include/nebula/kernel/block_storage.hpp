// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/cache_slot.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/local_free_list.hpp>
#include <nebula/kernel/memory_tools.hpp>
#include <nebula/kernel/pattern.hpp>
#include <nebula/kernel/seal.hpp>

namespace nebula {

/// Where a pool's equal blocks and their records are. Two kinds with the same members: in a caller's storage, with
/// sizes known when the program runs, and inside the object, with sizes known to the compiler.

/// In a caller's storage, as a validated plan has laid it out: slots of caches and records first, then blocks, so that a
/// write past the end of a block meets the next block or leaves the storage, and never meets the records.
template <class Atomics>
class span_block_storage {
public:
  using record_type = pool_record<Atomics>;

  constexpr span_block_storage() noexcept = default; ///< no blocks
  span_block_storage(std::byte* records, std::byte* blocks, layout block, std::size_t stride_bytes,
                     std::uint32_t count) noexcept
      : blocks_(blocks),
        block_(block),
        stride_bytes_(stride_bytes),
        divisor_(stride_bytes == 0 ? 1 : stride_bytes),
        count_(count),
        index_mask_(pool_list<Atomics>::index_mask_for(count)) {
    for (std::uint32_t index = 0; index < count; ++index) {
      record_type* const record = ::new (static_cast<void*>(records + index * sizeof(record_type))) record_type();
      records_ = index == 0 ? record : records_;
    }
  }
  ~span_block_storage() {
    tell_readable(blocks_, count_ * stride_bytes_);
    for (std::uint32_t index = 0; index < count_; ++index) {
      records_[index].~record_type();
    }
    for (std::uint32_t index = 0; index < cache_count_; ++index) {
      cache_slots_[index].~slot_type();
    }
  }
  span_block_storage(const span_block_storage&) = delete;
  span_block_storage& operator=(const span_block_storage&) = delete;

  void begin_use(bool with_pattern) const noexcept {
    if (with_pattern) {
      fill_with(free_pattern, blocks_, count_ * stride_bytes_);
    }
    tell_free(blocks_, count_ * stride_bytes_);
  }

  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  [[nodiscard]] layout block_layout() const noexcept { return block_; }
  [[nodiscard]] std::size_t stride_bytes() const noexcept { return stride_bytes_; }
  [[nodiscard]] std::byte* block(std::uint32_t index) const noexcept { return blocks_ + index * stride_bytes_; }
  [[nodiscard]] NEBULA_FAST record_type& record(std::uint32_t index) const noexcept {
    return pool_list<Atomics>::record(records(), index);
  }
  /// Slots for caches, before the first call that looks for them.
  void begin_caches(std::byte* slots, std::uint32_t count) noexcept {
    for (std::uint32_t index = 0; index < count; ++index) {
      slot_type* const slot = ::new (static_cast<void*>(slots + index * sizeof(slot_type))) slot_type();
      cache_slots_ = index == 0 ? slot : cache_slots_;
    }
    cache_count_ = count;
  }
  [[nodiscard]] std::uint32_t cache_count() const noexcept { return cache_count_; }
  [[nodiscard]] cache_slot<Atomics>* cache_slots() const noexcept { return cache_slots_; }
  /// offset / stride if exact; else a value of at least count, for any offset.
  [[nodiscard]] std::size_t index_of(std::size_t offset_bytes) const noexcept {
    return divisor_.quotient(offset_bytes);
  }
  [[nodiscard]] typename pool_list<Atomics>::records records() const noexcept {
    return {records_, count_, index_mask_};
  }
  void add_to(seal& sum) const noexcept {
    sum.add_address(blocks_);
    sum.add_address(records_);
    sum.add_address(cache_slots_);
    const std::size_t words[] = {block_.size,      block_.align, stride_bytes_, divisor_.inverse(),
                                 divisor_.shift(), count_,       index_mask_,   cache_count_};
    for (const std::size_t word : words) {
      sum.add(word);
    }
  }

private:
  using slot_type = cache_slot<Atomics>;

  std::byte* blocks_ = nullptr;
  record_type* records_ = nullptr;
  layout block_{};
  std::size_t stride_bytes_ = 0;
  exact_divisor divisor_{};
  std::uint32_t count_ = 0;
  std::uint32_t index_mask_ = 0;
  std::uint32_t cache_count_ = 0;
  slot_type* cache_slots_ = nullptr;
};

/// Inside the object; all-zero when constructed.
template <class Atomics, std::size_t BlockBytes, std::size_t BlockAlign, std::uint32_t Count,
          std::uint32_t CacheCount = 0>
class inline_block_storage : public inline_cache_slots<Atomics, CacheCount> {
  static_assert(layout{BlockBytes, BlockAlign}.is_valid(),
                "a block has a size, and an alignment that is a power of two");
  static_assert(Count != 0, "a pool has at least one block");
  static_assert(Count <= pool_list<Atomics>::count_max,
                "the head of the free list cannot index so many blocks: with NEBULA_HEAD_BITS=32 at most 65,535");
  static_assert(checked_align_up(BlockBytes, BlockAlign).fits,
                "a block must be able to be rounded up to its alignment");
  static constexpr std::size_t stride = checked_align_up(BlockBytes, BlockAlign).value;
  static_assert(checked_multiply(stride, Count).fits, "the blocks must fit in the address space");

public:
  using record_type = pool_record<Atomics>;

  constexpr inline_block_storage() noexcept = default;
#if NEBULA_MEMORY_TOOLS
  ~inline_block_storage() { tell_readable(blocks_, sizeof(blocks_)); }
  inline_block_storage(const inline_block_storage&) = delete;
  inline_block_storage& operator=(const inline_block_storage&) = delete;
#endif
  /// Memory checkers learn of what is free when it is freed: they cannot be called in a constant expression.
  constexpr void begin_use(bool with_pattern) noexcept {
    for (std::size_t offset = 0; with_pattern && offset < sizeof(blocks_); ++offset) {
      blocks_[offset] = free_pattern;
    }
  }

  [[nodiscard]] static constexpr std::uint32_t count() noexcept { return Count; }
  [[nodiscard]] static constexpr layout block_layout() noexcept { return {BlockBytes, BlockAlign}; }
  [[nodiscard]] static constexpr std::size_t stride_bytes() noexcept { return stride; }
  [[nodiscard]] std::byte* block(std::uint32_t index) const noexcept { return blocks_ + index * stride; }
  [[nodiscard]] NEBULA_FAST record_type& record(std::uint32_t index) const noexcept {
    return pool_list<Atomics>::record(records(), index);
  }
  [[nodiscard]] static constexpr std::size_t index_of(std::size_t offset_bytes) noexcept {
    return divisor.quotient(offset_bytes);
  }
  [[nodiscard]] typename pool_list<Atomics>::records records() const noexcept {
    return {records_, Count, pool_list<Atomics>::index_mask_for(Count)};
  }
  static void add_to(seal& /*sum*/) noexcept {} // its geometry is the compiler's

private:
  static constexpr exact_divisor divisor{stride};

  // mutable: as with a caller's storage, the blocks and records are reached through the allocator, not part of its
  // value
  mutable record_type records_[Count];
  alignas(BlockAlign) mutable std::byte blocks_[stride * Count] = {};
};

} // namespace nebula
