// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <memory>
#include <utility>

#include <nebula/services/outcome.hpp>
#include "../unit/gtest.hpp"

namespace nebula::services {
namespace {

struct reason {
  int number = 0;
};

// [SR-SYS-001]
TEST(outcomes, have_a_value_or_a_failure) {
  const outcome<int, reason> good = 7;
  EXPECT_TRUE(good);
  EXPECT_EQ(good.value(), 7);
  EXPECT_EQ(good.failure().number, 0);
  const outcome<int, reason> bad = reason{3};
  EXPECT_FALSE(bad.has_value());
  EXPECT_EQ(bad.value(), 0) << "an unchecked value is nothing, and not something stale";
  EXPECT_EQ(bad.failure().number, 3);
}

TEST(outcomes, of_nothing_succeed_or_fail) {
  const outcome<void, reason> good;
  EXPECT_TRUE(good && good.has_value());
  const outcome<void, reason> bad = reason{4};
  EXPECT_FALSE(bad);
  EXPECT_EQ(bad.failure().number, 4);
}

TEST(outcomes, give_owners_away) {
  outcome<std::unique_ptr<int>, reason> owner = std::make_unique<int>(5);
  EXPECT_EQ(*owner.value(), 5);
  const std::unique_ptr<int> taken = std::move(owner).value();
  EXPECT_EQ(*taken, 5);
}

} // namespace
} // namespace nebula::services
