// SPDX-License-Identifier: Apache-2.0 OR MIT
// Threads of the machine on the shipped templates: for ThreadSanitizer above all. What interleavings there are the race
// models go through.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <stop_token>
#include <thread>

#include <nebula/services/async/async_object_pool.hpp>

#include "async_rig.hpp"

namespace nebula::services {
namespace {

using namespace std::chrono_literals;
using test::async_pool_rig;
using test::frame_rig;
using code = async_failure_code;

struct tally {
  std::atomic<std::uint64_t> granted{0};
  std::atomic<std::uint64_t> cancelled{0};
  std::atomic<std::uint64_t> timed_out{0};
  std::atomic<std::uint64_t> shut_down{0};
  std::atomic<std::uint64_t> torn{0};
  void add(const async_failure& failure) {
    (failure.code == code::cancelled   ? cancelled
     : failure.code == code::timed_out ? timed_out
                                       : shut_down)
        .fetch_add(1);
  }
};

/// Takes a block, fills it with its own number, and finds it there later.
task<void> work(frame_pool& /*frames*/, async_pool& pool, tally& sums, unsigned number, int rounds,
                std::stop_token stop) {
  for (int round = 0; round < rounds; ++round) {
    std::optional<std::chrono::nanoseconds> deadline;
    if (round % 3 == 0) {
      deadline = std::chrono::nanoseconds(round);
    }
    auto acquired = co_await pool.acquire_until(deadline.value_or(std::chrono::nanoseconds::max()), stop);
    if (!acquired) {
      sums.add(acquired.failure());
      continue;
    }
    std::memset(acquired.value().data(), static_cast<int>(number), 64);
    for (const std::byte each : acquired.value().bytes()) {
      if (each != static_cast<std::byte>(number)) {
        sums.torn.fetch_add(1);
      }
    }
    sums.granted.fetch_add(1);
  }
}

// [SR-ASYNC-001] [SR-ASYNC-005] [SR-ASYNC-007] [SR-ASYNC-010]
TEST(async_threads, lose_no_block_and_no_coroutine_whatever_meets) {
  constexpr unsigned coroutines = 24;
  constexpr int rounds = 400;
  frame_rig frames(coroutines);
  async_pool_rig pool(3);
  tally sums;
  std::stop_source sources[coroutines];
  {
    thread_pool_executor threads({3, coroutines});
    ASSERT_TRUE(threads.start_threads());
    task_group group;
    for (unsigned each = 0; each < coroutines; ++each) {
      ASSERT_TRUE(group.start(work(*frames, *pool, sums, each, rounds, sources[each].get_token()), threads));
    }
    std::atomic<bool> is_over{false};
    std::thread meddler([&] { // expires and cancels while they run
      constexpr unsigned seed = 7;
      std::mt19937 random(seed);
      for (unsigned each = 0; !is_over.load(); ++each) {
        static_cast<void>(pool->expire(std::chrono::nanoseconds(random() % rounds)));
        static_cast<void>(pool->next_deadline());
        if (each < coroutines / 2) {
          sources[each].request_stop();
        }
        std::this_thread::yield();
      }
    });
    group.wait();
    is_over = true;
    meddler.join();
  }
  EXPECT_EQ(sums.torn.load(), 0U);
  EXPECT_EQ(sums.granted + sums.cancelled + sums.timed_out, static_cast<std::uint64_t>(coroutines) * rounds);
  EXPECT_EQ(sums.shut_down.load(), 0U);
  const async_state state = pool->state();
  EXPECT_EQ(state.granted_at_once + state.granted_by_waiting, sums.granted.load());
  EXPECT_EQ(state.timed_out, sums.timed_out.load());
  EXPECT_EQ(state.cancelled, sums.cancelled.load());
}

TEST(async_threads, wake_all_when_the_pool_is_shut_down_amid_work) {
  constexpr unsigned coroutines = 16;
  constexpr int rounds = 2'000;
  frame_rig frames(coroutines);
  async_pool_rig pool(2);
  tally sums;
  thread_pool_executor threads({3, coroutines});
  ASSERT_TRUE(threads.start_threads());
  task_group group;
  for (unsigned each = 0; each < coroutines; ++each) {
    ASSERT_TRUE(group.start(work(*frames, *pool, sums, each, rounds, {}), threads));
  }
  while (sums.granted.load() < 100) {
    std::this_thread::yield();
  }
  static_cast<void>(pool->shutdown());
  group.wait();
  EXPECT_EQ(sums.granted + sums.shut_down + sums.timed_out, static_cast<std::uint64_t>(coroutines) * rounds);
  EXPECT_EQ(pool->state().turned_away, sums.shut_down.load());
}

struct counter {
  int value = 0;
};
task<void> increment(frame_pool& /*frames*/, async_object_pool<counter>& pool, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    auto acquired = co_await pool.acquire();
    if (acquired) {
      acquired.value()->value += 1; // nobody else has it
    }
  }
}
TEST(async_threads, give_an_object_to_one_at_a_time) {
  frame_rig frames(12);
  alignas(64) std::array<std::byte, 512> storage{};
  object_pool_config<counter> config;
  config.object_count = 1;
  config.storage = {storage.data(), storage.size()};
  async_object_pool<counter> pool(config.validate().value());
  {
    thread_pool_executor threads({3, 12});
    ASSERT_TRUE(threads.start_threads());
    task_group group;
    for (int each = 0; each < 12; ++each) {
      ASSERT_TRUE(group.start(increment(*frames, pool, 500), threads));
    }
    group.wait();
  }
  EXPECT_EQ(pool.try_acquire().value()->value, 12 * 500);
}

/// Waits, and is destroyed by the thread that made it, while others release: nobody resumes it on this executor.
task<void> wait_on(frame_pool& /*frames*/, async_pool& pool, executor& on, int& resumed) {
  auto acquired = co_await pool.acquire({}, &on);
  ++resumed;
}
// [SR-ASYNC-006]
TEST(async_threads, may_destroy_a_coroutine_while_a_block_is_handed_to_it) {
  frame_rig frames(8);
  async_pool_rig pool(1);
  std::atomic<bool> is_over{false};
  std::thread releasing([&] {
    while (!is_over.load()) {
      auto block = pool->try_acquire();
      std::this_thread::yield();
    }
  });
  thread_pool_executor never({0, 1}); // nobody runs it: what is granted stays in its queue
  int resumed = 0;
  for (int round = 0; round < 3'000; ++round) {
    task<void> waits = wait_on(*frames, *pool, never, resumed);
    const std::coroutine_handle<> frame = waits.let_go();
    frame.resume();
    if (round % 2 == 0) {
      std::this_thread::yield();
    }
    if (frame.done()) { // it was granted at once
      frame.destroy();
      continue;
    }
    frame.destroy();
  }
  is_over = true;
  releasing.join();
  EXPECT_EQ(never.pending(), 0U);
}

} // namespace
} // namespace nebula::services
