// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include <nebula/kernel.hpp>
#include <nebula/services/counted.hpp>
#include <nebula/services/stats_collector.hpp>
#include "failing_heap.hpp"
#include "statistics_rig.hpp"

namespace nebula::services {
namespace {

struct alignas(8) block {
  std::byte bytes[64];
};

// [SR-STAT-009]
TEST(counted_allocator, counts_what_its_calls_come_to) {
  static_pool<block, 2> pool;
  const auto counts = std::make_unique<allocation_counts>();
  counted blocks(pool, *counts);
  const layout request{40, 8};
  std::byte* const taken = blocks.allocate(request).value();
  ASSERT_TRUE(blocks.allocate({64, 8}).has_value());
  EXPECT_EQ(blocks.allocate({1, 1}).code(), error_code::exhausted);
  EXPECT_TRUE(blocks.owns(taken));
  EXPECT_EQ(blocks.state().live_blocks, 2U);
  EXPECT_TRUE(blocks.deallocate(taken, request).has_value());
  EXPECT_TRUE(blocks.check_invariants().has_value());
  EXPECT_EQ(blocks.deallocate(nullptr, request).code(), error_code::null_pointer);
  EXPECT_EQ(&blocks.allocator(), &pool);

  stats_collector collector = test::new_collector();
  const auto registered = collector.add("pool", "counted", source_of_reporter(*counts));
  const auto snapshot = collector.snapshot();
  const source_snapshot& source = snapshot.value().sources()[0];
  EXPECT_EQ(source.refused_count, 0U);
  EXPECT_EQ(source.find("allocated_blocks")->value, 2U);
  EXPECT_EQ(source.find("allocated_bytes")->value, 104U);
  EXPECT_EQ(source.find("freed_blocks")->value, 1U);
  EXPECT_EQ(source.find("freed_bytes")->value, 40U);
  EXPECT_EQ(source.find("failed_allocations")->value, 1U);
  EXPECT_EQ(source.find("failed_frees")->value, 1U);
  EXPECT_EQ(source.find("block_size_bytes")->distribution.percentile(0).value().value, 40U);
}

TEST(counted_allocator, is_exact_for_threads_that_come_and_go) {
  static_pool<block, 64> pool;
  const auto counts = std::make_unique<allocation_counts>();
  counted blocks(pool, *counts);
  constexpr std::uint64_t rounds = 2000;
  for (int generation = 0; generation < 3; ++generation) {
    std::vector<std::thread> running;
    for (int each = 0; each < 4; ++each) {
      running.emplace_back([&] {
        for (std::uint64_t round = 0; round < rounds; ++round) {
          std::byte* const taken = blocks.allocate({32, 8}).value();
          ASSERT_TRUE(blocks.deallocate(taken, {32, 8}).has_value());
        }
      });
    }
    for (std::thread& each : running) {
      each.join();
    }
  }
  source_report report;
  counts->report(report);
  EXPECT_EQ(report.metrics()[0].value, 12 * rounds);
  EXPECT_EQ(report.metrics()[1].value, 12 * rounds * 32);
  EXPECT_EQ(report.metrics()[2].value, 12 * rounds);
}

TEST(allocation_counts, without_memory_for_a_report_say_so) {
  const auto counts = std::make_unique<allocation_counts>();
  source_report report;
  test::fail_heap_after(0, test::heap_failures::once);
  counts->report(report);
  EXPECT_TRUE(test::mend_heap());
  EXPECT_TRUE(report.ran_out_of_memory());
}

} // namespace
} // namespace nebula::services
