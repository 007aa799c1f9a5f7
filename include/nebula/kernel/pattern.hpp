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
/// How much stands behind each block of an allocator that has no room between its blocks otherwise.
[[nodiscard]] constexpr std::size_t tail_bytes(bool is_paranoid) noexcept { return is_paranoid ? canary_bytes : 0; }

/// Fills bytes that belong to the allocator, and leaves them forbidden to everyone else. O(size).
NEBULA_COLD inline void fill_with(std::byte pattern, std::byte* begin, std::size_t size) noexcept NEBULA_NONBLOCKING {
  tell_readable(begin, size);
  __builtin_memset(begin, static_cast<int>(pattern), size);
  tell_free(begin, size);
}

/// How many bytes from the first on hold the pattern. The bytes belong to the allocator, and are left forbidden. O(size).
[[nodiscard]] NEBULA_COLD inline std::size_t bytes_that_hold(std::byte pattern, const std::byte* begin,
                                                             std::size_t size) noexcept NEBULA_NONBLOCKING {
  tell_readable(begin, size);
  std::size_t offset = 0;
  while (offset < size && begin[offset] == pattern) {
    ++offset;
  }
  tell_free(begin, size);
  return offset;
}
[[nodiscard]] inline bool holds(std::byte pattern, const std::byte* begin,
                                std::size_t size) noexcept NEBULA_NONBLOCKING {
  return bytes_that_hold(pattern, begin, size) == size;
}
/// The first byte that does not hold the pattern; null iff none. From then on all of them hold it. Likewise.
[[nodiscard]] NEBULA_COLD inline const std::byte* mend(std::byte pattern, std::byte* begin,
                                                       std::size_t size) noexcept NEBULA_NONBLOCKING {
  const std::size_t offset = bytes_that_hold(pattern, begin, size);
  if (offset == size) {
    return nullptr;
  }
  fill_with(pattern, begin, size);
  return begin + offset;
}

} // namespace nebula
