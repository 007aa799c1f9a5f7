// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstdint>
#include <set>

#include <nebula/services/cache/cache.hpp>
#include <nebula/services/cache/random_policy.hpp>
#include "../../unit/gtest.hpp"
#include "policy_rig.hpp"

namespace nebula::services {
namespace {

using test::cache_rig;
using test::workload;

// [SR-CACHE-105]
TEST(random_eviction, hits_whenever_the_same_lots_do) { test::expect_same_hits<random_policy, test::random_model>(); }
// [SR-CACHE-105]
TEST(random_eviction, goes_on_whatever_comes) { test::expect_whole_whatever_comes<random_policy>(); }

TEST(random_eviction, of_another_seed_is_another) {
  const workload of = test::uniform_keys(2000, 60, 5);
  std::set<std::uint64_t> hits;
  for (std::uint64_t each = 0; each < 5; ++each) {
    cache<std::uint64_t, int, random_policy>::config_type config;
    config.entry_count = 30;
    config.seed = each;
    cache_rig<cache<std::uint64_t, int, random_policy>> rig(config);
    for (const std::uint64_t key : of.keys) {
      if (rig->get(key) == nullptr) {
        rig->put(key, 0);
      }
    }
    hits.insert(rig->stats().hits);
  }
  EXPECT_GT(hits.size(), 1U);
}

TEST(random_eviction, hits_in_loops_that_are_longer_than_the_cache) {
  EXPECT_GT(test::hit_rate_of<random_policy>(test::loop(3000, 45), 44), 0.5);
}

} // namespace
} // namespace nebula::services
