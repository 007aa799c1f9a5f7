// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <atomic>
#include <cstddef>
#include <thread>

#include <nebula/kernel.hpp>
#include <nebula/services/allocator_statistics.hpp>
#include <nebula/services/state_publisher.hpp>
#include <nebula/services/stats_collector.hpp>
#include "statistics_rig.hpp"

namespace nebula::services {
namespace {

// [SR-STAT-009]
TEST(published_state, is_that_which_was_published) {
  state_publisher shown;
  EXPECT_EQ(shown.state().capacity_bytes, 0U);
  static_bump<256> bump;
  ASSERT_TRUE(bump.allocate({100, 1}).has_value());
  EXPECT_FALSE(bump.allocate({200, 1}).has_value());
  shown.publish(bump.state());
  ASSERT_TRUE(bump.allocate({50, 1}).has_value());
  const allocator_state read = shown.state();
  EXPECT_EQ(read.capacity_bytes, 256U);
  EXPECT_EQ(read.used_bytes, 100U);
  EXPECT_EQ(read.available_bytes, 156U);
  EXPECT_EQ(read.peak_bytes, 100U);
  EXPECT_EQ(read.live_blocks, 1U);
  EXPECT_EQ(read.failures.of(error_code::exhausted), 1U);
  stats_collector collector = test::new_collector();
  const auto registered = collector.add("bump", "", source_of_owned(shown));
  EXPECT_EQ(collector.snapshot().value().sources()[0].find("used_bytes")->value, 100U);
}

TEST(published_state, is_whole_for_readers_meanwhile) {
  state_publisher shown;
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> read_count{0};
  std::thread reads([&] {
    std::size_t last = 0;
    while (!stop.load()) {
      const allocator_state read = shown.state();
      ASSERT_EQ(read.used_bytes, read.capacity_bytes);
      ASSERT_EQ(read.failures.counts[failure_reason_count - 1], read.capacity_bytes);
      ASSERT_GE(read.capacity_bytes, last);
      last = read.capacity_bytes;
      read_count.fetch_add(1);
    }
  });
  for (std::size_t round = 1; round <= 20'000; ++round) {
    allocator_state state;
    state.capacity_bytes = round;
    state.used_bytes = round;
    state.failures.counts[failure_reason_count - 1] = round;
    shown.publish(state);
    if (round % 100 == 0) { // a reader fails once for each publication at most, and so never read_attempts_max times
      const std::size_t before = read_count.load();
      while (read_count.load() == before && !testing::Test::HasFailure()) {
        std::this_thread::yield();
      }
    }
  }
  stop.store(true);
  reads.join();
}

} // namespace
} // namespace nebula::services
