// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include <nebula/kernel/layout.hpp>

namespace nebula::verify {

/// Storage for an allocator under test, at a chosen distance from a strict alignment, with bytes before and behind it
/// that nobody is to write. The heap gives it, so that address sanitizers see what runs out even of those.
class guarded_storage {
public:
  static constexpr std::size_t align = 4096; ///< as strict as any alignment that a program requests
  static constexpr std::size_t guard_bytes = 64;

  /// `offset` modulo 64 is the distance in bytes, and what is left, modulo 4, in quarters of the alignment.
  guarded_storage(std::size_t size, std::size_t offset)
      : size_(size), memory_(new std::byte[align + guard_bytes + size + guard_bytes + align]) {
    const auto first = reinterpret_cast<std::uintptr_t>(memory_.get()) + guard_bytes;
    begin_ =
        memory_.get() + guard_bytes + (align - first % align) % align + offset % 64 + offset / 64 % 4 * (align / 4);
    std::fill(begin_ - guard_bytes, begin_, guard);
    std::fill(begin_ + size_, begin_ + size_ + guard_bytes, guard);
    std::fill(begin_, begin_ + size_, std::byte{0xCD}); // whatever was there: allocators assume nothing of it
  }

  [[nodiscard]] byte_span span() const { return {begin_, size_}; }
  /// What lies between the guards.
  [[nodiscard]] byte_span guarded() const { return span(); }
  [[nodiscard]] bool guards_intact() const {
    static constexpr auto intact = [] {
      std::array<std::byte, guard_bytes> bytes{};
      bytes.fill(guard);
      return bytes;
    }();
    return std::memcmp(begin_ - guard_bytes, intact.data(), guard_bytes) == 0 &&
           std::memcmp(begin_ + size_, intact.data(), guard_bytes) == 0;
  }

private:
  static constexpr std::byte guard{0xA5};

  std::size_t size_;
  std::unique_ptr<std::byte[]> memory_;
  std::byte* begin_ = nullptr;
};

} // namespace nebula::verify
