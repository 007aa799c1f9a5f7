// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstdint>
#include <limits>
#include <string>

#include <nlohmann/json.hpp>

#include <nebula/services/statistics_json.hpp>
#include <nebula/services/stats_collector.hpp>
#include <nebula/services/utf8_text.hpp>
#include "failing_heap.hpp"
#include "statistics_rig.hpp"

namespace nebula::services {
namespace {

using test::new_collector;
using test::numbers;

// [SR-STAT-010]
TEST(json, says_what_a_snapshot_has) {
  stats_collector collector = new_collector();
  numbers one{.served = std::numeric_limits<std::uint64_t>::max(), .open = 2, .sizes = histogram::make().value()};
  one.sizes.record(10);
  one.sizes.record(std::uint64_t{1} << 50U);
  const auto registered = collector.add("front", "server", source_of_reporter(one));
  const auto text = to_json(collector.snapshot().value());
  ASSERT_TRUE(test::succeeded(text));
  const auto read = nlohmann::json::parse(text.value());
  EXPECT_EQ(read["format"], "nebula-statistics-1");
  EXPECT_EQ(read["sequence"], 1);
  EXPECT_EQ(read["is_change"], false);
  const auto& source = read["sources"][0];
  EXPECT_EQ(source["id"], 1);
  EXPECT_EQ(source["name"], "front");
  EXPECT_EQ(source["kind"], "server");
  EXPECT_EQ(source["refused"], 0);
  EXPECT_EQ(source["metrics"][0]["name"], "served_requests");
  EXPECT_EQ(source["metrics"][0]["kind"], "counter");
  EXPECT_EQ(source["metrics"][0]["value"], std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(source["metrics"][0]["label"], nullptr);
  const auto& sizes = source["metrics"][2]["distribution"];
  EXPECT_EQ(sizes["count"], 2);
  EXPECT_EQ(sizes["overflow"], 1);
  EXPECT_EQ(sizes["buckets"].size(), 1U);
  EXPECT_EQ(sizes["buckets"][0]["lowest"], 10);
  EXPECT_EQ(sizes["percentiles"]["50"]["value"], 10);
  EXPECT_EQ(sizes["percentiles"]["100"]["is_lower_bound"], true);
}

TEST(json, gives_hostile_names_back_to_a_reader) {
  stats_collector collector = new_collector();
  const auto labelled = [](const void*, source_report& report) noexcept {
    report.counter({"calls", "Calls.", "reason"}, 1, test::hostile_name);
  };
  const auto first = collector.add(test::hostile_name, test::hostile_name, {labelled, nullptr});
  const auto read = nlohmann::json::parse(to_json(collector.snapshot().value()).value());
  const std::string valid = valid_utf8(test::hostile_name);
  EXPECT_EQ(read["sources"][0]["name"], valid);
  EXPECT_EQ(read["sources"][0]["kind"], valid);
  EXPECT_EQ(read["sources"][0]["metrics"][0]["label"]["value"], valid);
}

TEST(json, of_an_empty_histogram_has_null_and_no_nan) {
  stats_collector collector = new_collector();
  const numbers none;
  const auto registered = collector.add("none", "", source_of_reporter(none));
  const auto read = nlohmann::json::parse(to_json(collector.snapshot().value()).value());
  const auto& sizes = read["sources"][0]["metrics"][2]["distribution"];
  EXPECT_EQ(sizes["mean"], nullptr);
  EXPECT_EQ(sizes["percentiles"]["50"], nullptr);
}

TEST(json, of_a_change_names_the_sources_that_ended) {
  stats_collector collector = new_collector();
  auto first = collector.add("first", "", {});
  const auto before = collector.snapshot();
  first.value().end();
  const auto changed = change(before.value(), collector.snapshot().value());
  const auto read = nlohmann::json::parse(to_json(changed.value()).value());
  EXPECT_EQ(read["is_change"], true);
  EXPECT_EQ(read["ended_sources"], nlohmann::json::array({1}));
}

TEST(json, without_memory_is_refused) {
  stats_collector collector = new_collector();
  numbers one{.sizes = histogram::make().value()};
  one.sizes.record(10);
  const auto registered = collector.add(test::hostile_name, "", source_of_reporter(one));
  const auto taken = collector.snapshot();
  const auto judge = [](const auto& outcome, bool has_failed) {
    EXPECT_EQ(outcome.failure().code == statistics_failure_code::out_of_memory, has_failed);
  };
  const auto call = [&] { return to_json(taken.value()); };
  EXPECT_GE(test::with_each_failure_of_the_heap(test::heap_failures::once, call, judge), 5U);
  EXPECT_GE(test::with_each_failure_of_the_heap(test::heap_failures::for_good, call, judge), 5U);
}

} // namespace
} // namespace nebula::services
