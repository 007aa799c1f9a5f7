// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include <nebula/services/statistics_failure.hpp>

namespace nebula::services {

/// How values are put into buckets: log-linear, that is, each range from a power of two to the next in 2^precision_bits
/// buckets of one width, as HdrHistogram does it. Values below 2^(precision_bits + 1) have a bucket each; of those above, a
/// bucket is at most one part in 2^precision_bits wide. Values of 2^value_bits and more have none: they overflow. A plain
/// value. [SR-STAT-004]
struct histogram_layout {
  static constexpr unsigned precision_bits_max = 14;

  unsigned precision_bits = 5; ///< 1…14: 3 % wide buckets; a percentile is at most half of that away
  unsigned value_bits = 40;    ///< precision_bits + 1…64: values below a tebibyte

  friend constexpr bool operator==(const histogram_layout&, const histogram_layout&) noexcept = default;

  /// out_of_range, in this order: precision_bits; value_bits.
  [[nodiscard]] constexpr statistics_outcome<void> validate() const noexcept {
    if (precision_bits < 1 || precision_bits > precision_bits_max) {
      return out_of_range(statistics_field::precision_bits, precision_bits, 1, precision_bits_max);
    }
    if (value_bits <= precision_bits || value_bits > 64) {
      return out_of_range(statistics_field::value_bits, value_bits, precision_bits + 1, 64);
    }
    return {};
  }

  // What follows is for valid layouts.
  [[nodiscard]] constexpr std::size_t bucket_count() const noexcept {
    return std::size_t{value_bits - precision_bits + 1} << precision_bits;
  }
  /// True iff the value has a bucket.
  [[nodiscard]] constexpr bool has_bucket(std::uint64_t value) const noexcept {
    return value_bits == 64 || value >> value_bits == 0;
  }
  /// Of a value that has one. O(1).
  [[nodiscard]] constexpr std::size_t bucket_of(std::uint64_t value) const noexcept {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    const unsigned shift = width > precision_bits + 1 ? width - precision_bits - 1 : 0;
    return (std::size_t{shift} << precision_bits) + static_cast<std::uint32_t>(value >> shift);
  }
  /// The lowest value of a bucket. O(1).
  [[nodiscard]] constexpr std::uint64_t lowest_of(std::size_t bucket) const noexcept {
    const unsigned shift = shift_of(bucket);
    return (std::uint64_t{bucket} - (std::uint64_t{shift} << precision_bits)) << shift;
  }
  /// The highest value of a bucket. O(1).
  [[nodiscard]] constexpr std::uint64_t highest_of(std::size_t bucket) const noexcept {
    return lowest_of(bucket) + ((std::uint64_t{1} << shift_of(bucket)) - 1);
  }
  /// What stands for a bucket's values: from each of them at most one part in 2^(precision_bits + 1) away. O(1).
  [[nodiscard]] constexpr std::uint64_t middle_of(std::size_t bucket) const noexcept {
    return lowest_of(bucket) + ((std::uint64_t{1} << shift_of(bucket)) - 1) / 2;
  }
  /// The least value that overflows; the highest value iff none does.
  [[nodiscard]] constexpr std::uint64_t overflow_from() const noexcept {
    return value_bits == 64 ? ~std::uint64_t{0} : std::uint64_t{1} << value_bits;
  }

private:
  [[nodiscard]] constexpr unsigned shift_of(std::size_t bucket) const noexcept {
    const std::size_t group = bucket >> precision_bits;
    return group > 1 ? static_cast<unsigned>(group - 1) : 0;
  }
};

} // namespace nebula::services
