// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <type_traits>

#include <nebula/construct/array_view.hpp>
#include "support.hpp"

namespace {

using namespace nebula;

static_assert(std::is_trivially_copyable_v<array_view<int>>, "a plain value");

TEST(array_view, is_what_lies_between_its_begin_and_its_end) {
  int numbers[] = {1, 2, 3};
  const array_view<int> view{numbers, 3};
  int sum = 0;
  for (const int each : view) {
    sum += each;
  }
  EXPECT_EQ(sum, 6);
  EXPECT_EQ(view.size(), 3U);
  EXPECT_FALSE(view.empty());
  view[2] = 7;
  EXPECT_EQ(numbers[2], 7);
}

TEST(array_view, is_empty_when_nothing_was_put_into_it) {
  constexpr array_view<int> nothing;
  EXPECT_TRUE(nothing.empty());
  EXPECT_EQ(nothing.begin(), nothing.end());
}

// SR-CONS-001
TEST(array_view_death_test, an_index_beyond_the_end_traps) {
  int numbers[] = {1, 2, 3};
  const array_view<int> view{numbers, 3};
  EXPECT_EQ(view[view.size() - 1], 3);
  EXPECT_DEATH(static_cast<void>(view[view.size()]), "");
  EXPECT_DEATH(static_cast<void>(array_view<int>{}[0]), "");
}

} // namespace
