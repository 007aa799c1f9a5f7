// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <limits>
#include <random>
#include <string>

#include <nebula/services/control_group.hpp>
#include <nebula/services/memory_text.hpp>
#include "../unit/gtest.hpp"

namespace nebula::services {
namespace {

constexpr std::size_t most = std::numeric_limits<std::size_t>::max();

// [SR-SYS-003]
TEST(text_rules, have_names) {
  EXPECT_STREQ(name(text_rule::none), "none");
  EXPECT_STREQ(name(text_rule::end), "end");
  EXPECT_STREQ(name(static_cast<text_rule>(99)), "unknown");
}

TEST(text_failures, say_where_and_what_would_be_right) {
  char text[80];
  EXPECT_LT(describe(parse_meminfo("MemFree: 1 kB\nMemTotal: much kB\n").failure(), text, sizeof text), sizeof text);
  EXPECT_STREQ(text, "line 2: expected a number in decimal digits");
  describe(parse_meminfo("").failure(), text, sizeof text);
  EXPECT_STREQ(text, "expected a line with the key");
  describe({static_cast<text_rule>(99), 1}, text, sizeof text);
  EXPECT_STREQ(text, "line 1: expected unknown");
}

TEST(number_text, is_digits_with_blanks_around_them) {
  static_assert(parse_number("42").value() == 42);
  EXPECT_EQ(parse_number(" \t42\r\n").value(), 42U);
  EXPECT_EQ(parse_number(std::to_string(most)).value(), most);
}

TEST(number_text, is_refused_where_it_is_none) {
  EXPECT_EQ(parse_number("").failure(), (text_failure{text_rule::number, 1}));
  EXPECT_EQ(parse_number("-1").failure(), (text_failure{text_rule::number, 1}));
  EXPECT_EQ(parse_number("1 2").failure(), (text_failure{text_rule::end, 1}));
  EXPECT_EQ(parse_number("0x10").failure(), (text_failure{text_rule::end, 1}));
  EXPECT_EQ(parse_number(std::to_string(most) + "0").failure(), (text_failure{text_rule::fits, 1}));
  std::string one_too_many = std::to_string(most);
  ++one_too_many.back();
  EXPECT_EQ(parse_number(one_too_many).failure(), (text_failure{text_rule::fits, 1}));
}

TEST(limit_text, is_a_number_or_no_limit) {
  EXPECT_EQ(parse_byte_limit("max\n").value(), most);
  EXPECT_EQ(parse_byte_limit("4096\n").value(), 4096U);
  EXPECT_EQ(parse_byte_limit("99999999999999999999999999\n").value(), most);
  EXPECT_EQ(parse_byte_limit("maximum").failure().rule, text_rule::number);
  EXPECT_EQ(parse_byte_limit("12 MB").failure().rule, text_rule::end);
  EXPECT_EQ(parse_byte_limit("99999999999999999999999999x").failure().rule, text_rule::end);
}

TEST(meminfo_text, gives_bytes) {
  const auto read = parse_meminfo(
      "MemTotal:       2466380 kB\nMemFree:        2200000 kB\nMemAvailable:   2300000 kB\nBuffers: x\n"
      "HugePages_Total:       0\nHugepagesize:       2048 kB\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read.value().total_bytes, std::size_t{2466380} * 1024);
  EXPECT_EQ(read.value().available_bytes, std::size_t{2300000} * 1024);
  EXPECT_EQ(read.value().huge_page_default_bytes, std::size_t{2048} * 1024);
}

TEST(meminfo_text, of_an_old_kernel_has_no_estimate_of_what_is_available) {
  const auto read = parse_meminfo("MemTotal: 10 kB\nMemFree: 4 kB");
  ASSERT_TRUE(read);
  EXPECT_EQ(read.value().available_bytes, 4096U);
  EXPECT_EQ(read.value().huge_page_default_bytes, 0U);
}

TEST(meminfo_text, says_which_line_is_wrong) {
  EXPECT_EQ(parse_meminfo("").failure(), (text_failure{text_rule::key_present, 0}));
  EXPECT_EQ(parse_meminfo("MemTotal: 1 kB\n").failure(), (text_failure{text_rule::key_present, 0}));
  EXPECT_EQ(parse_meminfo("MemFree: 1 kB\nMemAvailable: 1 kB\n").failure(), (text_failure{text_rule::key_present, 0}));
  EXPECT_EQ(parse_meminfo("MemFree: 1 kB\nMemTotal: much kB\n").failure(), (text_failure{text_rule::number, 2}));
  EXPECT_EQ(parse_meminfo("MemTotal: 1 MB\n").failure(), (text_failure{text_rule::unit, 1}));
  EXPECT_EQ(parse_meminfo("MemTotal: 1\n").failure(), (text_failure{text_rule::unit, 1}));
  EXPECT_EQ(parse_meminfo("MemTotal").failure(), (text_failure{text_rule::number, 1}));
  EXPECT_EQ(parse_meminfo("MemTotal: 1 kB\nMemFree: 2 kB\n").failure(), (text_failure{text_rule::in_order, 0}));
}

TEST(meminfo_text, of_more_bytes_than_fit_stays_at_the_most) {
  for (const std::string& kibibytes :
       {std::to_string(most / 1024 + 1), std::to_string(most), std::to_string(most) + "99"}) {
    const auto read = parse_meminfo("MemTotal: " + kibibytes + " kB\nMemFree: 1 kB\n");
    ASSERT_TRUE(read) << kibibytes;
    EXPECT_EQ(read.value().total_bytes, most);
  }
  EXPECT_EQ(parse_meminfo("MemTotal: " + std::to_string(most) + "99 MB\n").failure(),
            (text_failure{text_rule::unit, 1}));
}

TEST(meminfo_text, of_a_key_twice_counts_once) {
  const auto read = parse_meminfo("MemTotal: 8 kB\nMemFree: 1 kB\nMemTotal: 4 kB\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read.value().total_bytes, 8192U);
}

TEST(keyed_text, is_looked_for_by_whole_words) {
  constexpr std::string_view text = "inactive_file_x 1\ntotal_inactive_file 2\ninactive_file 3\n";
  EXPECT_EQ(parse_keyed_number(text, "inactive_file").value(), 3U);
  EXPECT_EQ(parse_keyed_number(text, "total_inactive_file").value(), 2U);
  EXPECT_EQ(parse_keyed_number(text, "active_file").failure(), (text_failure{text_rule::key_present, 0}));
  EXPECT_EQ(parse_keyed_number("a 1\nb -\n", "b").failure(), (text_failure{text_rule::number, 2}));
}

TEST(statm_text, is_in_pages) {
  EXPECT_EQ(parse_resident_bytes("100 7 3 1 0 5 0\n", 4096).value(), std::size_t{7} * 4096);
  EXPECT_EQ(parse_resident_bytes("100", 4096).failure().rule, text_rule::number);
  EXPECT_EQ(parse_resident_bytes("1 " + std::to_string(most / 2), 4096).failure().rule, text_rule::fits);
}

TEST(index_text, is_a_list_of_ranges) {
  EXPECT_EQ(parse_index_list("0\n").value().count, 1U);
  EXPECT_EQ(parse_index_list("0-3,8\n").value().count, 5U);
  EXPECT_EQ(parse_index_list("0-3,8\n").value().highest, 8U);
}

TEST(index_text, is_refused_where_it_is_none) {
  for (const char* text : {"", ",", "0,", "0-", "-1", "a"}) {
    EXPECT_EQ(parse_index_list(text).failure().rule, text_rule::number) << text;
  }
  for (const char* text : {"3-1", "0,0", "4,2", "0-3,3"}) {
    EXPECT_EQ(parse_index_list(text).failure().rule, text_rule::in_order) << text;
  }
  EXPECT_EQ(parse_index_list("0 1").failure().rule, text_rule::end);
  EXPECT_EQ(parse_index_list("0-" + std::to_string(most)).failure().rule, text_rule::fits);
}

TEST(choice_text, is_on_unless_never) {
  EXPECT_TRUE(is_switched_on("[always] madvise never\n"));
  EXPECT_TRUE(is_switched_on("always [madvise] never\n"));
  EXPECT_FALSE(is_switched_on("always madvise [never]\n"));
  EXPECT_FALSE(is_switched_on("always"));
  EXPECT_FALSE(is_switched_on("[]"));
  EXPECT_FALSE(is_switched_on("]["));
}

TEST(control_group_text, of_version_2_has_no_controllers) {
  const auto read = parse_control_group("0::/user.slice/app\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read.value().version, control_group_version::v2);
  EXPECT_EQ(read.value().path, "/user.slice/app");
}

TEST(control_group_text, of_both_versions_is_the_one_with_the_controller) {
  for (const char* text : {"5:cpu,memory:/a\n0::/b\n", "0::/b\n5:memory:/a\n6:memory:/c\n"}) {
    const auto read = parse_control_group(text);
    ASSERT_TRUE(read);
    EXPECT_EQ(read.value().version, control_group_version::v1);
    EXPECT_EQ(read.value().path, "/a");
  }
}

TEST(control_group_text, may_name_none) {
  EXPECT_EQ(parse_control_group("").value().version, control_group_version::none);
  EXPECT_EQ(parse_control_group("3:cpu:/x\nnonsense\n").value().version, control_group_version::none);
}

TEST(control_group_text, does_not_lead_up_or_elsewhere) {
  EXPECT_EQ(parse_control_group("3:cpu:/x\n0::/../a\n").failure(), (text_failure{text_rule::absolute_path, 2}));
  EXPECT_EQ(parse_control_group("4:memory:relative\n").failure(), (text_failure{text_rule::absolute_path, 1}));
  EXPECT_EQ(parse_control_group("0::").failure(), (text_failure{text_rule::absolute_path, 1}));
  EXPECT_TRUE(parse_control_group("0::/..a/b..\n"));
}

TEST(control_group_path, leads_to_the_root) {
  EXPECT_EQ(parent_group("/a/b"), "/a");
  EXPECT_EQ(parent_group("/a"), "/");
  EXPECT_EQ(parent_group("/"), "");
  EXPECT_EQ(parent_group(""), "");
  EXPECT_EQ(parent_group("ab"), "");
}

// Whatever the bytes: each parser ends, reads within the text, and says one or the other.
TEST(parsers, survive_any_text) {
  std::mt19937_64 random(20261130); // a fixed seed
  constexpr std::string_view words[] = {
      "MemTotal:", "MemFree:", "kB", "\n",  "0::/", "memory", ":", "..",
      "/",         ",",        "-",  "max", "[",    "]",      " ", "99999999999999999999",
      "7",         "\0"};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (auto left = random() % 12; left != 0; --left) {
      if (random() % 8 == 0) {
        text.push_back(static_cast<char>(random() % 256));
      } else {
        text.append(words[random() % (sizeof words / sizeof words[0])]);
      }
    }
    const std::string_view exact(text.data(), text.size());
    const auto meminfo = parse_meminfo(exact);
    EXPECT_TRUE(!meminfo || meminfo.value().available_bytes <= meminfo.value().total_bytes);
    EXPECT_NE(parse_number(exact).has_value(), parse_number(exact).failure().rule != text_rule::none);
    EXPECT_NE(parse_byte_limit(exact).has_value(), parse_byte_limit(exact).failure().rule != text_rule::none);
    const auto list = parse_index_list(exact);
    EXPECT_TRUE(!list || list.value().count <= list.value().highest + 1);
    const auto group = parse_control_group(exact);
    EXPECT_TRUE(!group || group.value().version == control_group_version::none || group.value().path.front() == '/');
    static_cast<void>(parse_keyed_number(exact, "memory").has_value());
    static_cast<void>(parse_resident_bytes(exact, 4096).has_value());
    static_cast<void>(is_switched_on(exact));
  }
}

} // namespace
} // namespace nebula::services
