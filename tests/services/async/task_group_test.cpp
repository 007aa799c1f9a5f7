// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "async_rig.hpp"

namespace nebula::services {
namespace {

using test::async_pool_rig;
using test::frame_rig;
using code = async_failure_code;

task<void> count_up(frame_pool& /*frames*/, int& count) {
  ++count;
  co_return;
}
task<void> fail(frame_pool& /*frames*/, const char* what) {
  if (what != nullptr) {
    throw std::runtime_error(what);
  }
  co_return;
}

// [SR-ASYNC-014]
TEST(task_groups, run_tasks_and_free_each_frame_at_its_end) {
  frame_rig frames(1);
  inline_executor here;
  task_group group;
  int count = 0;
  for (int each = 0; each < 100; ++each) {
    EXPECT_TRUE(group.start(count_up(*frames, count), here));
  }
  group.wait();
  EXPECT_EQ(count, 100);
  EXPECT_EQ(group.live(), 0U);
}

TEST(task_groups, throw_the_first_exception_once_and_keep_working) {
  frame_rig frames;
  inline_executor here;
  task_group group;
  EXPECT_TRUE(group.start(fail(*frames, "first"), here));
  EXPECT_TRUE(group.start(fail(*frames, "second"), here));
  try {
    group.wait();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const std::runtime_error& thrown) {
    EXPECT_STREQ(thrown.what(), "first");
  }
  group.wait();
}

TEST(task_groups, say_why_a_task_cannot_be_started_and_leave_it_to_its_owner) {
  frame_rig frames;
  frame_rig none(1, 16);
  inline_executor here;
  task_group group;
  int count = 0;
  EXPECT_EQ(group.start(count_up(*none, count), here).failure().code, code::no_frame);
  EXPECT_EQ(group.start(task<void>(), here).failure().code, code::no_task);
  thread_pool_executor full({0, 1});
  EXPECT_TRUE(group.start(count_up(*frames, count), full));
  task<void> second = count_up(*frames, count);
  EXPECT_EQ(group.start(std::move(second), full).failure().code, code::queue_full);
  EXPECT_TRUE(second.has_value()); // still its owner's
  EXPECT_EQ(group.live(), 1U);
  full.run_pending();
  EXPECT_TRUE(group.start(std::move(second), full));
  EXPECT_FALSE(second.has_value());
  full.run_pending();
  EXPECT_EQ(count, 2);
  EXPECT_EQ(group.live(), 0U);
}

task<void> wait_once(frame_pool& /*frames*/, async_pool& pool, int& count) {
  auto acquired = co_await pool.acquire();
  count += acquired ? 1 : 0;
}
task<void> await_it(frame_pool& /*frames*/, task<void>& refused, int& count) {
  static_cast<void>(co_await refused);
  ++count;
}
// Refused, it can be awaited, or started elsewhere, where it goes on, too. [SR-ASYNC-014]
TEST(task_groups, leave_a_task_that_was_refused_as_it_was) {
  frame_rig frames;
  async_pool_rig pool(1);
  inline_executor here;
  task_group group;
  int count = 0;
  {
    thread_pool_executor closed({0, 1});
    closed.shutdown(shutdown_mode::drain);
    task<void> first = wait_once(*frames, *pool, count);
    task<void> second = wait_once(*frames, *pool, count);
    EXPECT_FALSE(group.start(std::move(first), closed));
    EXPECT_FALSE(group.start(std::move(second), closed));
    test::async_block_type kept = pool->try_acquire().value();
    EXPECT_TRUE(group.start(std::move(second), here));
    EXPECT_TRUE(group.start(await_it(*frames, first, count), here));
    static_cast<void>(kept.release());
    EXPECT_EQ(closed.pending(), 0U);
    EXPECT_EQ(count, 3);
    static_cast<void>(closed.run_pending());
    group.wait();
  }
  EXPECT_EQ(group.live(), 0U);
}

TEST(task_groups, hear_of_tasks_that_a_shutdown_refused) {
  frame_rig frames;
  task_group group;
  int count = 0;
  thread_pool_executor later({0, 4});
  EXPECT_TRUE(group.start(count_up(*frames, count), later));
  EXPECT_TRUE(group.start(count_up(*frames, count), later));
  EXPECT_TRUE(later.shutdown(shutdown_mode::refuse));
  EXPECT_EQ(group.refused(), 2U);
  EXPECT_EQ(count, 0);
  EXPECT_EQ(group.start(count_up(*frames, count), later).failure().code, code::shut_down);
  group.wait();
}

task<int> value(frame_pool& /*frames*/) { co_return 1; }
TEST(blocking, says_that_the_executor_refuses) {
  frame_rig frames;
  thread_pool_executor closed({0, 4});
  closed.shutdown(shutdown_mode::drain);
  EXPECT_EQ(block_on(value(*frames), closed).failure().code, code::shut_down);
}
TEST(blocking, says_that_the_executor_was_shut_down_before_the_task_began) {
  frame_rig frames;
  thread_pool_executor later({0, 4});
  std::thread ending([&] {
    while (later.pending() == 0) {
      std::this_thread::yield();
    }
    later.shutdown(shutdown_mode::refuse);
  });
  EXPECT_EQ(block_on(value(*frames), later).failure().code, code::shut_down);
  ending.join();
}

#if GTEST_HAS_DEATH_TEST && !defined(_WIN32)
using task_groups_death = ::testing::Test;
TEST_F(task_groups_death, trap_when_they_end_with_a_live_task) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        frame_rig frames;
        int count = 0;
        thread_pool_executor later({0, 1});
        task_group group;
        static_cast<void>(group.start(count_up(*frames, count), later));
        group.~task_group();
        std::_Exit(0); // it did not
      },
      "");
}
#endif

} // namespace
} // namespace nebula::services
