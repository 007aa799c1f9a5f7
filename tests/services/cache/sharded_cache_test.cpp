// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <nebula/services/cache/s3_fifo_policy.hpp>
#include <nebula/services/cache/sharded_cache.hpp>
#include <nebula/services/cache/spinning_mutex.hpp>
#include "../../unit/gtest.hpp"
#include "cache_rig.hpp"

namespace nebula::services {
namespace {

using test::cache_rig;
using sharded_words = sharded_cache<int, std::string, lru_policy, no_clock, 16>;

/// How many are held now, by this thread or any.
struct watched_mutex {
  inline static int held = 0;
  void lock() noexcept { ++held; }
  void unlock() noexcept { --held; }
};
/// Asks whether a lock is held where the cache asks for a hash within a shard, or compares.
struct watching_equal {
  bool operator()(int left, int right) const {
    EXPECT_EQ(watched_mutex::held, 1);
    return left == right;
  }
};
using watched = sharded_cache<int, std::string, lru_policy, no_clock, 4, std::hash<int>, watching_equal, watched_mutex>;

// [SR-CACHE-110]
TEST(sharded_caches, find_what_was_put) {
  cache_rig<sharded_words> rig(64);
  EXPECT_EQ(rig->get(1), std::nullopt);
  EXPECT_FALSE(rig->put(1, "one").old);
  EXPECT_EQ(rig->put(1, "uno").old, "one");
  EXPECT_EQ(rig->get(1), "uno");
  EXPECT_TRUE(rig->contains(1));
  EXPECT_TRUE(rig->visit(1, [](std::string& value) { value += "!"; }));
  EXPECT_FALSE(rig->visit(2, [](std::string& /*value*/) { FAIL(); }));
  EXPECT_EQ(rig->remove(1), "uno!");
  EXPECT_EQ(rig->remove(1), std::nullopt);
  const cache_stats said = rig->stats();
  EXPECT_EQ(said.hits, 2U);
  EXPECT_EQ(said.misses, 2U);
  EXPECT_EQ(said.entry_count_max, 64U);
}

// [SR-CACHE-110]
TEST(sharded_caches, divide_keys_among_their_shards) {
  cache_rig<sharded_words> rig(160);
  for (int key = 0; key < 1600; ++key) {
    rig->put(key, "x");
  }
  EXPECT_GE(rig->size(), 155U) << "each shard got more than its ten";
  EXPECT_LE(rig->size(), 160U);
  EXPECT_TRUE(rig->is_whole());
  EXPECT_TRUE(rig->resize(16));
  EXPECT_EQ(rig->size(), 16U);
  EXPECT_EQ(rig->resize(161).failure().field, cache_field::entry_count) << "rounded up to 176";
  rig->clear();
  EXPECT_EQ(rig->size(), 0U);
  EXPECT_TRUE(rig->is_whole());
}

// [SR-CACHE-110]
TEST(sharded_caches, are_peeked_at_and_visited_without_a_use) {
  cache_rig<sharded_words> rig(1600); // so large that no shard gets full
  std::map<int, std::string> put;
  for (int key = 0; key < 100; ++key) {
    put[key] = std::to_string(key);
    rig->put(key, put[key]);
  }
  const cache_stats before = rig->stats();
  EXPECT_EQ(std::as_const(*rig).peek(7), "7");
  EXPECT_EQ(rig->peek(1000), std::nullopt);
  std::map<int, std::string> visited;
  std::as_const(*rig).for_each(
      [&](int key, const std::string& value) { EXPECT_TRUE(visited.emplace(key, value).second) << key; });
  EXPECT_EQ(visited, put);
  EXPECT_EQ(rig->stats(), before);
}

// [SR-CACHE-110]
TEST(sharded_caches, let_go_of_what_has_expired_when_they_are_told) {
  std::chrono::nanoseconds now{1};
  using timed = sharded_cache<int, int, lru_policy, test::manual_cache_clock, 4>;
  cache_rig<timed> rig(64, test::manual_cache_clock{&now});
  for (int key = 0; key < 32; ++key) {
    rig->put(key, key, {1, std::chrono::nanoseconds(key % 2)}); // the odd ones for a nanosecond, the even ones for good
  }
  ++now;
  std::size_t visited = 0;
  rig->for_each([&](int key, int /*value*/) {
    EXPECT_EQ(key % 2, 0);
    ++visited;
  });
  EXPECT_EQ(visited, 16U);
  EXPECT_EQ(rig->expire(), 16U);
  EXPECT_EQ(rig->expire(), 0U);
  EXPECT_EQ(rig->stats().expired, 16U);
  EXPECT_EQ(rig->size(), 16U);
}

// [SR-CACHE-110] With the lock held, and let go of after each call, one that throws too.
TEST(sharded_caches, hold_the_lock_of_one_shard_in_each_call) {
  cache_rig<watched> rig(8);
  for (int round = 0; round < 3; ++round) {
    for (int key = 0; key < 12; ++key) {
      rig->put(key, "x");
      (void)rig->get(key);
      (void)rig->contains(key);
      (void)rig->peek(key);
      EXPECT_TRUE(rig->visit(key, [](const std::string& /*value*/) { EXPECT_EQ(watched_mutex::held, 1); }));
      rig->remove(key + 100);
      EXPECT_EQ(rig->get_or_put(key + 20,
                                [](int of) {
                                  EXPECT_EQ(watched_mutex::held, 1);
                                  return std::to_string(of);
                                }),
                std::to_string(key + 20));
      EXPECT_EQ(watched_mutex::held, 0);
    }
  }
  EXPECT_THROW(static_cast<void>(rig->get_or_put(77, [](int) -> std::string { throw std::runtime_error("not now"); })),
               std::runtime_error);
  EXPECT_EQ(watched_mutex::held, 0);
  EXPECT_FALSE(rig->contains(77));
  EXPECT_EQ(rig->get_or_put(77, [](int) { return std::string("now"); }), "now");
}

// [SR-CACHE-101]
TEST(sharded_caches, name_what_is_wrong_with_their_configuration) {
  sharded_words::config_type config;
  EXPECT_EQ(config.validate().failure().field, cache_field::entry_count);
  config.entry_count = SIZE_MAX;
  EXPECT_EQ(config.validate().failure().value, SIZE_MAX);
  config.entry_count = 17;
  const std::size_t needed = sharded_words::config_type::storage_bytes(17).value();
  EXPECT_EQ(needed, sharded_words::config_type::storage_bytes(32).value()) << "two in each shard";
  std::vector<std::byte> bytes(needed);
  config.storage = {bytes.data(), needed - 1};
  EXPECT_EQ(config.validate().failure(), out_of_range(cache_field::storage, needed - 1, needed, SIZE_MAX));
  config.storage.size = needed;
  config.idle_time = std::chrono::nanoseconds(1);
  EXPECT_EQ(config.validate().failure().field, cache_field::idle_time);
}

TEST(sharded_caches, have_their_part_of_the_weight_in_each_shard) {
  sharded_words::config_type config;
  config.entry_count = 64;
  config.weight_max = 160;
  cache_rig<sharded_words> rig(config);
  EXPECT_EQ(rig->put(1, "x", {11, {}}).failure.highest, 10U);
  EXPECT_TRUE(rig->put(1, "x", {10, {}}));
  EXPECT_EQ(rig->stats().weight_max, 160U);
}

// [SR-CACHE-110] One at a time, whether they spin or wait: the holder goes on only when the other has given up spinning.
TEST(spinning_mutexes, let_one_in_at_a_time) {
  spinning_mutex mutex;
  int count = 0;
  std::vector<std::thread> threads;
  for (int number = 0; number < 3; ++number) {
    threads.emplace_back([&] {
      for (int round = 0; round < 2000; ++round) {
        const std::lock_guard<spinning_mutex> lock(mutex);
        ++count;
      }
    });
  }
  for (std::thread& each : threads) {
    each.join();
  }
  EXPECT_EQ(count, 6000);
  mutex.lock();
  std::atomic<bool> was_let_in{false};
  std::thread waits([&] {
    const std::lock_guard<spinning_mutex> lock(mutex);
    was_let_in = true;
  });
  bool had = true;
  std::thread([&] { had = mutex.try_lock(); }).join(); // takes longer than the other one spins, mostly
  EXPECT_FALSE(had);
  EXPECT_FALSE(was_let_in);
  mutex.unlock();
  waits.join();
  EXPECT_TRUE(was_let_in);
}

// [SR-CACHE-110] Nothing is lost or counted twice, and each value is one that was put for its key.
TEST(sharded_caches, serve_threads) {
  using numbers = sharded_cache<std::uint64_t, std::array<std::uint64_t, 4>, s3_fifo_policy, no_clock, 4>;
  cache_rig<numbers> rig(100);
  constexpr unsigned thread_count = 4;
  constexpr int calls = 20'000;
  std::atomic<std::uint64_t> lookups{0};
  std::atomic<std::uint64_t> wrong{0};
  std::vector<std::thread> threads;
  for (unsigned number = 0; number < thread_count; ++number) {
    threads.emplace_back([&rig, &lookups, &wrong, number] {
      std::mt19937 lots(number);
      for (int call = 0; call < calls; ++call) {
        const std::uint64_t key = lots() % 16 == 0 ? lots() % 1000 : lots() % 120;
        if (lots() % 16 == 0) {
          rig->remove(key);
          continue;
        }
        lookups.fetch_add(1);
        if (const auto found = rig->get(key); !found) {
          rig->put(key, std::array<std::uint64_t, 4>{key, key, key, key});
        } else {
          for (const std::uint64_t each : *found) {
            wrong.fetch_add(each != key ? 1U : 0U);
          }
        }
      }
    });
  }
  for (std::thread& each : threads) {
    each.join();
  }
  const cache_stats said = rig->stats();
  EXPECT_EQ(wrong.load(), 0U);
  EXPECT_EQ(said.lookups(), lookups.load());
  EXPECT_EQ(said.insertions - said.evicted - said.removed, said.entry_count);
  EXPECT_TRUE(rig->is_whole());
}

// [SR-CACHE-110] Of threads that ask for one key at a time, one makes it.
TEST(sharded_caches, make_what_several_threads_ask_for_once) {
  cache_rig<sharded_words> rig(800);
  std::atomic<int> made{0};
  std::atomic<int> got{0};
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back([&] {
      for (int key = 0; key < 50; ++key) {
        got.fetch_add(rig->get_or_put(key,
                                      [&](int of) {
                                        made.fetch_add(1);
                                        return std::to_string(of);
                                      }) == std::to_string(key)
                          ? 1
                          : 0);
      }
    });
  }
  for (std::thread& each : threads) {
    each.join();
  }
  EXPECT_EQ(got.load(), 200);
  EXPECT_EQ(made.load(), 50) << "there is room for all in each shard";
}

} // namespace
} // namespace nebula::services
