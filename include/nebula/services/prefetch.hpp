// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/arithmetic.hpp>

namespace nebula::services {

/// What a range is prefetched for.
enum class prefetch_for : std::uint8_t { reading = 0, writing = 1 };

/// More lines than this in one call would push out what the first of them brought.
inline constexpr std::size_t prefetch_lines_max = 4096;

/// Calls `each` with the address of each cache line that a range touches, in order, and at most prefetch_lines_max times;
/// returns how often. line_bytes is a power of two; 0 lines iff it is not, or the range is empty. A range that runs past
/// the end of the address space is cut there.
template <class Each>
std::size_t for_each_line(std::uintptr_t begin, std::size_t bytes, std::size_t line_bytes, Each each) noexcept {
  if (bytes == 0 || !is_power_of_two(line_bytes)) {
    return 0;
  }
  const checked_size last_byte = checked_add(begin, bytes - 1);
  const std::uintptr_t last = last_byte.fits ? last_byte.value : UINTPTR_MAX;
  std::uintptr_t line = begin & ~(line_bytes - 1);
  std::size_t count = 0;
  for (;;) {
    each(line);
    ++count;
    if (count == prefetch_lines_max || last - line < line_bytes) {
      return count;
    }
    line += line_bytes;
  }
}

/// Asks the processor to bring the cache lines of a range: each once, from the line of the first byte to that of the last.
/// A hint, which never faults, whatever the addresses, and changes no value. Returns the number of lines asked for, at most
/// prefetch_lines_max. line_bytes is capabilities::prefetch_line_bytes; 0 lines iff no power of two. O(lines). Any thread.
/// [SR-SYS-013]
inline std::size_t prefetch(const std::byte* begin, std::size_t bytes, std::size_t line_bytes,
                            prefetch_for use = prefetch_for::reading) noexcept {
  return for_each_line(reinterpret_cast<std::uintptr_t>(begin), bytes, line_bytes, [use](std::uintptr_t line) noexcept {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a line may begin before the object, where there is no pointer to go
    const auto* address = reinterpret_cast<const void*>(line);
    if (use == prefetch_for::writing) {
      __builtin_prefetch(address, 1);
    } else {
      __builtin_prefetch(address, 0);
    }
  });
}

} // namespace nebula::services
