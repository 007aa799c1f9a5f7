// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include <nebula/services/allocator_name.hpp>
#include <nebula/services/log_text.hpp>
#include "../unit/gtest.hpp"
#include "heap_watch.hpp"

namespace nebula::services {
namespace {

using nlohmann::json;

std::string line(const log_event& event, log_format format = log_format::text) {
  char text[log_line_bytes_max];
  EXPECT_LT(describe(event, format, text, sizeof text), sizeof text);
  return text;
}

log_event refusal() {
  log_event event;
  event.level = log_level::error;
  event.action = log_action::refused;
  event.during = operation::allocate;
  event.failure = {error_code::exhausted, operation::allocate, component::pool_allocator};
  event.allocator = "messages";
  event.request = {64, 8};
  event.used_bytes = 256;
  event.capacity_bytes = 256;
  event.suppressed_before = 3;
  event.unix_nanoseconds = 1'700'000'000'000'000'001;
  return event;
}

// [SR-LOG-002]
TEST(lines_of_text, say_who_what_why_and_how_much) {
  EXPECT_EQ(line(refusal()),
            "messages: refused allocate of 64 bytes, alignment 8: exhausted by pool_allocator, can "
            "succeed after frees; used 256 B of 256 B; 3 suppressed before");
  log_event event;
  event.action = log_action::deallocated;
  event.allocator = "a";
  event.request = {1, 1};
  event.offset = 64;
  EXPECT_EQ(line(event), "a: deallocated 1 byte, alignment 1, at offset 64");
  event.request = {0, 0};
  EXPECT_EQ(line(event), "a: deallocated at offset 64");
  event.failure = {error_code::corrupted, operation::deallocate, component::pool_allocator};
  event.action = log_action::corrupted;
  event.offset = log_event::no_offset;
  event.broken = static_cast<invariant>(1);
  EXPECT_EQ(line(event), std::string("a: corrupted deallocate: corrupted by pool_allocator, invariant ") +
                             nebula::name(static_cast<invariant>(1)) +
                             ", never succeeds: the allocator refuses every call from now on");
}

TEST(lines_of_json, have_the_members_that_the_page_lists) {
  EXPECT_EQ(json::parse(line(refusal(), log_format::json_lines)), json::parse(R"({
    "time_unix_ns": 1700000000000000001, "level": "error", "allocator": "messages", "event": "refused",
    "operation": "allocate", "code": "exhausted", "component": "pool_allocator", "may_retry": true, "size_bytes": 64,
    "align": 8, "used_bytes": 256, "capacity_bytes": 256, "suppressed_before": 3})"));
  log_event event;
  event.level = log_level::info;
  event.action = log_action::created;
  event.offset = 0;
  EXPECT_EQ(json::parse(line(event, log_format::json_lines)),
            json::parse(R"({"time_unix_ns": 0, "level": "info", "allocator": "", "event": "created", "offset": 0})"));
}

TEST(lines, name_each_level_and_action) {
  EXPECT_STREQ(name(log_level::trace), "trace");
  EXPECT_STREQ(name(log_level::debug), "debug");
  EXPECT_STREQ(name(log_level::warning), "warning");
  EXPECT_STREQ(name(log_level::off), "off");
  EXPECT_STREQ(name(static_cast<log_level>(6)), "unknown");
  constexpr const char* actions[] = {"allocated", "deallocated", "resized",   "marked",        "restored",
                                     "all_reset", "created",     "destroyed", "near_capacity", "refused",
                                     "misused",   "corrupted",   "suppressed"};
  for (std::size_t action = 0; action < std::size(actions); ++action) {
    EXPECT_STREQ(name(static_cast<log_action>(action)), actions[action]);
  }
  EXPECT_STREQ(name(static_cast<log_action>(13)), "unknown");
}

/// Any event at all, by any numbers: each field may be out of what its type names.
log_event any_event(std::mt19937_64& numbers, std::string_view name) {
  constexpr std::size_t extremes[] = {0, 1, 64, SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2};
  std::uniform_int_distribution<std::size_t> any_size;
  const auto size = [&] { return numbers() % 2 == 0 ? extremes[numbers() % std::size(extremes)] : any_size(numbers); };
  log_event event;
  event.level = static_cast<log_level>(numbers() % 8);
  event.action = static_cast<log_action>(numbers() % 16);
  event.during = static_cast<operation>(numbers() % 20);
  event.failure = {static_cast<error_code>(numbers() % 70), static_cast<operation>(numbers() % 20),
                   static_cast<component>(numbers() % 20)};
  event.broken = static_cast<invariant>(numbers() & 0xFFU);
  event.allocator = name;
  event.request = {size(), size()};
  event.offset = size();
  event.used_bytes = size();
  event.capacity_bytes = size();
  event.suppressed_before = numbers();
  event.unix_nanoseconds = numbers();
  return event;
}
std::string any_name(std::mt19937_64& numbers) {
  constexpr std::string_view hostile = "\"\\\n\r\x1b{}%\xC3\xB6\xE2\x80\xAE\xFF\xED\xA0\x80,:";
  std::string words;
  for (std::uint64_t left = numbers() % (allocator_name::bytes_max + 1); left != 0; --left) {
    std::uniform_int_distribution<std::size_t> place(0, hostile.size() - 1);
    words.push_back(numbers() % 2 == 0 ? hostile[place(numbers)] : static_cast<char>(numbers() & 0xFFU));
  }
  return words;
}

// [SR-LOG-005]
TEST(lines, stay_whole_and_harmless_whatever_the_event_and_the_name) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 numbers(seed);
  for (int round = 0; round < 20000; ++round) {
    const std::string name = any_name(numbers);
    const log_event event = any_event(numbers, name);
    const std::string text = line(event);
    for (const char each : text) {
      ASSERT_TRUE(static_cast<unsigned char>(each) >= 0x20U && each != 0x7F) << text;
    }
    const std::string object = line(event, log_format::json_lines);
    const json read = json::parse(object, nullptr, false);
    ASSERT_TRUE(read.is_object()) << object;
    ASSERT_EQ(object.find('\n'), std::string::npos);
    ASSERT_EQ(read["event"], services::name(event.action));
    ASSERT_EQ(read["time_unix_ns"], event.unix_nanoseconds);
    if (event.request.size != 0) {
      ASSERT_EQ(read["size_bytes"], event.request.size);
    }
    ASSERT_EQ(read.contains("code"), event.failure.code != error_code::none);
  }
}

TEST(lines, are_written_within_the_buffer_however_small) {
  const std::string hostile(allocator_name::bytes_max, '\xFF');
  for (const log_format format : {log_format::text, log_format::json_lines}) {
    log_event event = refusal();
    event.allocator = hostile;
    const std::string whole = line(event, format);
    for (std::size_t size = 0; size <= whole.size() + 1; ++size) {
      char buffer[log_line_bytes_max + 1];
      std::memset(buffer, '#', sizeof buffer);
      ASSERT_EQ(describe(event, format, buffer, size), whole.size());
      ASSERT_EQ(buffer[size], '#') << "written behind the buffer";
      if (size != 0) {
        ASSERT_EQ(whole.substr(0, size - 1), buffer);
      }
    }
  }
}

TEST(lines, are_written_without_heap) {
  if (!heap_is_watched()) GTEST_SKIP() << "a checker has replaced the heap";
  char text[log_line_bytes_max];
  const log_event event = refusal();
  const std::size_t before = heap_calls();
  EXPECT_LT(describe(event, log_format::json_lines, text, sizeof text), sizeof text);
  EXPECT_LT(describe(event, log_format::text, text, sizeof text), sizeof text);
  EXPECT_EQ(heap_calls(), before);
}

} // namespace
} // namespace nebula::services
