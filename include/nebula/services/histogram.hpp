// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <nebula/services/histogram_layout.hpp>
#include <nebula/services/statistics_failure.hpp>

namespace nebula::services {

/// A value below or at which so many percent of the recorded values lie.
struct percentile_value {
  std::uint64_t value = 0;
  /// The value itself overflowed, and `value` is the least that does: the true one is this or more.
  bool is_lower_bound = false;

  friend constexpr bool operator==(const percentile_value&, const percentile_value&) noexcept = default;
};

/// Counts of values in buckets of bounded relative width. Values of 2^value_bits and more are counted as overflow, and
/// stand in percentiles and in the standard deviation as overflow_from(), the least of them; nothing that is recorded is
/// lost. Counts and sum stay at the most that there is. A value with its own memory, made once: recording never
/// allocates. One owner; for threads see thread_histogram. [SR-STAT-004]
class histogram {
public:
  /// Without buckets: each value overflows. What an outcome without a value has.
  histogram() noexcept = default;

  /// An empty one. Failures: out_of_range, as the layout's validate(); out_of_memory.
  [[nodiscard]] static statistics_outcome<histogram> make(const histogram_layout& layout = {}) noexcept;

  /// The value, so many times. O(1).
  void record(std::uint64_t value, std::uint64_t times = 1) noexcept;
  /// So many values of one bucket, whose sum is told by add_sum(): how parts are put together. Nothing iff there is no
  /// such bucket.
  void add_to_bucket(std::size_t bucket, std::uint64_t times) noexcept;
  void add_overflow(std::uint64_t times) noexcept;
  void add_sum(std::uint64_t sum) noexcept;

  [[nodiscard]] const histogram_layout& layout() const noexcept { return layout_; }
  /// All that was recorded, what overflowed included.
  [[nodiscard]] std::uint64_t count() const noexcept;
  [[nodiscard]] std::uint64_t overflow_count() const noexcept { return overflow_; }
  /// Exact, what overflowed included.
  [[nodiscard]] std::uint64_t sum() const noexcept { return sum_; }
  [[nodiscard]] std::size_t bucket_count() const noexcept { return counts_.size(); }
  /// 0 iff there is no such bucket.
  [[nodiscard]] std::uint64_t count_in(std::size_t bucket) const noexcept {
    return bucket < counts_.size() ? counts_[bucket] : 0;
  }

  /// The value of rank ⌈percent · count / 100⌉, and of rank 1 for percent 0, of all values in ascending order, as its
  /// bucket's middle: at most one part in 2^(precision_bits + 1) from the exact one, and exact below
  /// 2^(precision_bits + 1). A rank that exceeds a whole number by the rounding of `percent` alone is that number.
  /// Failures, in this order: out_of_range, percentile, iff not in 0…100, or not a number; no_values iff nothing was
  /// recorded. O(buckets). [SR-STAT-005]
  [[nodiscard]] statistics_outcome<percentile_value> percentile(double percent) const noexcept;
  /// sum() by count(): exact but for the division; 0 iff nothing was recorded.
  [[nodiscard]] double mean() const noexcept;
  /// Of all values recorded, as their buckets' middles: at most a part in 2^(precision_bits + 1) of the values' root mean
  /// square away; 0 iff nothing was recorded. O(buckets). [SR-STAT-005]
  [[nodiscard]] double standard_deviation() const noexcept;

  /// Adds what another one has recorded. layout_differs iff its buckets are others. O(buckets).
  [[nodiscard]] statistics_outcome<void> merge(const histogram& other) noexcept;
  /// What was recorded after an earlier state of this histogram. Iff a bucket has fewer values than before it was begun
  /// anew, and all that it has was recorded after. Failures: layout_differs; out_of_memory. O(buckets).
  [[nodiscard]] statistics_outcome<histogram> since(const histogram& before) const noexcept;
  /// True iff each count is that of `before` or more.
  [[nodiscard]] bool continues(const histogram& before) const noexcept;

  friend bool operator==(const histogram&, const histogram&) noexcept = default;

private:
  histogram_layout layout_{};
  std::uint64_t overflow_ = 0;
  std::uint64_t sum_ = 0;
  std::vector<std::uint64_t> counts_{};
};

} // namespace nebula::services
