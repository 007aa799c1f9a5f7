// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include <nebula/services/thread_slots.hpp>
#include "statistics_rig.hpp"

namespace nebula::services {
namespace {

// [SR-STAT-003]
TEST(thread_slots, have_one_owner_at_a_time) {
  basic_thread_slots<std_atomics, 3> slots;
  EXPECT_EQ(slots.claim(), 0U);
  EXPECT_EQ(slots.claim(), 1U);
  EXPECT_EQ(slots.claim(), 2U);
  EXPECT_EQ(slots.claim(), slots.none);
  slots.release(1);
  EXPECT_EQ(slots.claim(), 1U);
  EXPECT_EQ(slots.claim(), slots.none);
}

TEST(thread_slot, stays_with_its_thread) {
  const std::uint32_t mine = this_thread_slot();
  EXPECT_LT(mine, thread_slot_count);
  EXPECT_EQ(this_thread_slot(), mine);
}

TEST(thread_slot, is_given_on_when_a_thread_ends) {
  const std::uint32_t own = this_thread_slot();
  std::set<std::uint32_t> seen;
  for (int round = 0; round < 1000; ++round) {
    std::thread([&] { seen.insert(this_thread_slot()); }).join();
  }
  EXPECT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen.count(own), 0U);
}

TEST(thread_slot, of_more_threads_than_there_are_is_the_one_beyond) {
  constexpr std::uint32_t threads = thread_slot_count + 20;
  std::mutex lock;
  std::multiset<std::uint32_t> seen;
  std::atomic<std::uint32_t> arrived{0};
  std::vector<std::thread> running;
  for (std::uint32_t each = 0; each < threads; ++each) {
    running.emplace_back([&] {
      {
        const std::lock_guard<std::mutex> guard(lock);
        seen.insert(this_thread_slot());
      }
      arrived.fetch_add(1);
      while (arrived.load() != threads) { // all of them live at a time
        std::this_thread::yield();
      }
    });
  }
  for (std::thread& each : running) {
    each.join();
  }
  const std::size_t beyond = seen.count(thread_slot_count);
  EXPECT_GE(beyond, 20U);
  seen.erase(thread_slot_count);
  const std::set<std::uint32_t> distinct(seen.begin(), seen.end());
  EXPECT_EQ(distinct.size(), seen.size());
  EXPECT_EQ(distinct.size() + beyond, threads);
}

std::uint32_t slot_at_the_end = 0;
struct asks_at_the_end {
  ~asks_at_the_end() { slot_at_the_end = this_thread_slot(); }
};

TEST(thread_slot, of_an_ending_thread_is_the_one_beyond) {
  std::thread([] {
    static const thread_local asks_at_the_end late; // destroyed after the slot's owner, which is made after it
    static_cast<void>(late);
    EXPECT_LT(this_thread_slot(), thread_slot_count);
  }).join();
  EXPECT_EQ(slot_at_the_end, thread_slot_count);
}

} // namespace
} // namespace nebula::services
