// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <limits>

#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

constexpr std::size_t size_max = std::numeric_limits<std::size_t>::max();

// SR-LAYOUT-001
TEST(layout, is_valid_iff_it_has_a_size_and_an_alignment_that_is_a_power_of_two) {
  for (std::size_t align = 0; align <= 300; ++align) {
    EXPECT_EQ((layout{1, align}.is_valid()), is_power_of_two(align)) << align;
    EXPECT_FALSE((layout{0, align}.is_valid())) << align;
  }
  EXPECT_TRUE((layout{size_max, (size_max >> 1U) + 1}.is_valid()));
  EXPECT_FALSE(layout{}.is_valid());
}

// SR-LAYOUT-001
TEST(layout, make_refuses_no_size_and_bad_alignments) {
  EXPECT_TRUE(failed_with(layout::make(0, 8), error_code::invalid_layout));
  EXPECT_TRUE(failed_with(layout::make(8, 0), error_code::invalid_layout));
  EXPECT_TRUE(failed_with(layout::make(8, 24), error_code::invalid_layout));
  EXPECT_EQ(layout::make(0, 8).error(), (error{error_code::invalid_layout, operation::make_layout, component::layout}));
  ASSERT_TRUE(succeeded(layout::make(5, 8)));
  EXPECT_EQ(layout::make(5, 8).value(), (layout{5, 8}));
}

TEST(layout, make_refuses_a_size_that_cannot_be_rounded_up) {
  EXPECT_TRUE(succeeded(layout::make(size_max, 1)));
  EXPECT_TRUE(succeeded(layout::make(size_max - 7, 8)));
  EXPECT_TRUE(failed_with(layout::make(size_max - 6, 8), error_code::size_overflow));
  EXPECT_TRUE(failed_with(layout::make(size_max, 2), error_code::size_overflow));
}

TEST(layout, of_a_type_is_its_size_and_alignment) {
  struct sample {
    alignas(64) char bytes[3];
  };
  EXPECT_EQ(layout::of<sample>(), (layout{64, 64}));
  EXPECT_EQ(layout::of<char>(), (layout{1, 1}));
}

// SR-LAYOUT-001
TEST(layout, array_refuses_none_and_a_product_that_wraps) {
  EXPECT_TRUE(failed_with(layout::array<int>(0), error_code::invalid_layout));
  ASSERT_TRUE(succeeded(layout::array<std::uint32_t>(7)));
  EXPECT_EQ(layout::array<std::uint32_t>(7).value(), (layout{28, alignof(std::uint32_t)}));
  EXPECT_TRUE(succeeded(layout::array<std::uint32_t>(size_max / 4)));
  EXPECT_TRUE(failed_with(layout::array<std::uint32_t>(size_max / 4 + 1), error_code::size_overflow));
  EXPECT_TRUE(failed_with(layout::array<std::uint32_t>(size_max), error_code::size_overflow));
}

TEST(layout, compares_by_size_and_alignment) {
  EXPECT_TRUE((layout{8, 4} == layout{8, 4}));
  EXPECT_TRUE((layout{8, 4} != layout{8, 8}));
  EXPECT_TRUE((layout{9, 4} != layout{8, 4}));
}

} // namespace
