// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/cache/lru_policy.hpp>
#include <nebula/services/cache/w_tiny_lfu_policy.hpp>
#include "../../unit/gtest.hpp"
#include "policy_rig.hpp"

namespace nebula::services {
namespace {

using test::workload;

// [SR-CACHE-105]
TEST(w_tiny_lfu, hits_whenever_the_papers_lists_and_sketch_do) {
  test::expect_same_hits<w_tiny_lfu_policy, test::w_tiny_lfu_model>();
}
// [SR-CACHE-105]
TEST(w_tiny_lfu, goes_on_whatever_comes) { test::expect_whole_whatever_comes<w_tiny_lfu_policy>(); }

// A scan pushes all that is popular out of a list by recency.
TEST(w_tiny_lfu, hits_more_often_than_lru_where_there_are_scans) {
  const workload of = test::scans(40'000, 300, 4);
  EXPECT_GT(test::hit_rate_of<w_tiny_lfu_policy>(of, 100), test::hit_rate_of<lru_policy>(of, 100));
}

} // namespace
} // namespace nebula::services
