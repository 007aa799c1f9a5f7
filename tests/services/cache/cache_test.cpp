// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nebula/services/cache/arc_policy.hpp>
#include <nebula/services/cache/cache.hpp>
#include <nebula/services/cache/fifo_policy.hpp>
#include "../../unit/gtest.hpp"
#include "cache_rig.hpp"

namespace nebula::services {
namespace {

using test::cache_rig;
using test::thrower;
using test::thrower_hash;
using words = cache<int, std::string>;

std::string text_at(const std::string* place) { return place == nullptr ? "nothing" : *place; }

template <class Cache>
std::map<int, std::string> contents(const Cache& of) {
  std::map<int, std::string> found;
  for (const auto item : of) {
    EXPECT_TRUE(found.emplace(item.key, item.value).second);
  }
  EXPECT_EQ(found.size(), of.size());
  EXPECT_TRUE(of.is_whole());
  return found;
}

// [SR-CACHE-102]
TEST(caches, find_what_was_put) {
  cache_rig<words> rig(3);
  EXPECT_EQ(rig->get(1), nullptr);
  EXPECT_FALSE(rig->put(1, "one").old);
  EXPECT_EQ(text_at(rig->get(1)), "one");
  EXPECT_EQ(text_at(rig->peek(1)), "one");
  EXPECT_TRUE(rig->contains(1));
  EXPECT_FALSE(rig->contains(2));
  std::string* const one = rig->get(1);
  ASSERT_NE(one, nullptr);
  *one += "!";
  EXPECT_EQ(contents(*rig), (std::map<int, std::string>{{1, "one!"}}));
}

// [SR-CACHE-102] What is put again is replaced, given back, used, and evicts nobody.
TEST(caches, replace_the_value_of_a_key_that_is_in) {
  cache_rig<words> rig(2);
  rig->put(1, "one");
  rig->put(2, "two");
  const auto said = rig->put(1, "uno");
  ASSERT_TRUE(said);
  EXPECT_EQ(said.old, "one");
  EXPECT_EQ(rig->size(), 2U);
  EXPECT_EQ(rig->stats().evicted, 0U);
  rig->put(3, "three");
  EXPECT_EQ(contents(*rig), (std::map<int, std::string>{{1, "uno"}, {3, "three"}})) << "1 was used later than 2";
  EXPECT_EQ(rig->stats().updates, 1U);
}

// [SR-CACHE-102] Keys that are put again and again leave nothing behind.
TEST(caches, stay_whole_when_keys_are_put_again) {
  cache_rig<words> rig(4);
  for (int round = 0; round < 1000; ++round) {
    rig->put(round % 5, std::to_string(round));
    rig->put(round % 3, std::to_string(round));
    ASSERT_TRUE(rig->is_whole());
    ASSERT_LE(rig->size(), 4U);
  }
}

TEST(caches, give_back_what_is_removed) {
  cache_rig<words> rig(2);
  rig->put(1, "one");
  EXPECT_EQ(rig->remove(1), "one");
  EXPECT_EQ(rig->remove(1), std::nullopt);
  EXPECT_EQ(rig->size(), 0U);
  EXPECT_EQ(rig->stats().removed, 1U);
  EXPECT_TRUE(rig->is_whole());
}

TEST(caches, can_be_cleared_and_go_on) {
  cache_rig<words> rig(3);
  for (int key = 0; key < 5; ++key) {
    rig->put(key, "old");
  }
  rig->clear();
  EXPECT_EQ(contents(*rig), (std::map<int, std::string>{}));
  EXPECT_EQ(rig->stats().removed, 3U);
  rig->put(7, "new");
  EXPECT_EQ(contents(*rig), (std::map<int, std::string>{{7, "new"}}));
}

// [SR-CACHE-102] A capacity is a bound, whatever comes.
TEST(caches, never_hold_more_than_they_were_made_for) {
  cache_rig<words> rig(10);
  for (int key = 0; key < 1000; ++key) {
    rig->put(key, "x");
    ASSERT_LE(rig->size(), 10U);
  }
  EXPECT_EQ(rig->stats().evicted, 990U);
  EXPECT_EQ(rig->entry_count_max(), 10U);
}

// [SR-CACHE-109]
TEST(caches, count_what_they_do) {
  cache_rig<words> rig(2);
  EXPECT_EQ(rig->stats().hit_rate(), 0.0);
  rig->put(1, "one");
  (void)rig->get(1);
  (void)rig->find(1);
  (void)rig->get(2);
  (void)rig->peek(1);
  (void)rig->contains(5);
  (void)rig->find(6);
  rig->put(2, "two");
  rig->put(3, "three");
  const cache_stats said = rig->stats();
  EXPECT_EQ(said.hits, 2U);
  EXPECT_EQ(said.misses, 2U);
  EXPECT_EQ(said.hit_rate(), 0.5);
  EXPECT_EQ(said.insertions, 3U);
  EXPECT_EQ(said.evicted, 1U);
  EXPECT_EQ(said.entry_count, 2U);
  EXPECT_EQ(said.entry_count_max, 2U);
  EXPECT_EQ(said.weight, 2U);
  rig->clear_stats();
  EXPECT_EQ(rig->stats().lookups(), 0U);
  EXPECT_EQ(rig->stats().entry_count, 2U);
}

TEST(caches, without_a_plan_hold_nothing) {
  words empty{words::plan_type{}};
  EXPECT_EQ(empty.put(1, "one").failure.code, cache_failure_code::no_capacity);
  EXPECT_EQ(empty.get(1), nullptr);
  EXPECT_FALSE(empty.remove(1));
  EXPECT_FALSE(empty.at(cache_handle{}));
  EXPECT_EQ(empty.stats().misses, 1U);
  EXPECT_TRUE(empty.resize(0));
  EXPECT_EQ(empty.resize(1).failure(), out_of_range(cache_field::entry_count, 1, 0, 0));
  empty.clear();
  EXPECT_EQ(contents(empty), (std::map<int, std::string>{}));
}

TEST(caches, of_one_entry_hold_the_latest) {
  cache_rig<words> rig(1);
  rig->put(1, "one");
  rig->put(2, "two");
  EXPECT_EQ(contents(*rig), (std::map<int, std::string>{{2, "two"}}));
}

// --- handles --------------------------------------------------------------------------------------------------------

// [SR-CACHE-103]
TEST(cache_handles, tell_when_their_entry_has_gone) {
  cache_rig<words> rig(2);
  rig->put(1, "one");
  const cache_handle one = rig->find(1);
  ASSERT_TRUE(rig->at(one));
  EXPECT_EQ(text_at(rig->at(one).value()), "one");
  rig->remove(1);
  EXPECT_EQ(rig->at(one).code(), error_code::stale_handle);
  for (int key = 2; key < 6; ++key) { // whoever comes in its place is somebody else
    rig->put(key, "other");
  }
  EXPECT_EQ(rig->at(one).code(), error_code::stale_handle);
  EXPECT_EQ(std::as_const(*rig).at(cache_handle{}).code(), error_code::stale_handle);
  EXPECT_EQ(rig->at(cache_handle{1, 2001}).code(), error_code::stale_handle);
  EXPECT_EQ(rig->at(cache_handle{4'000'000'000U, 1}).code(), error_code::stale_handle);
  EXPECT_EQ(rig->find(77), cache_handle{});
}

// [SR-CACHE-103]
TEST(cache_handles, stay_when_the_value_is_replaced_and_others_come_and_go) {
  cache_rig<words> rig(3);
  rig->put(1, "one");
  const cache_handle one = rig->find(1);
  const std::string* const place = rig->at(one).value();
  for (int key = 2; key < 100; ++key) {
    rig->put(key, "other");
    (void)rig->get(1);
  }
  rig->put(1, "uno");
  EXPECT_EQ(rig->at(one).value(), place);
  EXPECT_EQ(text_at(place), "uno");
  EXPECT_EQ((*rig->begin()).handle.generation % 2, 1U);
}

TEST(cache_handles, count_and_renew_nothing) {
  cache_rig<words> rig(2);
  rig->put(1, "one");
  rig->put(2, "two");
  const cache_handle two = rig->find(2);
  const cache_handle one = rig->find(1);
  const std::uint64_t lookups = rig->stats().lookups();
  EXPECT_TRUE(rig->at(two));
  EXPECT_EQ(rig->stats().lookups(), lookups);
  rig->put(3, "three");
  EXPECT_TRUE(rig->at(one));
  EXPECT_FALSE(rig->at(two)) << "was used less recently, for at() is no use";
}

// --- values of programs ---------------------------------------------------------------------------------------------

TEST(cached_objects, may_be_such_as_can_only_be_moved) {
  cache_rig<cache<std::string, std::unique_ptr<int>>> rig(2);
  rig->put("one", std::make_unique<int>(1));
  const auto said = rig->put("one", std::make_unique<int>(2));
  ASSERT_TRUE(said.old);
  EXPECT_EQ(**said.old, 1);
  auto refused = std::make_unique<int>(3);
  ASSERT_TRUE(rig->resize(0));
  EXPECT_FALSE(rig->put("three", std::move(refused)));
  EXPECT_NE(refused, nullptr) << "what is refused is not taken";
  ASSERT_TRUE(rig->resize(2));
  rig->put("three", std::move(refused));
  EXPECT_EQ(**rig->remove("three"), 3);
}

TEST(cached_objects, may_be_put_under_what_a_key_is_made_of) {
  cache_rig<cache<std::string, int>> rig(2);
  rig->put("one", 1);
  EXPECT_TRUE(rig->contains("one"));
  ASSERT_TRUE(rig->resize(0));
  std::string text = "kept, for it was refused";
  cache_rig<cache<std::string_view, int>> views(1);
  ASSERT_TRUE(views->resize(0));
  EXPECT_FALSE(views->put(std::move(text), 1));
  EXPECT_EQ(text, "kept, for it was refused");
}
TEST(cached_objects, are_destroyed_once_each) {
  {
    cache_rig<cache<int, std::shared_ptr<int>>> rig(3);
    const auto shared = std::make_shared<int>(1);
    for (int key = 0; key < 10; ++key) {
      rig->put(key % 6, shared);
    }
    EXPECT_EQ(shared.use_count(), 4);
    rig->remove(3);
    EXPECT_EQ(shared.use_count(), 3);
    rig->clear();
    EXPECT_EQ(shared.use_count(), 1);
    rig->put(1, shared);
  }
}

TEST(cached_objects, may_be_put_from_the_cache_itself) {
  cache_rig<words> rig(1);
  rig->put(1, "a text that is too long to be kept within a string");
  const std::string* const one = rig->get(1);
  ASSERT_NE(one, nullptr);
  rig->put(1, *one);
  EXPECT_EQ(text_at(rig->get(1)), "a text that is too long to be kept within a string");
  rig->put(2, *one); // it is the victim
  EXPECT_EQ(text_at(rig->get(2)), "a text that is too long to be kept within a string");
  const auto item = *rig->begin();
  EXPECT_TRUE(rig->remove(item.key));
  EXPECT_TRUE(rig->is_whole());
}

// [SR-CACHE-107] Each copy, hash and comparison of each call is made to throw, one after the other.
template <class Call>
void expect_survives(Call call) {
  const int others = thrower::alive; // the call's own
  for (int throws_in = 1;; ++throws_in) {
    SCOPED_TRACE(throws_in);
    {
      cache_rig<cache<thrower, thrower, arc_policy, no_clock, thrower_hash>> rig(4);
      for (int key = 0; key < 6; ++key) {
        rig->put(thrower(key), thrower(key * 10));
        (void)rig->get(thrower(key));
      }
      std::map<int, int> before;
      for (const auto item : *rig) {
        before[item.key.number] = item.value.number;
      }
      const cache_stats stats = rig->stats();
      thrower::throws_in = throws_in;
      bool threw = false;
      try {
        call(*rig);
      } catch (const std::runtime_error&) {
        threw = true;
      }
      const bool is_past_the_last = thrower::throws_in != 0;
      thrower::throws_in = 0;
      ASSERT_TRUE(rig->is_whole());
      ASSERT_EQ(static_cast<std::size_t>(thrower::alive - others), 2 * rig->size());
      std::map<int, int> after;
      for (const auto item : *rig) {
        after[item.key.number] = item.value.number;
      }
      if (threw && rig->stats().removed == stats.removed) {
        ASSERT_EQ(after, before);
        ASSERT_EQ(rig->stats(), stats);
      } else if (threw) { // the value that was being replaced went with its entry
        ASSERT_EQ(after.size() + 1, before.size());
      }
      for (int key = 0; key < 9; ++key) {
        rig->put(thrower(key), thrower(key));
      }
      ASSERT_TRUE(rig->is_whole());
      if (is_past_the_last) {
        ASSERT_FALSE(threw);
        break;
      }
    }
    ASSERT_EQ(thrower::alive, others);
    ASSERT_LT(throws_in, 100);
  }
}
using throwing_cache = cache<thrower, thrower, arc_policy, no_clock, thrower_hash>;
TEST(throwing_objects, leave_the_cache_whole_when_one_is_added) {
  expect_survives([key = thrower(9), value = thrower(90)](throwing_cache& of) { of.put(key, value); });
  expect_survives([](throwing_cache& of) { of.put(9, 90); });
}
TEST(throwing_objects, leave_the_cache_whole_when_one_is_replaced) {
  expect_survives([key = thrower(5), value = thrower(90)](throwing_cache& of) { of.put(key, value); });
}
TEST(throwing_objects, leave_the_cache_whole_when_one_is_looked_for) {
  expect_survives([key = thrower(5)](throwing_cache& of) { (void)of.get(key); });
  expect_survives([key = thrower(50)](throwing_cache& of) { (void)of.find(key); });
  expect_survives([key = thrower(5)](throwing_cache& of) { (void)of.peek(key); });
}
TEST(throwing_objects, leave_the_cache_whole_when_one_is_removed) {
  expect_survives([key = thrower(5)](throwing_cache& of) { of.remove(key); });
}
// [SR-CACHE-107] Evicting asks the program for nothing: neither a hash nor a comparison.
TEST(throwing_objects, are_not_asked_when_they_go) {
  cache_rig<throwing_cache> rig(4);
  for (int key = 0; key < 4; ++key) {
    rig->put(thrower(key), thrower(key));
  }
  thrower::throws_in = 1;
  EXPECT_TRUE(rig->resize(1));
  rig->clear();
  EXPECT_EQ(thrower::throws_in, 1);
  thrower::throws_in = 0;
}

// --- sizes ----------------------------------------------------------------------------------------------------------

// [SR-CACHE-108]
TEST(cache_sizes, can_be_made_smaller_and_larger_within_the_storage) {
  cache_rig<words> rig(5);
  for (int key = 0; key < 5; ++key) {
    rig->put(key, "x");
  }
  (void)rig->get(0);
  EXPECT_TRUE(rig->resize(2));
  EXPECT_EQ(contents(*rig), (std::map<int, std::string>{{4, "x"}, {0, "x"}}));
  EXPECT_EQ(rig->stats().evicted_smaller, 3U);
  EXPECT_EQ(rig->stats().evicted, 0U);
  EXPECT_EQ(rig->resize(6).failure(), out_of_range(cache_field::entry_count, 6, 0, 5));
  EXPECT_EQ(rig->entry_count_max(), 2U);
  EXPECT_TRUE(rig->resize(5));
  for (int key = 0; key < 9; ++key) {
    rig->put(key, "y");
  }
  EXPECT_EQ(rig->size(), 5U);
  EXPECT_TRUE(rig->resize(0));
  EXPECT_EQ(rig->put(1, "one").failure.code, cache_failure_code::no_capacity);
  EXPECT_EQ(rig->size(), 0U);
  EXPECT_EQ(rig->stats().refusals, 1U);
}

class weighed : public ::testing::Test {
protected:
  static words::config_type config() {
    words::config_type made;
    made.entry_count = 10;
    made.weight_max = 100;
    return made;
  }
  cache_rig<words> rig{config()};
};

// [SR-CACHE-108]
TEST_F(weighed, evict_as_many_as_it_takes) {
  for (int key = 0; key < 5; ++key) {
    rig->put(key, "x", {20, {}});
  }
  rig->put(5, "x", {50, {}});
  EXPECT_EQ(contents(*rig), (std::map<int, std::string>{{3, "x"}, {4, "x"}, {5, "x"}}));
  EXPECT_EQ(rig->stats().weight, 90U);
  EXPECT_EQ(rig->stats().evicted, 3U);
}
// [SR-CACHE-108]
TEST_F(weighed, refuse_what_is_heavier_than_all_that_there_may_be) {
  rig->put(1, "one", {100, {}});
  const auto said = rig->put(2, "two", {101, {}});
  EXPECT_EQ(said.failure, (cache_failure{cache_failure_code::too_heavy, cache_field::none, 101, 0, 100}));
  EXPECT_EQ(rig->put(1, "uno", {101, {}}).failure.code, cache_failure_code::too_heavy);
  EXPECT_EQ(contents(*rig), (std::map<int, std::string>{{1, "one"}}));
  EXPECT_EQ(rig->stats().refusals, 2U);
}
TEST_F(weighed, can_get_heavier_and_lighter) {
  for (int key = 0; key < 4; ++key) {
    rig->put(key, "x", {25, {}});
  }
  EXPECT_EQ(rig->put(2, "y", {5, {}}).old, "x");
  EXPECT_EQ(rig->stats().weight, 80U);
  EXPECT_EQ(rig->put(0, "z", {60, {}}).old, "x"); // the least recently used, but not its own victim
  EXPECT_EQ(contents(*rig), (std::map<int, std::string>{{0, "z"}, {2, "y"}, {3, "x"}}));
  EXPECT_EQ(rig->stats().weight, 90U);
  rig->put(0, "z", {100, {}});
  EXPECT_EQ(contents(*rig), (std::map<int, std::string>{{0, "z"}}));
}
TEST_F(weighed, may_weigh_nothing) {
  for (int key = 0; key < 20; ++key) {
    rig->put(key, "x", {0, {}});
  }
  EXPECT_EQ(rig->size(), 10U);
  EXPECT_EQ(rig->stats().weight, 0U);
}
TEST_F(weighed, can_be_limited_anew) {
  for (int key = 0; key < 5; ++key) {
    rig->put(key, "x", {20, {}});
  }
  EXPECT_TRUE(rig->set_weight_max(50));
  EXPECT_EQ(rig->stats().weight, 40U);
  EXPECT_EQ(rig->stats().evicted_smaller, 3U);
  EXPECT_TRUE(rig->set_weight_max(0));
  rig->put(9, "x", {UINT32_MAX, {}});
  rig->put(8, "x", {UINT32_MAX, {}});
  EXPECT_EQ(rig->stats().weight, 40 + 2 * std::uint64_t{UINT32_MAX});
  EXPECT_TRUE(rig->is_whole());
}

// --- policies that are wrong ----------------------------------------------------------------------------------------

/// Chooses whatever a test says.
struct wrong_policy {
  inline static std::uint32_t choice = 0;
  [[nodiscard]] static constexpr std::size_t storage_bytes(std::uint32_t /*count*/) noexcept { return 0; }
  explicit wrong_policy(const cache_policy_setup& /*setup*/) noexcept {}
  void on_insert(std::uint32_t /*entry*/, std::uint32_t /*fingerprint*/) noexcept {}
  void on_access(std::uint32_t /*entry*/, std::uint32_t /*fingerprint*/) noexcept {}
  void on_erase(std::uint32_t /*entry*/) noexcept {}
  [[nodiscard]] std::uint32_t victim() noexcept { return choice; }
};
using wrongly_kept = cache<int, std::string, wrong_policy>;

// [SR-CACHE-105]
TEST(wrong_policies, are_told_and_do_no_damage) {
  cache_rig<wrongly_kept> rig(2);
  rig->put(1, "one");
  rig->put(2, "two");
  for (const std::uint32_t choice : {2U, 3U, no_entry}) { // the newcomer's own place, and none at all
    wrong_policy::choice = choice;
    EXPECT_EQ(rig->put(3, "three").failure,
              (cache_failure{cache_failure_code::policy_broken, cache_field::none, choice}));
    EXPECT_EQ(contents(*rig), (std::map<int, std::string>{{1, "one"}, {2, "two"}}));
    EXPECT_EQ(rig->resize(1).failure().code, cache_failure_code::policy_broken);
    EXPECT_EQ(rig->set_weight_max(1).failure().code, cache_failure_code::policy_broken);
    EXPECT_EQ(rig->stats().entry_count_max, 2U) << "as before";
    EXPECT_EQ(rig->stats().weight_max, UINT64_MAX);
  }
  wrong_policy::choice = 0;
  EXPECT_TRUE(rig->put(3, "three"));
  EXPECT_EQ(contents(*rig), (std::map<int, std::string>{{2, "two"}, {3, "three"}}));
}
TEST(wrong_policies, lose_an_entry_that_they_choose_while_it_gets_heavier) {
  wrongly_kept::config_type config;
  config.entry_count = 2;
  config.weight_max = 10;
  cache_rig<wrongly_kept> rig(config);
  rig->put(1, "one", {5, {}});
  rig->put(2, "two", {5, {}});
  wrong_policy::choice = rig->find(1).index;
  const auto said = rig->put(1, "uno", {6, {}});
  EXPECT_EQ(said.failure.code, cache_failure_code::policy_broken);
  EXPECT_EQ(said.old, "one");
  EXPECT_EQ(contents(*rig), (std::map<int, std::string>{{2, "two"}}));
}

} // namespace
} // namespace nebula::services
