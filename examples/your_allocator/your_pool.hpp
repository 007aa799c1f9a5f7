// SPDX-License-Identifier: Apache-2.0 OR MIT
// An allocator that somebody has: blocks of 32 bytes, and a byte for each that says whether it is taken.
#pragma once

#include <cstddef>
#include <cstdint>

class your_pool {
public:
  static constexpr std::size_t block_bytes = 32;
  static constexpr std::size_t block_align = 16;

  your_pool(std::byte* memory, std::size_t size) : blocks_(memory), count_(size / (block_bytes + 1)) {
    taken_ = memory + count_ * block_bytes;
    for (std::size_t index = 0; index < count_; ++index) {
      taken_[index] = std::byte{0};
    }
  }

  void* get(std::size_t size, std::size_t align) {
    const bool is_power_of_two = align != 0 && (align & (align - 1)) == 0;
    if (size == 0 || size > block_bytes || !is_power_of_two || align > block_align) {
      return nullptr;
    }
    for (std::size_t index = 0; index < count_; ++index) {
      if (taken_[index] == std::byte{0}) {
        taken_[index] = std::byte{1};
        return blocks_ + index * block_bytes;
      }
    }
    return nullptr;
  }

  bool put(const void* block) {
    const auto offset = reinterpret_cast<std::uintptr_t>(block) - reinterpret_cast<std::uintptr_t>(blocks_);
    if (offset >= count_ * block_bytes || offset % block_bytes != 0) {
      return false;
    }
    const std::size_t index = offset / block_bytes;
    if (taken_[index] == std::byte{0}) {
      return false;
    }
    taken_[index] = std::byte{0};
    return true;
  }

  std::size_t count() const { return count_; }

private:
  std::byte* blocks_;
  std::byte* taken_;
  std::size_t count_;
};
