// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <vector>

#include <nebula/kernel.hpp>
#include <nebula/services/logged.hpp>
#include "../unit/gtest.hpp"
#include "error_rig.hpp"
#include "log_rig.hpp"

namespace nebula::services {
namespace {

using actions = std::vector<log_action>;
using small_pool = static_pool<block_of_64, 4>;
constexpr layout whole_block{64, 8};

// [SR-LOG-007]
TEST(logged_allocators, do_what_the_allocator_does_and_tell_each_call) {
  kept_events kept;
  event_log log(log_named("frames").validate().value(), kept);
  static_stack<1024> inner;
  logged<static_stack<1024>, log_level::trace> stack(inner, log);
  std::byte* const block = stack.allocate({16, 8}).value();
  EXPECT_TRUE(inner.owns(block) && stack.owns(block));
  EXPECT_TRUE(stack.resize_top(block, {16, 8}, 24).has_value());
  const marker point = stack.mark().value();
  EXPECT_TRUE(stack.restore(point).has_value());
  EXPECT_EQ(stack.restore(point).code(), error_code::spent_marker);
  EXPECT_TRUE(stack.deallocate(block, {24, 8}).has_value());
  EXPECT_TRUE(stack.reset().has_value());
  EXPECT_TRUE(stack.check_invariants().has_value());
  EXPECT_EQ(stack.state().live_blocks, 0U);
  EXPECT_EQ(&stack.unlogged(), &inner);
  EXPECT_EQ(kept.actions(),
            (actions{log_action::allocated, log_action::resized, log_action::marked, log_action::restored,
                     log_action::misused, log_action::deallocated, log_action::all_reset}));
  EXPECT_EQ(kept.events[1].request, (layout{24, 8}));
  EXPECT_EQ(kept.events[0].used_bytes, 16U);
  EXPECT_EQ(kept.events[4].failure.reporter, component::stack_allocator);
}

TEST(logged_allocators, tell_each_failure_whatever_the_level_is_compiled_for) {
  kept_events kept;
  event_log log(log_named("messages", log_level::error).validate().value(), kept);
  small_pool inner;
  logged<small_pool, log_level::error> pool(inner, log);
  EXPECT_EQ(pool.allocate({65, 8}).code(), error_code::layout_unsupported);
  EXPECT_EQ(pool.try_allocate({0, 8}, 2).code(), error_code::invalid_layout);
  EXPECT_EQ(pool.deallocate(nullptr, whole_block).code(), error_code::null_pointer);
  EXPECT_TRUE(pool.try_allocate(whole_block, 2).has_value());
  EXPECT_EQ(pool.reset().code(), error_code::blocks_live);
  EXPECT_EQ(kept.actions(),
            (actions{log_action::refused, log_action::refused, log_action::misused, log_action::misused}));
  EXPECT_EQ(kept.events[0].request, (layout{65, 8}));
  EXPECT_EQ(kept.events[3].used_bytes, inner.stride_bytes());
}

TEST(logged_allocators, have_no_code_for_levels_below_the_least) {
  kept_events kept;
  event_log log(log_named("messages").validate().value(), kept);
  small_pool inner;
  auto&& silent = log_calls<log_level::off>(inner, log);
  EXPECT_EQ(&silent, &inner) << "the allocator itself";
  EXPECT_FALSE(silent.allocate({65, 8}).has_value());
  std::byte* const block = silent.allocate(whole_block).value();
  EXPECT_TRUE(silent.deallocate(block, whole_block).has_value());
  EXPECT_TRUE(silent.check_invariants().has_value());
  EXPECT_TRUE(kept.events.empty());
  auto&& quiet = log_calls<log_level::warning>(inner, log);
  EXPECT_TRUE(quiet.deallocate(quiet.allocate(whole_block).value(), whole_block).has_value());
  EXPECT_TRUE(kept.events.empty()) << "though the log would tell them";
}

TEST(logged_allocators, tell_at_run_time_what_the_log_is_set_to) {
  kept_events kept;
  event_log log(log_named("messages", log_level::warning).validate().value(), kept);
  small_pool inner;
  logged<small_pool, log_level::trace> pool(inner, log);
  std::byte* const block = pool.allocate(whole_block).value();
  EXPECT_TRUE(kept.events.empty());
  log.set_level(log_level::trace);
  EXPECT_TRUE(pool.deallocate(block, whole_block).has_value());
  EXPECT_EQ(kept.actions(), (actions{log_action::deallocated}));
}

TEST(near_capacity, is_told_at_most_so_many_allocations_late) {
  for (const std::uint32_t every : {1U, 7U, 32U}) {
    kept_events kept;
    event_log_config config = log_named("messages", log_level::warning);
    config.look_every = every;
    event_log log(config.validate().value(), kept);
    static_pool<block_of_64, 1000> inner;
    logged<static_pool<block_of_64, 1000>, log_level::trace> pool(inner, log);
    std::size_t told_at = 0;
    for (std::size_t count = 1; count <= 1000; ++count) {
      ASSERT_TRUE(pool.allocate(whole_block).has_value());
      told_at = told_at == 0 && !kept.events.empty() ? count : told_at;
    }
    EXPECT_GE(told_at, 901U) << "900 of 1000 are no more than 90 %";
    EXPECT_LE(told_at, 900U + every);
    EXPECT_EQ(kept.events.size(), 1U);
  }
}

TEST(near_capacity, is_told_with_the_first_refusal_at_the_latest) {
  kept_events kept;
  event_log_config config = log_named("messages", log_level::warning);
  config.look_every = 1000;
  event_log log(config.validate().value(), kept);
  small_pool inner;
  logged<small_pool, log_level::warning> pool(inner, log);
  while (pool.allocate(whole_block).has_value()) {
  }
  EXPECT_EQ(kept.actions(), (actions{log_action::refused, log_action::near_capacity}));
}

TEST(near_capacity, is_not_looked_for_where_it_is_not_compiled) {
  kept_events kept;
  event_log log(log_named("messages", log_level::warning).validate().value(), kept);
  small_pool inner;
  logged<small_pool, log_level::error> pool(inner, log);
  for (int block = 0; block < 4; ++block) {
    EXPECT_TRUE(pool.allocate(whole_block).has_value());
  }
  EXPECT_FALSE(pool.allocate(whole_block).has_value());
  EXPECT_EQ(kept.actions(), (actions{log_action::refused}));
}

TEST(near_capacity, is_not_looked_for_where_the_level_is_above) {
  kept_events kept;
  event_log log(log_named("messages", log_level::error).validate().value(), kept);
  small_pool inner;
  logged<small_pool, log_level::warning> pool(inner, log);
  while (pool.allocate(whole_block).has_value()) {
  }
  EXPECT_EQ(kept.actions(), (actions{log_action::refused}));
}

// [SR-LOG-001]
TEST(lives, are_told_from_their_begin_to_their_end) {
  kept_events kept;
  event_log log(log_named("messages", log_level::info).validate().value(), kept);
  {
    small_pool inner;
    const logged_life<small_pool> life(inner, log);
    EXPECT_TRUE(inner.allocate(whole_block).has_value());
  }
  ASSERT_EQ(kept.actions(), (actions{log_action::created, log_action::destroyed}));
  EXPECT_EQ(kept.events[0].capacity_bytes, kept.events[1].capacity_bytes);
  EXPECT_EQ(kept.events[0].used_bytes, 0U);
  EXPECT_NE(kept.events[1].used_bytes, 0U) << "what was not freed is seen";
  log.set_level(log_level::warning);
  {
    const small_pool inner;
    const logged_life<small_pool> silent(inner, log);
  }
  EXPECT_EQ(kept.events.size(), 2U);
}

} // namespace
} // namespace nebula::services
