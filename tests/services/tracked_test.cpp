// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/tracked.hpp>

#include <string>
#include <thread>
#include <vector>

#include <nebula/services/allocator_registry.hpp>

#include "lifecycle_rig.hpp"

namespace nebula::services {
namespace {

constexpr layout request{48, 16};

struct seen_block {
  const std::byte* address;
  layout asked;
  std::uint64_t sequence;
  std::size_t frames;
};
template <class Tracked>
std::vector<seen_block> seen_in(const Tracked& allocator) {
  std::vector<seen_block> found;
  allocator.visit_live({[](void* context, const tracked_block& block) noexcept {
                          static_cast<std::vector<seen_block>*>(context)->push_back(
                              {block.address, block.request, block.sequence, block.trace->frame_count()});
                        },
                        &found});
  return found;
}

// [SR-LC-008]
TEST(tracked_allocator, knows_its_live_blocks) {
  test::shared_pool owned;
  tracked<pool_allocator> allocator(owned.pool, tracking_table::make(8).value());
  std::byte* const first = allocator.allocate(request).value();
  std::byte* const second = allocator.allocate({64, 8}).value();
  ASSERT_TRUE(allocator.deallocate(first, request).has_value());
  const std::vector<seen_block> seen = seen_in(allocator);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].address, second);
  EXPECT_EQ(seen[0].asked.size, 64U);
  EXPECT_EQ(seen[0].sequence, 2U);
  EXPECT_EQ(seen[0].frames != 0, backtrace::is_supported());
  EXPECT_TRUE(allocator.owns(second));
  EXPECT_FALSE(allocator.is_corrupted());
  EXPECT_EQ(allocator.state().live_blocks, 1U);
}

/// An allocator small enough to be built into whoever calls it.
struct one_block {
  alignas(16) std::byte bytes[64];
  result<std::byte*> allocate(layout /*wanted*/) noexcept { return &bytes[0]; }
};
[[gnu::noinline]] std::byte* allocated_in_a_named_function(tracked<one_block>& allocator) {
  std::byte* const block = allocator.allocate(request).value();
  __asm__ volatile("" : : "r"(block) : "memory"); // no jump in the place of the call
  return block;
}

TEST(tracked_allocator, knows_a_block_by_the_function_that_allocated_it) {
  if (!backtrace::is_supported()) GTEST_SKIP() << "backtraces were left out of this build";
  one_block inner;
  tracked<one_block> allocator(inner, tracking_table::make(8).value());
  ASSERT_NE(allocated_in_a_named_function(allocator), nullptr);
  std::string first;
  allocator.visit_live({[](void* context, const tracked_block& block) noexcept {
                          char text[1024];
                          bounded_text words(text, sizeof text);
                          add_frame(words, block.trace->frame(0));
                          static_cast<void>(words.finish());
                          *static_cast<std::string*>(context) = text;
                        },
                        &first});
  EXPECT_NE(first.find("allocated_in_a_named_function"), std::string::npos) << first;
}

TEST(tracked_allocator, takes_no_backtraces_where_none_are_wanted) {
  test::shared_pool owned;
  tracked<pool_allocator> allocator(owned.pool, tracking_table::make(8).value(), take_backtraces::no);
  ASSERT_TRUE(allocator.allocate(request).has_value());
  EXPECT_EQ(seen_in(allocator)[0].frames, 0U);
}

TEST(tracked_allocator, still_knows_a_block_whose_free_was_refused) {
  test::shared_pool owned;
  tracked<pool_allocator> allocator(owned.pool, tracking_table::make(8).value());
  std::byte* const block = allocator.allocate(request).value();
  EXPECT_EQ(allocator.deallocate(block, {4096, 16}).code(), error_code::layout_mismatch);
  EXPECT_EQ(seen_in(allocator).size(), 1U);
  EXPECT_EQ(allocator.deallocate(block + 1, request).code(), error_code::misaligned_pointer);
  EXPECT_EQ(seen_in(allocator).size(), 1U);
}

TEST(tracked_allocator, serves_and_counts_blocks_that_the_table_has_no_room_for) {
  test::shared_pool owned(4);
  tracked<pool_allocator> allocator(owned.pool, tracking_table::make(2).value());
  for (int block = 0; block < 4; ++block) {
    ASSERT_TRUE(allocator.allocate(request).has_value());
  }
  EXPECT_EQ(allocator.allocate(request).code(), error_code::exhausted);
  EXPECT_EQ(allocator.untracked_count(), 2U);
  EXPECT_EQ(seen_in(allocator).size(), 2U);
}

TEST(tracked_allocator, knows_nothing_after_a_reset_and_all_after_one_that_was_refused) {
  test::owned_bump bump;
  tracked<bump_allocator> frame(bump.bump, tracking_table::make(8).value());
  ASSERT_TRUE(frame.allocate(request).has_value());
  ASSERT_TRUE(frame.reset().has_value());
  EXPECT_TRUE(seen_in(frame).empty());
  test::shared_pool owned;
  tracked<pool_allocator> pool(owned.pool, tracking_table::make(8).value());
  ASSERT_TRUE(pool.allocate(request).has_value());
  EXPECT_EQ(pool.reset().code(), error_code::blocks_live);
  EXPECT_EQ(seen_in(pool).size(), 1U);
}

// [SR-LC-007]
TEST(leaks_of_a_tracked_allocator, are_its_oldest_blocks) {
  test::shared_pool owned(8);
  tracked<pool_allocator> allocator(owned.pool, tracking_table::make(8).value());
  const allocator_registry registry = allocator_registry::make({}).value();
  const auto registration = registry.add("pool", {allocator, allocator_threads::any});
  ASSERT_TRUE(registration.has_value());
  std::byte* const first = allocator.allocate({1, 1}).value();
  for (std::size_t size = 2; size <= 6; ++size) {
    ASSERT_TRUE(allocator.allocate({size, 1}).has_value());
  }
  ASSERT_TRUE(allocator.deallocate(first, {1, 1}).has_value());
  const leak_report report = registry.leaks(3).value();
  ASSERT_EQ(report.leaks.size(), 1U);
  EXPECT_EQ(report.leaks[0].blocks, 5U);
  ASSERT_EQ(report.leaks[0].first.size(), 3U);
  for (std::size_t index = 0; index < 3; ++index) {
    EXPECT_EQ(report.leaks[0].first[index].sequence, index + 2);
    EXPECT_EQ(report.leaks[0].first[index].request.size, index + 2);
  }
  EXPECT_TRUE(registry.leaks(0).value().leaks[0].first.empty());
}

// Seen by ThreadSanitizer.
TEST(tracked_allocator, serves_many_threads) {
  test::shared_pool owned(16);
  tracked<pool_allocator> allocator(owned.pool, tracking_table::make(16).value(), take_backtraces::no);
  std::vector<std::thread> workers;
  for (int worker = 0; worker < 2; ++worker) {
    workers.emplace_back([&allocator] {
      for (int round = 0; round < 2000; ++round) {
        const auto block = allocator.allocate(request);
        ASSERT_TRUE(block.has_value());
        ASSERT_TRUE(allocator.deallocate(block.value(), request).has_value());
      }
    });
  }
  for (std::thread& worker : workers) {
    worker.join();
  }
  EXPECT_TRUE(seen_in(allocator).empty());
  EXPECT_EQ(allocator.untracked_count(), 0U);
}

} // namespace
} // namespace nebula::services
