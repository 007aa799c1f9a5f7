// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include <nebula/kernel/bounded_text.hpp>
#include <nebula/services/escaped_text.hpp>
#include "../unit/gtest.hpp"

namespace nebula::services {
namespace {

template <class Add>
std::string written(Add add) {
  bounded_text measure(nullptr, 0);
  add(measure);
  std::string text(measure.finish(), '#');
  bounded_text whole(text.data(), text.size() + 1);
  add(whole);
  static_cast<void>(whole.finish());
  return text;
}
std::string escaped(std::string_view words) {
  return written([&](bounded_text& text) { add_escaped(text, words); });
}
std::string json(std::string_view words) {
  return written([&](bounded_text& text) { add_json_string(text, words); });
}

// [SR-LOG-005]
TEST(escaped_words, stand_as_they_are_where_they_are_harmless) {
  EXPECT_EQ(escaped("request pool #7 \"a\" {b} %s"), "request pool #7 \"a\" {b} %s");
  EXPECT_EQ(escaped("Gr\xC3\xB6\xC3\x9F"
                    "e \xF0\x9F\x92\xA1"),
            "Gr\xC3\xB6\xC3\x9F"
            "e \xF0\x9F\x92\xA1");
  EXPECT_EQ(escaped(""), "");
}

TEST(escaped_words, stay_on_one_line_and_command_no_terminal) {
  EXPECT_EQ(escaped("a\nb\r\t"), "a\\x0ab\\x0d\\x09");
  EXPECT_EQ(escaped("\x1b[31mred\x07\x7f"), "\\x1b[31mred\\x07\\x7f");
  EXPECT_EQ(escaped(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(escaped("c:\\n"), "c:\\\\n");
  EXPECT_EQ(escaped("\xC2\x9B"), "\\xc2\\x9b") << "a control of one byte in other character sets";
}

TEST(escaped_words, show_what_is_unseen_or_turns_direction) {
  EXPECT_EQ(escaped("\xE2\x80\xAE"), "\\xe2\\x80\\xae");
  EXPECT_EQ(escaped("\xE2\x80\x8B"), "\\xe2\\x80\\x8b");
  EXPECT_EQ(escaped("\xE2\x80\xA8"), "\\xe2\\x80\\xa8");
  EXPECT_EQ(escaped("\xEF\xBB\xBF"), "\\xef\\xbb\\xbf");
  EXPECT_EQ(escaped("\xF3\xA0\x80\x81"), "\\xf3\\xa0\\x80\\x81");
  EXPECT_EQ(escaped("pool\xEF\xB8\x80"), "pool\\xef\\xb8\\x80") << "a selector of variants";
  EXPECT_EQ(escaped("\xE3\x85\xA4"), "\\xe3\\x85\\xa4") << "a filler";
  EXPECT_EQ(escaped("\xF3\xA0\x84\x80"), "\\xf3\\xa0\\x84\\x80");
}

TEST(escaped_words, show_each_byte_that_is_no_utf_8) {
  EXPECT_EQ(escaped("\xFF"), "\\xff");
  EXPECT_EQ(escaped("\xC0\xAF"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(escaped("\xE0\x80\xAF"), "\\xe0\\x80\\xaf") << "overlong";
  EXPECT_EQ(escaped("\xF0\x80\x80\xAF"), "\\xf0\\x80\\x80\\xaf") << "overlong";
  EXPECT_EQ(escaped("\xED\xA0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(escaped("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "above U+10FFFF";
  EXPECT_EQ(escaped("\xC3"), "\\xc3") << "ends too early";
  EXPECT_EQ(escaped("\xE2\x82x"), "\\xe2\\x82x");
  EXPECT_EQ(escaped("\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF"), "\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF");
}

TEST(json_strings, escape_what_json_wants_escaped_and_what_is_unseen) {
  EXPECT_EQ(json("a\"b\\c"), "\"a\\\"b\\\\c\"");
  EXPECT_EQ(json("\n\x1b"), "\"\\u000a\\u001b\"");
  EXPECT_EQ(json("\xE2\x80\xAE"), "\"\\u202e\"");
  EXPECT_EQ(json("\xF3\xA0\x80\x81"), "\"\\udb40\\udc01\"");
  EXPECT_EQ(json("\xFF"), "\"\\ufffd\"");
  EXPECT_EQ(json("\xC3\xB6"), "\"\xC3\xB6\"");
}

/// Words of pieces that have gone wrong elsewhere, and of any bytes.
std::string hostile_words(std::mt19937_64& numbers) {
  constexpr std::string_view pieces[] = {"\"",
                                         "\\",
                                         "\n",
                                         "\x1b[2J",
                                         "{}",
                                         "%n",
                                         "\xE2\x80",
                                         "\xE2\x80\xAE",
                                         "\xED\xA0\x80",
                                         "\xF0\x9F\x92\xA1",
                                         "\",\"level\":",
                                         "}",
                                         "\xC0\x80",
                                         "\xC3\xB6 name",
                                         "\xF4\x90"};
  std::string words;
  for (std::uint64_t left = numbers() % 9; left != 0; --left) {
    if (numbers() % 3 == 0) {
      words.push_back(static_cast<char>(numbers() & 0xFFU));
    } else {
      words += pieces[numbers() % std::size(pieces)];
    }
  }
  return words;
}

TEST(json_strings, are_read_back_as_what_they_were_by_another_reader) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 numbers(seed);
  for (int round = 0; round < 20000; ++round) {
    const std::string words = hostile_words(numbers);
    const std::string text = json(words);
    ASSERT_LE(text.size(), json_string_bytes_max(words.size()));
    const nlohmann::json read = nlohmann::json::parse(text, nullptr, false);
    ASSERT_TRUE(read.is_string()) << text;
    // The other reader's own replacement of what is no UTF-8 is the oracle: it may replace several bytes by one sign.
    const nlohmann::json as_given = words;
    const std::string dumped = as_given.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (dumped.find("\xEF\xBF\xBD") == std::string::npos) {
      ASSERT_EQ(read.get<std::string>(), words);
    } else {
      ASSERT_NE(read.get<std::string>().find("\xEF\xBF\xBD"), std::string::npos);
    }
  }
}

TEST(escaped_words, are_all_harmless_whatever_the_bytes) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 numbers(seed);
  for (int round = 0; round < 20000; ++round) {
    const std::string words = hostile_words(numbers);
    const std::string text = escaped(words);
    ASSERT_LE(text.size(), 4 * words.size());
    for (const char each : text) {
      ASSERT_TRUE(static_cast<unsigned char>(each) >= 0x20U && each != 0x7F) << text;
    }
    ASSERT_NO_THROW(static_cast<void>(nlohmann::json(text).dump())) << "no UTF-8";
    ASSERT_EQ(text.find("\xE2\x80\xAE"), std::string::npos);
  }
}

} // namespace
} // namespace nebula::services
