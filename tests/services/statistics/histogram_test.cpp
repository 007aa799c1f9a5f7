// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cmath>
#include <cstdint>
#include <limits>

#include <nebula/services/histogram.hpp>
#include "failing_heap.hpp"
#include "statistics_rig.hpp"

namespace nebula::services {
namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

histogram made(histogram_layout layout = {}) { return histogram::make(layout).value(); }

statistics_failure no_percentile(double percent) {
  statistics_failure failure = out_of_range(statistics_field::percentile, 0, 0, 100);
  failure.number = percent;
  return failure;
}

// [SR-STAT-005]
TEST(percentile, of_nothing_is_refused_and_the_rest_is_zero) {
  const histogram values = made();
  EXPECT_TRUE(
      test::failed(values.percentile(50), refused(statistics_failure_code::no_values, statistics_field::percentile)));
  EXPECT_EQ(values.count(), 0U);
  EXPECT_EQ(values.sum(), 0U);
  EXPECT_EQ(values.mean(), 0);
  EXPECT_EQ(values.standard_deviation(), 0);
}

TEST(percentile, outside_of_0_to_100_is_refused) {
  histogram values = made();
  values.record(1);
  const double wrong[] = {-0.001, 100.001, std::numeric_limits<double>::infinity()};
  for (const double percent : wrong) {
    EXPECT_TRUE(test::failed(values.percentile(percent), no_percentile(percent)));
  }
  const auto no_number = values.percentile(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(no_number.failure().code, statistics_failure_code::out_of_range);
  EXPECT_TRUE(test::succeeded(values.percentile(-0.0)));
}

TEST(percentile, is_of_the_nearest_rank) {
  histogram values = made();
  for (std::uint64_t value = 1; value <= 50; ++value) { // each with a bucket of its own
    values.record(value);
  }
  EXPECT_EQ(values.percentile(0).value().value, 1U);
  EXPECT_EQ(values.percentile(2).value().value, 1U);
  EXPECT_EQ(values.percentile(2.1).value().value, 2U);
  EXPECT_EQ(values.percentile(50).value().value, 25U);
  EXPECT_EQ(values.percentile(99).value().value, 50U);
  EXPECT_EQ(values.percentile(100).value().value, 50U);
}

TEST(percentile, does_not_leave_its_rank_for_a_rounding) {
  histogram values = made();
  values.record(1, 999);
  values.record(2);
  EXPECT_EQ(values.percentile(99.9).value().value, 1U); // rank 999 of 1000, though 99.9 is more than 999 thousandths
  EXPECT_EQ(values.percentile(99.91).value().value, 2U);
}

TEST(percentile, of_counts_beyond_doubles_is_there) {
  histogram values = made();
  values.record(7, most - 1);
  values.record(9, 1);
  EXPECT_EQ(values.count(), most);
  EXPECT_EQ(values.percentile(100).value().value, 9U);
  EXPECT_EQ(values.percentile(0).value().value, 7U);
}

// [SR-STAT-004]
TEST(overflow, is_counted_and_told) {
  histogram values = made({5, 10});
  values.record(1023);
  values.record(1024);
  values.record(5000);
  EXPECT_EQ(values.count(), 3U);
  EXPECT_EQ(values.overflow_count(), 2U);
  EXPECT_EQ(values.sum(), 7047U);
  EXPECT_DOUBLE_EQ(values.mean(), 2349);
  EXPECT_EQ(values.percentile(33).value(), (percentile_value{1015, false}));
  EXPECT_EQ(values.percentile(100).value(), (percentile_value{1024, true}));
  EXPECT_GT(values.standard_deviation(), 0);
}

TEST(deviation, is_that_of_the_buckets_middles) {
  histogram values = made();
  for (const std::uint64_t value : {2U, 4U, 4U, 4U, 5U, 5U, 7U, 9U}) {
    values.record(value);
  }
  EXPECT_DOUBLE_EQ(values.mean(), 5);
  EXPECT_DOUBLE_EQ(values.standard_deviation(), 2);
  histogram far = made({5, 64}); // differences that a sum of squares would lose
  far.record((std::uint64_t{1} << 62U) + 1, 1000);
  EXPECT_EQ(far.standard_deviation(), 0);
}

TEST(histogram, stays_at_the_most_instead_of_wrapping) {
  histogram values = made({5, 64});
  values.record(most, 3);
  EXPECT_EQ(values.sum(), most);
  values.record(3, most);
  EXPECT_EQ(values.count(), most);
  EXPECT_EQ(values.count_in(3), most);
  values.record(3, 5);
  EXPECT_EQ(values.count_in(3), most);
  values.record(0, most);
  EXPECT_EQ(values.sum(), most);
}

TEST(histogram, without_buckets_overflows) {
  histogram none;
  none.record(3, 2);
  none.add_to_bucket(0, 1);
  EXPECT_EQ(none.count(), 2U);
  EXPECT_EQ(none.overflow_count(), 2U);
  EXPECT_EQ(none.count_in(0), 0U);
  EXPECT_EQ(none.standard_deviation(), 0);
  EXPECT_EQ(none.percentile(50).value(), (percentile_value{0, true}));
}

TEST(histogram, of_a_wrong_layout_is_refused) {
  EXPECT_TRUE(test::failed(histogram::make({0, 1}), out_of_range(statistics_field::precision_bits, 0, 1, 14)));
}

TEST(merging, adds_and_refuses_other_buckets) {
  histogram values = made();
  histogram other = made();
  values.record(5, 2);
  other.record(5);
  other.record(std::uint64_t{1} << 41U);
  ASSERT_TRUE(test::succeeded(values.merge(other)));
  EXPECT_EQ(values.count_in(5), 3U);
  EXPECT_EQ(values.overflow_count(), 1U);
  EXPECT_EQ(values.sum(), 15U + (std::uint64_t{1} << 41U));
  EXPECT_TRUE(test::failed(values.merge(made({4, 40})), refused(statistics_failure_code::layout_differs)));
  EXPECT_TRUE(test::failed(values.merge(histogram()), refused(statistics_failure_code::layout_differs)));
}

TEST(difference, is_what_was_recorded_after) {
  histogram before = made();
  before.record(5, 2);
  histogram after = before;
  after.record(5);
  after.record(100);
  after.record(std::uint64_t{1} << 40U);
  const auto since = after.since(before);
  ASSERT_TRUE(test::succeeded(since));
  EXPECT_EQ(since.value().count(), 3U);
  EXPECT_EQ(since.value().count_in(5), 1U);
  EXPECT_EQ(since.value().sum(), 105U + (std::uint64_t{1} << 40U));
  EXPECT_TRUE(after.continues(before));
  EXPECT_FALSE(before.continues(after));
  EXPECT_EQ(before.since(after).value(), before); // begun anew
  EXPECT_TRUE(test::failed(after.since(made({4, 40})), refused(statistics_failure_code::layout_differs)));
}

TEST(histogram, without_memory_is_refused) {
  const histogram full = made();
  for (const auto how : {test::heap_failures::once, test::heap_failures::for_good}) {
    const auto judge = [](const statistics_outcome<histogram>& outcome, bool has_failed) {
      EXPECT_EQ(outcome.has_value(), !has_failed);
      EXPECT_EQ(outcome.failure().code == statistics_failure_code::out_of_memory, has_failed);
    };
    EXPECT_EQ(test::with_each_failure_of_the_heap(how, [] { return histogram::make(); }, judge), 1U);
    EXPECT_GE(test::with_each_failure_of_the_heap(how, [&] { return full.since(full); }, judge), 1U);
  }
}

} // namespace
} // namespace nebula::services
