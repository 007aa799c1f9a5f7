// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/cache/cache.hpp>
#include <nebula/services/cache/fifo_policy.hpp>
#include "../../unit/gtest.hpp"
#include "policy_rig.hpp"

namespace nebula::services {
namespace {

using test::cache_rig;

// [SR-CACHE-105]
TEST(fifo, hits_whenever_a_queue_does) { test::expect_same_hits<fifo_policy, test::fifo_model>(); }
// [SR-CACHE-105]
TEST(fifo, goes_on_whatever_comes) { test::expect_whole_whatever_comes<fifo_policy>(); }

TEST(fifo, evicts_in_the_order_of_coming_whatever_was_found) {
  cache_rig<cache<int, int, fifo_policy>> rig(3);
  for (int key = 1; key <= 3; ++key) {
    rig->put(key, key);
  }
  (void)rig->get(1);
  rig->put(1, 11);
  rig->put(4, 4);
  EXPECT_FALSE(rig->contains(1)) << "came first, whoever found it since";
  rig->put(5, 5);
  EXPECT_FALSE(rig->contains(2)) << "never found at all, and second";
  EXPECT_TRUE(rig->contains(3));
}

} // namespace
} // namespace nebula::services
