// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include <nebula/kernel.hpp>
#include <nebula/services/error_json.hpp>
#include "../unit/gtest.hpp"
#include "error_rig.hpp"

namespace nebula::services {
namespace {

using nlohmann::json;

json read(const memory_error& failed) {
  const std::string text = to_json(failed);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  json parsed = json::parse(text, nullptr, false);
  EXPECT_TRUE(parsed.is_object()) << text;
  return parsed;
}

allocator_failure full_pool() {
  allocator_failure failure;
  failure.what = {error_code::exhausted, operation::allocate, component::pool_allocator};
  failure.request = {64, 8};
  failure.largest = {64, 16};
  failure.state.used_bytes = failure.state.capacity_bytes = failure.state.peak_bytes = 256;
  failure.state.live_blocks = 4;
  return failure;
}

// [SR-MERR-004]
TEST(errors_as_json, have_the_members_that_the_page_lists) {
  EXPECT_EQ(read(memory_error(full_pool()).named("messages")), json::parse(R"({
    "kind": "refusal", "allocator": "messages", "component": "pool_allocator", "operation": "allocate", "code": "exhausted",
    "request": {"size_bytes": 64, "align": 8}, "largest": {"size_bytes": 64, "align": 16},
    "state": {"used_bytes": 256, "capacity_bytes": 256, "available_bytes": 0, "peak_bytes": 256, "live_blocks": 4},
    "may_retry": true, "cause": "every block is live", "retry": "can succeed after frees",
    "advice": "free blocks, or configure more of them"})"));
}

TEST(errors_as_json, of_the_services_name_field_and_range_or_call_and_error) {
  EXPECT_EQ(read(out_of_range(memory_field::guard_pages, 70000, 0, 65536)), json::parse(R"({
    "kind": "configuration", "code": "invalid_configuration", "field": "guard_pages", "value": 70000, "lowest": 0,
    "highest": 65536, "may_retry": false, "cause": "a field of the configuration is out of its range",
    "retry": "never succeeds", "advice": "give the field a value that is accepted"})"));
  const json refused = read(refused_by_system(system_call::lock, 54321, memory_field::lock));
  EXPECT_EQ(refused["call"], "lock");
  EXPECT_EQ(refused["system_error"], 54321);
  EXPECT_EQ(refused["kind"], "system");
}

TEST(errors_as_json, of_budgets_and_configurations_have_their_numbers) {
  budget_failure over{{error_code::over_budget, operation::reserve, component::budget}, 20, {}};
  over.state.limit_bytes = 100;
  over.state.used_bytes = 90;
  const json budget = read(over);
  EXPECT_EQ(budget["bytes"], 20);
  EXPECT_EQ(budget["state"]["limit_bytes"], 100);
  configuration_failure wrong{{error_code::invalid_configuration, operation::configure, component::segregated_allocator,
                               configuration_field::classes},
                              {}};
  EXPECT_FALSE(read(wrong).contains("value"));
  wrong.wrong.rule = value_rule::range;
  wrong.wrong.value = 101;
  wrong.wrong.highest = 100;
  EXPECT_FALSE(read(wrong).contains("position"));
  wrong.wrong.position = 3;
  const json configuration = read(wrong);
  EXPECT_EQ(configuration["value"], 101);
  EXPECT_EQ(configuration["highest"], 100);
  EXPECT_EQ(configuration["position"], 3);
  EXPECT_EQ(configuration["field"], "classes");
}

TEST(errors_as_json, are_json_whatever_the_error_and_the_name) {
  const std::string_view hostile = "\"},{\"kind\":\"none\"\n\\\xFF";
  for_each_kernel_error([&](error what) {
    allocator_failure failure{what, {SIZE_MAX, 8}};
    failure.state.used_bytes = SIZE_MAX;
    const json parsed = read(memory_error(failure).named(hostile));
    ASSERT_EQ(parsed["code"], name(what.code));
    ASSERT_EQ(parsed["request"]["size_bytes"], SIZE_MAX);
    ASSERT_EQ(parsed["allocator"], "\"},{\"kind\":\"none\"\n\\\xEF\xBF\xBD");
  });
  for_each_services_failure([&](const memory_failure& failure) {
    ASSERT_EQ(read(memory_error(failure).named(hostile))["code"], name(failure.code));
  });
  EXPECT_EQ(read({}), json::parse(R"({"kind": "none", "may_retry": false})"));
}

TEST(errors_as_json, show_a_request_of_size_0_where_that_is_what_was_wrong) {
  allocator_failure failure{{error_code::invalid_layout, operation::allocate, component::pool_allocator}, {0, 3}};
  EXPECT_EQ(read(failure)["request"], json::parse(R"({"size_bytes": 0, "align": 3})"));
  failure.what.code = error_code::exhausted;
  EXPECT_FALSE(read(failure).contains("request"));
}

// [SR-MERR-005]
TEST(errors_as_json, have_the_backtrace_as_an_array) {
  const json parsed = read(memory_error(full_pool()).with_backtrace());
  ASSERT_EQ(parsed.contains("backtrace"), backtrace::is_supported());
  if (backtrace::is_supported()) {
    EXPECT_NE(parsed["backtrace"][0].get<std::string>().find("have_the_backtrace_as_an_array"), std::string::npos)
        << parsed["backtrace"];
    EXPECT_GT(parsed["backtrace"].size(), 1U);
  }
}

TEST(errors_as_json, are_written_within_the_buffer_however_small) {
  const memory_error failed = memory_error(full_pool()).named("p\"\n");
  const std::string whole = to_json(failed);
  for (std::size_t size = 0; size <= whole.size() + 1; ++size) {
    char buffer[1024];
    std::memset(buffer, '#', sizeof buffer);
    ASSERT_EQ(describe_json(failed, buffer, size), whole.size());
    ASSERT_EQ(buffer[size], '#') << "written behind the buffer";
  }
}

} // namespace
} // namespace nebula::services
