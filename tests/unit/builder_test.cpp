// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <type_traits>

#include "support.hpp"

// That a missing field and one that is given twice do not compile is shown by builder_compile_fail.cpp.

namespace {

using namespace nebula;
using namespace nebula::test;

// SR-CONF-002
TEST(builder, builds_each_allocator) {
  storage<4096> lent;
  static constexpr size_class classes[] = {{16, 8, 4}, {64, 8, 4}};

  const auto bump_plan = bump_builder{}.storage(lent.span()).build();
  ASSERT_TRUE(succeeded(bump_plan));
  bump_allocator bump(bump_plan.value());
  EXPECT_EQ(bump.state().capacity_bytes, 4096U);

  const auto stack_plan = stack_builder{}.storage(lent.span()).build();
  ASSERT_TRUE(succeeded(stack_plan));
  stack_allocator stack(stack_plan.value());
  EXPECT_EQ(stack.state().capacity_bytes, 4096U - stack_allocator::record_bytes());

  const auto pool_plan = pool_builder{}
                             .storage(lent.span())
                             .block_size_bytes(40)
                             .block_align_bytes(16)
                             .block_count(10)
                             .cache_count(2)
                             .build();
  ASSERT_TRUE(succeeded(pool_plan));
  EXPECT_EQ(pool_plan.value().cache_count(), 2U);
  pool_allocator pool(pool_plan.value());
  EXPECT_EQ(pool.block_layout(), (layout{40, 16}));
  EXPECT_EQ(pool.block_count(), 10U);

  const auto local_pool_plan = local_pool_builder{}.block_size_bytes(24).storage(lent.span()).build();
  ASSERT_TRUE(succeeded(local_pool_plan));
  local_pool_allocator local_pool(local_pool_plan.value());
  EXPECT_EQ(local_pool.block_layout(), (layout{24, alignof(std::max_align_t)})) << "the default";
  EXPECT_EQ(local_pool.block_count(), local_pool_plan.value().block_count());
  EXPECT_GT(local_pool.block_count(), 50U) << "as many as the storage holds";

  const auto segregated_plan = segregated_builder{}.storage(lent.span()).classes(classes).fallback_classes(1).build();
  ASSERT_TRUE(succeeded(segregated_plan));
  segregated_allocator segregated(segregated_plan.value());
  EXPECT_EQ(segregated.class_count(), 2U);
  for (int taken = 0; taken < 8; ++taken) {
    EXPECT_TRUE(succeeded(segregated.allocate({16, 8}))) << "the larger class serves when the smaller is exhausted";
  }

  const auto local_segregated_plan = local_segregated_builder{}.classes(classes, 1).storage(lent.span()).build();
  ASSERT_TRUE(succeeded(local_segregated_plan));
  local_segregated_allocator local_segregated(local_segregated_plan.value());
  EXPECT_EQ(local_segregated.class_count(), 1U);
}

// SR-CONF-002
TEST(builder, builds_an_arena) {
  storage<4096> lent;
  span_chunk_source chunks(stack_builder{}.storage(lent.span()).build().value());
  const auto made = arena_builder{}
                        .source(chunks.source())
                        .chunk_bytes(256)
                        .growth(arena_growth::incremental)
                        .growth_bytes(64)
                        .capacity_max_bytes(1000)
                        .track_allocations(false)
                        .preset(settings::development());
  const arena_config config = made.config();
  EXPECT_EQ(config.growth, arena_growth::incremental);
  EXPECT_EQ(config.growth_bytes, 64U);
  EXPECT_EQ(config.capacity_max_bytes, 1000U);
  EXPECT_FALSE(config.track_allocations);
  EXPECT_EQ(config.hook.function, settings::development().hook.function);
  EXPECT_EQ(made.level(check_level::paranoid).config().level, check_level::paranoid);
  const auto plan = made.build();
  ASSERT_TRUE(succeeded(plan));
  arena grown(plan.value());
  EXPECT_EQ(grown.level(), check_level::standard) << "the preset's";
  EXPECT_TRUE(succeeded(grown.allocate({100, 8})));
  EXPECT_EQ(grown.state().capacity_bytes, 256U);
}

// SR-CONF-002
TEST(builder, builds_a_budget) {
  budget root(budget_builder{}.limit_bytes(1000).build().value());
  const auto made = budget_builder{}
                        .limit_bytes(500)
                        .block_limit_bytes(100)
                        .high_percent(40)
                        .critical_percent(60)
                        .parent(root)
                        .preset(settings::paranoid());
  EXPECT_EQ(made.config().hook.function, settings::paranoid().hook.function) << "a budget has no check level";
  EXPECT_EQ(made.config().block_limit_bytes, 100U);
  EXPECT_EQ(made.config().high_percent, 40U);
  EXPECT_EQ(made.config().critical_percent, 60U);
  const auto plan = made.build();
  ASSERT_TRUE(succeeded(plan));
  budget child(plan.value());
  EXPECT_EQ(child.parent(), &root);
  EXPECT_EQ(child.limit_bytes(), 500U);
  local_budget alone(local_budget_builder{}.limit_bytes(7).build().value());
  EXPECT_EQ(alone.limit_bytes(), 7U);
}

// SR-CONF-002
TEST(builder, is_a_constant_expression_and_changes_no_pattern_that_it_was_made_from) {
  static constexpr auto pattern = local_pool_builder{}.block_size_bytes(48).block_align_bytes(8);
  static_assert(pattern.config().block_size_bytes == 48 && pattern.config().block_align_bytes == 8, "as given");
  static_assert(pattern.config().block_count == 0 && pattern.config().storage.data == nullptr, "as by default");
  constexpr auto with_count = pattern.block_count(3);
  static_assert(with_count.config().block_count == 3 && pattern.config().block_count == 0, "a builder of its own");
  static_assert(std::is_trivially_copyable_v<decltype(with_count)>, "a plain value");

  storage<4096> first;
  storage<4096> second;
  EXPECT_EQ(with_count.storage(first.span()).config().storage.data, first.span().data);
  const auto plan = with_count.storage(second.span()).build();
  ASSERT_TRUE(succeeded(plan));
  EXPECT_EQ(plan.value().block_count(), 3U);
}

TEST(builder, takes_an_array_as_storage) {
  alignas(16) static std::byte bytes[256];
  constexpr auto made = stack_builder{}.storage(bytes);
  static_assert(made.config().storage.size == 256, "all of it");
  EXPECT_EQ(made.config().storage.data, bytes);
}

// SR-CONF-002
TEST(builder, passes_on_the_error_of_a_wrong_value) {
  storage<256> lent;
  const auto made = pool_builder{}.storage(lent.span()).block_size_bytes(16).block_align_bytes(24);
  const auto plan = made.build();
  EXPECT_EQ(plan.error(), (error{error_code::invalid_configuration, operation::configure, component::pool_allocator,
                                 configuration_field::block_align_bytes}));
  EXPECT_EQ(range_of(made.config(), plan.error()).value, 24U);
}

// SR-CONF-001
TEST(builder, applies_a_preset_to_what_is_not_given) {
  fault_log log;
  const fault_hook own = log.hook();
  const settings paranoid = settings::paranoid();

  const auto preset_only = bump_builder{}.preset(paranoid).config();
  EXPECT_EQ(preset_only.level, check_level::paranoid);
  EXPECT_EQ(preset_only.hook.function, paranoid.hook.function);

  const auto hook_after = bump_builder{}.preset(paranoid).hook(own).config();
  EXPECT_EQ(hook_after.hook.function, own.function);
  EXPECT_EQ(hook_after.hook.context, own.context);
  EXPECT_EQ(hook_after.level, check_level::paranoid);

  const auto hook_before = bump_builder{}.hook(own).preset(paranoid).config();
  EXPECT_EQ(hook_before.hook.context, own.context);

  const auto level_before = bump_builder{}.level(check_level::standard).preset(paranoid).config();
  EXPECT_EQ(level_before.level, check_level::standard);
  EXPECT_EQ(level_before.hook.function, paranoid.hook.function);

  const auto none = bump_builder{}.config();
  EXPECT_EQ(none.level, check_level::standard);
  EXPECT_EQ(none.hook.function, nullptr);
}

} // namespace
