// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstdint>
#include <string>

#include <nebula/services/utf8_text.hpp>
#include "statistics_rig.hpp"

namespace nebula::services {
namespace {

std::string encoded(std::uint32_t point) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  if (point < 0x80) {
    return {byte(point)};
  }
  if (point < 0x800) {
    return {byte(0xC0 | point >> 6U), byte(0x80 | (point & 0x3FU))};
  }
  if (point < 0x10000) {
    return {byte(0xE0 | point >> 12U), byte(0x80 | (point >> 6U & 0x3FU)), byte(0x80 | (point & 0x3FU))};
  }
  return {byte(0xF0 | point >> 18U), byte(0x80 | (point >> 12U & 0x3FU)), byte(0x80 | (point >> 6U & 0x3FU)),
          byte(0x80 | (point & 0x3FU))};
}

// [SR-STAT-010]
TEST(utf8_text, of_each_code_point_is_left_as_it_is_and_surrogates_are_not) {
  for (std::uint32_t point = 0; point <= 0x110000; ++point) {
    const bool is_valid = point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
    const std::string text = encoded(point);
    ASSERT_EQ(is_valid_utf8(text), is_valid) << point;
    ASSERT_EQ(valid_utf8(text) == text, is_valid) << point;
  }
}

TEST(utf8_text, has_a_mark_for_each_byte_that_is_out_of_place) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(valid_utf8("a\xFF"
                       "b"),
            "a" + mark + "b");
  EXPECT_EQ(valid_utf8("\xC0\xAF"), mark + mark); // overlong
  EXPECT_EQ(valid_utf8("\xE0\x80\x80"), mark + mark + mark);
  EXPECT_EQ(valid_utf8("\xF0\x8F\xBF\xBF"), mark + mark + mark + mark);
  EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80"), mark + mark + mark + mark);
  EXPECT_EQ(valid_utf8("\xE2\x82"), mark + mark); // cut
  EXPECT_EQ(valid_utf8("\xE2\x28\xA1"), mark + "(" + mark);
  EXPECT_EQ(valid_utf8("\x80"), mark);
  EXPECT_EQ(valid_utf8(std::string(1, '\0')), std::string(1, '\0'));
  EXPECT_EQ(valid_utf8(""), "");
}

} // namespace
} // namespace nebula::services
