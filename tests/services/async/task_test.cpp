// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <coroutine>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "async_rig.hpp"

namespace nebula::services {
namespace {

using test::frame_rig;
using code = async_failure_code;

task<int> add(frame_pool& /*frames*/, int left, int right) { co_return left + right; }
task<int> add_up(frame_pool& frames, int count) {
  int sum = 0;
  for (int each = 0; each < count; ++each) {
    task<int> next = add(frames, sum, 1);
    const async_outcome<int> got = co_await std::move(next);
    sum = got.value();
  }
  co_return sum;
}
task<std::unique_ptr<int>> make_owner(frame_pool& /*frames*/) { co_return std::make_unique<int>(7); }
task<int> fail(frame_pool& /*frames*/, const char* what = "of the program") {
  if (what != nullptr) {
    throw std::runtime_error(what);
  }
  co_return 0;
}
task<int> fail_through(frame_pool& frames) {
  task<int> next = fail(frames);
  const async_outcome<int> never = co_await std::move(next);
  co_return never.value();
}
task<code> code_of_child(frame_pool& frames, frame_pool& others) {
  task<int> child = add(others, 1, 1);
  const async_outcome<int> got = co_await child;
  static_cast<void>(frames);
  co_return got.failure().code;
}

// [SR-ASYNC-013]
TEST(tasks, begin_when_they_are_run_and_give_their_value) {
  frame_rig frames;
  inline_executor here;
  EXPECT_EQ(block_on(add(*frames, 2, 3), here).value(), 5);
  auto owner = block_on(make_owner(*frames), here);
  EXPECT_EQ(*owner.value(), 7);
}

// [SR-ASYNC-013]
TEST(tasks, take_no_stack_however_many_follow_each_other) {
  constexpr int count = 200'000;
  frame_rig frames;
  inline_executor here;
  EXPECT_EQ(block_on(add_up(*frames, count), here).value(), count);
  EXPECT_EQ(frames->state().peak_bytes, 2 * frames->state().capacity_bytes / 64);
}

TEST(tasks, pass_a_programs_exception_on_to_whoever_awaits) {
  frame_rig frames;
  inline_executor here;
  EXPECT_THROW(static_cast<void>(block_on(fail_through(*frames), here)), std::runtime_error);
  EXPECT_THROW(static_cast<void>(block_on(fail(*frames), here)), std::runtime_error);
}

// [SR-ASYNC-012]
TEST(tasks, fail_without_a_frame_and_never_ask_the_heap) {
  frame_rig none(1, 16);
  frame_rig frames;
  inline_executor here;
  const async_outcome<int> got = block_on(add(*none, 1, 1), here);
  EXPECT_EQ(got.failure().code, code::no_frame);
  EXPECT_EQ(none->refused(), 1U);
  EXPECT_GT(none->largest_frame_bytes(), 16U);
  EXPECT_EQ(block_on(code_of_child(*frames, *none), here).value(), code::no_frame);
  task<int> failed = add(*none, 1, 1);
  EXPECT_FALSE(failed);
  EXPECT_EQ(failed.failure().code, code::no_frame);
  EXPECT_EQ(frames->refused(), 0U);
}

TEST(tasks, fail_when_all_frames_are_taken_and_succeed_when_one_is_back) {
  frame_rig frames(1);
  inline_executor here;
  {
    task<int> first = add(*frames, 1, 1);
    EXPECT_EQ(add(*frames, 1, 1).failure().code, code::no_frame);
    EXPECT_EQ(frames->state().live_blocks, 1U);
  } // never begun, and freed
  EXPECT_EQ(block_on(add(*frames, 1, 1), here).value(), 2);
}

TEST(tasks, can_be_moved_and_say_when_they_are_empty) {
  frame_rig frames;
  inline_executor here;
  task<int> first = add(*frames, 1, 1);
  task<int> second(std::move(first));
  EXPECT_EQ(block_on(first, here).failure().code, code::no_task);
  first = std::move(second);
  EXPECT_TRUE(first.has_value());
  EXPECT_EQ(first.failure().code, code::none);
  first.on(here);
  EXPECT_EQ(block_on(first, here).value(), 2);
  task<int> empty;
  EXPECT_EQ(empty.failure().code, code::no_task);
  empty.on(here);
}

// What a task has come to is given once.
TEST(tasks, do_not_begin_again_after_their_end) {
  frame_rig frames;
  inline_executor here;
  task<int> once = add(*frames, 1, 1);
  EXPECT_EQ(block_on(once, here).value(), 2);
  EXPECT_EQ(block_on(once, here).failure().code, code::no_task);
  EXPECT_EQ(once.result().failure().code, code::no_task);
}

task<void> wait_there(frame_pool& /*frames*/, async_pool& pool) { auto acquired = co_await pool.acquire(); }
task<void> wait_here(frame_pool& frames, async_pool& pool, executor& there, std::string& log) {
  task<void> elsewhere = wait_there(frames, pool);
  elsewhere.on(there);
  static_cast<void>(co_await elsewhere);
  log += "back";
}
// [SR-ASYNC-013]
TEST(tasks, go_on_where_they_belong_after_awaiting_one_of_elsewhere) {
  frame_rig frames;
  test::async_pool_rig pool(1);
  thread_pool_executor here({0, 4});
  thread_pool_executor there({0, 4});
  task_group group;
  std::string log;
  test::async_block_type kept = pool->try_acquire().value();
  ASSERT_TRUE(group.start(wait_here(*frames, *pool, there, log), here));
  EXPECT_EQ(here.run_pending(), 1U);
  static_cast<void>(kept.release());
  EXPECT_EQ(there.run_pending(), 1U);
  EXPECT_EQ(log, "");
  EXPECT_EQ(here.run_pending(), 1U);
  EXPECT_EQ(log, "back");
  group.wait();
  // destroyed before it goes back: nobody resumes it
  kept = pool->try_acquire().value();
  {
    task<void> dropped = wait_here(*frames, *pool, there, log);
    dropped.on(here);
    const std::coroutine_handle<> frame = dropped.let_go();
    frame.resume();
    static_cast<void>(kept.release());
    EXPECT_EQ(there.run_pending(), 1U);
    EXPECT_EQ(here.pending(), 1U);
    frame.destroy();
  }
  EXPECT_EQ(here.pending(), 0U);
  EXPECT_EQ(log, "back");
}

struct adder {
  int base;
  task<int> add(frame_pool& /*frames*/, int more) { co_return base + more; }
};
TEST(tasks, take_the_frame_pool_as_the_second_parameter_of_members_and_lambdas) {
  frame_rig frames;
  inline_executor here;
  adder five{5};
  EXPECT_EQ(block_on(five.add(*frames, 2), here).value(), 7);
  const auto lambda = [](frame_pool& /*frames*/, int value) -> task<int> { co_return value; };
  EXPECT_EQ(block_on(lambda(*frames, 3), here).value(), 3);
}

// A coroutine that names no frame pool has no operator new to call.
template <class Promise, class... Arguments>
concept allocates_from = requires(Arguments&... arguments) { Promise::operator new(std::size_t{1}, arguments...); };
static_assert(allocates_from<task<int>::promise_type, frame_pool>);
static_assert(allocates_from<task<int>::promise_type, frame_pool, int>);
static_assert(allocates_from<task<int>::promise_type, adder, frame_pool, int>);
static_assert(!allocates_from<task<int>::promise_type>);
static_assert(!allocates_from<task<int>::promise_type, int>);
static_assert(!allocates_from<task<int>::promise_type, int, int, frame_pool>);

/// An owner whose every construction and destruction is counted.
struct counted {
  counted() { ++alive; }
  counted(const counted&) { ++alive; }
  counted(counted&&) noexcept { ++alive; }
  counted& operator=(const counted&) = delete;
  counted& operator=(counted&&) = delete;
  ~counted() { --alive; }
  static inline int alive = 0;
};
task<counted> pass(frame_pool& /*frames*/, counted given) { co_return given; }
task<void> pass_on(frame_pool& frames) {
  for (int round = 0; round < 3; ++round) {
    task<counted> next = pass(frames, counted());
    const async_outcome<counted> got = co_await std::move(next);
    EXPECT_TRUE(got);
  }
}
TEST(tasks, destroy_parameters_values_and_locals_once) {
  frame_rig frames;
  inline_executor here;
  EXPECT_TRUE(block_on(pass_on(*frames), here));
  EXPECT_EQ(counted::alive, 0);
  {
    task<counted> dropped = pass(*frames, counted());
  }
  EXPECT_EQ(counted::alive, 0);
}

TEST(frame_pools, judge_their_configuration) {
  EXPECT_FALSE(frame_pool::config({}, 64, 4).validate().has_value());
  EXPECT_FALSE(frame_pool::config({}, 0, 4).validate().has_value());
  EXPECT_FALSE(frame_pool::storage_bytes(SIZE_MAX - 1, 1).has_value());
  EXPECT_FALSE(frame_pool::storage_bytes(0, 1).has_value());
  EXPECT_TRUE(frame_pool::storage_bytes(64, 1).has_value());
}

TEST(frame_pools, report_frames_that_are_live_when_they_end) {
  std::array<std::byte, 4096> storage{};
  test::heard_faults faults;
  {
    pool_config config = frame_pool::config({storage.data(), storage.size()}, 512, 2);
    config.hook = faults.hook();
    frame_pool frames(config.validate().value());
    EXPECT_NE(frames.allocate(64), nullptr);
  }
  EXPECT_EQ(faults.codes, (std::vector<error_code>{error_code::blocks_live}));
}

} // namespace
} // namespace nebula::services
