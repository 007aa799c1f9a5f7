// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <nebula/services/cache/cache.hpp>
#include "../../unit/gtest.hpp"
#include "cache_rig.hpp"
#include "paper_models.hpp"
#include "workloads.hpp"

/// What the tests of the policies share: each against its paper's algorithm on lists of keys, request by request.
namespace nebula::services::test {

constexpr std::uint64_t policy_seed = 20'261'130;

inline std::vector<workload> workloads() {
  const std::string traces = NEBULA_CACHE_TRACES;
  std::vector<workload> made{uniform_keys(6000, 60, 1),
                             zipf_keys(12'000, 400, 2),
                             scans(12'000, 300, 3),
                             loop(3000, 45),
                             loop(3000, 21),
                             loop(500, 150)};
  for (const char* name : {"sqlite3", "sort"}) {
    made.push_back(recorded(name, traces + "/" + name + ".blocks"));
    EXPECT_GT(made.back().keys.size(), 10'000U) << name << ".blocks";
  }
  return made;
}

/// Two keys of one fingerprint are one ghost to a policy, and two to its model: there are none here.
inline void expect_fingerprints_differ(const workload& of) {
  std::set<std::uint64_t> keys(of.keys.begin(), of.keys.end());
  std::set<std::uint32_t> fingerprints;
  for (const std::uint64_t key : keys) {
    fingerprints.insert(fingerprint_of(key));
  }
  ASSERT_EQ(fingerprints.size(), keys.size());
}

template <class Policy, class Model>
void expect_same_hits() {
  for (const workload& each : workloads()) {
    expect_fingerprints_differ(each);
    for (const std::size_t capacity : {1U, 2U, 3U, 10U, 20U, 43U, 101U, 301U}) {
      SCOPED_TRACE(each.name + ", capacity " + std::to_string(capacity) + ", seed " + std::to_string(policy_seed));
      using cache_type = cache<std::uint64_t, std::uint64_t, Policy>;
      typename cache_type::config_type config;
      config.entry_count = capacity;
      config.seed = policy_seed;
      cache_rig<cache_type> rig(config);
      Model model(capacity, policy_seed);
      std::uint64_t hits = 0;
      for (std::size_t at = 0; at < each.keys.size(); ++at) {
        const std::uint64_t key = each.keys[at];
        const std::uint64_t* const found = rig->get(key);
        const bool is_hit = model.request(key);
        ASSERT_EQ(found != nullptr, is_hit) << "request " << at << " of key " << key;
        if (found == nullptr) {
          ASSERT_TRUE(rig->put(key, key * 3));
        } else {
          ASSERT_EQ(*found, key * 3);
        }
        hits += is_hit ? 1U : 0U;
        if (at % 512 == 0) {
          ASSERT_TRUE(rig->is_whole());
        }
      }
      EXPECT_EQ(rig->stats().hits, hits);
      EXPECT_EQ(rig->stats().misses, each.keys.size() - hits);
    }
  }
}

template <class Policy>
double hit_rate_of(const workload& of, std::size_t capacity) {
  cache_rig<cache<std::uint64_t, int, Policy>> rig(capacity);
  for (const std::uint64_t key : of.keys) {
    if (rig->get(key) == nullptr) {
      rig->put(key, 0);
    }
  }
  return rig->stats().hit_rate();
}

/// Whatever is put, found, removed, resized, cleared and weighed, the policy and the cache go on together.
template <class Policy>
void expect_whole_whatever_comes() {
  for (std::uint32_t of = 1; of <= 8; ++of) {
    SCOPED_TRACE("seed " + std::to_string(of));
    std::mt19937 lots(of);
    using cache_type = cache<std::uint64_t, std::string, Policy>;
    typename cache_type::config_type config;
    config.entry_count = 1 + lots() % 40;
    config.weight_max = of % 2 == 0 ? 0 : 60;
    cache_rig<cache_type> rig(config);
    std::size_t limit = config.entry_count;
    for (int step = 0; step < 6000; ++step) {
      const std::uint64_t key = lots() % 8 == 0 ? lots() % 400 : lots() % 50;
      switch (lots() % 16) {
      case 0: rig->remove(key); break;
      case 1:
        if (lots() % 20 == 0) {
          limit = lots() % (config.entry_count + 1);
          ASSERT_TRUE(rig->resize(limit));
        }
        break;
      case 2:
        if (lots() % 100 == 0) {
          rig->clear();
        }
        break;
      case 3: (void)rig->put(key, "heavier", {static_cast<std::uint32_t>(lots() % 70), {}}); break;
      default:
        if (const std::string* const found = rig->get(key); found == nullptr) {
          const auto said = rig->put(key, std::to_string(key), {static_cast<std::uint32_t>(lots() % 3), {}});
          ASSERT_EQ(said.has_value(), limit != 0);
        } else {
          ASSERT_TRUE(*found == "heavier" || *found == std::to_string(key));
        }
      }
      ASSERT_LE(rig->size(), limit);
      ASSERT_TRUE(rig->is_whole()) << "step " << step;
    }
  }
}
} // namespace nebula::services::test
