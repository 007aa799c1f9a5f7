// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/config_failure.hpp>

#include <string>

#include "config_rig.hpp"

namespace nebula::services {
namespace {

using test::text_of;

config_failure made(config_failure_code code, std::string_view key, std::string_view value) {
  config_failure failure;
  failure.code = code;
  failure.key = key;
  failure.value = value;
  return failure;
}

// [SR-CONFIG-002]
TEST(config_failures, name_key_value_and_what_would_be_right) {
  EXPECT_EQ(text_of({}), "no failure");
  config_failure failure = made(config_failure_code::unknown_key, "log.levle", "");
  EXPECT_EQ(text_of(failure), "'log.levle' is no key of the configuration");
  failure.other = "log.level";
  EXPECT_EQ(text_of(failure), "'log.levle' is no key of the configuration; is log.level meant?");
  failure = made(config_failure_code::not_a_word, "log.level", "loud");
  failure.accepted = "trace, off";
  EXPECT_EQ(text_of(failure), "log.level is 'loud'; accepted is trace, off");
  failure = made(config_failure_code::wrong_type, "log.near_percent", "1.5");
  failure.accepted = "a whole number";
  EXPECT_EQ(text_of(failure), "log.near_percent is '1.5'; accepted is a whole number");
  failure = made(config_failure_code::out_of_range, "log.near_percent", "101");
  failure.highest = 100;
  EXPECT_EQ(text_of(failure), "log.near_percent is '101'; accepted is 0...100");
  failure.highest = 18446744073709551615U;
  EXPECT_EQ(text_of(failure), "log.near_percent is '101'; accepted is 0...18446744073709551615");
  EXPECT_EQ(text_of(made(config_failure_code::given_twice, "log.level", "off")), "log.level is given twice");
  failure = made(config_failure_code::conflict, "pages.kind_least", "2");
  failure.other = "pages.kind";
  EXPECT_EQ(text_of(failure), "pages.kind_least is above pages.kind; it must not be");
  failure = made(config_failure_code::syntax, "", "");
  failure.offset = 17;
  EXPECT_EQ(text_of(failure), "not JSON, at byte 17");
  EXPECT_EQ(text_of(made(config_failure_code::out_of_memory, "", "")),
            "the heap has no room for the configuration's text");
}

TEST(config_failures, escape_and_cut_what_was_given) {
  EXPECT_EQ(text_of(made(config_failure_code::given_twice, "a\nb", "")), "a\\x0ab is given twice");
  const std::string whole(63, 'k');
  EXPECT_EQ(text_of(made(config_failure_code::given_twice, whole, "")), whole + " is given twice");
  EXPECT_EQ(text_of(made(config_failure_code::given_twice, whole + "k", "")), whole + "… is given twice");
}

TEST(config_failures, are_equal_iff_all_of_them_is) {
  const config_failure one = made(config_failure_code::given_twice, "a", "b");
  EXPECT_EQ(one, made(config_failure_code::given_twice, "a", "b"));
  EXPECT_FALSE(one == made(config_failure_code::given_twice, "a", "c"));
  EXPECT_FALSE(one == made(config_failure_code::given_twice, "b", "b"));
}

TEST(config_failures, name_each_enumerator_and_nothing_else) {
  for (unsigned value = 0; value <= static_cast<unsigned>(config_failure_code::out_of_memory); ++value) {
    EXPECT_STRNE(name(static_cast<config_failure_code>(value)), "unknown") << value;
  }
  EXPECT_STREQ(name(static_cast<config_failure_code>(99)), "unknown");
}

} // namespace
} // namespace nebula::services
