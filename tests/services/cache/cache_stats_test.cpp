// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/cache/cache_stats.hpp>
#include "../../unit/gtest.hpp"

namespace nebula::services {
namespace {

// [SR-CACHE-109] No number by 0 lookups.
TEST(cache_rates, are_0_before_there_was_a_lookup) {
  constexpr cache_stats none;
  EXPECT_EQ(none.hit_rate(), 0.0);
  EXPECT_EQ(none.miss_rate(), 0.0);
  EXPECT_EQ(none.lookups(), 0U);
}

TEST(cache_rates, are_parts_of_one) {
  cache_stats stats;
  stats.hits = 3;
  stats.misses = 1;
  EXPECT_EQ(stats.hit_rate(), 0.75);
  EXPECT_EQ(stats.miss_rate(), 0.25);
}

TEST(cache_stats_of_parts, are_summed) {
  cache_stats one{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
  one += one;
  EXPECT_EQ(one, (cache_stats{2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26}));
  cache_stats unlimited;
  unlimited.weight_max = UINT64_MAX;
  one += unlimited;
  EXPECT_EQ(one.weight_max, UINT64_MAX) << "no limit, and not one that wrapped";
}

} // namespace
} // namespace nebula::services
