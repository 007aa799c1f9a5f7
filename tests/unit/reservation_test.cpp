// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <type_traits>
#include <utility>

#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

static_assert(!std::is_copy_constructible_v<reservation> && !std::is_copy_assignable_v<reservation>);
static_assert(std::is_nothrow_move_constructible_v<reservation> && std::is_nothrow_move_assignable_v<reservation>);

struct rig {
  fault_log log{};
  budget root{budget_config{100, 50, nullptr, 70, 90, log.hook()}.validate().value()};

  [[nodiscard]] std::size_t used() const { return root.state().used_bytes; }
};

// SR-BUDGET-008
TEST(reservation, releases_what_it_holds_when_it_ends) {
  rig made;
  {
    const result<reservation> none = reservation::make(made.root, 51);
    EXPECT_EQ(none.code(), error_code::over_block_limit);
    const reservation held = reservation::make(made.root, 30).value();
    EXPECT_EQ(held.bytes(), 30U);
    EXPECT_EQ(made.used(), 30U);
  }
  EXPECT_EQ(made.used(), 0U);
  EXPECT_EQ(made.log.count(), 0U);
}

// SR-BUDGET-008
TEST(reservation, moves_and_is_then_released_once) {
  rig made;
  {
    reservation first = reservation::make(made.root, 30).value();
    reservation second = std::move(first);
    EXPECT_EQ(second.bytes(), 30U);
    EXPECT_EQ(first.bytes(),
              0U); // NOLINT(bugprone-use-after-move,clang-analyzer-cplusplus.Move): what it says of itself
    reservation third = reservation::make(made.root, 20).value();
    EXPECT_EQ(made.used(), 50U);
    third = std::move(second);
    EXPECT_EQ(made.used(), 30U) << "what it held before is released";
    reservation& itself = third;
    third = std::move(itself);
    EXPECT_EQ(third.bytes(), 30U);
  }
  EXPECT_EQ(made.used(), 0U);
  EXPECT_EQ(made.log.count(), 0U);
}

// SR-BUDGET-008
TEST(reservation, hands_its_bytes_over_once) {
  rig made;
  {
    reservation held = reservation::make(made.root, 30).value();
    EXPECT_EQ(held.commit(), 30U);
    EXPECT_EQ(held.commit(), 0U);
  }
  EXPECT_EQ(made.used(), 30U);
  EXPECT_TRUE(succeeded(made.root.release(30)));
}

// SR-BUDGET-008
TEST(reservation, shrinks_and_splits_within_what_it_holds) {
  rig made;
  {
    reservation held = reservation::make(made.root, 30).value();
    EXPECT_TRUE(succeeded(held.shrink(10)));
    EXPECT_EQ(held.bytes(), 20U);
    EXPECT_EQ(made.used(), 20U);
    {
      const reservation part = held.split(5).value();
      EXPECT_EQ(part.bytes(), 5U);
      EXPECT_EQ(held.bytes(), 15U);
      EXPECT_EQ(made.used(), 20U);
    }
    EXPECT_EQ(made.used(), 15U);
    EXPECT_TRUE(failed_with(held.shrink(0), error_code::invalid_layout));
    EXPECT_EQ(held.split(0).value().bytes(), 0U);
    ASSERT_TRUE(succeeded(made.root.reserve(40)));
    EXPECT_TRUE(failed_with(held.shrink(16), error_code::over_release)) << "though the budget has more";
    EXPECT_EQ(held.split(16).code(), error_code::over_release);
    EXPECT_EQ(made.log.count(), 2U);
    EXPECT_EQ(made.log.last().allocator, &made.root);
    EXPECT_EQ(made.log.last().address, &held);
    EXPECT_EQ(held.bytes(), 15U);
    EXPECT_TRUE(succeeded(held.shrink(15)));
    held.release();
    EXPECT_EQ(made.used(), 40U);
  }
  EXPECT_TRUE(succeeded(made.root.release(40)));
}

TEST(reservation, of_nothing_refuses_without_a_budget) {
  reservation nothing;
  EXPECT_EQ(nothing.bytes(), 0U);
  EXPECT_TRUE(failed_with(nothing.shrink(1), error_code::over_release));
  EXPECT_TRUE(succeeded(nothing.shrink(0)));
  EXPECT_EQ(nothing.split(1).code(), error_code::over_release);
  EXPECT_EQ(nothing.split(0).value().bytes(), 0U);
  nothing.release();
}

} // namespace
