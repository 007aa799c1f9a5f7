// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <type_traits>

#include <nebula/construct/block_claim.hpp>
#include "ledger.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

constexpr layout request{24, 8};
constexpr auto nothing = []() noexcept {};

template <class Allocator>
class claims : public testing::Test {
protected:
  fault_log log_{};
  Allocator allocator_{log_.hook()};
  using claim = typename block_claim_of<Allocator>::type;

  [[nodiscard]] result<void> give_back(claim& held, std::byte* block) {
    return held.give_back(allocator_, block, request, if_not_on_top::keep, nothing);
  }
};
using kinds = testing::Types<static_bump<512>, static_stack<512>, static_pool<block_of_48, 2>,
                             static_local_pool<block_of_48, 2>, paranoid<static_bump<512>>, paranoid<static_stack<512>>,
                             paranoid<static_pool<block_of_48, 2>>, paranoid<static_local_pool<block_of_48, 2>>>;
TYPED_TEST_SUITE(claims, kinds);

// SR-CONS-007
TYPED_TEST(claims, are_good_until_the_block_is_given_back) {
  typename TestFixture::claim held;
  const result<std::byte*> block = held.allocate(this->allocator_, request);
  ASSERT_TRUE(succeeded(block));
  EXPECT_TRUE(succeeded(held.check(this->allocator_, block.value())));
  EXPECT_TRUE(succeeded(this->give_back(held, block.value())));
  EXPECT_EQ(this->allocator_.state().live_blocks, 0U);
  EXPECT_TRUE(failed_with(held.check(this->allocator_, block.value()), error_code::stale_handle));
  EXPECT_TRUE(failed_with(this->give_back(held, block.value()), error_code::stale_handle));
  EXPECT_EQ(this->log_.count(), 2U);
}

// SR-CONS-007
TYPED_TEST(claims, that_nobody_made_are_good_nowhere) {
  typename TestFixture::claim none;
  EXPECT_FALSE(none.check(this->allocator_, nullptr).has_value());
  EXPECT_FALSE(this->give_back(none, nullptr).has_value());
  EXPECT_EQ(this->log_.count(), 2U);
}

// SR-CONS-007
TYPED_TEST(claims, a_copy_is_as_stale_as_the_first) {
  typename TestFixture::claim held;
  const result<std::byte*> block = held.allocate(this->allocator_, request);
  typename TestFixture::claim copy = held;
  EXPECT_TRUE(succeeded(this->give_back(held, block.value())));
  EXPECT_TRUE(failed_with(this->give_back(copy, block.value()), error_code::stale_handle));
}

// A claim that cannot be made takes no memory, wherever the memory ends.
TEST(claim, leaves_nothing_behind_when_there_is_no_room_for_all_of_it) {
  storage<1024> lent;
  for (std::size_t capacity = 40; capacity < 200; ++capacity) {
    bump_allocator bump(bump_config{lent.span(0, capacity), {}}.validate().value());
    mark_claim<bump_allocator> in_bump;
    if (!in_bump.allocate(bump, request).has_value()) {
      EXPECT_EQ(bump.state().used_bytes, 0U) << capacity;
      EXPECT_EQ(bump.mark_count(), 0U) << capacity;
    }
    stack_allocator stack(stack_config{lent.span(0, capacity), {}}.validate().value());
    top_claim<stack_allocator> in_stack;
    if (!in_stack.allocate(stack, request).has_value()) {
      EXPECT_EQ(stack.state().live_blocks, 0U) << capacity;
      EXPECT_EQ(stack.mark_count(), 0U) << capacity;
    }
  }
}

TEST(claim, under_construction_is_given_back_unless_it_is_released) {
  static_bump<512> bump;
  mark_claim<static_bump<512>> held;
  std::byte* const block = held.allocate(bump, request).value();
  {
    claim_under_construction<decltype(held), decltype(bump)> guard(bump, held, block, request);
    guard.release();
  }
  EXPECT_EQ(bump.state().live_blocks, 1U);
  {
    const claim_under_construction<decltype(held), decltype(bump)> guard(bump, held, block, request);
  }
  EXPECT_EQ(bump.state().live_blocks, 0U);
  EXPECT_EQ(bump.mark_count(), 0U);
}

TEST(claim, of_a_block_that_is_not_on_top_of_a_stack_runs_its_action_only_if_it_must) {
  fault_log log;
  static_stack<512> stack(log.hook());
  top_claim<static_stack<512>> held;
  std::byte* const block = held.allocate(stack, request).value();
  ASSERT_TRUE(succeeded(stack.allocate({8, 8})));
  int runs = 0;
  const auto count = [&]() noexcept { ++runs; };
  EXPECT_TRUE(
      failed_with(held.give_back(stack, block, request, if_not_on_top::keep, count), error_code::lifo_violation));
  EXPECT_EQ(runs, 0);
  EXPECT_TRUE(
      failed_with(held.give_back(stack, block, request, if_not_on_top::act, count), error_code::lifo_violation));
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(log.count(), 2U);
  EXPECT_EQ(stack.state().live_blocks, 2U);
}

} // namespace
