// SPDX-License-Identifier: Apache-2.0 OR MIT
// The kernel without its paranoid level: built with NEBULA_PARANOID_LEVEL=0, as this file is.
#include <array>
#include <cstddef>

#include <gtest/gtest.h>

#include <nebula/kernel.hpp>

#if NEBULA_PARANOID_LEVEL
#error "to be built with NEBULA_PARANOID_LEVEL=0"
#endif

namespace nebula {
namespace {

alignas(64) std::array<std::byte, 2048> memory;

// Says which configuration field is wrong, and with which highest value it would not be.
template <class Config>
void refuses_paranoia(Config config) {
  config.storage = {memory.data(), memory.size()};
  EXPECT_TRUE(config.validate().has_value());
  config.level = check_level::paranoid;
  const auto plan = config.validate();
  ASSERT_EQ(plan.code(), error_code::invalid_configuration);
  EXPECT_EQ(plan.error().field, configuration_field::check_level);
  const configuration_report report = range_of(config, plan.error());
  EXPECT_EQ(report.value, 1U);
  EXPECT_EQ(report.highest, 0U);
}

// SR-CHK-004
TEST(lean_kernel, refuses_the_paranoid_level_by_name_and_range) {
  refuses_paranoia(bump_config{});
  refuses_paranoia(stack_config{});
  refuses_paranoia(pool_config{.block_size_bytes = 32, .block_align_bytes = 8, .block_count = 4});
}

// SR-CHK-004
TEST(lean_kernel, a_constructor_without_a_plan_traps) {
  EXPECT_DEATH((static_bump<64>{fault_hook{}, check_level::paranoid}), "");
}

// SR-CHK-004
TEST(lean_kernel, finds_misuse_and_corruption_as_ever) {
  static_stack<256> stack;
  std::byte* const lower = stack.allocate({16, 8}).value();
  std::byte* const upper = stack.allocate({16, 8}).value();
  EXPECT_EQ(stack.deallocate(lower, {16, 8}).code(), error_code::lifo_violation);
  EXPECT_TRUE(stack.deallocate(upper, {16, 8}).has_value());
  EXPECT_EQ(stack.deallocate(upper, {16, 8}).code(), error_code::double_free);
  EXPECT_TRUE(stack.check_invariants().has_value());

  static_local_pool<long, 4> pool;
  std::byte* const block = pool.allocate(layout::of<long>()).value();
  EXPECT_TRUE(pool.deallocate(block).has_value());
  EXPECT_EQ(pool.deallocate(block).code(), error_code::double_free);
  EXPECT_EQ(pool.level(), check_level::standard);
}

} // namespace
} // namespace nebula
