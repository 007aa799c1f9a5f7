// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <string>

#include <nebula/services/statistics_prometheus.hpp>
#include <nebula/services/stats_collector.hpp>
#include "failing_heap.hpp"
#include "statistics_rig.hpp"

namespace nebula::services {
namespace {

using test::new_collector;
using test::numbers;

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

// [SR-STAT-010]
TEST(prometheus_text, says_what_a_snapshot_has) {
  stats_collector collector = new_collector();
  numbers one{.served = 7, .open = 2, .sizes = histogram::make({2, 6}).value()};
  for (const std::uint64_t value : {3U, 4U, 7U, 8U, 63U, 64U}) {
    one.sizes.record(value);
  }
  const auto first = collector.add("front", "server", source_of_reporter(one));
  const auto second = collector.add("back", "server", source_of_reporter(one));
  const auto made = to_prometheus(collector.snapshot().value());
  ASSERT_TRUE(test::succeeded(made));
  const std::string& text = made.value();
  EXPECT_TRUE(has_line(text, "# HELP nebula_served_requests_total Requests answered."));
  EXPECT_TRUE(has_line(text, "# TYPE nebula_served_requests_total counter"));
  EXPECT_TRUE(has_line(text, "# TYPE nebula_open_connections gauge"));
  EXPECT_TRUE(has_line(text, "# TYPE nebula_size_bytes histogram"));
  const std::string labels = R"(id="1",kind="server",source="front")";
  EXPECT_TRUE(has_line(text, "nebula_served_requests_total{" + labels + "} 7")) << text;
  EXPECT_TRUE(has_line(text, "nebula_open_connections{" + labels + "} 2"));
  EXPECT_TRUE(has_line(text, R"(nebula_open_connections{id="2",kind="server",source="back"} 2)"));
  EXPECT_TRUE(has_line(text, "nebula_size_bytes_count{" + labels + "} 6"));
  EXPECT_TRUE(has_line(text, "nebula_size_bytes_sum{" + labels + "} 149"));
  EXPECT_TRUE(has_line(text, "nebula_size_bytes_bucket{" + labels + ",le=\"7\"} 3"));
  EXPECT_TRUE(has_line(text, "nebula_size_bytes_bucket{" + labels + ",le=\"63\"} 5"));
  EXPECT_TRUE(has_line(text, "nebula_size_bytes_bucket{" + labels + ",le=\"+Inf\"} 6"));
  EXPECT_EQ(text.find("# TYPE nebula_size_bytes histogram"), text.rfind("# TYPE nebula_size_bytes histogram"));
}

TEST(prometheus_text, has_buckets_that_never_fall) {
  stats_collector collector = new_collector();
  numbers one{.served = 0, .open = 0, .sizes = histogram::make({1, 6}).value()};
  one.sizes.record(1, ~std::uint64_t{0});
  one.sizes.record(20, 1000);
  const auto registered = collector.add("front", "", source_of_reporter(one));
  const auto made = to_prometheus(collector.snapshot().value());
  const std::string labels = R"(id="1",kind="",source="front")";
  for (const char* const le : {"3", "31", "63", "+Inf"}) {
    EXPECT_TRUE(
        has_line(made.value(), "nebula_size_bytes_bucket{" + labels + ",le=\"" + le + "\"} 18446744073709551615"))
        << made.value();
  }
}

TEST(prometheus_text, escapes_what_would_end_a_label_or_a_line) {
  stats_collector collector = new_collector();
  const auto labelled = [](const void*, source_report& report) noexcept {
    report.gauge({"x", "Two\nlines, a \\ and a \xFF.", "of"}, 1, "a\"b\\c\nd\xFF");
  };
  const auto first = collector.add("a\"b\\c\nd\xFF", "\"", {labelled, nullptr});
  const auto text = to_prometheus(collector.snapshot().value());
  EXPECT_EQ(text.value(),
            "# HELP nebula_x Two\\nlines, a \\\\ and a \xEF\xBF\xBD.\n"
            "# TYPE nebula_x gauge\n"
            "nebula_x{id=\"1\",kind=\"\\\"\",source=\"a\\\"b\\\\c\\nd\xEF\xBF\xBD\",of=\"a\\\"b\\\\c\\nd"
            "\xEF\xBF\xBD\"} 1\n");
}

TEST(prometheus_text, without_memory_is_refused_and_never_cut) {
  stats_collector collector = new_collector();
  numbers one{.sizes = histogram::make({2, 6}).value()};
  const auto registered = collector.add(test::hostile_name, "", source_of_reporter(one));
  const auto taken = collector.snapshot();
  const std::string whole = to_prometheus(taken.value()).value();
  const auto judge = [&](const auto& outcome, bool has_failed) {
    EXPECT_EQ(outcome.failure().code == statistics_failure_code::out_of_memory, has_failed);
    EXPECT_EQ(outcome.value() == whole, !has_failed);
  };
  const auto call = [&] { return to_prometheus(taken.value()); };
  EXPECT_GE(test::with_each_failure_of_the_heap(test::heap_failures::once, call, judge), 5U);
  EXPECT_GE(test::with_each_failure_of_the_heap(test::heap_failures::for_good, call, judge), 5U);
}

} // namespace
} // namespace nebula::services
