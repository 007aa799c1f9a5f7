// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel/contract.hpp>
#include <nebula/kernel/memory_tools.hpp>

namespace nebula {

/// What free bytes hold at the paranoid check level. Not zero, which is what stray writes most often leave.
inline constexpr std::byte free_pattern{0xDD};
/// What stands behind a block.
inline constexpr std::byte canary_pattern{0xCA};
/// How much of it, at least: an off-by-one of any ordinary type falls into it.
inline constexpr std::size_t canary_bytes = 2 * sizeof(std::size_t);

/// Fills bytes that belong to the allocator, and leaves them forbidden to everyone else. O(size).
inline void fill_with(std::byte pattern, std::byte* begin, std::size_t size) noexcept NEBULA_NONBLOCKING {
  tell_readable(begin, size);
  __builtin_memset(begin, static_cast<int>(pattern), size);
  tell_free(begin, size);
}

/// The offset of the first byte that is not the pattern's; `size` iff there is none. The bytes belong to the allocator,
/// and are left forbidden. O(size).
[[nodiscard]] inline std::size_t first_difference(std::byte pattern, const std::byte* begin,
                                                  std::size_t size) noexcept NEBULA_NONBLOCKING {
  tell_readable(begin, size);
  std::size_t offset = 0;
  while (offset < size && begin[offset] == pattern) {
    ++offset;
  }
  tell_free(begin, size);
  return offset;
}

} // namespace nebula
