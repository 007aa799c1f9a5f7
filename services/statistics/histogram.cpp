// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/histogram.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>

#include <nebula/kernel/atomics.hpp>
#include <nebula/services/histogram_layout.hpp>
#include <nebula/services/statistics_failure.hpp>
#include <nebula/services/thread_counters.hpp>

namespace nebula::services {
namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

void add_up_to_most(std::uint64_t& count, std::uint64_t amount) noexcept {
  count = counter_cell<plain_atomics>::capped_sum(count, amount);
}

std::uint64_t product_up_to_most(std::uint64_t left, std::uint64_t right) noexcept {
  return right != 0 && left > most / right ? most : left * right;
}

/// ⌈percent · count / 100⌉ in 1…count.
std::uint64_t rank_of(double percent, std::uint64_t count) noexcept {
  if (percent >= 100) {
    return count; // which may be no double
  }
  const double exact = percent / 100 * static_cast<double>(count);
  // 99.9 is no double, and 99.9 % of 1000 comes out as a little more than 999
  const double rank = std::ceil(exact * (1 - 4 * std::numeric_limits<double>::epsilon()));
  // below 2⁶⁴, for `exact` is at most the double below it
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(rank), 1, count);
}

} // namespace

statistics_outcome<histogram> histogram::make(const histogram_layout& layout) noexcept {
  if (const auto valid = layout.validate(); !valid) {
    return valid.failure();
  }
  try {
    histogram made;
    made.layout_ = layout;
    made.counts_.resize(layout.bucket_count());
    return made;
  } catch (const std::bad_alloc&) {
    return refused(statistics_failure_code::out_of_memory);
  }
}

void histogram::record(std::uint64_t value, std::uint64_t times) noexcept {
  if (!counts_.empty() && layout_.has_bucket(value)) {
    add_to_bucket(layout_.bucket_of(value), times);
  } else {
    add_overflow(times);
  }
  add_sum(product_up_to_most(value, times));
}

void histogram::add_to_bucket(std::size_t bucket, std::uint64_t times) noexcept {
  if (bucket < counts_.size()) {
    add_up_to_most(counts_[bucket], times);
  }
}

void histogram::add_overflow(std::uint64_t times) noexcept { add_up_to_most(overflow_, times); }

void histogram::add_sum(std::uint64_t sum) noexcept { add_up_to_most(sum_, sum); }

std::uint64_t histogram::count() const noexcept {
  std::uint64_t all = overflow_;
  for (const std::uint64_t each : counts_) {
    add_up_to_most(all, each);
  }
  return all;
}

statistics_outcome<percentile_value> histogram::percentile(double percent) const noexcept {
  if (!(percent >= 0 && percent <= 100)) { // nor what is no number
    statistics_failure failure = out_of_range(statistics_field::percentile, 0, 0, 100);
    failure.number = percent;
    return failure;
  }
  const std::uint64_t all = count();
  if (all == 0) {
    return refused(statistics_failure_code::no_values, statistics_field::percentile);
  }
  std::uint64_t left = rank_of(percent, all);
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    if (left <= counts_[bucket]) {
      return percentile_value{layout_.middle_of(bucket), false};
    }
    left -= counts_[bucket];
  }
  return percentile_value{counts_.empty() ? 0 : layout_.overflow_from(), true};
}

double histogram::mean() const noexcept {
  const std::uint64_t all = count();
  return all == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(all);
}

double histogram::standard_deviation() const noexcept {
  if (count() == 0 || counts_.empty()) {
    return 0;
  }
  const auto all = static_cast<double>(count());
  // Of the values that stand for the buckets, about their own mean: squares of differences, which do not cancel.
  const auto over_all = [this](auto of_value) {
    double sum = static_cast<double>(overflow_) * of_value(static_cast<double>(layout_.overflow_from()));
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
      if (counts_[bucket] != 0) {
        sum += static_cast<double>(counts_[bucket]) * of_value(static_cast<double>(layout_.middle_of(bucket)));
      }
    }
    return sum;
  };
  const double middle = over_all([](double value) { return value; }) / all;
  return std::sqrt(over_all([middle](double value) { return (value - middle) * (value - middle); }) / all);
}

statistics_outcome<void> histogram::merge(const histogram& other) noexcept {
  if (!(layout_ == other.layout_) || counts_.size() != other.counts_.size()) {
    return refused(statistics_failure_code::layout_differs);
  }
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    add_up_to_most(counts_[bucket], other.counts_[bucket]);
  }
  add_overflow(other.overflow_);
  add_sum(other.sum_);
  return {};
}

bool histogram::continues(const histogram& before) const noexcept {
  return layout_ == before.layout_ && overflow_ >= before.overflow_ && sum_ >= before.sum_ &&
         std::equal(counts_.begin(), counts_.end(), before.counts_.begin(), before.counts_.end(),
                    [](std::uint64_t now, std::uint64_t then) { return now >= then; });
}

statistics_outcome<histogram> histogram::since(const histogram& before) const noexcept {
  if (!(layout_ == before.layout_) || counts_.size() != before.counts_.size()) {
    return refused(statistics_failure_code::layout_differs);
  }
  try {
    histogram difference = *this;
    if (continues(before)) {
      for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
        difference.counts_[bucket] -= before.counts_[bucket];
      }
      difference.overflow_ -= before.overflow_;
      difference.sum_ -= before.sum_;
    }
    return difference;
  } catch (const std::bad_alloc&) {
    return refused(statistics_failure_code::out_of_memory);
  }
}

} // namespace nebula::services
