// SPDX-License-Identifier: Apache-2.0 OR MIT
// How often caches of each policy hit, by their size: one line for each policy, workload and size, as
// workload,size in percent of the keys,entries,policy,hit rate in percent. docs/services/cache.md and its charts show it.
#include <cstddef>
#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include <nebula/services/cache/arc_policy.hpp>
#include <nebula/services/cache/cache.hpp>
#include <nebula/services/cache/fifo_policy.hpp>
#include <nebula/services/cache/lfu_policy.hpp>
#include <nebula/services/cache/random_policy.hpp>
#include <nebula/services/cache/s3_fifo_policy.hpp>
#include <nebula/services/cache/w_tiny_lfu_policy.hpp>
#include "tests/services/cache/workloads.hpp"

namespace {

namespace services = nebula::services;
using services::test::workload;

template <class Policy>
void print(const workload& of, std::size_t percent, std::size_t entry_count, const char* name) {
  using cache_type = services::cache<std::uint64_t, char, Policy>;
  std::vector<std::byte> bytes(cache_type::config_type::storage_bytes(entry_count).value());
  typename cache_type::config_type config;
  config.entry_count = entry_count;
  config.storage = {bytes.data(), bytes.size()};
  cache_type cache(config.validate().value());
  for (const std::uint64_t key : of.keys) {
    if (cache.get(key) == nullptr) {
      cache.put(key, 'x');
    }
  }
  std::printf("%s,%zu,%zu,%s,%.2f\n", of.name.c_str(), percent, entry_count, name, 100.0 * cache.stats().hit_rate());
}

} // namespace

int main() {
  const std::string traces = NEBULA_CACHE_TRACES;
  constexpr std::size_t count = 500'000;
  const std::vector<workload> workloads{
      services::test::zipf_keys(count, 50'000, 1),
      services::test::scans(count, 20'000, 2),
      services::test::loop(count, 10'000),
      services::test::recorded("blocks of sqlite3's file", traces + "/sqlite3.blocks"),
      services::test::recorded("pages of sort's memory", traces + "/sort.blocks"),
  };
  std::printf("workload,percent,entries,policy,hit rate\n");
  for (const workload& of : workloads) {
    const std::size_t keys = std::set<std::uint64_t>(of.keys.begin(), of.keys.end()).size();
    if (keys == 0) {
      std::fprintf(stderr, "cache_hits: there are no keys of %s in %s\n", of.name.c_str(), traces.c_str());
      return 1;
    }
    for (const std::size_t percent : {2U, 5U, 10U, 20U, 40U, 80U}) {
      const std::size_t entry_count = keys * percent / 100 + 1;
      print<services::fifo_policy>(of, percent, entry_count, "fifo");
      print<services::random_policy>(of, percent, entry_count, "random");
      print<services::lru_policy>(of, percent, entry_count, "lru");
      print<services::lfu_policy>(of, percent, entry_count, "lfu");
      print<services::arc_policy>(of, percent, entry_count, "arc");
      print<services::s3_fifo_policy>(of, percent, entry_count, "s3_fifo");
      print<services::w_tiny_lfu_policy>(of, percent, entry_count, "w_tiny_lfu");
    }
  }
  return 0;
}
