// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstring>
#include <limits>
#include <set>
#include <string>

#include "statistics_rig.hpp"

namespace nebula::services {
namespace {

std::string text_of(const statistics_failure& failure) {
  char text[256];
  EXPECT_LT(describe(failure, text, sizeof text), sizeof text);
  return text;
}

// [SR-STAT-001]
TEST(statistics_failures, name_field_value_and_range) {
  EXPECT_EQ(text_of({}), "no failure");
  EXPECT_EQ(text_of(out_of_range(statistics_field::value_bits, 65, 6, 64)), "value_bits is 65; accepted is 6...64");
  EXPECT_EQ(text_of(out_of_range(statistics_field::source_name, 0, 1, 1024)),
            "source_name is 0 bytes long; accepted is 1...1024");
  EXPECT_EQ(text_of(out_of_range(statistics_field::path, 300, 1, 256)), "path is 300 bytes long; accepted is 1...256");
  statistics_failure percentile = out_of_range(statistics_field::percentile, 0, 0, 100);
  percentile.number = 100.5;
  EXPECT_EQ(text_of(percentile), "percentile is 100.5; accepted is 0...100");
  percentile.number = -std::numeric_limits<double>::denorm_min();
  EXPECT_EQ(text_of(percentile), "percentile is -5e-324; accepted is 0...100");
  percentile.number = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(text_of(percentile), "percentile is nan; accepted is 0...100");
}

TEST(statistics_failures, say_what_a_name_may_have) {
  EXPECT_EQ(
      text_of(refused(statistics_failure_code::name_not_allowed, statistics_field::metric_name, 7)),
      "metric_name is not allowed at byte 7; accepted are a-z, then a-z, 0-9 and _, without a suffix _total, _bucket, "
      "_count, _sum, _created or _info");
  for (const auto field : {statistics_field::label_name, statistics_field::path, statistics_field::address}) {
    EXPECT_NE(text_of(refused(statistics_failure_code::name_not_allowed, field)).find("; accepted are "),
              std::string::npos);
  }
}

TEST(statistics_failures, have_a_name_and_a_text_each) {
  std::set<std::string> texts;
  for (std::uint8_t code = 0; code <= 13; ++code) {
    const auto each = statistics_failure_code{code};
    EXPECT_STRNE(name(each), "unknown");
    EXPECT_TRUE(texts.insert(text_of(refused(each))).second) << name(each);
  }
  EXPECT_STREQ(name(statistics_failure_code{14}), "unknown");
  EXPECT_EQ(text_of(refused(statistics_failure_code{14})), "unknown");
  std::set<std::string> fields;
  for (std::uint8_t field = 0; field <= 15; ++field) {
    EXPECT_TRUE(fields.insert(name(statistics_field{field})).second);
  }
  EXPECT_STREQ(name(statistics_field{16}), "unknown");
}

TEST(statistics_failures, are_cut_where_the_buffer_ends) {
  char text[8];
  std::memset(text, 'x', sizeof text);
  EXPECT_EQ(describe({}, text, 5), std::strlen("no failure"));
  EXPECT_STREQ(text, "no f");
  EXPECT_EQ(text[5], 'x');
  EXPECT_EQ(describe({}, nullptr, 0), std::strlen("no failure"));
}

} // namespace
} // namespace nebula::services
