// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "bench/nebula_blocks.hpp"

/// Bounds: the least that finds what a program can do wrong with a block, with nothing beside it. No level, no layout on
/// freeing, no counts, no handles, no invariants, no faults told of, and nothing that survives a flipped bit. What ours
/// takes beyond them is the price of those; what they take beyond the unchecked is the price of looking at all.
namespace nebula::bench {

/// Of a pool: a free is of a block's start, and of a block that is live. Link and state are beside the blocks.
class least_checked_list_subject {
public:
  using front = least_checked_list_subject&;
  explicit least_checked_list_subject(const shape& sizes)
      : bytes_(sizes.block_bytes * sizes.block_count),
        records_(std::make_unique<std::uint32_t[]>(sizes.block_count)),
        first_block_(bytes_.data()),
        block_bytes_(sizes.block_bytes),
        divisor_(sizes.block_bytes),
        count_(static_cast<std::uint32_t>(sizes.block_count)) {
    for (std::uint32_t index = 0; index < count_; ++index) {
      records_[index] = index + 1;
    }
  }
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    const std::uint32_t index = first_;
    if (bytes > block_bytes_ || index >= count_) [[unlikely]] {
      give_up("least checks", "no block for this");
    }
    first_ = records_[index];
    records_[index] = live;
    return first_block_ + index * block_bytes_;
  }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t /*bytes*/) noexcept {
    const std::size_t index =
        divisor_.quotient(static_cast<std::size_t>(static_cast<std::byte*>(block) - first_block_));
    if (index >= count_ || records_[index] != live) [[unlikely]] {
      give_up("least checks", "not a live block");
    }
    records_[index] = first_;
    first_ = static_cast<std::uint32_t>(index);
  }

private:
  static constexpr std::uint32_t live = 0xFFFFFFFFU;

  storage bytes_;
  std::unique_ptr<std::uint32_t[]> records_;
  std::byte* first_block_;
  std::size_t block_bytes_;
  exact_divisor divisor_;
  std::uint32_t first_ = 0;
  std::uint32_t count_;
};

/// Of a bump: the size and the alignment are what they can be, and the block fits.
class least_checked_bump_subject {
public:
  using front = least_checked_bump_subject&;
  explicit least_checked_bump_subject(const shape& sizes)
      : bytes_(sizes.storage_bytes), first_(bytes_.data()), room_(sizes.storage_bytes) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    const std::size_t align = opaque(std::size_t{8});
    const std::size_t padding =
        padding_bytes(reinterpret_cast<std::uintptr_t>(first_) + top_, align); // below align: cannot wrap
    if (bytes == 0 || !is_power_of_two(align) || padding > room_ - top_ || bytes > room_ - top_ - padding)
        [[unlikely]] {
      give_up("least checks", "no room for this");
    }
    std::byte* const block = first_ + top_ + padding;
    top_ += padding + bytes;
    return block;
  }
  [[gnu::always_inline]] inline void reset(void* const* /*blocks*/, std::size_t /*count*/) noexcept { top_ = 0; }

private:
  storage bytes_;
  std::byte* first_;
  std::size_t room_;
  std::size_t top_ = 0;
};

/// Of a stack: a free is of the block on top, of the size that it was allocated with. What was below is beside the blocks.
class least_checked_stack_subject {
public:
  using front = least_checked_stack_subject&;
  explicit least_checked_stack_subject(const shape& sizes)
      : bytes_(sizes.storage_bytes),
        records_(std::make_unique<record[]>(sizes.storage_bytes / block_align_bytes)),
        first_(bytes_.data()),
        room_(sizes.storage_bytes) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    const std::size_t begin = (top_ + block_align_bytes - 1) & ~(block_align_bytes - 1);
    if (bytes > room_ - begin || begin > room_) [[unlikely]] {
      give_up("least checks", "no room for this");
    }
    records_[count_] = {top_, begin};
    ++count_;
    top_ = begin + bytes;
    return first_ + begin;
  }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t bytes) noexcept {
    const auto begin = static_cast<std::size_t>(static_cast<std::byte*>(block) - first_);
    if (count_ == 0 || records_[count_ - 1].begin != begin || top_ - begin != bytes) [[unlikely]] {
      give_up("least checks", "not the block on top");
    }
    --count_;
    top_ = records_[count_].previous_top;
  }

private:
  struct record {
    std::size_t previous_top;
    std::size_t begin;
  };

  storage bytes_;
  std::unique_ptr<record[]> records_;
  std::byte* first_;
  std::size_t room_;
  std::size_t top_ = 0;
  std::size_t count_ = 0;
};

} // namespace nebula::bench
