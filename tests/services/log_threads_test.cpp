// SPDX-License-Identifier: Apache-2.0 OR MIT
// Several threads at once, for ThreadSanitizer too.
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include <nebula/kernel.hpp>
#include <nebula/services/logged.hpp>
#include "../unit/gtest.hpp"
#include "error_rig.hpp"
#include "log_rig.hpp"

namespace nebula::services {
namespace {

constexpr layout whole_block{64, 8};
constexpr std::size_t thread_count = 4;
constexpr std::uint64_t rounds = 2000;
using shared_pool = static_pool<block_of_64, 16>;

template <class Work>
void on_threads(Work work) {
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < thread_count; ++thread) {
    threads.emplace_back(work);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

// [SR-LOG-008]
TEST(threads, that_log_at_once_lose_no_event) {
  kept_events kept;
  event_log log(log_named("messages").validate().value(), kept);
  shared_pool inner;
  observed<shared_pool> pool(inner, log.observer().validate().value());
  on_threads([&] {
    for (std::uint64_t round = 0; round < rounds; ++round) {
      const auto block = pool.allocate(whole_block);
      static_cast<void>(pool.allocate({65, 8}));
      static_cast<void>(pool.deallocate(block.value(), whole_block));
    }
  });
  EXPECT_EQ(pool.dropped_events(), 0U);
  EXPECT_EQ(kept.events.size(), thread_count * rounds * 3);
  EXPECT_EQ(log.counts().told, kept.events.size());
  EXPECT_EQ(log.counts().inside_sink, 0U) << "another thread's sink is not this one's";
}

TEST(threads, that_share_rates_lose_no_count) {
  kept_events kept;
  event_log_config config = log_named("messages");
  config.limits[0] = {3, 1000, 5};
  config.limits[static_cast<std::size_t>(log_level::error)] = {1, 1000, 7};
  event_log log(config.validate().value(), kept);
  shared_pool inner;
  on_threads([&] {
    logged<shared_pool, log_level::trace> own(inner, log); // each thread has its own
    for (std::uint64_t round = 0; round < rounds; ++round) {
      const auto block = own.allocate(whole_block);
      static_cast<void>(own.allocate({65, 8}));
      static_cast<void>(own.deallocate(block.value(), whole_block));
    }
  });
  const log_counts counts = log.counts();
  EXPECT_EQ(counts.told + counts.sampled_out + counts.over_rate, thread_count * rounds * 3);
  log.flush();
  EXPECT_EQ(kept.suppressed(), counts.sampled_out + counts.over_rate);
}

} // namespace
} // namespace nebula::services
