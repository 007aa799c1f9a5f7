// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a request to a cache costs, beside the same work done by others: a list with an unordered_map, Boost.MultiIndex, and
// the crate `lru`, on the same keys in the same process. Columns take turns, some thousand requests each, and every one
// must have the same hits as the list. docs/services/cache.md shows the figures.
//
//   cache_bench [rounds]    so many turns for each column; 30
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <list>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#if NEBULA_BENCH_HAS_MULTI_INDEX
#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/member.hpp>
#include <boost/multi_index/sequenced_index.hpp>
#include <boost/multi_index_container.hpp>
#endif

#include <nebula/services/cache/arc_policy.hpp>
#include <nebula/services/cache/cache.hpp>
#include <nebula/services/cache/fifo_policy.hpp>
#include <nebula/services/cache/lfu_policy.hpp>
#include <nebula/services/cache/random_policy.hpp>
#include <nebula/services/cache/s3_fifo_policy.hpp>
#include <nebula/services/cache/sharded_cache.hpp>
#include <nebula/services/cache/w_tiny_lfu_policy.hpp>

#if NEBULA_BENCH_HAS_LRU_CRATE
extern "C" {
void* lru_peer_new(std::size_t entry_count);
std::uint64_t lru_peer_hits(void* cache, const std::uint64_t* keys, std::size_t count);
void* lru_peer_golden_new(std::size_t entry_count);
std::uint64_t lru_peer_golden_hits(void* cache, const std::uint64_t* keys, std::size_t count);
}
#endif

namespace {

namespace services = nebula::services;
using keys_type = std::span<const std::uint64_t>;

/// The n-th most popular of the keys as often as n to the power of -0.99: Zipf's law as YCSB has it.
std::vector<std::uint64_t> zipf(std::size_t count, std::size_t key_count) {
  std::vector<double> sums;
  double sum = 0;
  for (std::size_t rank = 1; rank <= key_count; ++rank) {
    sums.push_back(sum += std::pow(static_cast<double>(rank), -0.99));
  }
  std::mt19937_64 lots(20'261'130);
  std::vector<std::uint64_t> names(key_count);
  for (std::size_t each = 0; each < key_count; ++each) {
    names[each] = each;
  }
  std::shuffle(names.begin(), names.end(), lots);
  std::uniform_real_distribution<double> lot(0, sum);
  std::vector<std::uint64_t> keys;
  for (std::size_t at = 0; at < count; ++at) {
    keys.push_back(
        names[static_cast<std::size_t>(std::lower_bound(sums.begin(), sums.end(), lot(lots)) - sums.begin())]);
  }
  return keys;
}

template <class Cache>
std::uint64_t hits_of(Cache& cache, keys_type keys) {
  std::uint64_t hits = 0;
  for (const std::uint64_t key : keys) {
    hits += cache.request(key) ? 1U : 0U;
  }
  return hits;
}

class list_and_map {
public:
  explicit list_and_map(std::size_t entry_count) : entry_count_(entry_count) { places_.reserve(entry_count + 1); }
  bool request(std::uint64_t key) {
    if (const auto found = places_.find(key); found != places_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return true;
    }
    if (places_.size() == entry_count_) {
      places_.erase(entries_.back().first);
      entries_.pop_back();
    }
    entries_.emplace_front(key, key);
    places_.emplace(key, entries_.begin());
    return false;
  }

private:
  std::size_t entry_count_;
  std::list<std::pair<std::uint64_t, std::uint64_t>> entries_;
  std::unordered_map<std::uint64_t, std::list<std::pair<std::uint64_t, std::uint64_t>>::iterator> places_;
};

#if NEBULA_BENCH_HAS_MULTI_INDEX
class multi_index {
  struct entry {
    std::uint64_t key;
    std::uint64_t value;
  };
  using container = boost::multi_index_container<
      entry, boost::multi_index::indexed_by<
                 boost::multi_index::sequenced<>,
                 boost::multi_index::hashed_unique<boost::multi_index::member<entry, std::uint64_t, &entry::key>>>>;

public:
  explicit multi_index(std::size_t entry_count) : entry_count_(entry_count) {
    entries_.get<1>().reserve(entry_count + 1);
  }
  bool request(std::uint64_t key) {
    if (const auto found = entries_.get<1>().find(key); found != entries_.get<1>().end()) {
      entries_.relocate(entries_.begin(), entries_.project<0>(found));
      return true;
    }
    if (entries_.size() == entry_count_) {
      entries_.pop_back();
    }
    entries_.push_front({key, key});
    return false;
  }

private:
  std::size_t entry_count_;
  container entries_;
};
#endif

template <class Cache, class Value = std::uint64_t>
class nebula_cache {
public:
  explicit nebula_cache(std::size_t entry_count)
      : bytes_(Cache::config_type::storage_bytes(entry_count).value()), cache_(plan(entry_count)) {}
  bool request(std::uint64_t key) {
    if (cache_.get(key)) {
      return true;
    }
    cache_.put(key, Value(key));
    return false;
  }

private:
  typename Cache::plan_type plan(std::size_t entry_count) {
    typename Cache::config_type config;
    config.entry_count = entry_count;
    config.storage = {bytes_.data(), bytes_.size()};
    return config.validate().value();
  }
  std::vector<std::byte> bytes_;
  Cache cache_;
};
template <class Policy>
using policed = nebula_cache<services::cache<std::uint64_t, std::uint64_t, Policy>>;

/// A column: so many hits among these keys, by a cache that goes on.
struct column {
  std::string name;
  std::function<std::uint64_t(keys_type)> hits;
  bool is_lru = true;
  std::vector<double> nanoseconds{}; ///< for a request, in each turn
};
template <class Cache>
column column_of(const char* name, std::size_t entry_count, bool is_lru) {
  auto cache = std::make_shared<Cache>(entry_count);
  return {name, [cache](keys_type keys) { return hits_of(*cache, keys); }, is_lru};
}
std::vector<column> peers_of(std::size_t entry_count) {
  std::vector<column> made;
  made.push_back(column_of<policed<services::lru_policy>>("nebula lru", entry_count, true));
  made.push_back(column_of<list_and_map>("list and unordered_map", entry_count, true));
#if NEBULA_BENCH_HAS_MULTI_INDEX
  made.push_back(column_of<multi_index>("boost multi_index", entry_count, true));
#endif
#if NEBULA_BENCH_HAS_LRU_CRATE
  made.push_back({"crate lru, its hash", [cache = lru_peer_new(entry_count)](keys_type keys) {
                    return lru_peer_hits(cache, keys.data(), keys.size());
                  }});
  made.push_back({"crate lru, our hash", [cache = lru_peer_golden_new(entry_count)](keys_type keys) {
                    return lru_peer_golden_hits(cache, keys.data(), keys.size());
                  }});
#endif
  return made;
}
std::vector<column> policies_of(std::size_t entry_count) {
  std::vector<column> made;
  made.push_back(column_of<policed<services::lru_policy>>("nebula lru", entry_count, true));
  made.push_back(column_of<policed<services::fifo_policy>>("nebula fifo", entry_count, false));
  made.push_back(column_of<policed<services::lfu_policy>>("nebula lfu", entry_count, false));
  made.push_back(column_of<policed<services::random_policy>>("nebula random", entry_count, false));
  made.push_back(column_of<policed<services::arc_policy>>("nebula arc", entry_count, false));
  made.push_back(column_of<policed<services::s3_fifo_policy>>("nebula s3_fifo", entry_count, false));
  made.push_back(column_of<policed<services::w_tiny_lfu_policy>>("nebula w_tiny_lfu", entry_count, false));
  return made;
}

using clock_type = std::chrono::steady_clock;
double since(clock_type::time_point start) {
  return std::chrono::duration<double, std::nano>(clock_type::now() - start).count();
}
double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

bool compare(std::vector<column> columns, std::size_t entry_count, std::size_t key_count, std::size_t rounds) {
  constexpr std::size_t turn = 100'000;
  const std::vector<std::uint64_t> keys = zipf(turn * 10, key_count);
  for (column& each : columns) {
    each.hits(keys); // so that the cache is full, and all memory was touched
  }
  bool is_same = true;
  std::uint64_t all_hits = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    const keys_type part(keys.data() + round % 10 * turn, turn);
    std::vector<std::uint64_t> hits(columns.size());
    for (std::size_t at = 0; at < columns.size(); ++at) {
      const std::size_t which = (at + round) % columns.size();
      const clock_type::time_point start = clock_type::now();
      hits[which] = columns[which].hits(part);
      columns[which].nanoseconds.push_back(since(start) / static_cast<double>(turn));
    }
    const std::uint64_t by_lru = hits.front();
    for (std::size_t which = 0; which < columns.size(); ++which) {
      is_same = is_same && (!columns[which].is_lru || hits[which] == by_lru);
    }
    all_hits += by_lru;
  }
  std::printf("\n%zu entries, %zu keys by Zipf 0.99: %.1f %% hits by LRU%s\n", entry_count, key_count,
              100.0 * static_cast<double>(all_hits) / static_cast<double>(rounds * turn),
              is_same ? "" : "; NOT THE SAME HITS IN ALL COLUMNS OF LRU");
  std::printf("| %-24s | %8s | %10s |\n|-%.24s-|-%.8s:|-%.10s:|\n", "column", "ns", "nebula lru",
              "------------------------", "--------", "----------");
  for (const column& each : columns) {
    std::vector<double> ratios;
    for (std::size_t round = 0; round < rounds; ++round) {
      ratios.push_back(columns[0].nanoseconds[round] / each.nanoseconds[round]);
    }
    std::printf("| %-24s | %8.1f | %10.2f |\n", each.name.c_str(), median(each.nanoseconds), median(ratios));
  }
  return is_same;
}

/// A value that it takes some time to make, and to copy.
struct page {
  std::array<char, 4096> bytes;
  explicit page(std::uint64_t key) { bytes.fill(static_cast<char>(key)); }
};

/// Requests of two threads in a second beside those of one, taking turns: to one sharded cache, or each to one of its own,
/// which is the most that this machine can do.
template <class Value, std::size_t ShardCount>
void scale(const char* what, std::size_t entry_count, std::size_t key_count, std::size_t rounds, bool is_shared) {
  using cache_type =
      services::sharded_cache<std::uint64_t, Value, services::lru_policy, services::no_clock, ShardCount>;
  using column_type = nebula_cache<cache_type, Value>;
  constexpr std::size_t turn = 400'000 / (1 + sizeof(Value) / 512);
  const std::vector<std::uint64_t> keys = zipf(turn * 5, key_count);
  const auto first = std::make_unique<column_type>(entry_count);
  const auto second = std::make_unique<column_type>(is_shared ? 1 : entry_count);
  column_type& other = is_shared ? *first : *second;
  hits_of(*first, keys);
  hits_of(other, keys);
  std::vector<double> ones;
  std::vector<double> twos;
  std::vector<double> ratios;
  for (std::size_t round = 0; round < rounds; ++round) {
    const keys_type part(keys.data() + round % 5 * turn, turn);
    const keys_type others_part(keys.data() + (round + 2) % 5 * turn, turn);
    const clock_type::time_point start = clock_type::now();
    hits_of(*first, part);
    ones.push_back(static_cast<double>(turn) / since(start) * 1000);
    std::atomic<int> there{0};
    double taken[2] = {};
    const auto work = [&there, &taken](int number, column_type& cache, keys_type of) {
      there.fetch_add(1);
      while (there.load() != 2) {
      }
      const clock_type::time_point begun = clock_type::now();
      hits_of(cache, of);
      taken[number] = since(begun);
    };
    std::thread thread([&] { work(1, other, others_part); });
    work(0, *first, part);
    thread.join();
    twos.push_back(2.0 * static_cast<double>(turn) / std::max(taken[0], taken[1]) * 1000);
    ratios.push_back(twos.back() / ones.back());
  }
  std::printf("| %-24s | %7zu | %6zu | %8.2f | %9.2f | %5.2f |\n", what, entry_count, ShardCount, median(ones),
              median(twos), median(ratios));
}

} // namespace

int main(int argument_count, char** arguments) {
  const std::size_t rounds = argument_count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 30;
  if (rounds == 0 || rounds > 100'000) {
    std::fprintf(stderr, "cache_bench: rounds are 1 to 100000, got: %s\n", arguments[1]);
    return 2;
  }
  bool is_same = compare(peers_of(10'000), 10'000, 100'000, rounds);
  is_same = compare(peers_of(100'000), 100'000, 1'000'000, rounds) && is_same;
  is_same = compare(peers_of(100'000), 100'000, 100'000, rounds) && is_same;
  is_same = compare(policies_of(10'000), 10'000, 100'000, rounds) && is_same;
  const std::size_t few = rounds / 3 + 1;
  std::printf(
      "\nsharded_cache, millions of requests a second\n"
      "| values                   | entries | shards | 1 thread | 2 threads | ratio |\n"
      "|--------------------------|--------:|-------:|---------:|----------:|------:|\n");
  scale<std::uint64_t, 64>("8 bytes, a cache each", 100'000, 1'000'000, few, false);
  scale<std::uint64_t, 1>("8 bytes", 100'000, 1'000'000, few, true);
  scale<std::uint64_t, 64>("8 bytes", 100'000, 1'000'000, few, true);
  scale<std::uint64_t, 1024>("8 bytes", 100'000, 1'000'000, few, true);
  scale<page, 64>("4 KiB, a cache each", 5'000, 50'000, few, false);
  scale<page, 64>("4 KiB", 5'000, 50'000, few, true);
  scale<page, 256>("4 KiB", 5'000, 50'000, few, true);
  return is_same ? 0 : 1;
}
