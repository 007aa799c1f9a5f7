// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <memory>

#include <nebula/kernel.hpp>
#include <nebula/services/allocator_statistics.hpp>
#include <nebula/services/stats_collector.hpp>
#include "statistics_rig.hpp"

namespace nebula::services {
namespace {

static_assert(is_shared_subject<pool_allocator> && is_shared_subject<budget> &&
              is_shared_subject<shared_bump_allocator>);
static_assert(is_shared_subject<segregated_allocator> && !is_shared_subject<local_segregated_allocator>);
static_assert(!is_shared_subject<local_pool_allocator> && !is_shared_subject<bump_allocator> &&
              !is_shared_subject<stack_allocator> && !is_shared_subject<arena>);

// [SR-STAT-006]
TEST(allocator_source, tells_the_allocators_own_state) {
  static_pool<std::uint64_t, 4> pool;
  stats_collector collector = test::new_collector();
  const auto registered = collector.add("pool", name(component::pool_allocator), source_of(pool));
  std::byte* const block = pool.allocate(layout::of<std::uint64_t>()).value();
  EXPECT_FALSE(pool.allocate({64, 8}).has_value());
  const auto taken = collector.snapshot();
  ASSERT_TRUE(test::succeeded(taken));
  const source_snapshot& source = taken.value().sources()[0];
  EXPECT_EQ(source.refused_count, 0U);
  EXPECT_EQ(source.kind, "pool_allocator");
  const allocator_state state = pool.state();
  EXPECT_EQ(source.find("capacity_bytes")->value, state.capacity_bytes);
  EXPECT_EQ(source.find("used_bytes")->value, state.used_bytes);
  EXPECT_EQ(source.find("available_bytes")->value, state.available_bytes);
  EXPECT_EQ(source.find("peak_bytes")->value, state.peak_bytes);
  EXPECT_EQ(source.find("live_blocks")->value, 1U);
  EXPECT_EQ(source.find("cached_blocks")->value, 0U);
  EXPECT_EQ(source.find("failed_calls", "layout_unsupported")->value, 1U);
  EXPECT_EQ(source.find("failed_calls", "corrupted")->value, 0U);
  EXPECT_EQ(source.metrics.size(), 6 + failure_reason_count);
  EXPECT_TRUE(pool.deallocate(block, layout::of<std::uint64_t>()).has_value());
}

TEST(allocator_source, of_one_owner_is_asked_by_its_owner) {
  static_bump<256> bump;
  ASSERT_TRUE(bump.allocate({100, 1}).has_value());
  stats_collector collector = test::new_collector();
  const auto registered = collector.add("bump", "", source_of_owned(bump));
  EXPECT_EQ(collector.snapshot().value().sources()[0].find("used_bytes")->value, 100U);
}

TEST(budget_source, tells_the_budgets_own_state) {
  budget whole(budget_config{.limit_bytes = 1000}.validate().value());
  ASSERT_TRUE(whole.reserve(400).has_value());
  EXPECT_FALSE(whole.reserve(700).has_value());
  stats_collector collector = test::new_collector();
  const auto registered = collector.add("budget", "", source_of(whole));
  const auto taken = collector.snapshot();
  const source_snapshot& source = taken.value().sources()[0];
  EXPECT_EQ(source.find("limit_bytes")->value, 1000U);
  EXPECT_EQ(source.find("used_bytes")->value, 400U);
  EXPECT_EQ(source.find("own_bytes")->value, 400U);
  EXPECT_EQ(source.find("available_bytes")->value, 600U);
  EXPECT_EQ(source.find("peak_bytes")->value, 400U);
  EXPECT_EQ(source.find("child_budgets")->value, 0U);
  EXPECT_EQ(source.find("failed_calls", "over_budget")->value, 1U);
  EXPECT_TRUE(whole.release(400).has_value());
}

TEST(memory_source, tells_what_limits_the_process) {
  memory_info info;
  info.machine = {1000, 400};
  info.resident_bytes = 50;
  source_report machine_alone;
  report_state(machine_alone, info);
  EXPECT_EQ(machine_alone.metrics().size(), 3U);
  info.limit = {500, 100};
  info.limit_version = control_group_version::v2;
  source_report limited;
  report_state(limited, info);
  ASSERT_EQ(limited.metrics().size(), 5U);
  EXPECT_EQ(limited.refused_count(), 0U);
  EXPECT_EQ(limited.metrics()[3].value, 100U);
  EXPECT_EQ(limited.metrics()[3].label_value, "limit");
}

} // namespace
} // namespace nebula::services
