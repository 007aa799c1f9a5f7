// SPDX-License-Identifier: Apache-2.0 OR MIT
// What coroutines do with a compute cache; threads have a file of their own.
#include <coroutine>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>

#include "compute_rig.hpp"

namespace nebula::services {
namespace {

using test::compute_rig;
using test::frame_rig;
using test::tiny_store;
using code = compute_failure_code;
using store_type = tiny_store<int, std::string>;
using layers_type = stored<int, std::string, store_type>;

/// A gate at which a computation waits: a pool of one block.
class compute_async_test : public ::testing::Test {
protected:
  void TearDown() override { cache->shutdown(); } // nobody waits when the group ends, whatever has failed
  [[nodiscard]] task<computed<std::string>> compute(frame_pool& /*frames*/, int key) {
    ++begun;
    auto passed = co_await gate->acquire();
    ++ended;
    if (throws) {
      throw std::runtime_error("computation");
    }
    if (!passed) {
      co_return computation_failed(1);
    }
    co_return std::to_string(key);
  }
  [[nodiscard]] task<void> ask(frame_pool& frame_source, int key, char letter, std::stop_token stop = {}) {
    auto asking = cache->get_or_compute_async(
        frame_source, key, [this](int wanted) { return compute(*frames, wanted); }, std::move(stop));
    auto got = co_await std::move(asking);
    log += letter;
    if (!got) {
      log += name(got.failure().code);
    } else {
      log += got.value() ? got.value().value() : std::string(name(got.value().failure().code));
    }
  }
  void start(int key, char letter, std::stop_token stop = {}) {
    ASSERT_TRUE(group.start(ask(*frames, key, letter, std::move(stop)), here));
  }
  store_type store;
  frame_rig frames;
  test::async_pool_rig gate{1};
  compute_rig<layers_type> cache{2, layers_type(store)};
  inline_executor here;
  task_group group;
  std::string log;
  int begun = 0;
  int ended = 0;
  bool throws = false;
  test::async_block_type closed = gate->try_acquire().value();
};

// [SR-COMPUTE-007]
TEST_F(compute_async_test, suspends_all_but_one_who_ask_for_a_key) {
  start(1, 'a');
  start(1, 'b');
  start(1, 'c');
  EXPECT_EQ(begun, 1);
  EXPECT_EQ(cache->state().waiting, 2U);
  EXPECT_EQ(log, "");
  static_cast<void>(closed.release());
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(log.size(), 6U);
  EXPECT_NE(log.find("a1"), std::string::npos);
  EXPECT_NE(log.find("b1c1"), std::string::npos);
}

// Whatever executor each has. [SR-COMPUTE-002]
TEST_F(compute_async_test, tells_all_who_wait_each_on_its_own_executor) {
  thread_pool_executor one({0, 8});
  thread_pool_executor two({0, 8});
  start(1, 'a');
  task<void> first = ask(*frames, 1, 'x');
  task<void> second = ask(*frames, 1, 'y');
  first.on(one);
  second.on(two);
  const std::coroutine_handle<> frames_of_both[] = {first.let_go(), second.let_go()};
  for (const std::coroutine_handle<> each : frames_of_both) {
    each.resume();
  }
  static_cast<void>(closed.release());
  EXPECT_EQ(one.run_pending(), 1U);
  EXPECT_EQ(two.run_pending(), 1U);
  EXPECT_EQ(log, "a1x1y1");
  for (const std::coroutine_handle<> each : frames_of_both) {
    each.destroy(); // at its end
  }
}

TEST_F(compute_async_test, lets_one_who_waits_be_cancelled) {
  std::stop_source source;
  start(1, 'a');
  start(1, 'b', source.get_token());
  source.request_stop();
  EXPECT_EQ(log, "bcancelled");
  start(1, 'c', source.get_token()); // requested before
  EXPECT_EQ(log, "bcancelledccancelled");
  static_cast<void>(closed.release());
  EXPECT_EQ(log, "bcancelledccancelleda1");
  EXPECT_EQ(cache->state().cancelled, 2U);
}

TEST_F(compute_async_test, elects_another_when_the_leader_is_destroyed) {
  task<void> dropped = ask(*frames, 1, 'x');
  const std::coroutine_handle<> frame = dropped.let_go();
  frame.resume();
  start(1, 'b');
  start(1, 'c');
  EXPECT_EQ(begun, 1);
  frame.destroy();
  EXPECT_EQ(begun, 2);
  EXPECT_EQ(log, "");
  static_cast<void>(closed.release());
  EXPECT_EQ(log, "b1c1");
  EXPECT_EQ(cache->state().elected, 1U);
}

TEST_F(compute_async_test, lets_one_who_waits_be_destroyed) {
  start(1, 'a');
  task<void> dropped = ask(*frames, 1, 'x');
  const std::coroutine_handle<> frame = dropped.let_go();
  frame.resume();
  start(1, 'c');
  frame.destroy();
  EXPECT_EQ(cache->state().waiting, 1U);
  static_cast<void>(closed.release());
  EXPECT_EQ(log, "a1c1");
}

/// Destroyed after it was told, and before its executor came to it: as a follower, and as the leader that it had become.
TEST_F(compute_async_test, lets_one_who_was_told_be_destroyed) {
  for (const bool is_leader_destroyed : {false, true}) {
    store.forget(1);
    log.clear();
    thread_pool_executor later({0, 8});
    task<void> leading = ask(*frames, 1, 'a');
    const std::coroutine_handle<> leader = leading.let_go();
    leader.resume();
    task<void> dropped = ask(*frames, 1, 'x');
    dropped.on(later);
    const std::coroutine_handle<> frame = dropped.let_go();
    frame.resume();
    start(1, 'c');
    if (is_leader_destroyed) {
      leader.destroy(); // x is to lead, and has not heard of it
      EXPECT_EQ(later.pending(), 1U);
      frame.destroy(); // c leads
      static_cast<void>(closed.release());
      EXPECT_EQ(log, "c1");
    } else {
      static_cast<void>(closed.release());
      EXPECT_EQ(later.pending(), 1U);
      frame.destroy();
      leader.destroy(); // at its end
      EXPECT_EQ(log, "c1a1");
    }
    EXPECT_EQ(later.pending(), 0U);
    EXPECT_EQ(cache->state().flights, 0U);
    closed = gate->try_acquire().value();
  }
}

TEST_F(compute_async_test, passes_exceptions_on_and_elects_another) {
  throws = true;
  start(1, 'a');
  start(1, 'b');
  static_cast<void>(closed.release());
  EXPECT_THROW(group.wait(), std::runtime_error);
  EXPECT_EQ(begun, 2);
  EXPECT_EQ(log, "");
  throws = false;
  start(1, 'c');
  EXPECT_EQ(log, "c1");
}

TEST_F(compute_async_test, fails_without_a_frame_and_lets_another_one_compute) {
  frame_rig none(1, 16);
  EXPECT_EQ(ask(*none, 1, 'a').failure().code, async_failure_code::no_frame);
  start(1, 'b');
  static_cast<void>(closed.release());
  EXPECT_EQ(log, "b1");
  // its own coroutine has a frame, the function's has none
  auto asking = cache->get_or_compute_async(*frames, 2, [&none, this](int wanted) { return compute(*none, wanted); });
  const auto got = block_on(asking, here);
  EXPECT_EQ(got.value().failure().code, code::no_frame);
  EXPECT_EQ(cache->state().abandoned, 1U);
}

TEST_F(compute_async_test, wakes_coroutines_when_it_is_shut_down) {
  start(1, 'a');
  start(1, 'b');
  cache->shutdown();
  EXPECT_EQ(log, "bshut_down");
  static_cast<void>(closed.release());
  EXPECT_EQ(log, "bshut_downa1");
}

} // namespace
} // namespace nebula::services
