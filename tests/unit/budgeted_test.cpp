// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <array>
#include <cstddef>
#include <limits>
#include <thread>
#include <vector>

#include "metadata_access.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

/// An allocator of a test's own making behind a budget of 100 bytes.
template <class Allocator>
struct rig_of {
  fault_log log{};
  budget limit{budget_config{100, 0, nullptr, 70, 90, log.hook()}.validate().value()};
  Allocator inner{};
  budgeted<Allocator> outer{inner, limit, log.hook()};

  rig_of() = default;
  rig_of(const rig_of&) = delete;
  rig_of& operator=(const rig_of&) = delete;
  ~rig_of() {
    const std::size_t left = limit.state().own_bytes;
    EXPECT_TRUE(left == 0 || limit.release(left).has_value());
  }
  [[nodiscard]] std::size_t charged() const { return limit.state().used_bytes; }
  [[nodiscard]] bool is_exact() const {
    return charged() == inner.state().used_bytes && outer.check_invariants().has_value();
  }
};
struct bump_rig : rig_of<static_bump<256>> {};
struct stack_rig : rig_of<static_stack<512>> {};
using inner_pool = static_pool<block_of_48, 4>;

// SR-ADAPT-001
TEST(budgeted, a_block_is_charged_with_its_padding_and_given_back_with_it) {
  stack_rig made;
  std::byte* const first = made.outer.allocate({10, 1}).value();
  EXPECT_EQ(made.charged(), 10U);
  std::byte* const second = made.outer.allocate({20, 16}).value();
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(made.charged(), 10U + padding_bytes(reinterpret_cast<std::uintptr_t>(first) + 10, 16) + 20U);
  EXPECT_TRUE(made.is_exact());
  EXPECT_TRUE(succeeded(made.outer.deallocate(second, {20, 16})));
  EXPECT_EQ(made.charged(), 10U);
  EXPECT_TRUE(succeeded(made.outer.deallocate(first, {10, 1})));
  EXPECT_TRUE(made.is_exact());
  EXPECT_EQ(made.charged(), 0U);
}

// SR-ADAPT-001
TEST(budgeted, what_restoring_and_resetting_give_back_is_released_to_the_byte) {
  bump_rig made;
  ASSERT_TRUE(succeeded(made.outer.allocate({3, 1})));
  const marker point = made.outer.mark().value();
  ASSERT_TRUE(succeeded(made.outer.allocate({5, 8})));
  ASSERT_TRUE(succeeded(made.outer.allocate({7, 4})));
  EXPECT_TRUE(made.is_exact());
  EXPECT_EQ(made.outer.mark_count(), 1U);
  EXPECT_TRUE(succeeded(made.outer.restore(point)));
  EXPECT_EQ(made.charged(), 3U);
  EXPECT_TRUE(failed_with(made.outer.restore(point), error_code::spent_marker));
  EXPECT_TRUE(succeeded(made.outer.reset()));
  EXPECT_EQ(made.charged(), 0U);
  EXPECT_TRUE(succeeded(made.outer.reset())) << "nothing to release";
  EXPECT_TRUE(made.is_exact());
}

// SR-ADAPT-002
TEST(budgeted, what_the_budget_refuses_the_allocator_is_not_asked) {
  bump_rig made;
  ASSERT_TRUE(succeeded(made.outer.allocate({90, 1})));
  EXPECT_TRUE(refused(made.outer, made.log, error_code::over_budget, [&] { return made.outer.allocate({11, 1}); }));
  EXPECT_TRUE(
      refused(made.outer, made.log, error_code::over_block_limit, [&] { return made.outer.allocate({101, 1}); }));
  EXPECT_TRUE(refused(made.outer, made.log, error_code::invalid_layout, [&] { return made.outer.allocate({0, 1}); }));
  EXPECT_TRUE(refused(made.outer, made.log, error_code::invalid_layout, [&] { return made.outer.allocate({8, 3}); }));
  EXPECT_TRUE(refused(made.outer, made.log, error_code::size_overflow,
                      [&] { return made.outer.allocate({std::numeric_limits<std::size_t>::max(), 2}); }));
  EXPECT_EQ(made.inner.state().failures.total(), 0U);
  EXPECT_EQ(made.limit.state().failures.total(), 2U);
  EXPECT_TRUE(succeeded(made.outer.allocate({10, 1}))) << "the last ten bytes, without padding";
}

// SR-ADAPT-002
TEST(budgeted, what_the_allocator_refuses_is_not_charged) {
  stack_rig made;
  ASSERT_TRUE(succeeded(made.limit.set_limit(10000)));
  EXPECT_TRUE(
      refused(made.outer, made.log, error_code::layout_unsupported, [&] { return made.outer.allocate({600, 1}); }));
  std::byte* const first = made.outer.allocate({400, 1}).value();
  EXPECT_TRUE(refused(made.outer, made.log, error_code::exhausted, [&] { return made.outer.allocate({400, 1}); }));
  EXPECT_TRUE(made.is_exact());
  EXPECT_TRUE(failed_with(made.outer.deallocate(first, {399, 1}), error_code::layout_mismatch));
  EXPECT_TRUE(failed_with(made.outer.deallocate(nullptr, {399, 1}), error_code::null_pointer));
  EXPECT_EQ(made.outer.state().failures.total(), 4U);
  EXPECT_EQ(made.charged(), 400U);
  EXPECT_TRUE(made.outer.owns(first));
}

// SR-ADAPT-001
TEST(budgeted, a_pools_block_is_charged_with_its_stride_whatever_layout_it_is_freed_with) {
  rig_of<inner_pool> made;
  std::byte* const first = made.outer.allocate({1, 1}).value();
  EXPECT_EQ(made.charged(), 48U);
  std::byte* const second = made.outer.try_allocate({48, 16}, 10).value();
  EXPECT_EQ(made.charged(), 96U);
  EXPECT_TRUE(refused(made.outer, made.log, error_code::over_budget, [&] { return made.outer.allocate({1, 1}); }))
      << "one byte costs a block";
  EXPECT_TRUE(
      refused(made.outer, made.log, error_code::layout_unsupported, [&] { return made.outer.allocate({49, 1}); }));
  EXPECT_EQ(made.limit.state().failures.total(), 1U) << "the budget is not asked for what the pool refuses in any case";
  EXPECT_TRUE(succeeded(made.outer.deallocate(first, {40, 8})));
  EXPECT_EQ(made.charged(), 48U);
  EXPECT_TRUE(failed_with(made.outer.deallocate(first), error_code::double_free));
  const block_handle handle = made.outer.handle_of(second).value();
  EXPECT_EQ(made.outer.resolve(handle).value(), second);
  EXPECT_TRUE(succeeded(made.outer.deallocate(handle)));
  EXPECT_EQ(made.charged(), 0U);
  EXPECT_TRUE(failed_with(made.outer.deallocate(handle), error_code::stale_handle));
  EXPECT_TRUE(failed_with(made.outer.resolve(handle), error_code::stale_handle));
  EXPECT_TRUE(failed_with(made.outer.handle_of(second), error_code::double_free));
  EXPECT_EQ(made.outer.state().failures.of(error_code::stale_handle), 2U);
  EXPECT_TRUE(made.is_exact());
  EXPECT_TRUE(succeeded(made.outer.reset()));
}

constexpr size_class classes[] = {{8, 8, 1}, {24, 8, 2}, {64, 64, 2}};

struct segregated_rig {
  storage<4096> bytes{};
  fault_log log{};
  budget limit{budget_config{100, 0, nullptr, 70, 90, log.hook()}.validate().value()};
  segregated_allocator inner{segregated_config{bytes.span(), classes, 3, 1, log.hook()}.validate().value()};
  budgeted<segregated_allocator> outer{inner, limit, log.hook()};
};

// SR-ADAPT-001
TEST(budgeted, a_block_of_several_pools_is_charged_with_the_stride_of_its_own) {
  segregated_rig made;
  std::byte* const small = made.outer.allocate({5, 1}).value();
  EXPECT_EQ(made.limit.state().used_bytes, 8U);
  std::byte* const from_the_next = made.outer.allocate({5, 1}).value();
  EXPECT_EQ(made.limit.state().used_bytes, 32U) << "the first class was exhausted";
  std::byte* const large = made.outer.allocate({60, 8}).value();
  EXPECT_EQ(made.limit.state().used_bytes, 96U);
  EXPECT_TRUE(refused(made.outer, made.log, error_code::over_budget, [&] { return made.outer.allocate({20, 8}); }));
  EXPECT_TRUE(
      refused(made.outer, made.log, error_code::layout_unsupported, [&] { return made.outer.allocate({65, 8}); }));
  EXPECT_TRUE(succeeded(made.outer.deallocate(from_the_next)));
  EXPECT_EQ(made.limit.state().used_bytes, 72U);
  EXPECT_TRUE(succeeded(made.outer.deallocate(large, {60, 8})));
  EXPECT_TRUE(succeeded(made.outer.deallocate(small, {5, 1})));
  EXPECT_EQ(made.limit.state().used_bytes, 0U);
  EXPECT_TRUE(failed_with(made.outer.deallocate(small), error_code::double_free));
  EXPECT_EQ(made.inner.stride_bytes(nullptr), 0U);
  EXPECT_EQ(made.inner.largest_stride_bytes({65, 8}), 0U);
  EXPECT_EQ(made.inner.largest_stride_bytes({0, 8}), 0U);
  EXPECT_EQ(made.inner.largest_stride_bytes({60, 8}), 64U) << "there is no class behind the last";
}

// SR-ADAPT-001
TEST(budgeted, a_block_of_an_arena_is_charged_and_not_the_chunk_that_it_took) {
  storage<4096> bytes;
  fault_log log;
  span_chunk_source span(stack_config{bytes.span(), log.hook()}.validate().value());
  arena_config config;
  config.source = span.source();
  config.chunk_bytes = 512;
  config.hook = log.hook();
  arena inner(config.validate().value());
  budget limit(budget_config{1000, 0, nullptr, 70, 90, log.hook()}.validate().value());
  budgeted<arena> outer(inner, limit, log.hook());
  ASSERT_TRUE(succeeded(outer.allocate({100, 8})));
  const marker point = outer.mark().value();
  for (int block = 0; block < 5; ++block) {
    ASSERT_TRUE(succeeded(outer.allocate({129, 64}))) << "into further chunks";
    EXPECT_EQ(limit.state().used_bytes, inner.state().used_bytes);
  }
  EXPECT_TRUE(failed_with(outer.allocate({300, 1}), error_code::over_budget));
  EXPECT_TRUE(succeeded(outer.restore(point)));
  EXPECT_EQ(limit.state().used_bytes, 100U);
  EXPECT_TRUE(succeeded(outer.reset()));
  EXPECT_EQ(limit.state().used_bytes, 0U);
  EXPECT_TRUE(succeeded(outer.check_invariants()));
}

// SR-ADAPT-001
TEST(budgeted, canaries_are_charged_and_a_block_that_grows_is) {
  fault_log log;
  static_stack<512> inner(log.hook(), check_level::paranoid);
  budget limit(budget_config{100, 0, nullptr, 70, 90, log.hook()}.validate().value());
  budgeted<static_stack<512>> outer(inner, limit, log.hook());
  EXPECT_EQ(outer.level(), check_level::paranoid);
  std::byte* const block = outer.allocate({10, 1}).value();
  EXPECT_EQ(limit.state().used_bytes, inner.state().used_bytes);
  EXPECT_GT(limit.state().used_bytes, 10U);
  EXPECT_TRUE(succeeded(outer.resize_top(block, {10, 1}, 30)));
  EXPECT_EQ(limit.state().used_bytes, inner.state().used_bytes);
  EXPECT_TRUE(refused(outer, log, error_code::over_budget, [&] { return outer.resize_top(block, {30, 1}, 120); }));
  EXPECT_TRUE(failed_with(outer.resize_top(block, {31, 1}, 40), error_code::layout_mismatch));
  EXPECT_EQ(limit.state().used_bytes, inner.state().used_bytes);
  EXPECT_TRUE(succeeded(outer.resize_top(block, {30, 1}, 5)));
  EXPECT_EQ(limit.state().used_bytes, inner.state().used_bytes);
  EXPECT_TRUE(succeeded(outer.deallocate(block, {5, 1})));
  EXPECT_EQ(limit.state().used_bytes, 0U);
}

TEST(budgeted, components_with_budgets_of_their_own_share_a_pool) {
  fault_log log;
  inner_pool shared(log.hook());
  budget one(budget_config{48, 0, nullptr, 70, 90, log.hook()}.validate().value());
  budget two(budget_config{96, 0, nullptr, 70, 90, log.hook()}.validate().value());
  budgeted<inner_pool> first(shared, one);
  budgeted<inner_pool> second(shared, two);
  std::byte* const block = first.allocate({48, 16}).value();
  EXPECT_TRUE(failed_with(first.allocate({48, 16}), error_code::over_budget));
  EXPECT_TRUE(succeeded(second.allocate({48, 16})));
  std::byte* const last = second.allocate({48, 16}).value();
  EXPECT_TRUE(succeeded(second.deallocate(last)));
  EXPECT_EQ(log.count(), 0U);
  // freed through the wrong one: the pool cannot know, but the budgets stay right in sum, and the one that has nothing
  // says so
  EXPECT_TRUE(succeeded(second.deallocate(block)));
  EXPECT_EQ(one.state().used_bytes + two.state().used_bytes, shared.state().used_bytes);
  std::byte* const again = shared.allocate({48, 16}).value();
  EXPECT_TRUE(failed_with(second.deallocate(again), error_code::over_release));
  EXPECT_EQ(log.count(), 1U);
  EXPECT_EQ(log.last().allocator, &two);
  EXPECT_TRUE(succeeded(one.release(48)));
}

TEST(budgeted, offers_no_more_than_the_budget_has) {
  bump_rig made;
  EXPECT_EQ(made.outer.state().available_bytes, 100U);
  ASSERT_TRUE(succeeded(made.limit.set_limit(1000)));
  EXPECT_EQ(made.outer.state().available_bytes, 256U);
  EXPECT_EQ(&made.outer.allocator(), &made.inner);
  EXPECT_EQ(&made.outer.charged(), &made.limit);
}

TEST(budgeted, a_walk_in_steps_is_the_allocators) {
  bump_rig made;
  ASSERT_TRUE(made.outer.mark().has_value());
  audit_cursor cursor;
  EXPECT_FALSE(made.outer.audit(cursor, 1).value());
  EXPECT_TRUE(made.outer.audit(cursor, 1).value());
}

TEST(budgeted, works_without_atomics_and_inside_another) {
  local_budget outside(local_budget_config{100}.validate().value());
  local_budget inside(local_budget_config{50, 0, &outside}.validate().value());
  static_local_pool<block_of_48, 4> pool;
  budgeted<static_local_pool<block_of_48, 4>, plain_atomics> inner(pool, inside);
  std::byte* const block = inner.allocate({48, 16}).value();
  EXPECT_EQ(outside.state().used_bytes, 48U);
  EXPECT_TRUE(failed_with(inner.allocate({48, 16}), error_code::over_budget));
  EXPECT_TRUE(succeeded(inner.deallocate(block)));
}

// SR-ADAPT-001
TEST(budgeted, threads_over_one_pool_and_budget_end_exact) {
  fault_log log;
  static_pool<block_of_48, 8> pool(log.hook());
  budget limit(budget_config{std::size_t{5} * 48}.validate().value());
  budgeted<static_pool<block_of_48, 8>> shared(pool, limit, log.hook());
  std::vector<std::thread> threads;
  std::array<std::size_t, 3> wrong{};
  for (std::size_t self = 0; self < 3; ++self) {
    threads.emplace_back([&, self] {
      for (int round = 0; round < 5000; ++round) {
        std::byte* const first = shared.allocate({40, 8}).value();
        std::byte* const second = shared.allocate({40, 8}).value();
        wrong[self] += pool.state().used_bytes > limit.limit_bytes() ? 1U : 0U;
        for (std::byte* const each : {first, second}) {
          wrong[self] += each != nullptr && !shared.deallocate(each, {40, 8}).has_value() ? 1U : 0U;
        }
      }
    });
  }
  for (std::size_t self = 0; self < 3; ++self) {
    threads[self].join();
    EXPECT_EQ(wrong[self], 0U);
  }
  EXPECT_EQ(limit.state().used_bytes, 0U);
  EXPECT_TRUE(succeeded(shared.check_invariants()));
  EXPECT_EQ(log.count(), 0U);
}

// SR-ADAPT-001: what a block takes is asked of what is behind an adaptor
TEST(budgeted, charges_strides_of_pools_behind_caches_budgets_and_observers) {
  fault_log log;
  budget limit(budget_config{1000, 0, nullptr, 70, 90, log.hook()}.validate().value());
  static_pool<block_of_48, 4, 1> pool(log.hook());
  pool_cache<static_pool<block_of_48, 4, 1>, 2> cache(pool);
  budgeted<pool_cache<static_pool<block_of_48, 4, 1>, 2>> through_a_cache(cache, limit, log.hook());
  budgeted<static_pool<block_of_48, 4, 1>> inside(pool, limit, log.hook());
  budget outer_limit(budget_config{1000, 0, nullptr, 70, 90, log.hook()}.validate().value());
  budgeted<budgeted<static_pool<block_of_48, 4, 1>>> outside(inside, outer_limit, log.hook());

  std::byte* const cached = through_a_cache.allocate({8, 8}).value();
  ASSERT_NE(cached, nullptr);
  EXPECT_EQ(limit.state().used_bytes, 48U);
  std::byte* const twice = outside.allocate({8, 8}).value();
  ASSERT_NE(twice, nullptr);
  EXPECT_EQ(limit.state().used_bytes, 96U);
  EXPECT_EQ(outer_limit.state().used_bytes, 48U);
  EXPECT_TRUE(succeeded(outside.deallocate(twice, {8, 8})));
  EXPECT_TRUE(succeeded(through_a_cache.deallocate(cached, {8, 8})));
  EXPECT_EQ(limit.state().used_bytes + outer_limit.state().used_bytes, 0U);
  EXPECT_EQ(log.count(), 0U);
}

static_assert(exact_use<static_bump<64>>::value && exact_use<static_stack<64>>::value && exact_use<arena>::value);
static_assert(exact_use<observed<static_stack<64>>>::value && exact_use<budgeted<static_bump<64>>>::value);
// other threads' blocks would be charged too, or a stride, of which nobody knows
static_assert(!exact_use<shared_bump_allocator>::value &&
              !exact_use<fallback<static_bump<64>, static_stack<64>>>::value);

} // namespace
