// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include <nebula/services/cache/cache.hpp>
#include <nebula/services/cache/fifo_policy.hpp>
#include <nebula/services/cache/lfu_policy.hpp>
#include "../../unit/gtest.hpp"
#include "cache_rig.hpp"

namespace nebula::services {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using test::cache_rig;
using test::manual_cache_clock;
template <class Policy>
using timed = cache<int, std::string, Policy, manual_cache_clock>;

template <class Policy>
class expiring : public ::testing::Test {
protected:
  static typename timed<Policy>::config_type config(nanoseconds time_to_live, nanoseconds idle_time) {
    typename timed<Policy>::config_type made;
    made.entry_count = 4;
    made.time_to_live = time_to_live;
    made.idle_time = idle_time;
    return made;
  }
  /// All that can be asked says the same of a key.
  static void expect_in(timed<Policy>& of, int key, bool is_in) {
    std::size_t visited = 0;
    std::size_t all = 0;
    for (const auto item : of) {
      visited += item.key == key ? 1U : 0U;
      ++all;
    }
    EXPECT_EQ(visited, is_in ? 1U : 0U);
    EXPECT_EQ(of.size(), all);
    EXPECT_EQ(of.stats().weight, all);
    EXPECT_EQ(of.contains(key), is_in);
    EXPECT_EQ(of.peek(key) != nullptr, is_in);
    EXPECT_TRUE(of.is_whole());
  }
  nanoseconds now{1s};
  manual_cache_clock clock{&now};
};
using policies = ::testing::Types<lru_policy, fifo_policy, lfu_policy>;

template <class Policy>
using each_policy = expiring<Policy>;
TYPED_TEST_SUITE(expiring, policies, );

// [SR-CACHE-106] At its age, not a nanosecond earlier or later, and whatever it was used for.
TYPED_TEST(expiring, entries_go_at_their_age_in_every_answer) {
  cache_rig<timed<TypeParam>> rig(this->config(10ns, 0ns), this->clock);
  rig->put(1, "one");
  const cache_handle handle = rig->find(1);
  this->now += 9ns;
  this->expect_in(*rig, 1, true);
  EXPECT_NE(rig->get(1), nullptr) << "an access does not make it younger";
  this->now += 1ns;
  this->expect_in(*rig, 1, false);
  EXPECT_EQ(rig->stats().expired, 1U) << "counted already, though it has not been destroyed";
  EXPECT_EQ(rig->at(handle).code(), error_code::stale_handle);
  EXPECT_EQ(rig->put(1, "uno").old, std::nullopt) << "nothing was replaced";
  this->expect_in(*rig, 1, true);
  this->now += 10ns;
  EXPECT_EQ(rig->get(1), nullptr);
  EXPECT_EQ(rig->find(1), cache_handle{});
  EXPECT_EQ(rig->remove(1), std::nullopt);
  EXPECT_EQ(rig->stats().expired, 2U);
  EXPECT_EQ(rig->stats().misses, 2U);
  EXPECT_EQ(rig->stats().insertions, 2U);
  EXPECT_EQ(rig->stats().updates, 0U);
  EXPECT_EQ(rig->stats().removed, 0U);
}

// [SR-CACHE-106]
TYPED_TEST(expiring, entries_go_when_nobody_has_used_them) {
  cache_rig<timed<TypeParam>> rig(this->config(0ns, 10ns), this->clock);
  rig->put(1, "one");
  rig->put(2, "two");
  for (int round = 0; round < 5; ++round) {
    this->now += 9ns;
    EXPECT_NE(rig->get(1), nullptr);
    if (round == 0) {
      EXPECT_NE(rig->peek(2), nullptr) << "which is no use";
    }
  }
  this->expect_in(*rig, 1, true);
  this->expect_in(*rig, 2, false);
  this->now += 9ns;
  rig->put(1, "uno");
  this->now += 9ns;
  this->expect_in(*rig, 1, true);
  this->now += 1ns;
  this->expect_in(*rig, 1, false);
}

// [SR-CACHE-106] Both at once, by whichever is first; and with any policy.
TYPED_TEST(expiring, age_and_idleness_count_together) {
  cache_rig<timed<TypeParam>> rig(this->config(25ns, 10ns), this->clock);
  rig->put(1, "one");
  rig->put(2, "two");
  for (int round = 0; round < 3; ++round) {
    this->now += 8ns;
    EXPECT_NE(rig->get(1), nullptr);
  }
  EXPECT_FALSE(rig->contains(2));
  this->now += 1ns;
  this->expect_in(*rig, 1, false);
}

TYPED_TEST(expiring, entries_may_have_a_time_of_their_own) {
  cache_rig<timed<TypeParam>> rig(this->config(10ns, 0ns), this->clock);
  rig->put(1, "one", {1, 100ns});
  rig->put(2, "two", {1, 5ns});
  rig->put(3, "three");
  this->now += 5ns;
  this->expect_in(*rig, 2, false);
  rig->put(1, "uno"); // begins anew, with the time that all have
  this->now += 5ns;
  this->expect_in(*rig, 3, false);
  this->now += 5ns;
  this->expect_in(*rig, 1, false);
  EXPECT_EQ(rig->put(1, "one", {1, -1ns}).failure, out_of_range(cache_field::time_to_live, 1, 0, INT64_MAX));
}

// [SR-CACHE-106] What has expired takes nobody's place.
TYPED_TEST(expiring, goes_before_anybody_is_evicted) {
  cache_rig<timed<TypeParam>> rig(this->config(0ns, 0ns), this->clock);
  rig->put(1, "one");
  rig->put(2, "two", {1, 5ns});
  rig->put(3, "three");
  rig->put(4, "four", {1, 5ns});
  this->now += 5ns;
  rig->put(5, "five");
  rig->put(6, "six");
  EXPECT_EQ(rig->size(), 4U);
  EXPECT_TRUE(rig->contains(1));
  EXPECT_EQ(rig->stats().evicted, 0U);
  EXPECT_EQ(rig->stats().expired, 2U);
  EXPECT_EQ(rig->stats().hit_rate(), 0.0);
}

// [SR-CACHE-109]
TYPED_TEST(expiring, is_counted_in_one_period) {
  cache_rig<timed<TypeParam>> rig(this->config(10ns, 0ns), this->clock);
  rig->put(1, "one");
  this->now += 10ns;
  EXPECT_EQ(rig->stats().expired, 1U);
  rig->clear_stats();
  EXPECT_EQ(rig->stats().expired, 0U);
}

// [SR-CACHE-106] What has no time stays, even at the clock's end.
TYPED_TEST(expiring, leaves_alone_what_has_no_time) {
  cache_rig<timed<TypeParam>> rig(this->config(0ns, 0ns), this->clock);
  rig->put(1, "one");
  this->now = nanoseconds::max();
  this->expect_in(*rig, 1, true);
  EXPECT_NE(rig->get(1), nullptr);
}

TYPED_TEST(expiring, can_be_asked_for) {
  cache_rig<timed<TypeParam>> rig(this->config(10ns, 0ns), this->clock);
  rig->put(1, "one");
  this->now += 5ns;
  rig->put(2, "two");
  EXPECT_EQ(rig->expire(), 0U);
  this->now += 5ns;
  EXPECT_EQ(rig->expire(), 1U);
  this->now += 5ns;
  rig->clear();
  EXPECT_EQ(rig->stats().expired, 2U) << "it had expired before it was cleared";
  EXPECT_EQ(rig->stats().removed, 0U);
}

// [SR-CACHE-106]
/// Says whether it is there.
struct lasting {
  int number;
  volatile int there = 1;
  explicit lasting(int of) : number(of) {}
  lasting(const lasting& other) : number(other.there == 1 ? other.number : -1) {}
  lasting& operator=(const lasting&) = delete;
  ~lasting() { there = 0; }
  friend bool operator==(const lasting& one, const lasting& other) {
    return one.there == 1 && other.there == 1 && one.number == other.number;
  }
};
struct lasting_hash {
  std::size_t operator()(const lasting& of) const { return std::hash<int>()(of.number); }
};
class objects_of_the_cache : public ::testing::Test {
protected:
  using cache_type = cache<lasting, lasting, lru_policy, manual_cache_clock, lasting_hash>;
  static cache_type::config_type config() {
    cache_type::config_type made;
    made.entry_count = 8;
    return made;
  }
  nanoseconds now{1s};
  manual_cache_clock clock{&now};
};

TEST_F(objects_of_the_cache, may_be_put_and_expire_in_the_call) {
  cache_rig<cache_type> rig(config(), clock);
  const auto with_one = [&] { // and both go when the clock says so
    now += 1s;
    rig->clear();
    rig->put(1, 10, {1, 5ns});
    rig->put(2, 20);
    const lasting* key = nullptr;
    for (const auto item : *rig) {
      key = item.key.number == 1 ? &item.key : key;
    }
    return key;
  };
  {
    const lasting* const key = with_one();
    const lasting* const value = rig->peek(lasting(1));
    now += 5ns;
    rig->put(*key, *value); // anew, of what it is the last to have been
    ASSERT_NE(rig->peek(lasting(1)), nullptr);
    EXPECT_EQ(rig->peek(lasting(1))->number, 10);
  }
  {
    static_cast<void>(with_one());
    const lasting* const value = rig->peek(lasting(1));
    now += 5ns;
    EXPECT_TRUE(rig->put(lasting(2), *value)); // in place of another
    EXPECT_EQ(rig->peek(lasting(2))->number, 10);
    EXPECT_EQ(rig->size(), 1U);
  }
  for (const bool is_removed : {false, true}) {
    const lasting* const key = with_one();
    const std::uint64_t expired = rig->stats().expired;
    now += 5ns;
    EXPECT_EQ(is_removed ? rig->remove(*key).has_value() : rig->get(*key) != nullptr, false);
    EXPECT_EQ(rig->stats().expired, expired + 1);
    EXPECT_EQ(rig->size(), 1U);
    EXPECT_TRUE(rig->is_whole());
  }
}

TEST_F(objects_of_the_cache, stay_findable_when_others_expire_before_them) {
  for (int newcomer = 0; newcomer < 200; ++newcomer) { // some of them share their cells with what goes
    cache_rig<cache_type> rig(config(), clock);
    for (int key = 1000; key < 1008; ++key) {
      rig->put(key, key, {1, key % 2 == 0 ? 1ns : 0ns});
    }
    now += 1ns;
    rig->put(newcomer, newcomer);
    ASSERT_TRUE(rig->contains(lasting(newcomer))) << newcomer;
    ASSERT_TRUE(rig->is_whole()) << newcomer;
    ASSERT_EQ(rig->size(), 5U) << newcomer;
  }
}

TEST(caches_without_a_clock, have_nothing_for_it) {
  EXPECT_EQ(cache_deadlines<no_clock>::storage_bytes(1000), 0U);
  EXPECT_LT(sizeof(cache<int, int>), sizeof(timed<lru_policy>));
  cache_rig<cache<int, int>> rig(2);
  EXPECT_EQ(rig->put(1, 2, {1, 5ns}).failure, out_of_range(cache_field::time_to_live, 5, 0, 0));
  EXPECT_EQ(rig->expire(), 0U);
}

// A cache of the machine's own clock: an hour is not over, and a time that is over is.
TEST(caches_of_the_steady_clock, know_the_time) {
  using steady = cache<int, int, lru_policy, steady_cache_clock>;
  cache_rig<steady> rig(2);
  rig->put(1, 1, {1, 1h});
  rig->put(2, 2, {1, 1ns});
  const nanoseconds put = steady_cache_clock::now();
  while (steady_cache_clock::now() - put < 2ns) {
  }
  EXPECT_TRUE(rig->contains(1));
  EXPECT_FALSE(rig->contains(2));
}

} // namespace
} // namespace nebula::services
