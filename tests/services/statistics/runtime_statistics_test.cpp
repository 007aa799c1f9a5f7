// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/runtime_statistics.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <thread>

#include <nebula/kernel.hpp>
#include <nebula/services/allocator_registry.hpp>
#include <nebula/services/memory_runtime.hpp>
#include <nebula/services/stats_collector.hpp>
#include "statistics_rig.hpp"

namespace nebula::services {
namespace {

memory_runtime new_runtime() { return memory_runtime::initialize(runtime_config{}.validate().value()).value(); }

std::uint64_t value_of(const source_snapshot& source, std::string_view metric, std::string_view label = {}) {
  const services::metric* const found = source.find(metric, label);
  EXPECT_NE(found, nullptr) << metric << " of " << label;
  return found == nullptr ? ~std::uint64_t{0} : found->value;
}

// [SR-STAT-012]
TEST(runtime_source, tells_the_state_of_each_allocator_by_its_name) {
  const memory_runtime runtime = new_runtime();
  static_pool<std::uint64_t, 4> pool;
  static_bump<256> bump;
  const auto of_pool = runtime.registry().add("pool", {pool, allocator_threads::any});
  const auto of_bump =
      runtime.registry().add(test::hostile_name, {bump, allocator_threads::owner_only}, {blocks_at_end::are_dropped});
  ASSERT_TRUE(of_pool.has_value() && of_bump.has_value());
  std::byte* const block = pool.allocate(layout::of<std::uint64_t>()).value();
  EXPECT_FALSE(pool.allocate({64, 8}).has_value());
  EXPECT_TRUE(bump.allocate({100, 1}).has_value());

  stats_collector collector = test::new_collector();
  const runtime_statistics all(runtime);
  const auto registered = collector.add("memory", "memory_runtime", source_of_reporter(all));
  const auto taken = collector.snapshot();
  ASSERT_TRUE(test::succeeded(taken));
  const source_snapshot& source = taken.value().sources()[0];
  EXPECT_EQ(source.refused_count, 0U);
  EXPECT_EQ(value_of(source, "allocators"), 2U);
  EXPECT_EQ(value_of(source, "allocators_not_asked"), 0U);
  EXPECT_EQ(value_of(source, "allocator_capacity_bytes", "pool"), pool.state().capacity_bytes);
  EXPECT_EQ(value_of(source, "allocator_used_bytes", "pool"), pool.state().used_bytes);
  EXPECT_EQ(value_of(source, "allocator_live_blocks", "pool"), 1U);
  EXPECT_EQ(value_of(source, "allocator_failed_calls", "pool"), 1U);
  EXPECT_EQ(value_of(source, "allocator_corrupted", "pool"), 0U);
  EXPECT_EQ(value_of(source, "allocator_used_bytes", test::hostile_name), 100U);
  EXPECT_EQ(value_of(source, "health_state"), 0U);
  EXPECT_EQ(value_of(source, "health_reason", "near_capacity"), 0U);
  EXPECT_TRUE(pool.deallocate(block, layout::of<std::uint64_t>()).has_value());
}

TEST(runtime_source, leaves_an_allocator_of_another_thread_alone_and_counts_it) {
  const memory_runtime runtime = new_runtime();
  static_bump<256> bump;
  const auto of_bump =
      runtime.registry().add("bump", {bump, allocator_threads::owner_only}, {blocks_at_end::are_dropped});
  ASSERT_TRUE(of_bump.has_value());
  source_report report;
  std::thread([&] { report_allocators(report, runtime.registry()); }).join();
  ASSERT_EQ(report.metrics().size(), 2U);
  EXPECT_EQ(report.metrics()[0].value, 1U);
  EXPECT_EQ(report.metrics()[1].value, 1U);
}

TEST(runtime_source, says_why_the_memory_is_not_healthy) {
  memory_runtime runtime = new_runtime();
  static_pool<std::uint64_t, 1> pool;
  auto of_pool = runtime.registry().add("pool", {pool, allocator_threads::any});
  ASSERT_TRUE(of_pool.has_value());
  std::byte* const block = pool.allocate(layout::of<std::uint64_t>()).value();
  stats_collector collector = test::new_collector();
  const runtime_statistics all(runtime);
  const auto registered = collector.add("memory", "memory_runtime", source_of_reporter(all));
  const auto full = collector.snapshot();
  EXPECT_EQ(value_of(full.value().sources()[0], "health_state"), 1U);
  EXPECT_EQ(value_of(full.value().sources()[0], "health_reason", "near_capacity"), 1U);
  EXPECT_EQ(value_of(full.value().sources()[0], "health_reason", "misuse"), 0U);
  EXPECT_TRUE(pool.deallocate(block, layout::of<std::uint64_t>()).has_value());

  EXPECT_TRUE(runtime.shutdown().has_value());
  const auto after = collector.snapshot();
  EXPECT_EQ(value_of(after.value().sources()[0], "health_state"), 2U);
  EXPECT_EQ(value_of(after.value().sources()[0], "health_reason", "shut_down"), 1U);
  EXPECT_EQ(value_of(after.value().sources()[0], "health_reason", "near_capacity"), 0U);
}

/// A program that is shut down by one thread is asked by another one until its end.
TEST(runtime_source, is_asked_while_the_runtime_is_shut_down) {
  for (int round = 0; round < 200; ++round) {
    memory_runtime runtime = new_runtime();
    static_pool<std::uint64_t, 1> pool;
    const auto of_pool = runtime.registry().add("pool", {pool, allocator_threads::any});
    ASSERT_TRUE(of_pool.has_value());
    const runtime_statistics all(runtime);
    std::thread asking([&] {
      source_report report;
      all.report(report);
      EXPECT_EQ(report.refused_count(), 0U);
    });
    EXPECT_TRUE(runtime.shutdown().has_value());
    asking.join();
  }
}

} // namespace
} // namespace nebula::services
