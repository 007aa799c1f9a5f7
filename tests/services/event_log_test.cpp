// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <nebula/kernel.hpp>
#include <nebula/services/event_log.hpp>
#include "../unit/gtest.hpp"
#include "error_rig.hpp"
#include "heap_watch.hpp"
#include "log_rig.hpp"

namespace nebula::services {
namespace {

using actions = std::vector<log_action>;
using small_pool = static_pool<block_of_64, 4>;
constexpr layout whole_block{64, 8};

log_event of(log_action action) {
  log_event event;
  event.action = action;
  return event;
}

// [SR-LOG-001]
TEST(logs, hear_each_call_through_the_kernels_hook_at_its_level) {
  kept_events kept;
  event_log log(log_named("frames").validate().value(), kept);
  static_stack<1024> inner;
  observed<static_stack<1024>, plain_atomics> stack(inner, log.observer<plain_atomics>().validate().value());
  std::byte* const block = stack.allocate({16, 8}).value();
  EXPECT_TRUE(stack.resize_top(block, {16, 8}, 24).has_value());
  const marker point = stack.mark().value();
  EXPECT_TRUE(stack.restore(point).has_value());
  EXPECT_FALSE(stack.restore(point).has_value());
  EXPECT_FALSE(stack.allocate({4096, 8}).has_value());
  EXPECT_TRUE(stack.deallocate(block, {24, 8}).has_value());
  EXPECT_TRUE(stack.allocate({960, 1}).has_value());
  EXPECT_TRUE(stack.reset().has_value());
  EXPECT_EQ(kept.actions(),
            (actions{log_action::allocated, log_action::resized, log_action::marked, log_action::restored,
                     log_action::misused, log_action::refused, log_action::deallocated, log_action::allocated,
                     log_action::near_capacity, log_action::all_reset}));
  const log_event& first = kept.events[0];
  EXPECT_EQ(first.level, log_level::trace);
  EXPECT_EQ(first.allocator, "frames");
  EXPECT_EQ(first.during, operation::allocate);
  EXPECT_EQ(first.request, (layout{16, 8}));
  EXPECT_EQ(first.used_bytes, 16U);
  EXPECT_EQ(first.capacity_bytes, inner.state().capacity_bytes);
  EXPECT_EQ(kept.events[5].failure.code, error_code::layout_unsupported);
  EXPECT_EQ(kept.events[5].level, log_level::error);
}

TEST(logs, tell_what_is_at_their_level_and_above_as_it_is_set) {
  constexpr log_action of_level[] = {log_action::allocated, log_action::marked, log_action::created,
                                     log_action::near_capacity, log_action::refused};
  kept_events kept;
  event_log log(log_named("a").validate().value(), kept);
  for (std::size_t level = 0; level <= log_level_count; ++level) {
    log.set_level(static_cast<log_level>(level));
    EXPECT_EQ(log.level(), static_cast<log_level>(level));
    kept.events.clear();
    for (const log_action action : of_level) {
      log.tell(of(action));
    }
    ASSERT_EQ(kept.events.size(), log_level_count - level);
    for (const log_event& event : kept.events) {
      EXPECT_GE(event.level, static_cast<log_level>(level));
    }
  }
  log.set_level(static_cast<log_level>(200));
  EXPECT_EQ(log.level(), log_level::off);
  log.set_level(log_level::trace);
  kept.events.clear();
  log.tell(of(log_action::suppressed));
  log.tell(of(static_cast<log_action>(99)));
  EXPECT_TRUE(kept.events.empty()) << "of no level";
  EXPECT_EQ(log.name(), "a");
}

TEST(logs, of_no_plan_tell_nothing) {
  kept_events kept;
  {
    event_log log(event_log_plan{}, kept);
    log.tell(of(log_action::refused));
    EXPECT_EQ(log.level(), log_level::off);
  }
  EXPECT_TRUE(kept.events.empty());
  EXPECT_EQ(kept.flushes, 1) << "the end flushes";
}

// [SR-LOG-002]
TEST(logs, say_offsets_of_blocks_and_nothing_of_addresses_elsewhere) {
  alignas(16) static std::byte storage[256];
  static std::byte elsewhere;
  kept_events kept;
  event_log_config config = log_named("pages");
  config.storage = {storage, sizeof storage};
  event_log log(config.validate().value(), kept);
  bump_allocator inner(bump_builder{}.storage({storage, sizeof storage}).build().value());
  observed<bump_allocator, plain_atomics> bump(inner, log.observer<plain_atomics>().validate().value());
  std::byte* const block = bump.allocate({100, 1}).value();
  EXPECT_TRUE(bump.allocate({10, 1}).has_value());
  EXPECT_FALSE(bump.deallocate(&elsewhere, {1, 1}).has_value());
  ASSERT_EQ(kept.events.size(), 3U);
  EXPECT_EQ(kept.events[0].offset, static_cast<std::size_t>(block - storage));
  EXPECT_EQ(kept.events[1].offset, kept.events[0].offset + 100);
  EXPECT_EQ(kept.events[2].offset, log_event::no_offset);
  EXPECT_EQ(log.offset_of(storage + sizeof storage), log_event::no_offset);
  EXPECT_EQ(log.offset_of(nullptr), log_event::no_offset);
}

TEST(logs, of_no_plan_can_be_switched_on) {
  kept_events kept;
  event_log log(event_log_plan{}, kept);
  log.set_level(log_level::error);
  log.tell(of(log_action::refused));
  ASSERT_EQ(kept.events.size(), 1U);
  EXPECT_GT(kept.events[0].unix_nanoseconds, 0U) << "by the system's clock";
}

TEST(logs, take_the_systems_function_for_the_one_that_is_missing) {
  kept_events kept;
  set_clock time;
  time.since_1970 = 42;
  event_log_config config = log_named("frames");
  config.clock = time.clock();
  config.clock.monotonic = nullptr;
  event_log stamped(config.validate().value(), kept);
  stamped.tell(of(log_action::refused));
  EXPECT_EQ(kept.events.back().unix_nanoseconds, 42U);

  config.clock = time.clock();
  config.clock.since_1970 = nullptr;
  config.limits.fill({1, 1, 1}); // one a second
  event_log timed(config.validate().value(), kept);
  timed.tell(of(log_action::refused));
  timed.tell(of(log_action::refused));
  EXPECT_EQ(timed.counts().over_rate, 1U);
  time.monotonic += 1'000'000'000;
  timed.tell(of(log_action::refused));
  EXPECT_EQ(timed.counts().told, 2U) << "a second has passed on the clock that was given";
}

TEST(logs, stamp_events_by_the_clock_that_was_given) {
  kept_events kept;
  set_clock time;
  time.since_1970 = 1'700'000'000'123'456'789;
  event_log_config config = log_named("a");
  config.clock = time.clock();
  event_log log(config.validate().value(), kept);
  log.tell(of(log_action::refused));
  EXPECT_EQ(kept.events[0].unix_nanoseconds, time.since_1970);
  const log_clock& system = system_log_clock();
  EXPECT_GT(system.since_1970(nullptr), time.since_1970);
  const std::uint64_t before = system.monotonic(nullptr);
  EXPECT_GE(system.monotonic(nullptr), before);
}

// [SR-LOG-004]
TEST(logs, tell_with_the_next_event_how_many_were_suppressed) {
  kept_events kept;
  set_clock time;
  event_log_config config = log_named("a");
  config.clock = time.clock();
  config.limits[static_cast<std::size_t>(log_level::error)] = {1, 1, 2};
  event_log log(config.validate().value(), kept);
  for (int count = 0; count < 10; ++count) {
    log.tell(of(log_action::refused));
  }
  EXPECT_EQ(kept.events.size(), 2U);
  log.tell(of(log_action::near_capacity));
  EXPECT_EQ(kept.events.back().suppressed_before, 0U) << "of another level";
  time.monotonic += 1'000'000'000;
  log.tell(of(log_action::misused));
  EXPECT_EQ(kept.events.back().suppressed_before, 8U);
  EXPECT_EQ(log.counts().over_rate, 8U);
  EXPECT_EQ(log.counts().told, 4U);
}

TEST(logs, sample_the_first_of_each_so_many) {
  kept_events kept;
  event_log_config config = log_named("a");
  config.limits[0].sample_every = 4;
  event_log log(config.validate().value(), kept);
  for (std::size_t size = 1; size <= 9; ++size) {
    log_event event = of(log_action::allocated);
    event.request.size = size;
    log.tell(event);
  }
  ASSERT_EQ(kept.events.size(), 3U);
  EXPECT_EQ(kept.events[0].request.size, 1U);
  EXPECT_EQ(kept.events[1].request.size, 5U);
  EXPECT_EQ(kept.events[1].suppressed_before, 3U);
  EXPECT_EQ(kept.events[2].request.size, 9U);
  EXPECT_EQ(log.counts().sampled_out, 6U);
}

TEST(logs, tell_what_is_still_suppressed_when_they_are_flushed_or_end) {
  kept_events kept;
  set_clock time;
  event_log_config config = log_named("a");
  config.clock = time.clock();
  config.limits[static_cast<std::size_t>(log_level::error)] = {1, 1, 1};
  config.limits[0].sample_every = 10;
  {
    event_log log(config.validate().value(), kept);
    for (int count = 0; count < 5; ++count) {
      log.tell(of(log_action::refused));
      log.tell(of(log_action::allocated));
    }
    log.flush();
    ASSERT_EQ(kept.events.size(), 4U);
    EXPECT_EQ(kept.events[2].action, log_action::suppressed);
    EXPECT_EQ(kept.events[2].level, log_level::trace);
    EXPECT_EQ(kept.events[2].suppressed_before, 4U);
    EXPECT_EQ(kept.events[3].level, log_level::error);
    EXPECT_EQ(kept.events[3].suppressed_before, 4U);
    EXPECT_EQ(kept.flushes, 1);
    log.flush();
    EXPECT_EQ(kept.events.size(), 4U) << "each is told once";
    log.tell(of(log_action::refused));
  }
  EXPECT_EQ(kept.events.back().suppressed_before, 1U);
}

TEST(logs, lose_no_event_that_they_do_not_count) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 numbers(seed);
  for (int round = 0; round < 50; ++round) {
    kept_events kept;
    set_clock time;
    event_log_config config = log_named("a");
    config.clock = time.clock();
    for (log_limit& limit : config.limits) {
      limit = {static_cast<std::uint32_t>(1 + numbers() % 5), static_cast<std::uint32_t>(numbers() % 3),
               static_cast<std::uint32_t>(1 + numbers() % 9)};
    }
    event_log log(config.validate().value(), kept);
    constexpr std::uint64_t given = 400;
    for (std::uint64_t count = 0; count < given; ++count) {
      time.monotonic += numbers() % 300'000'000;
      log.tell(of(static_cast<log_action>(numbers() % 12)));
    }
    const log_counts counts = log.counts();
    ASSERT_EQ(counts.told, kept.events.size());
    ASSERT_EQ(counts.told + counts.over_rate + counts.sampled_out, given);
    log.flush();
    ASSERT_EQ(kept.suppressed(), given - counts.told);
  }
}

/// A sink that does what it should not, or should be able to: it uses the logged allocator.
class allocating_sink final : public log_sink {
public:
  using pool_type = observed<static_pool<block_of_64, 64>>;
  void write(const log_event& event) noexcept override {
    ++writes;
    deepest = ++depth > deepest ? depth : deepest;
    if (pool != nullptr && depth < 5) { // a log without a guard is to fail, and not to end the program
      const auto block = pool->allocate(whole_block);
      static_cast<void>(pool->deallocate(block.value(), whole_block));
      if (other != nullptr) {
        log_event caused = event;
        other->tell(caused);
        other->flush();
      }
    }
    --depth;
  }
  int writes = 0;
  int depth = 0;
  int deepest = 0;
  pool_type* pool = nullptr;
  event_log* other = nullptr;
};

// [SR-LOG-003]
TEST(sinks, that_allocate_from_the_logged_allocator_are_told_of_each_event_once) {
  allocating_sink sink;
  event_log log(log_named("messages").validate().value(), sink);
  event_log other(log_named("other").validate().value(), sink);
  static_pool<block_of_64, 64> inner;
  allocating_sink::pool_type pool(inner, log.observer().validate().value());
  sink.pool = &pool;
  sink.other = &other;
  const auto block = pool.allocate(whole_block);
  EXPECT_EQ(sink.writes, 1);
  EXPECT_TRUE(pool.deallocate(block.value(), whole_block).has_value());
  EXPECT_EQ(sink.writes, 2);
  EXPECT_EQ(sink.deepest, 1);
  EXPECT_EQ(log.counts().told, 2U);
  EXPECT_EQ(log.counts().inside_sink, 4U) << "two calls for each write";
  EXPECT_EQ(other.counts().inside_sink, 2U) << "another log with the same sink may not come back to it either";
  EXPECT_EQ(pool.dropped_events(), 0U) << "it is the log that ends it, not the bound of the hooks";
  sink.pool = nullptr;
}

// [SR-LOG-001]
TEST(faults, are_heard_with_their_invariant_and_handed_on) {
  kept_events kept;
  int handed_on = 0;
  event_log_config config = log_named("messages");
  config.next_hook = {[](void* context, const fault& /*report*/) { ++*static_cast<int*>(context); }, &handed_on};
  event_log log(config.validate().value(), kept);
  small_pool pool(log.hook());
  std::byte* const block = pool.allocate(whole_block).value();
  EXPECT_TRUE(pool.deallocate(block, whole_block).has_value());
  EXPECT_EQ(pool.deallocate(block, whole_block).code(), error_code::double_free);
  ASSERT_EQ(kept.events.size(), 1U);
  EXPECT_EQ(kept.events[0].action, log_action::misused);
  EXPECT_EQ(kept.events[0].failure.code, error_code::double_free);
  EXPECT_EQ(handed_on, 1);
  const fault_hook hook = log.hook();
  const fault broken{{error_code::corrupted, operation::allocate, component::pool_allocator},
                     static_cast<invariant>(1),
                     &pool,
                     nullptr};
  hook.function(hook.context, broken);
  EXPECT_EQ(kept.events[1].action, log_action::corrupted);
  EXPECT_EQ(kept.events[1].broken, static_cast<invariant>(1));
  EXPECT_EQ(handed_on, 2);
}

TEST(faults, end_at_the_log_if_there_is_no_next_hook) {
  kept_events kept;
  event_log log(log_named("messages").validate().value(), kept);
  small_pool pool(log.hook());
  EXPECT_EQ(pool.deallocate(nullptr, whole_block).code(), error_code::null_pointer);
  EXPECT_EQ(kept.events.size(), 1U);
}

TEST(logs, make_and_pass_on_events_without_heap) {
  if (!heap_is_watched()) GTEST_SKIP() << "a checker has replaced the heap";
  kept_events kept;
  kept.events.reserve(8);
  const std::size_t before = heap_calls();
  {
    event_log log(log_named("messages").validate().value(), kept);
    small_pool inner;
    observed<small_pool> pool(inner, log.observer().validate().value());
    EXPECT_FALSE(pool.allocate({65, 8}).has_value());
    EXPECT_TRUE(pool.allocate({64, 8}).has_value());
  }
  EXPECT_EQ(heap_calls(), before);
  EXPECT_EQ(kept.events.size(), 2U);
}

TEST(logs, tell_once_for_each_time_that_the_threshold_is_crossed) {
  kept_events kept;
  event_log_config config = log_named("a");
  config.near_percent = 50;
  event_log log(config.validate().value(), kept);
  for (const std::size_t used : {50U, 51U, 60U, 50U, 51U}) {
    log.look(used, 100);
  }
  ASSERT_EQ(kept.actions(), (actions{log_action::near_capacity, log_action::near_capacity}));
  EXPECT_EQ(kept.events[0].used_bytes, 51U);
  EXPECT_EQ(kept.events[0].capacity_bytes, 100U);
}

memory_failure refusal_of(const event_log_config& config) {
  const auto plan = config.validate();
  EXPECT_FALSE(plan.has_value());
  EXPECT_EQ(plan.failure().code, memory_failure_code::invalid_configuration);
  return plan.failure();
}

// [SR-LOG-006]
TEST(log_configurations, are_refused_with_field_value_and_range) {
  EXPECT_EQ(refusal_of({}), out_of_range(memory_field::name_bytes, 0, 1, 46));
  const std::string long_name(47, 'n');
  EXPECT_EQ(refusal_of(log_named(long_name)), out_of_range(memory_field::name_bytes, 47, 1, 46));
  EXPECT_EQ(refusal_of(log_named("a", static_cast<log_level>(6))), out_of_range(memory_field::log_level, 6, 0, 5));
  event_log_config config = log_named("a");
  config.near_percent = 101;
  EXPECT_EQ(refusal_of(config), out_of_range(memory_field::near_percent, 101, 0, 100));
  for (const std::uint32_t wrong : {0U, event_log_config::look_every_max + 1}) {
    config = log_named("a");
    config.look_every = wrong;
    EXPECT_EQ(refusal_of(config), out_of_range(memory_field::look_every, wrong, 1, event_log_config::look_every_max));
  }
  config = log_named("a");
  config.limits[4] = {0, 0, 1};
  EXPECT_EQ(refusal_of(config), out_of_range(memory_field::sample_every, 0, 1, 4294967295U));
  config.limits[4] = {1, 0, 0};
  EXPECT_EQ(refusal_of(config), out_of_range(memory_field::burst_events, 0, 1, 4294967295U));
  config.limits[4] = {1, 1'000'000'001, 1};
  EXPECT_EQ(refusal_of(config), out_of_range(memory_field::events_per_second, 1'000'000'001, 0, 1'000'000'000));
  config.limits[4] = {1, 1'000'000'000, 4294967295U};
  EXPECT_TRUE(config.validate().has_value());
}

} // namespace
} // namespace nebula::services
