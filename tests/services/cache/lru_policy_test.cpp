// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/cache/cache.hpp>
#include <nebula/services/cache/lru_policy.hpp>
#include "../../unit/gtest.hpp"
#include "policy_rig.hpp"

namespace nebula::services {
namespace {

using test::cache_rig;

// [SR-CACHE-105]
TEST(lru, hits_whenever_a_list_by_recency_does) { test::expect_same_hits<lru_policy, test::lru_model>(); }
// [SR-CACHE-105]
TEST(lru, goes_on_whatever_comes) { test::expect_whole_whatever_comes<lru_policy>(); }

TEST(lru, evicts_the_least_recently_used) {
  cache_rig<cache<int, int>> rig(3);
  for (int key = 1; key <= 3; ++key) {
    rig->put(key, key);
  }
  (void)rig->get(1);
  (void)rig->peek(2);
  rig->put(4, 4);
  EXPECT_FALSE(rig->contains(2)) << "to peek is no use";
  EXPECT_TRUE(rig->contains(1)) << "to get is";
  rig->put(5, 5);
  EXPECT_FALSE(rig->contains(3)) << "never found, but put";
}

TEST(lru, of_a_loop_that_is_longer_than_it_never_hits) {
  EXPECT_EQ(test::hit_rate_of<lru_policy>(test::loop(3000, 45), 44), 0.0);
}

} // namespace
} // namespace nebula::services
