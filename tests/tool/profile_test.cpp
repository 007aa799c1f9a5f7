// SPDX-License-Identifier: Apache-2.0 OR MIT
// What `inspect` says of traces whose answers are known.
#include <gtest/gtest.h>

#include <string>

#include "tests/tool/support.hpp"
#include "tools/inspect/profile.hpp"

namespace nebula::tool_test {
namespace {

inspect::profile profile_of(const trace::trace_writer& writer) {
  const auto bytes = writer.file(trace::ending::exited);
  return inspect::make_profile(trace::trace_image(bytes), false);
}

std::uint64_t address(std::uint64_t number) { return 0x10000 + number * 0x1000; }

TEST(profile, counts_what_happened) {
  trace::trace_writer writer;
  writer.add(0, birth(address(0), 100));
  writer.add(1, birth(address(1), 300));
  writer.add(0, release(address(0)));
  writer.add(0, birth(address(2), 0));
  writer.add(0, release(address(1)));
  const inspect::profile seen = profile_of(writer);
  EXPECT_EQ(seen.events, 5U);
  EXPECT_EQ(seen.births, 3U);
  EXPECT_EQ(seen.releases, 2U);
  EXPECT_EQ(seen.peak_live_bytes, 400U);
  EXPECT_EQ(seen.peak_live_blocks, 2U);
  EXPECT_EQ(seen.never_freed, 1U);
  EXPECT_EQ(seen.cross_thread_releases, 1U);
  EXPECT_EQ(seen.oddities.zero_size_requests, 1U);
  ASSERT_EQ(seen.threads.size(), 2U);
  EXPECT_EQ(seen.threads[0].events, 4U);
  EXPECT_EQ(seen.lifetimes[2], 2U); // 2 and 3 events
  EXPECT_EQ(seen.lifetimes[3], 0U);
  ASSERT_EQ(seen.size_ranges.size(), 3U);
  EXPECT_EQ(seen.size_ranges[1].limit_bytes, 128U);
  EXPECT_EQ(seen.size_ranges[2].limit_bytes, 512U);
}

TEST(profile, lifo_frees_suit_a_stack) {
  trace::trace_writer writer;
  for (std::uint64_t round = 0; round < 20; ++round) {
    for (std::uint64_t depth = 0; depth < 5; ++depth)
      writer.add(0, birth(address(depth), 16 + 64 * ((round + depth) % 9)));
    for (std::uint64_t depth = 5; depth > 0; --depth) writer.add(0, release(address(depth - 1)));
  }
  const inspect::profile seen = profile_of(writer);
  EXPECT_EQ(seen.lifo_releases, 100U);
  EXPECT_EQ(seen.bulk_releases, 0U);
  EXPECT_NE(inspect::recommend(seen).allocator.find("stack_allocator"), std::string::npos);
}

TEST(profile, frees_in_order_of_birth_are_bulk_and_not_lifo) {
  trace::trace_writer writer;
  for (std::uint64_t round = 0; round < 5; ++round) {
    for (std::uint64_t at = 0; at < 40; ++at) writer.add(0, birth(address(at), 16 + 64 * (at % 9)));
    for (std::uint64_t at = 0; at < 40; ++at) writer.add(0, release(address(at)));
  }
  const inspect::profile seen = profile_of(writer);
  EXPECT_EQ(seen.bulk_releases, 200U);
  EXPECT_EQ(seen.lifo_releases, 5U); // the last of each round
  EXPECT_NE(inspect::recommend(seen).allocator.find("bump_allocator"), std::string::npos);
}

TEST(profile, a_run_below_eight_frees_is_no_bulk) {
  trace::trace_writer writer;
  for (std::uint64_t round = 0; round < 5; ++round) {
    for (std::uint64_t at = 0; at < 7; ++at) writer.add(0, birth(address(at), 32));
    for (std::uint64_t at = 0; at < 7; ++at) writer.add(0, release(address(at)));
  }
  EXPECT_EQ(profile_of(writer).bulk_releases, 0U);
}

TEST(profile, one_size_suits_a_pool) {
  trace::trace_writer writer;
  for (std::uint64_t at = 0; at < 100; ++at) writer.add(at % 2, birth(address(at), at < 95 ? 48 : 17 * at));
  for (std::uint64_t at = 0; at < 100; ++at) {
    writer.add(0, release(address(at * 37 % 100)));
    writer.add(0, birth(address(1000 + at), 48));
  }
  const inspect::profile seen = profile_of(writer);
  EXPECT_EQ(seen.commonest_size, 48U);
  EXPECT_EQ(seen.commonest_size_births, 195U);
  EXPECT_NE(inspect::recommend(seen).allocator.find("pool_cache"), std::string::npos);
}

TEST(profile, a_mixture_suits_the_segregated_allocator) {
  trace::trace_writer writer;
  for (std::uint64_t at = 0; at < 100; ++at) writer.add(0, birth(address(at), 16 * (at % 50)));
  for (std::uint64_t at = 0; at < 100; ++at) {
    writer.add(0, release(address(at * 37 % 100)));
    writer.add(0, birth(address(1000 + at), 24 * (at % 50)));
    writer.add(0, release(address(1000 + at)));
  }
  EXPECT_EQ(inspect::recommend(profile_of(writer)).allocator, "local_segregated_allocator");
}

TEST(profile, an_empty_trace_needs_no_allocator) {
  EXPECT_EQ(inspect::recommend(profile_of(trace::trace_writer())).allocator, "none");
}

} // namespace
} // namespace nebula::tool_test
