// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <thread>
#include <vector>

#include "metadata_access.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

/// A hook that keeps what it is told.
struct event_log {
  std::vector<allocation_event> events{};

  static void record(void* context, const allocation_event& event) {
    static_cast<event_log*>(context)->events.push_back(event);
  }
  [[nodiscard]] std::vector<event_kind> kinds() const {
    std::vector<event_kind> all;
    for (const allocation_event& each : events) {
      all.push_back(each.kind);
    }
    return all;
  }
  [[nodiscard]] std::size_t count(event_kind kind) const {
    std::size_t found = 0;
    for (const allocation_event& each : events) {
      found += each.kind == kind ? 1U : 0U;
    }
    return found;
  }
};
using kinds = std::vector<event_kind>;
using inner_stack = static_stack<512>;
using inner_pool = static_pool<block_of_48, 4>;

struct stack_rig {
  event_log log{};
  fault_log faults{};
  inner_stack inner{faults.hook()};
  observed<inner_stack, plain_atomics> outer{inner, local_observer_config{&event_log::record, &log}.validate().value()};
};

// SR-ADAPT-003
TEST(observed, tells_of_each_call_what_it_was_and_what_came_of_it) {
  stack_rig made;
  std::byte* const block = made.outer.allocate({10, 2}).value();
  ASSERT_EQ(made.log.events.size(), 1U);
  const allocation_event first = made.log.events[0];
  EXPECT_EQ(first.kind, event_kind::allocate);
  EXPECT_EQ(first.during, nebula::operation::allocate);
  EXPECT_EQ(first.request, (layout{10, 2}));
  EXPECT_EQ(first.block, block);
  EXPECT_EQ(first.used_bytes, 10U);
  EXPECT_EQ(first.capacity_bytes, made.inner.state().capacity_bytes);
  EXPECT_EQ(first.failure.code, error_code::none);
  const marker point = made.outer.mark().value();
  EXPECT_TRUE(failed_with(made.outer.allocate({600, 1}), error_code::layout_unsupported));
  EXPECT_TRUE(failed_with(made.outer.deallocate(block + 1, {10, 2}), error_code::misaligned_pointer));
  EXPECT_TRUE(succeeded(made.outer.restore(point)));
  EXPECT_TRUE(failed_with(made.outer.restore(point), error_code::spent_marker));
  EXPECT_TRUE(succeeded(made.outer.deallocate(block, {10, 2})));
  EXPECT_TRUE(succeeded(made.outer.reset()));
  EXPECT_EQ(made.log.kinds(),
            (kinds{event_kind::allocate, event_kind::mark, event_kind::refuse, event_kind::misuse, event_kind::restore,
                   event_kind::misuse, event_kind::deallocate, event_kind::reset}));
  EXPECT_EQ(made.log.events[2].failure,
            (error{error_code::layout_unsupported, nebula::operation::allocate, component::stack_allocator}));
  EXPECT_EQ(made.log.events[3].block, block + 1);
  EXPECT_EQ(made.log.events[6].used_bytes, 0U);
  EXPECT_EQ(made.outer.mark_count(), 0U);
  EXPECT_TRUE(made.outer.owns(block));
  EXPECT_EQ(made.outer.state().failures, made.inner.state().failures);
}

// SR-ADAPT-003
TEST(observed, tells_of_handles_and_frees_without_a_layout_where_there_are_such) {
  event_log log;
  inner_pool inner;
  observed<inner_pool> outer(inner, observer_config{&event_log::record, &log}.validate().value());
  std::byte* const first = outer.allocate({48, 16}).value();
  std::byte* const second = outer.try_allocate({1, 1}, 5).value();
  const block_handle handle = outer.handle_of(first).value();
  EXPECT_EQ(outer.resolve(handle).value(), first);
  EXPECT_TRUE(succeeded(outer.deallocate(handle)));
  EXPECT_TRUE(failed_with(outer.resolve(handle), error_code::stale_handle));
  EXPECT_TRUE(failed_with(outer.handle_of(first), error_code::double_free));
  EXPECT_TRUE(succeeded(outer.deallocate(second)));
  EXPECT_EQ(log.kinds(), (kinds{event_kind::allocate, event_kind::allocate, event_kind::deallocate, event_kind::misuse,
                                event_kind::misuse, event_kind::deallocate}));
}

// SR-ADAPT-003
TEST(observed, says_once_that_the_capacity_is_near_until_it_was_not) {
  event_log log;
  inner_pool inner;
  observed<inner_pool> outer(inner, observer_config{&event_log::record, &log, 50}.validate().value());
  std::vector<std::byte*> held;
  for (int round = 0; round < 2; ++round) {
    held.push_back(outer.allocate({48, 16}).value());
    held.push_back(outer.allocate({48, 16}).value());
    EXPECT_EQ(log.count(event_kind::near_capacity), static_cast<std::size_t>(round)) << "half is not above half";
    held.push_back(outer.allocate({48, 16}).value());
    EXPECT_EQ(log.events.back().kind, event_kind::near_capacity);
    EXPECT_EQ(log.events.back().used_bytes, 144U);
    held.push_back(outer.allocate({48, 16}).value());
    EXPECT_TRUE(failed_with(outer.allocate({48, 16}), error_code::exhausted));
    EXPECT_TRUE(succeeded(outer.deallocate(held.back())));
    held.pop_back();
    EXPECT_EQ(log.count(event_kind::near_capacity), static_cast<std::size_t>(round) + 1);
    while (!held.empty()) {
      EXPECT_TRUE(succeeded(outer.deallocate(held.back())));
      held.pop_back();
    }
  }
  EXPECT_TRUE(observer_config{}.validate().has_value());
  const error wrong = observer_config{nullptr, nullptr, 101}.validate().error();
  EXPECT_EQ(wrong, (error{error_code::invalid_configuration, nebula::operation::configure, component::observed,
                          configuration_field::high_percent}));
}

TEST(observed, tells_of_corruption_whoever_finds_it) {
  stack_rig made;
  audit_cursor cursor;
  EXPECT_TRUE(succeeded(made.outer.audit(cursor, 1)));
  EXPECT_TRUE(succeeded(made.outer.check_invariants()));
  EXPECT_TRUE(made.log.events.empty());
  metadata_access::peak(made.inner) = 10000;
  EXPECT_TRUE(failed_with(made.outer.check_invariants(), error_code::corrupted));
  EXPECT_TRUE(failed_with(made.outer.audit(cursor, 1), error_code::corrupted));
  EXPECT_TRUE(failed_with(made.outer.allocate({1, 1}), error_code::corrupted));
  EXPECT_EQ(made.log.kinds(), (kinds{event_kind::corrupt, event_kind::corrupt, event_kind::corrupt}));
}

TEST(observed, without_a_hook_is_the_allocator) {
  inner_pool inner;
  observed<inner_pool> outer(inner, observer_config{}.validate().value());
  std::byte* const block = outer.allocate({48, 16}).value();
  EXPECT_TRUE(inner.owns(block));
  EXPECT_TRUE(succeeded(outer.deallocate(block, {48, 16})));
  EXPECT_EQ(outer.dropped_events(), 0U);
}

// --- hooks that call back

/// Allocates from the allocator that it observes, at each allocation.
template <class Observed>
struct nosy {
  Observed* of = nullptr;
  std::size_t calls = 0;
  std::size_t deepest = 0;
  std::size_t inside = 0;
  bool round_about = false; ///< by unobserved()

  static void look(void* context, const allocation_event& event) {
    auto& self = *static_cast<nosy*>(context);
    ++self.calls;
    ++self.inside;
    self.deepest = self.inside > self.deepest ? self.inside : self.deepest;
    if (event.kind == event_kind::allocate) {
      std::byte* const block =
          self.round_about ? self.of->unobserved().allocate({1, 1}).value() : self.of->allocate({1, 1}).value();
      EXPECT_NE(block, nullptr);
    }
    --self.inside;
  }
};

// SR-ADAPT-004
TEST(observed, a_hook_that_calls_back_is_served_and_causes_no_event) {
  using observed_bump = observed<static_bump<256>, plain_atomics>;
  static_bump<256> inner;
  nosy<observed_bump> hook;
  observed_bump outer(inner, local_observer_config{&nosy<observed_bump>::look, &hook}.validate().value());
  hook.of = &outer;
  ASSERT_TRUE(succeeded(outer.allocate({1, 1})));
  EXPECT_EQ(inner.state().live_blocks, 2U);
  EXPECT_EQ(hook.calls, 1U);
  EXPECT_EQ(outer.dropped_events(), 1U);
  ASSERT_TRUE(succeeded(outer.allocate({1, 1}))) << "and the next call causes one again";
  EXPECT_EQ(hook.calls, 2U);
  hook.round_about = true;
  ASSERT_TRUE(succeeded(outer.allocate({1, 1})));
  EXPECT_EQ(hook.calls, 3U);
  EXPECT_EQ(outer.dropped_events(), 2U) << "by the back door there is nothing to drop";
}

// SR-ADAPT-003 SR-ADAPT-004
TEST(observed, a_threshold_that_the_hooks_own_call_crosses_is_told_with_the_next_call) {
  struct filling {
    observed<static_bump<256>, plain_atomics>* outer = nullptr;
    std::size_t near_events = 0;
    bool is_filled = false;

    static void hear(void* context, const allocation_event& event) {
      auto& self = *static_cast<filling*>(context);
      self.near_events += event.kind == event_kind::near_capacity ? 1U : 0U;
      if (!self.is_filled) {
        self.is_filled = true;
        EXPECT_TRUE(self.outer->allocate({200, 1}).has_value());
      }
    }
  };
  filling hook;
  static_bump<256> inner;
  observed<static_bump<256>, plain_atomics> outer(inner,
                                                  local_observer_config{&filling::hear, &hook, 50}.validate().value());
  hook.outer = &outer;
  ASSERT_TRUE(succeeded(outer.allocate({1, 1})));
  EXPECT_EQ(hook.near_events, 0U);
  ASSERT_TRUE(succeeded(outer.allocate({1, 1})));
  EXPECT_EQ(hook.near_events, 1U) << "and not lost";
}

// SR-ADAPT-004
TEST(observed, a_hook_of_a_shared_allocator_that_calls_back_comes_to_an_end) {
  using observed_bump = observed<static_bump<256>>;
  static_bump<256> inner;
  nosy<observed_bump> hook;
  const observer_config config{&nosy<observed_bump>::look, &hook, 100, 5};
  observed_bump outer(inner, config.validate().value());
  hook.of = &outer;
  ASSERT_TRUE(succeeded(outer.allocate({1, 1})));
  EXPECT_EQ(hook.deepest, 5U);
  EXPECT_EQ(inner.state().live_blocks, 6U);
  EXPECT_EQ(outer.dropped_events(), 1U);
}

// SR-ADAPT-003
TEST(observed, threads_lose_no_event_to_each_other) {
  static static_pool<block_of_48, 8> pool;
  std::atomic<std::size_t> told{0};
  const observer_config config{
      [](void* context, const allocation_event&) { static_cast<std::atomic<std::size_t>*>(context)->fetch_add(1); },
      &told, 100};
  observed<static_pool<block_of_48, 8>> outer(pool, config.validate().value());
  std::vector<std::thread> threads;
  for (int self = 0; self < 4; ++self) {
    threads.emplace_back([&] {
      for (int round = 0; round < 3000; ++round) {
        std::byte* const block = outer.allocate({48, 16}).value();
        EXPECT_TRUE(outer.deallocate(block).has_value());
      }
    });
  }
  for (std::thread& each : threads) {
    each.join();
  }
  EXPECT_EQ(told.load(), 24000U);
  EXPECT_EQ(outer.dropped_events(), 0U);
}

TEST(observed, can_stand_behind_a_budget) {
  event_log log;
  inner_pool inner;
  observed<inner_pool> watched(inner, observer_config{&event_log::record, &log}.validate().value());
  budget limit(budget_config{100}.validate().value());
  budgeted<observed<inner_pool>> outer(watched, limit);
  std::byte* const block = outer.allocate({1, 1}).value();
  EXPECT_EQ(limit.state().used_bytes, 48U) << "by the pool's stride, not by a measure that other threads can spoil";
  EXPECT_TRUE(succeeded(outer.deallocate(block)));
  EXPECT_EQ(log.kinds(), (kinds{event_kind::allocate, event_kind::deallocate}));

  storage<4096> bytes;
  static constexpr size_class classes[] = {{8, 8, 1}, {24, 8, 2}};
  segregated_allocator pools(segregated_config{bytes.span(), classes, 2, 1}.validate().value());
  observed<segregated_allocator> watched_pools(pools, observer_config{}.validate().value());
  budgeted<observed<segregated_allocator>> charged_pools(watched_pools, limit);
  std::byte* const small = charged_pools.allocate({5, 1}).value();
  EXPECT_EQ(limit.state().used_bytes, 8U);
  EXPECT_TRUE(succeeded(charged_pools.deallocate(small)));
}

} // namespace
