// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/pattern.hpp>

namespace nebula {

/// A canary that also says where the one below it ends, so that all of them can be visited, from the top down, where
/// no records say where blocks are. Two words: that end, or the base iff there is none below, and its complement, both
/// disguised. Ends are offsets; nothing of a block or a canary lies below the base.
struct canary_link {
  static constexpr std::size_t disguise = ~std::size_t{0} / 0xFF * static_cast<std::size_t>(canary_pattern);

  static void write(std::byte* canary, std::size_t below) noexcept NEBULA_NONBLOCKING {
    const std::size_t words[2] = {below ^ disguise, ~(below ^ disguise)};
    static_assert(sizeof(words) == canary_bytes, "a canary is two words");
    tell_readable(canary, canary_bytes);
    __builtin_memcpy(canary, words, canary_bytes);
    tell_free(canary, canary_bytes);
  }
  /// What a canary that ends at `end` says; does not fit iff it was overwritten.
  [[nodiscard]] static checked_size read(const std::byte* canary, std::size_t end,
                                         std::size_t base) noexcept NEBULA_NONBLOCKING {
    std::size_t words[2];
    tell_readable(canary, canary_bytes);
    __builtin_memcpy(words, canary, canary_bytes);
    tell_free(canary, canary_bytes);
    const std::size_t below = words[0] ^ disguise;
    const bool intact =
        words[1] == ~words[0] && below < end - canary_bytes && (below == base || below > base + canary_bytes);
    return intact ? checked_size{below, true} : checked_size{};
  }
};

} // namespace nebula
