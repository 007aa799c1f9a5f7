// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <atomic>
#include <thread>
#include <vector>

#include <nebula/services/async/inline_executor.hpp>
#include <nebula/services/async/thread_pool_executor.hpp>

#include "async_rig.hpp"

namespace nebula::services {
namespace {

using code = async_failure_code;

struct noted : work_item {
  noted(std::vector<int>& where, int which) : work_item(&note), notes(where), number(which) {}
  static void note(work_item& self, work_call how) noexcept {
    auto& each = static_cast<noted&>(self);
    each.notes.push_back(how == work_call::run ? each.number : -each.number);
  }
  std::vector<int>& notes;
  int number;
};

// [SR-ASYNC-008]
TEST(thread_pools, judge_their_configuration) {
  EXPECT_TRUE((thread_pool_config{0, 1}.validate()));
  EXPECT_TRUE((thread_pool_config{64, 1}.validate()));
  const auto many = thread_pool_config{65, 1}.validate();
  EXPECT_EQ(many.failure().field, async_field::thread_count);
  EXPECT_EQ(many.failure().highest, 64U);
  EXPECT_EQ((thread_pool_config{1, 0}.validate().failure().field), async_field::queue_capacity);
  thread_pool_executor refuses({65, 8});
  std::vector<int> notes;
  noted item(notes, 1);
  EXPECT_EQ(refuses.submit(item).failure().code, code::queue_full);
}

TEST(thread_pools, bound_what_is_new_and_not_what_goes_on) {
  std::vector<int> notes;
  noted one(notes, 1), two(notes, 2), three(notes, 3), four(notes, 4), five(notes, 5);
  thread_pool_executor pool({0, 2});
  EXPECT_TRUE(pool.submit(one));
  EXPECT_TRUE(pool.submit(two));
  const auto refused = pool.submit(three);
  EXPECT_EQ(refused.failure().code, code::queue_full);
  EXPECT_EQ(refused.failure().value, 2U);
  EXPECT_FALSE(pool.enqueue(four)); // no kick is due
  EXPECT_FALSE(pool.enqueue(five));
  EXPECT_EQ(pool.pending(), 4U);
  EXPECT_EQ(pool.run_pending(3), 3U);
  EXPECT_EQ(notes, (std::vector<int>{4, 5, 1})); // what goes on goes first
  EXPECT_EQ(pool.run_pending(), 1U);
}

TEST(thread_pools, take_items_back) {
  std::vector<int> notes;
  noted one(notes, 1), two(notes, 2);
  thread_pool_executor pool({0, 2});
  EXPECT_TRUE(pool.submit(one));
  EXPECT_FALSE(pool.enqueue(two));
  EXPECT_TRUE(pool.withdraw(one));
  EXPECT_TRUE(pool.withdraw(two));
  EXPECT_FALSE(pool.withdraw(two));
  EXPECT_EQ(pool.pending(), 0U);
  EXPECT_EQ(pool.run_pending(), 0U);
}

TEST(thread_pools, drain_or_refuse_at_the_end_as_they_are_told) {
  std::vector<int> notes;
  noted one(notes, 1), two(notes, 2), three(notes, 3), four(notes, 4);
  {
    thread_pool_executor pool({0, 2});
    EXPECT_TRUE(pool.submit(one));
  } // drains
  EXPECT_EQ(notes, (std::vector<int>{1}));
  {
    thread_pool_executor pool({0, 2});
    EXPECT_TRUE(pool.submit(two));
    EXPECT_FALSE(pool.enqueue(three));
    EXPECT_TRUE(pool.shutdown(shutdown_mode::refuse));
    EXPECT_EQ(notes, (std::vector<int>{1, -2}));
    EXPECT_EQ(pool.submit(four).failure().code, code::shut_down);
  } // what goes on is never refused
  EXPECT_EQ(notes, (std::vector<int>{1, -2, 3}));
}

struct counted_item : work_item {
  explicit counted_item(std::atomic<int>& where) : work_item(&count), counter(where) {}
  static void count(work_item& self, work_call /*call*/) noexcept { ++static_cast<counted_item&>(self).counter; }
  std::atomic<int>& counter;
};
TEST(thread_pools, run_everything_on_their_threads_before_they_end) {
  std::atomic<int> counter{0};
  std::vector<std::unique_ptr<counted_item>> items;
  thread_pool_executor pool({3, 1000});
  EXPECT_TRUE(pool.start_threads());
  EXPECT_TRUE(pool.start_threads()); // there are as many as there should be
  for (int each = 0; each < 1000; ++each) {
    items.push_back(std::make_unique<counted_item>(counter));
    EXPECT_TRUE(pool.submit(*items.back()));
  }
  EXPECT_TRUE(pool.shutdown(shutdown_mode::drain));
  EXPECT_EQ(counter.load(), 1000);
  EXPECT_TRUE(pool.shutdown(shutdown_mode::drain)); // again: nothing to do
}

struct ending_item : work_item {
  explicit ending_item(thread_pool_executor& which) : work_item(&end), pool(which) {}
  static void end(work_item& self, work_call /*call*/) noexcept {
    auto& each = static_cast<ending_item&>(self);
    each.answer = each.pool.shutdown(shutdown_mode::drain);
  }
  thread_pool_executor& pool;
  bool answer = true;
};
// A thread cannot wait for its own end.
TEST(thread_pools, do_not_wait_when_one_of_their_threads_shuts_them_down) {
  thread_pool_executor pool({2, 4});
  ending_item item(pool);
  EXPECT_TRUE(pool.start_threads());
  EXPECT_TRUE(pool.submit(item));
  while (pool.pending() != 0) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(pool.shutdown(shutdown_mode::drain));
  EXPECT_FALSE(item.answer);
}

/// Brings another item while it runs.
struct nesting_item : work_item {
  nesting_item(inline_executor& where, std::vector<int>& into, int count)
      : work_item(&nest), on(where), notes(into), left(count) {}
  static void nest(work_item& self, work_call /*call*/) noexcept {
    auto& each = static_cast<nesting_item&>(self);
    each.notes.push_back(each.left);
    if (--each.left != 0) {
      EXPECT_FALSE(each.on.enqueue(each));
      each.on.kick(); // nothing to do: it runs
      each.notes.push_back(0);
    }
  }
  inline_executor& on;
  std::vector<int>& notes;
  int left;
};
// [SR-ASYNC-003]
TEST(inline_executors, run_in_order_and_do_not_recurse) {
  inline_executor here;
  std::vector<int> notes;
  nesting_item item(here, notes, 3);
  EXPECT_TRUE(here.enqueue(item));
  EXPECT_TRUE(notes.empty()); // to queue is not to run
  EXPECT_EQ(here.pending(), 1U);
  here.kick();
  EXPECT_EQ(notes, (std::vector<int>{3, 0, 2, 0, 1}));
}

TEST(inline_executors, take_items_back_until_they_run) {
  inline_executor here;
  std::vector<int> notes;
  noted item(notes, 1);
  EXPECT_TRUE(here.enqueue(item));
  EXPECT_TRUE(here.withdraw(item));
  EXPECT_FALSE(here.withdraw(item));
  here.kick();
  EXPECT_TRUE(notes.empty());
  EXPECT_TRUE(here.submit(item));
  EXPECT_EQ(notes, (std::vector<int>{1}));
}

} // namespace
} // namespace nebula::services
