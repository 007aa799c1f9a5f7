// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/cache/cache.hpp>
#include <nebula/services/cache/lfu_policy.hpp>
#include "../../unit/gtest.hpp"
#include "policy_rig.hpp"

namespace nebula::services {
namespace {

using test::cache_rig;

// [SR-CACHE-105]
TEST(lfu, hits_whenever_a_table_of_uses_does) { test::expect_same_hits<lfu_policy, test::lfu_model>(); }
// [SR-CACHE-105]
TEST(lfu, goes_on_whatever_comes) { test::expect_whole_whatever_comes<lfu_policy>(); }

TEST(lfu, keeps_what_was_found_most_often) {
  cache_rig<cache<int, int, lfu_policy>> rig(2);
  rig->put(1, 1);
  (void)rig->get(1);
  rig->put(2, 2);
  rig->put(3, 3);
  EXPECT_TRUE(rig->contains(1));
  EXPECT_FALSE(rig->contains(2));
  rig->remove(1);
  (void)rig->get(3);
  rig->put(4, 4);
  rig->put(5, 5);
  EXPECT_TRUE(rig->contains(3));
  EXPECT_TRUE(rig->is_whole());
}

} // namespace
} // namespace nebula::services
