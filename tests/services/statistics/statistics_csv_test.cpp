// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <string>
#include <vector>

#include <nebula/services/statistics_csv.hpp>
#include <nebula/services/stats_collector.hpp>
#include <nebula/services/utf8_text.hpp>
#include "csv_reader.hpp"
#include "failing_heap.hpp"
#include "statistics_rig.hpp"

namespace nebula::services {
namespace {

using test::new_collector;
using test::numbers;
using test::read_csv;

// [SR-STAT-010]
TEST(csv, has_a_row_for_each_number) {
  stats_collector collector = new_collector();
  numbers one{.served = 7, .open = 2, .sizes = histogram::make().value()};
  one.sizes.record(10);
  one.sizes.record(20);
  const auto registered = collector.add("front", "server", source_of_reporter(one));
  const auto text = to_csv(collector.snapshot().value());
  ASSERT_TRUE(test::succeeded(text));
  EXPECT_EQ(text.value(),
            "id,source,kind,metric,metric_kind,label,label_value,statistic,value\r\n"
            "1,front,server,served_requests,counter,,,value,7\r\n"
            "1,front,server,open_connections,gauge,,,value,2\r\n"
            "1,front,server,size_bytes,histogram,,,count,2\r\n"
            "1,front,server,size_bytes,histogram,,,sum,30\r\n"
            "1,front,server,size_bytes,histogram,,,overflow,0\r\n"
            "1,front,server,size_bytes,histogram,,,mean,15\r\n"
            "1,front,server,size_bytes,histogram,,,standard_deviation,5\r\n"
            "1,front,server,size_bytes,histogram,,,p0,10\r\n"
            "1,front,server,size_bytes,histogram,,,p50,10\r\n"
            "1,front,server,size_bytes,histogram,,,p90,20\r\n"
            "1,front,server,size_bytes,histogram,,,p99,20\r\n"
            "1,front,server,size_bytes,histogram,,,p99.9,20\r\n"
            "1,front,server,size_bytes,histogram,,,p100,20\r\n");
}

TEST(csv, gives_hostile_names_back_to_a_reader) {
  stats_collector collector = new_collector();
  const auto labelled = [](const void*, source_report& report) noexcept {
    report.counter({"calls", "Calls.", "reason"}, 1, test::hostile_name);
  };
  const auto first = collector.add(test::hostile_name, " blank at both ends ", {labelled, nullptr});
  const auto text = to_csv(collector.snapshot().value());
  const auto rows = read_csv(text.value());
  ASSERT_TRUE(rows.has_value());
  ASSERT_EQ(rows->size(), 2U);
  const std::vector<std::string>& row = rows->at(1);
  ASSERT_EQ(row.size(), 9U);
  EXPECT_EQ(row[1], valid_utf8(test::hostile_name));
  EXPECT_EQ(row[2], " blank at both ends ");
  EXPECT_EQ(row[6], valid_utf8(test::hostile_name));
  EXPECT_EQ(row[8], "1");
}

TEST(csv, of_an_empty_histogram_has_empty_values) {
  stats_collector collector = new_collector();
  const numbers none;
  const auto registered = collector.add("none", "", source_of_reporter(none));
  const auto text = to_csv(collector.snapshot().value());
  EXPECT_NE(text.value().find("mean,\r\n"), std::string::npos);
  EXPECT_NE(text.value().find("p99.9,\r\n"), std::string::npos);
  EXPECT_EQ(text.value().find("nan"), std::string::npos);
}

TEST(csv, without_memory_is_refused) {
  stats_collector collector = new_collector();
  const numbers one;
  const auto registered = collector.add(test::hostile_name, "", source_of_reporter(one));
  const auto taken = collector.snapshot();
  const auto judge = [](const auto& outcome, bool has_failed) {
    EXPECT_EQ(outcome.failure().code == statistics_failure_code::out_of_memory, has_failed);
  };
  const auto call = [&] { return to_csv(taken.value()); };
  EXPECT_GE(test::with_each_failure_of_the_heap(test::heap_failures::once, call, judge), 5U);
  EXPECT_GE(test::with_each_failure_of_the_heap(test::heap_failures::for_good, call, judge), 5U);
}

} // namespace
} // namespace nebula::services
