// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstdint>
#include <limits>

#include <nebula/services/histogram_layout.hpp>
#include "statistics_rig.hpp"

namespace nebula::services {
namespace {

// [SR-STAT-004]
TEST(histogram_layout, has_buckets_side_by_side_that_bound_the_relative_error) {
  for (unsigned precision = 1; precision <= 9; ++precision) {
    for (const unsigned value_bits : {precision + 1, precision + 2, 20U, 40U, 63U, 64U}) {
      const histogram_layout layout{precision, value_bits};
      ASSERT_TRUE(test::succeeded(layout.validate()));
      std::uint64_t next = 0;
      for (std::size_t bucket = 0; bucket < layout.bucket_count(); ++bucket) {
        const std::uint64_t lowest = layout.lowest_of(bucket);
        const std::uint64_t highest = layout.highest_of(bucket);
        const std::uint64_t middle = layout.middle_of(bucket);
        ASSERT_EQ(lowest, next) << "bucket " << bucket;
        ASSERT_EQ(layout.bucket_of(lowest), bucket);
        ASSERT_EQ(layout.bucket_of(highest), bucket);
        ASSERT_EQ(layout.bucket_of(middle), bucket);
        // half a bucket, in whole numbers, is a part in 2^(precision + 1) of its lowest value at most
        const std::uint64_t farthest = highest - middle > middle - lowest ? highest - middle : middle - lowest;
        ASSERT_LE(farthest, lowest >> (precision + 1)) << "bucket " << bucket;
        next = highest == std::numeric_limits<std::uint64_t>::max() ? 0 : highest + 1;
      }
      EXPECT_EQ(next, value_bits == 64 ? 0 : layout.overflow_from()) << precision << " " << value_bits;
    }
  }
}

TEST(histogram_layout, has_no_bucket_for_what_overflows) {
  constexpr histogram_layout layout{5, 40};
  static_assert(layout.bucket_count() == 1152);
  EXPECT_TRUE(layout.has_bucket((std::uint64_t{1} << 40U) - 1));
  EXPECT_FALSE(layout.has_bucket(std::uint64_t{1} << 40U));
  EXPECT_FALSE(layout.has_bucket(std::numeric_limits<std::uint64_t>::max()));
  constexpr histogram_layout whole{5, 64};
  EXPECT_TRUE(whole.has_bucket(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_EQ(whole.highest_of(whole.bucket_count() - 1), std::numeric_limits<std::uint64_t>::max());
}

TEST(histogram_layout, of_a_wrong_width_is_refused) {
  EXPECT_TRUE(
      test::failed(histogram_layout{0, 40}.validate(), out_of_range(statistics_field::precision_bits, 0, 1, 14)));
  EXPECT_TRUE(
      test::failed(histogram_layout{15, 40}.validate(), out_of_range(statistics_field::precision_bits, 15, 1, 14)));
  EXPECT_TRUE(test::failed(histogram_layout{5, 5}.validate(), out_of_range(statistics_field::value_bits, 5, 6, 64)));
  EXPECT_TRUE(test::failed(histogram_layout{5, 65}.validate(), out_of_range(statistics_field::value_bits, 65, 6, 64)));
  EXPECT_TRUE(test::succeeded(histogram_layout{14, 64}.validate()));
}

} // namespace
} // namespace nebula::services
