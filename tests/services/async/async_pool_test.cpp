// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <array>
#include <chrono>
#include <coroutine>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <nebula/verify/stray_write.hpp>

#include "async_rig.hpp"

namespace nebula::services {
namespace {

using namespace std::chrono_literals;
using test::async_block_type;
using test::async_pool_rig;
using test::frame_rig;
using code = async_failure_code;

/// Acquires, writes its letter into the log, keeps the block in `kept` if given.
task<void> ask(frame_pool& /*frames*/, async_pool& pool, std::string& log, char letter,
               async_block_type* kept = nullptr, std::stop_token stop = {}) {
  auto acquired = co_await pool.acquire(std::move(stop));
  log += letter;
  if (!acquired) {
    log += name(acquired.failure().code);
  } else if (kept != nullptr) {
    *kept = std::move(acquired.value());
  }
}
task<void> ask_until(frame_pool& /*frames*/, async_pool& pool, std::string& log, char letter,
                     std::chrono::nanoseconds deadline) {
  auto acquired = co_await pool.acquire_until(deadline);
  log += letter;
  if (!acquired) {
    log += name(acquired.failure().code);
  }
}

class async_pool_test : public ::testing::Test {
protected:
  void start(task<void> begun, executor& on) { ASSERT_TRUE(group.start(std::move(begun), on)); }
  void start(task<void> begun) { start(std::move(begun), here); }
  frame_rig frames;
  async_pool_rig pool{1};
  inline_executor here;
  task_group group;
  std::string log;
};

// [SR-ASYNC-001]
TEST_F(async_pool_test, gives_a_free_block_without_suspending) {
  start(ask(*frames, *pool, log, 'a'));
  EXPECT_EQ(log, "a");
  EXPECT_EQ(pool->state().granted_at_once, 1U);
  EXPECT_EQ(pool->state().waiting_peak, 0U);
}

TEST_F(async_pool_test, gives_a_whole_block_that_can_be_written) {
  const auto block = pool->try_acquire();
  ASSERT_TRUE(block);
  EXPECT_EQ(block.value().size_bytes(), 64U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block.value().data()) % 16, 0U);
  for (std::byte& each : block.value().bytes()) {
    each = std::byte{7};
  }
}

// [SR-ASYNC-004]
TEST_F(async_pool_test, suspends_until_a_block_comes_back_and_serves_in_order) {
  async_block_type kept = pool->try_acquire().value();
  start(ask(*frames, *pool, log, 'a', &kept)); // holds it on
  start(ask(*frames, *pool, log, 'b'));
  start(ask(*frames, *pool, log, 'c'));
  EXPECT_EQ(log, "");
  EXPECT_EQ(pool->state().waiting, 3U);
  async_block_type held = std::move(kept);
  EXPECT_TRUE(held.release().has_value());
  EXPECT_EQ(log, "a");
  EXPECT_FALSE(held.has_value());
  EXPECT_TRUE(kept.release().has_value());
  EXPECT_EQ(log, "abc");
  EXPECT_EQ(pool->state().granted_by_waiting, 3U);
  EXPECT_EQ(pool->state().waiting_peak, 3U);
}

// Nobody who comes later takes what was handed over, or what somebody in line is to have. [SR-ASYNC-004]
TEST_F(async_pool_test, lets_nobody_overtake) {
  thread_pool_executor later({0, 8}); // runs when it is told
  async_block_type kept = pool->try_acquire().value();
  start(ask(*frames, *pool, log, 'a'), later);
  EXPECT_EQ(later.run_pending(), 1U);
  EXPECT_EQ(pool->state().waiting, 1U);
  EXPECT_EQ(pool->try_acquire().failure().code, code::none_free);
  static_cast<void>(kept.release()); // now it is a's, which has not run yet
  EXPECT_EQ(pool->try_acquire().failure().code, code::none_free);
  EXPECT_EQ(pool->state().out, 1U);
  EXPECT_EQ(log, "");
  EXPECT_EQ(later.run_pending(), 1U);
  EXPECT_EQ(log, "a");
}

// [SR-ASYNC-005]
TEST_F(async_pool_test, ends_the_waiting_when_a_stop_is_requested) {
  std::stop_source source;
  async_block_type kept = pool->try_acquire().value();
  start(ask(*frames, *pool, log, 'a', nullptr, source.get_token()));
  start(ask(*frames, *pool, log, 'b'));
  EXPECT_TRUE(source.request_stop());
  EXPECT_EQ(log, "acancelled");
  EXPECT_EQ(pool->state().cancelled, 1U);
  static_cast<void>(kept.release());
  EXPECT_EQ(log, "acancelledb");
}

TEST_F(async_pool_test, does_not_ask_for_a_block_if_a_stop_was_requested_before) {
  std::stop_source source;
  source.request_stop();
  start(ask(*frames, *pool, log, 'a', nullptr, source.get_token()));
  EXPECT_EQ(log, "acancelled");
  EXPECT_EQ(pool->state().granted_at_once, 0U);
}

TEST_F(async_pool_test, keeps_what_was_granted_before_the_stop) {
  thread_pool_executor later({0, 8});
  std::stop_source source;
  async_block_type kept = pool->try_acquire().value();
  start(ask(*frames, *pool, log, 'a', nullptr, source.get_token()), later);
  later.run_pending();
  static_cast<void>(kept.release());
  source.request_stop(); // too late
  later.run_pending();
  EXPECT_EQ(log, "a");
  EXPECT_EQ(pool->state().cancelled, 0U);
}

// [SR-ASYNC-007]
TEST_F(async_pool_test, ends_the_waiting_at_deadlines_when_it_is_told_the_time) {
  async_block_type kept = pool->try_acquire().value();
  EXPECT_FALSE(pool->next_deadline().has_value());
  start(ask_until(*frames, *pool, log, 'a', 20ns));
  start(ask_until(*frames, *pool, log, 'b', 10ns));
  start(ask(*frames, *pool, log, 'c'));
  EXPECT_EQ(pool->next_deadline(), 10ns);
  EXPECT_EQ(pool->expire(9ns), 0U);
  EXPECT_EQ(pool->expire(10ns), 1U);
  EXPECT_EQ(log, "btimed_out");
  EXPECT_EQ(pool->next_deadline(), 20ns);
  EXPECT_EQ(pool->expire(100ns), 1U);
  EXPECT_EQ(log, "btimed_outatimed_out");
  EXPECT_EQ(pool->state().timed_out, 2U);
  static_cast<void>(kept.release());
  EXPECT_EQ(log, "btimed_outatimed_outc");
}

task<void> ask_again_and_again(frame_pool& /*frames*/, async_pool& pool, int& rounds) {
  for (; rounds < 100; ++rounds) {
    auto acquired = co_await pool.acquire_until(5ns);
    if (acquired) {
      break;
    }
  }
}
task<void> ask_on_until(frame_pool& /*frames*/, async_pool& pool, std::string& log, executor& on) {
  auto acquired = co_await pool.acquire_until(5ns, {}, &on);
  log += acquired ? "acquired" : name(acquired.failure().code);
}
// Who asks again with a deadline that is past is expired by the next call, not by this one: a call ends.
TEST_F(async_pool_test, expires_only_those_who_waited_when_it_was_called) {
  // with so many executors a call takes the lock twice, and the first has asked again by then
  std::array<inline_executor, 8> others;
  async_block_type kept = pool->try_acquire().value();
  int rounds = 0;
  start(ask_again_and_again(*frames, *pool, rounds));
  for (inline_executor& each : others) {
    start(ask_on_until(*frames, *pool, log, each));
  }
  EXPECT_EQ(pool->expire(5ns), 9U);
  EXPECT_EQ(rounds, 1);
  EXPECT_EQ(pool->expire(5ns), 1U);
  EXPECT_EQ(rounds, 2);
  static_cast<void>(kept.release());
  EXPECT_EQ(rounds, 2);
  static_cast<void>(pool->shutdown());
}

task<void> ask_and_release(frame_pool& /*frames*/, async_pool& pool, std::string& log, async_block_type& kept) {
  auto acquired = co_await pool.acquire();
  log += acquired ? "acquired" : name(acquired.failure().code);
  static_cast<void>(kept.release());
}
// The first to be told gives something back at once: nobody else is granted it. [SR-ASYNC-009]
TEST_F(async_pool_test, grants_nothing_once_a_shutdown_has_begun) {
  std::array<inline_executor, 8> others;
  async_block_type kept = pool->try_acquire().value();
  start(ask_and_release(*frames, *pool, log, kept));
  for (inline_executor& each : others) {
    start(ask_on_until(*frames, *pool, log, each));
  }
  static_cast<void>(pool->shutdown());
  EXPECT_EQ(log, "shut_downshut_downshut_downshut_downshut_downshut_downshut_downshut_downshut_down");
  EXPECT_EQ(pool->state().granted_by_waiting, 0U);
  EXPECT_EQ(pool->state().turned_away, 9U);
}

// [SR-ASYNC-009]
TEST_F(async_pool_test, wakes_all_with_an_error_when_it_is_shut_down) {
  async_block_type kept = pool->try_acquire().value();
  start(ask(*frames, *pool, log, 'a'));
  start(ask(*frames, *pool, log, 'b'));
  EXPECT_EQ(pool->shutdown(), 2U);
  EXPECT_EQ(log, "ashut_downbshut_down");
  start(ask(*frames, *pool, log, 'c'));
  EXPECT_EQ(log, "ashut_downbshut_downcshut_down");
  EXPECT_EQ(pool->try_acquire().failure().code, code::shut_down);
  EXPECT_TRUE(kept.release().has_value()); // what is out may come back
  EXPECT_EQ(pool->shutdown(), 0U);
  EXPECT_EQ(pool->state().turned_away, 4U);
  EXPECT_TRUE(pool->state().is_shut_down);
}

// [SR-ASYNC-006]
TEST_F(async_pool_test, lets_a_coroutine_be_destroyed_while_it_waits) {
  async_block_type kept = pool->try_acquire().value();
  {
    std::string unheard;
    task<void> dropped = ask(*frames, *pool, unheard, 'x');
    std::coroutine_handle<> frame = dropped.let_go();
    frame.resume();
    EXPECT_EQ(pool->state().waiting, 1U);
    frame.destroy();
    EXPECT_EQ(unheard, "");
  }
  EXPECT_EQ(pool->state().waiting, 0U);
  EXPECT_EQ(pool->state().abandoned, 1U);
  start(ask(*frames, *pool, log, 'b'));
  static_cast<void>(kept.release());
  EXPECT_EQ(log, "b");
}

task<void> ask_on(frame_pool& /*frames*/, async_pool& pool, std::string& log, char letter, executor& on) {
  auto acquired = co_await pool.acquire({}, &on);
  log += letter;
  log += acquired ? "" : name(acquired.failure().code);
}

// Granted, queued by its executor, and destroyed before that came to it: the block goes to the next. [SR-ASYNC-006]
TEST_F(async_pool_test, hands_on_what_a_destroyed_coroutine_was_granted) {
  thread_pool_executor later({0, 8});
  async_block_type kept = pool->try_acquire().value();
  std::string unheard;
  task<void> dropped = ask_on(*frames, *pool, unheard, 'x', later);
  std::coroutine_handle<> frame = dropped.let_go();
  frame.resume();
  start(ask(*frames, *pool, log, 'b'));
  static_cast<void>(kept.release());
  EXPECT_EQ(later.pending(), 1U);
  EXPECT_EQ(log, "");
  frame.destroy();
  EXPECT_EQ(later.pending(), 0U);
  EXPECT_EQ(unheard, "");
  EXPECT_EQ(log, "b");
  EXPECT_EQ(pool->state().abandoned, 1U);
}

/// The coroutine that awaits another one is destroyed, and with it the one that waits.
task<void> ask_through(frame_pool& frames, async_pool& pool, std::string& log) {
  task<void> inner = ask(frames, pool, log, 'x');
  static_cast<void>(co_await std::move(inner));
  log += "never";
}
TEST_F(async_pool_test, lets_a_chain_of_coroutines_be_destroyed_while_the_last_one_waits) {
  async_block_type kept = pool->try_acquire().value();
  task<void> dropped = ask_through(*frames, *pool, log);
  std::coroutine_handle<> frame = dropped.let_go();
  frame.resume();
  EXPECT_EQ(pool->state().waiting, 1U);
  frame.destroy();
  EXPECT_EQ(pool->state().waiting, 0U);
  static_cast<void>(kept.release());
  EXPECT_EQ(log, "");
}

// Waiters of several executors are each woken by their own. [SR-ASYNC-002]
TEST_F(async_pool_test, resumes_each_waiter_on_its_own_executor) {
  thread_pool_executor one({0, 8});
  thread_pool_executor two({0, 8});
  async_block_type kept = pool->try_acquire().value();
  start(ask_on(*frames, *pool, log, 'a', one));
  start(ask_on(*frames, *pool, log, 'b', two));
  start(ask_on(*frames, *pool, log, 'c', one));
  start(ask_on(*frames, *pool, log, 'd', here));
  EXPECT_EQ(pool->shutdown(), 4U);
  EXPECT_EQ(log, "dshut_down");
  EXPECT_EQ(two.run_pending(), 1U);
  EXPECT_EQ(one.run_pending(), 2U);
  EXPECT_EQ(log, "dshut_downbshut_downashut_downcshut_down");
  static_cast<void>(kept.release());
}

// A release in a coroutine resumes another, which releases, and so on: a loop, not a recursion. [SR-ASYNC-003]
TEST_F(async_pool_test, takes_no_stack_for_a_long_chain_of_releases) {
  constexpr std::size_t length = 10'000; // a recursion would need a kilobyte of stack for each
  frame_rig many(length, 1536);
  async_block_type kept = pool->try_acquire().value();
  std::string chain;
  for (std::size_t index = 0; index < length; ++index) {
    start(ask(*many, *pool, chain, '.'));
  }
  EXPECT_EQ(pool->state().waiting, length);
  static_cast<void>(kept.release());
  EXPECT_EQ(chain, std::string(length, '.'));
}

/// A coroutine type that knows nothing of this library.
struct foreign {
  struct promise_type {
    foreign get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};
foreign ask_foreign(async_pool& pool, std::string& log) {
  auto acquired = co_await pool.acquire();
  log += acquired ? 'f' : '-';
}
TEST_F(async_pool_test, serves_coroutines_of_other_types) {
  async_block_type kept = pool->try_acquire().value();
  ask_foreign(*pool, log);
  EXPECT_EQ(log, "");
  static_cast<void>(kept.release());
  EXPECT_EQ(log, "f");
}

TEST_F(async_pool_test, refuses_at_once_what_waiting_would_not_help) {
  const auto too_large = pool->try_allocate({65, 16});
  EXPECT_EQ(too_large.failure().code, code::refused_by_kernel);
  EXPECT_EQ(too_large.failure().kernel.code, error_code::layout_unsupported);
  async_block_type kept = pool->try_acquire().value();
  EXPECT_EQ(pool->try_allocate({0, 1}).failure().kernel.code, error_code::invalid_layout);
  EXPECT_EQ(pool->state().refused, 2U);
}

TEST_F(async_pool_test, moves_handles_and_releases_once) {
  async_block_type first = pool->try_acquire().value();
  async_block_type second(std::move(first));
  EXPECT_FALSE(first.has_value());
  EXPECT_TRUE(first.release().has_value()); // nothing to do
  EXPECT_EQ(pool->state().out, 1U);
  async_block_type& same = second;
  second = std::move(same);
  EXPECT_TRUE(second);
  second = async_block_type();
  EXPECT_EQ(pool->state().out, 0U);
  EXPECT_EQ(first.data(), nullptr);
}

// What is freed behind a handle's back is found out, and reported. [SR-ASYNC-004]
TEST(async_misuse, reports_a_double_free_and_changes_nothing) {
  test::heard_faults faults;
  async_pool_rig pool(2, faults.hook());
  async_block_type kept = pool->try_acquire().value();
  const block_grant grant{kept.data(), {64, 16}};
  ASSERT_TRUE(pool->queue().give(grant).has_value());
  EXPECT_EQ(pool->queue().give(grant).code(), error_code::double_free);
  EXPECT_EQ(kept.release().code(), error_code::double_free);
  EXPECT_EQ(faults.codes, (std::vector<error_code>{error_code::double_free, error_code::double_free}));
}

TEST(async_misuse, reports_blocks_that_are_out_when_the_pool_ends) {
  test::heard_faults faults;
  std::array<std::byte, 1024> storage{};
  local_pool_config config;
  config.storage = {storage.data(), storage.size()};
  config.block_size_bytes = 8;
  config.block_align_bytes = 8;
  config.block_count = 2;
  {
    auto pool = std::make_unique<async_pool>(config.validate().value(), faults.hook());
    async_pool::queue_type::waiter asker(nullptr, {8, 8});
    ASSERT_EQ(pool->queue().ask(asker), wait_verdict::granted);
  }
  EXPECT_EQ(faults.codes, (std::vector<error_code>{error_code::blocks_live}));
}

// The paranoid pool finds a stray write, reports it, and gives a block all the same.
TEST(async_misuse, gives_a_block_though_another_was_written_to_after_its_free) {
  test::heard_faults faults;
  async_pool_rig pool(2, faults.hook(), check_level::paranoid);
  async_block_type kept = pool->try_acquire().value();
  std::byte* const stale = kept.data();
  static_cast<void>(kept.release());
  verify::write_astray(stale);
  EXPECT_TRUE(pool->try_acquire());
  EXPECT_EQ(faults.codes, (std::vector<error_code>{error_code::written_after_free}));
}

} // namespace
} // namespace nebula::services
