// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>

#include <nebula/kernel/layout.hpp>
#include <nebula/verify/model.hpp>

/// What an operation's `variant` stands for: the wrong layouts and the wrong addresses that a caller may come up with.
namespace nebula::verify {

/// `whole_bytes` is the size of the storage.
[[nodiscard]] inline layout extreme_layout(std::uint8_t variant, std::size_t whole_bytes) {
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
  const std::size_t less = whole_bytes == 0 ? most : whole_bytes - 1;
  const std::size_t sizes[] = {most,      most - 1, most - 3,     most - 7,    most - 8,        most - 15, most - 31,
                               most - 63, most / 2, most / 2 + 1, whole_bytes, whole_bytes + 1, less,      1,
                               8,         0};
  const std::size_t aligns[] = {1, 8,   16,      0, 3, 24, most, most / 2 + 1, 4096, 2, 64, 12, std::size_t{1} << 20,
                                6, 128, most - 1};
  return layout{sizes[variant % 16U], aligns[variant / 16U]};
}

/// As integers: the place may lie beyond the block, and even beyond the storage.
[[nodiscard]] inline std::byte* inside(std::byte* start, std::uint8_t variant) {
  return reinterpret_cast<std::byte*>(reinterpret_cast<address>(start) + 1 +
                                      variant); // NOLINT(performance-no-int-to-ptr)
}

/// An address outside of the storage; `elsewhere` is one of the program's own objects.
[[nodiscard]] inline std::byte* outside(byte_span storage, const void* elsewhere, std::uint8_t variant) {
  const auto begin = reinterpret_cast<address>(storage.data);
  const address places[] = {
      begin - 1,
      begin - 8,
      begin - 64,
      begin + storage.size,
      begin + storage.size + 64,
      reinterpret_cast<address>(elsewhere),
      1,
      8,
      ~address{0},
      begin ^ (address{1} << (std::numeric_limits<address>::digits * 5 / 8)), // bit 40 of 64, bit 20 of 32
      begin / 2,
      begin - 24};
  return reinterpret_cast<std::byte*>(places[variant % std::size(places)]); // NOLINT(performance-no-int-to-ptr)
}

[[nodiscard]] inline layout wrong_layout(layout right, std::uint8_t variant) {
  const layout wrong[] = {{right.size + 1, right.align},
                          {right.size - 1, right.align},
                          {right.size, right.align * 2},
                          {right.size, right.align / 2},
                          {0, right.align},
                          {std::numeric_limits<std::size_t>::max(), right.align},
                          {right.size, 3},
                          {right.size / 2 + 1, 1},
                          {right.size + 4096, 4096}};
  return wrong[variant % std::size(wrong)];
}

} // namespace nebula::verify
