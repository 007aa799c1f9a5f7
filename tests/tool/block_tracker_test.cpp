// SPDX-License-Identifier: Apache-2.0 OR MIT
// From addresses to blocks.
#include <gtest/gtest.h>

#include <vector>

#include "tests/tool/support.hpp"
#include "tools/trace/blocks.hpp"

namespace nebula::tool_test {
namespace {

using trace::event_kind;
using trace::operation;
using trace::operation_kind;

class tracked {
public:
  std::vector<operation> follow(trace::event item, std::size_t thread = 0) {
    item.sequence = ++sequence_;
    operation lost{};
    operation result{};
    const bool has_lost = tracker.follow(item, thread, lost, result);
    return has_lost ? std::vector<operation>{lost, result} : std::vector<operation>{result};
  }
  operation one(const trace::event& item, std::size_t thread = 0) {
    const auto operations = follow(item, thread);
    EXPECT_EQ(operations.size(), 1U);
    return operations.front();
  }
  trace::block_tracker tracker;

private:
  std::uint64_t sequence_ = 0;
};

TEST(block_tracker, an_address_that_is_used_again_is_another_block) {
  tracked blocks;
  const operation first = blocks.one(birth(0x1000, 40));
  EXPECT_EQ(first.kind, operation_kind::allocate);
  EXPECT_EQ(first.size, 40U);
  EXPECT_EQ(first.alignment, 16U);
  const operation freed = blocks.one(release(0x1000));
  EXPECT_EQ(freed.kind, operation_kind::release);
  EXPECT_EQ(freed.block_id, first.block_id);
  EXPECT_EQ(freed.old_size, 40U);
  EXPECT_NE(blocks.one(birth(0x1000, 8)).block_id, first.block_id);
  EXPECT_EQ(blocks.tracker.live_bytes(), 8U);
}

TEST(block_tracker, frees_without_a_live_block_are_told_apart) {
  tracked blocks;
  EXPECT_EQ(blocks.one(release(0x1000)).kind, operation_kind::release_unknown);
  const operation born = blocks.one(birth(0x1000, 8));
  static_cast<void>(blocks.one(release(0x1000)));
  const operation dead = blocks.one(release(0x1000));
  EXPECT_EQ(dead.kind, operation_kind::release_dead);
  EXPECT_EQ(dead.block_id, born.block_id);
  EXPECT_EQ(blocks.one(release(0x1000, event_kind::realloc_begin)).kind, operation_kind::release_dead);
  EXPECT_EQ(blocks.tracker.oddities().unknown_releases, 1U);
  EXPECT_EQ(blocks.tracker.oddities().dead_releases, 2U);
}

// Between a realloc's two events another thread may already be given the old address.
TEST(block_tracker, a_realloc_gives_its_address_up_before_it_ends) {
  tracked blocks;
  const operation moved = blocks.one(birth(0x1000, 100), 0);
  EXPECT_EQ(blocks.one(release(0x1000, event_kind::realloc_begin), 0).kind, operation_kind::none);
  const operation other = blocks.one(birth(0x1000, 50), 1);
  EXPECT_EQ(other.kind, operation_kind::allocate);
  const operation ended = blocks.one(birth(0x2000, 300, event_kind::realloc_end), 0);
  EXPECT_EQ(ended.kind, operation_kind::reallocate);
  EXPECT_EQ(ended.block_id, moved.block_id);
  EXPECT_EQ(ended.old_size, 100U);
  EXPECT_EQ(ended.size, 300U);
  EXPECT_EQ(blocks.one(release(0x1000), 0).block_id, other.block_id);
  EXPECT_EQ(blocks.one(release(0x2000), 1).block_id, moved.block_id);
  EXPECT_EQ(blocks.tracker.live_blocks(), 0U);
  EXPECT_EQ(blocks.tracker.live_bytes(), 0U);
}

TEST(block_tracker, a_failed_realloc_leaves_the_block) {
  tracked blocks;
  const operation born = blocks.one(birth(0x1000, 100));
  static_cast<void>(blocks.one(release(0x1000, event_kind::realloc_begin)));
  EXPECT_EQ(blocks.one({0, 0, 1U << 30U, 0, 0, event_kind::realloc_end, true}).kind, operation_kind::none);
  EXPECT_EQ(blocks.one(release(0x1000)).block_id, born.block_id);
  EXPECT_EQ(blocks.tracker.oddities().failed_requests, 1U);
}

TEST(block_tracker, realloc_of_null_is_a_birth_and_to_zero_a_release) {
  tracked blocks;
  const operation born = blocks.one(birth(0x1000, 100, event_kind::realloc_end));
  EXPECT_EQ(born.kind, operation_kind::allocate);
  static_cast<void>(blocks.one(release(0x1000, event_kind::realloc_begin)));
  const operation freed = blocks.one(release(0, event_kind::realloc_release));
  EXPECT_EQ(freed.kind, operation_kind::release);
  EXPECT_EQ(freed.block_id, born.block_id);
}

TEST(block_tracker, a_birth_at_a_live_address_ends_the_block_there) {
  tracked blocks;
  const operation born = blocks.one(birth(0x1000, 100));
  const auto operations = blocks.follow(birth(0x1000, 20));
  ASSERT_EQ(operations.size(), 2U);
  EXPECT_EQ(operations[0].kind, operation_kind::release);
  EXPECT_EQ(operations[0].block_id, born.block_id);
  EXPECT_EQ(operations[1].kind, operation_kind::allocate);
  EXPECT_EQ(blocks.tracker.oddities().lost_releases, 1U);
  EXPECT_EQ(blocks.tracker.live_bytes(), 20U);
}

TEST(block_tracker, sizes_and_alignments_are_those_that_the_program_may_use) {
  EXPECT_EQ(trace::requested_bytes({1, 16, 24, 10, 0, event_kind::calloc, false}), 240U);
  EXPECT_EQ(trace::requested_bytes({1, 16, 24, 0, 0, event_kind::malloc, false}), 24U);
  EXPECT_EQ(trace::requested_alignment(birth(64, 1, event_kind::memalign, 64)), 64U);
  EXPECT_EQ(trace::requested_alignment(birth(64, 1, event_kind::memalign, 48)), 64U);
  EXPECT_EQ(trace::requested_alignment(birth(64, 1, event_kind::posix_memalign, 8)), 16U);
  EXPECT_EQ(trace::requested_alignment(birth(64, 1, event_kind::valloc)), 4096U);
}

} // namespace
} // namespace nebula::tool_test
