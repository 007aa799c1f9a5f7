// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/contract.hpp>

namespace nebula {

/// A check sum of metadata at the paranoid level: different for any two sequences of words that differ in one word, for
/// each step can be undone; for others that differ, equal once in 2^32 or 2^64. It finds what no invariant can, as a
/// number that was overwritten by another one in its range. [SR-CHK-005]
class seal {
public:
  NEBULA_WRAPS constexpr void add(std::size_t word) noexcept {
    // an odd factor, and a shift of half the width: both can be undone
    constexpr unsigned width = std::numeric_limits<std::size_t>::digits;
    constexpr std::size_t factor = 0x9E3779B97F4A7C15U & std::numeric_limits<std::size_t>::max();
    static_assert(factor % 2 == 1, "what is multiplied by an even number loses a bit");
    sum_ = (sum_ ^ word) * factor;
    sum_ ^= sum_ >> (width / 2);
  }
  void add_wide(std::uint64_t number) noexcept {
    std::size_t words[64 / std::numeric_limits<std::size_t>::digits];
    __builtin_memcpy(words, &number, sizeof(number));
    for (const std::size_t word : words) {
      add(word);
    }
  }
  void add_address(const void* address) noexcept { add(reinterpret_cast<std::uintptr_t>(address)); }

  /// Not 0, which says that nothing has been sealed.
  [[nodiscard]] constexpr std::size_t sum() const noexcept { return sum_ == 0 ? 1 : sum_; }

private:
  std::size_t sum_ = 0;
};

} // namespace nebula
