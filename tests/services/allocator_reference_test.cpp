// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/allocator_reference.hpp>

#include "lifecycle_rig.hpp"

namespace nebula::services {
namespace {

// [SR-LC-002]
TEST(reference_to_an_allocator, does_what_the_allocator_does) {
  test::shared_pool owned;
  const allocator_reference reference(owned.pool, allocator_threads::any);
  ASSERT_TRUE(reference.refers());
  const layout request{64, 16};
  std::byte* const block = reference.allocate(request).value();
  ASSERT_NE(block, nullptr);
  EXPECT_TRUE(reference.owns(block));
  EXPECT_FALSE(reference.owns(reinterpret_cast<const std::byte*>(&owned.pool)));
  EXPECT_EQ(reference.state().live_blocks, 1U);
  EXPECT_FALSE(reference.is_corrupted());
  EXPECT_TRUE(reference.deallocate(block, request).has_value());
  EXPECT_EQ(reference.deallocate(block, request).code(), error_code::double_free);
  EXPECT_EQ(owned.pool.state().live_blocks, 0U);
}

TEST(reference_to_an_allocator, shows_nothing_of_one_that_does_not_track) {
  test::shared_pool owned;
  const allocator_reference reference(owned.pool, allocator_threads::any);
  ASSERT_TRUE(reference.allocate({64, 16}).has_value());
  int shown = 0;
  reference.visit_live(
      {[](void* context, const tracked_block& /*block*/) noexcept { ++*static_cast<int*>(context); }, &shown});
  EXPECT_EQ(shown, 0);
}

TEST(reference_to_nothing, says_so) { EXPECT_FALSE(allocator_reference{}.refers()); }

} // namespace
} // namespace nebula::services
