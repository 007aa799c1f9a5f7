// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <vector>

#include "metadata_access.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;
using access = metadata_access;

using rig_type = pool_rig<local_pool_allocator>; // five blocks of 48 bytes

class latest_free_of_a_pool : public testing::Test {
protected:
  [[nodiscard]] std::byte* allocate() { return rig_.pool.allocate(rig_type::block).value(); }
  void free(std::byte* block) { ASSERT_TRUE(rig_.pool.deallocate(block, rig_type::block).has_value()); }
  [[nodiscard]] std::uint64_t list_version() { return access::list(rig_.pool).version(); }
  [[nodiscard]] std::uint32_t kept() { return access::latest(rig_.pool).count(); }

  rig_type rig_;
};

TEST(latest_free_value, is_none_when_zero_and_the_block_that_was_kept) {
  static_assert(latest_free{}.count() == 0 && latest_free{}.number() == 0);
  std::byte block{};
  latest_free latest;
  latest.keep(7, &block);
  EXPECT_EQ(latest.count(), 1U);
  EXPECT_EQ(latest.index(), 7U);
  EXPECT_EQ(latest.block(), &block);
  latest.clear();
  EXPECT_EQ(latest.count(), 0U);
  static_assert(no_latest_free::count() == 0 && no_latest_free::number() == 0);
}

TEST_F(latest_free_of_a_pool, a_free_and_the_allocation_after_it_do_not_touch_the_list) {
  std::byte* const block = allocate();
  const std::uint64_t before = list_version();
  for (int round = 0; round < 3; ++round) {
    free(block);
    EXPECT_EQ(kept(), 1U);
    ASSERT_EQ(allocate(), block);
    EXPECT_EQ(kept(), 0U);
  }
  EXPECT_EQ(list_version(), before);
}

TEST_F(latest_free_of_a_pool, blocks_come_back_in_the_order_of_a_list) {
  std::vector<std::byte*> blocks;
  for (std::uint32_t number = 0; number < rig_type::block_count; ++number) {
    blocks.push_back(allocate());
  }
  for (const std::size_t which : {1U, 4U, 0U}) {
    free(blocks[which]);
  }
  EXPECT_EQ(allocate(), blocks[0]);
  EXPECT_EQ(allocate(), blocks[4]);
  EXPECT_EQ(allocate(), blocks[1]);
  EXPECT_EQ(rig_.pool.allocate(rig_type::block).code(), error_code::exhausted);
}

TEST_F(latest_free_of_a_pool, a_block_that_is_kept_is_free_in_every_respect) {
  std::byte* const block = allocate();
  const allocator_state before = rig_.pool.state();
  free(block);
  EXPECT_EQ(rig_.pool.state().live_blocks, 0U);
  EXPECT_EQ(rig_.pool.state().available_bytes, rig_.pool.state().capacity_bytes);
  EXPECT_EQ(rig_.pool.deallocate(block, rig_type::block).code(), error_code::double_free);
  EXPECT_EQ(rig_.pool.handle_of(block).code(), error_code::double_free);
  EXPECT_TRUE(rig_.pool.check_invariants().has_value());
  ASSERT_EQ(allocate(), block);
  EXPECT_EQ(rig_.pool.state().live_blocks, before.live_blocks);
  EXPECT_EQ(rig_.pool.state().used_bytes, before.used_bytes);
}

TEST_F(latest_free_of_a_pool, the_peak_is_the_most_that_were_live) {
  std::byte* const first = allocate();
  std::byte* const second = allocate();
  EXPECT_EQ(rig_.pool.state().peak_bytes, 2 * rig_.pool.stride_bytes());
  free(second);
  free(first);
  ASSERT_EQ(allocate(), first);
  ASSERT_EQ(allocate(), second);
  EXPECT_EQ(rig_.pool.state().peak_bytes, 2 * rig_.pool.stride_bytes());
  static_cast<void>(allocate());
  EXPECT_EQ(rig_.pool.state().peak_bytes, 3 * rig_.pool.stride_bytes());
}

TEST_F(latest_free_of_a_pool, a_reset_lists_it_with_all_others) {
  std::byte* const first = allocate();
  std::byte* const second = allocate();
  free(first);
  EXPECT_EQ(rig_.pool.reset().code(), error_code::blocks_live);
  free(second);
  ASSERT_TRUE(rig_.pool.reset().has_value());
  EXPECT_EQ(kept(), 0U);
  EXPECT_EQ(allocate(), first) << "ascending again";
  EXPECT_EQ(allocate(), second);
}

TEST_F(latest_free_of_a_pool, a_walk_in_steps_begins_anew_when_it_comes_or_goes) {
  std::byte* const block = allocate();
  audit_cursor cursor;
  ASSERT_TRUE(rig_.pool.audit(cursor, 3).has_value());
  free(block);
  bool is_done = false;
  int steps = 0;
  for (; !is_done && steps < 100; ++steps) {
    const result<bool> step = rig_.pool.audit(cursor, 1);
    ASSERT_TRUE(step.has_value()) << step.error();
    is_done = step.value();
  }
  EXPECT_TRUE(is_done);
}

} // namespace
