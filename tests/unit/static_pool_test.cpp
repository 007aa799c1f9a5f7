// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>

#include "static_objects.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

// SR-POOL-008, SR-BUMP-004, SR-STACK-004
TEST(static_allocators, work_without_start_up_code) {
  EXPECT_TRUE(succeeded(shared_pool_in_bss.allocate(shared_pool_in_bss.block_layout())));
  EXPECT_TRUE(succeeded(local_pool_in_bss.allocate(local_pool_in_bss.block_layout())));
  EXPECT_TRUE(succeeded(bump_in_bss.allocate({10, 8})));
  EXPECT_TRUE(succeeded(shared_bump_in_bss.allocate({10, 8})));
  EXPECT_TRUE(succeeded(stack_in_bss.allocate({10, 8})));
  pool_cache<static_pool<static_payload, 100, 3>> cache(cached_pool_in_bss);
  EXPECT_TRUE(succeeded(cache.allocate(cached_pool_in_bss.block_layout())));
  EXPECT_TRUE(succeeded(shared_pool_in_bss.check_invariants()));
  EXPECT_TRUE(succeeded(cached_pool_in_bss.check_invariants()));
  EXPECT_TRUE(succeeded(local_pool_in_bss.check_invariants()));
  EXPECT_TRUE(succeeded(bump_in_bss.check_invariants()));
  EXPECT_TRUE(succeeded(stack_in_bss.check_invariants()));
}

TEST(static_allocators, have_a_hook_of_their_own_that_is_constant_initialised) {
  const std::size_t before = faults_of_constant_hook();
  EXPECT_TRUE(failed_with(pool_with_constant_hook.deallocate(nullptr), error_code::null_pointer));
  EXPECT_EQ(faults_of_constant_hook(), before + 1);
  EXPECT_TRUE(failed_with(bump_with_constant_hook.deallocate(nullptr, {1, 1}), error_code::null_pointer));
  EXPECT_TRUE(failed_with(stack_with_constant_hook.deallocate(nullptr, {1, 1}), error_code::null_pointer));
  EXPECT_TRUE(failed_with(local_pool_with_constant_hook.deallocate(nullptr), error_code::null_pointer));
  EXPECT_EQ(faults_of_constant_hook(), before + 4);
}

TEST(static_allocators, round_a_block_up_to_its_alignment) {
  struct alignas(64) line {
    std::byte first;
  };
  static_pool<line, 4> pool;
  EXPECT_EQ(pool.block_layout(), (layout{64, 64}));
  basic_pool<plain_atomics, inline_block_storage<plain_atomics, 20, 16, 3>> odd;
  EXPECT_EQ(odd.stride_bytes(), 32U);
  std::byte* const first = odd.allocate({20, 16}).value();
  std::byte* const second = odd.allocate({20, 16}).value();
  EXPECT_EQ(second - first, 32);
  EXPECT_TRUE(is_aligned(first, 16));
  EXPECT_TRUE(failed_with(odd.allocate({21, 1}), error_code::layout_unsupported)) << "the rounding is not the caller's";
}

TEST(static_allocators, hold_one_block_too) {
  static_pool<char, 1> pool;
  std::byte* const block = pool.allocate({1, 1}).value();
  ASSERT_NE(block, nullptr);
  EXPECT_TRUE(failed_with(pool.allocate({1, 1}), error_code::exhausted));
  EXPECT_TRUE(succeeded(pool.deallocate(block)));
  EXPECT_EQ(pool.allocate({1, 1}).value(), block);
  EXPECT_TRUE(succeeded(pool.check_invariants()));
}

} // namespace
