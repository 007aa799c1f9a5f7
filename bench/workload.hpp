// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

/// The sizes and orders of the scenarios: the same numbers in each run and each column.
namespace nebula::bench {

/// A multiplicative generator with a fixed seed: what it is used for needs no more than no order.
class number_stream {
public:
  explicit constexpr number_stream(std::uint64_t seed = 1) noexcept : state_(seed) {}
  /// Below `bound`, which is at most 2^32.
  constexpr std::size_t below(std::size_t bound) noexcept {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return ((state_ >> 32U) * bound) >> 32U;
  }

private:
  std::uint64_t state_;
};

/// 0 to Count - 1 in no order.
template <std::size_t Count>
std::array<std::uint32_t, Count> shuffled(std::uint64_t seed = 1) noexcept {
  std::array<std::uint32_t, Count> order{};
  for (std::size_t index = 0; index < Count; ++index) {
    order[index] = static_cast<std::uint32_t>(index);
  }
  number_stream numbers(seed);
  for (std::size_t index = Count; index > 1; --index) {
    std::swap(order[index - 1], order[numbers.below(index)]);
  }
  return order;
}

/// A power of two of sizes, multiples of `step`, from `least` to `most`, evenly spread.
template <std::size_t Count>
std::array<std::size_t, Count> even_sizes(std::size_t least, std::size_t most, std::size_t step) noexcept {
  static_assert((Count & (Count - 1)) == 0, "indexed by a mask");
  std::array<std::size_t, Count> sizes{};
  number_stream numbers;
  for (std::size_t& size : sizes) {
    size = least + numbers.below((most - least) / step + 1) * step;
  }
  return sizes;
}

} // namespace nebula::bench
