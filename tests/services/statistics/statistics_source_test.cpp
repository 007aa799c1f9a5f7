// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <string>

#include <nebula/services/statistics_source.hpp>
#include "failing_heap.hpp"
#include "statistics_rig.hpp"

namespace nebula::services {
namespace {

constexpr auto not_allowed = statistics_failure_code::name_not_allowed;

statistics_failure verdict(const metric_description& what) { return what.validate().failure(); }

// [SR-STAT-006]
TEST(metric_descriptions, are_words_that_exporters_can_take) {
  EXPECT_TRUE(test::succeeded(metric_description{"used_bytes", "What is used."}.validate()));
  EXPECT_TRUE(test::succeeded(metric_description{"a", "b", "reason_2"}.validate()));
  EXPECT_EQ(verdict({"", "help"}), out_of_range(statistics_field::metric_name, 0, 1, 128));
  EXPECT_EQ(verdict({std::string(129, 'a'), "help"}), out_of_range(statistics_field::metric_name, 129, 1, 128));
  EXPECT_EQ(verdict({"usedBytes", "help"}), refused(not_allowed, statistics_field::metric_name, 4));
  EXPECT_EQ(verdict({"1used", "help"}), refused(not_allowed, statistics_field::metric_name, 0));
  EXPECT_EQ(verdict({"_used", "help"}), refused(not_allowed, statistics_field::metric_name, 0));
  EXPECT_EQ(verdict({"used\"", "help"}), refused(not_allowed, statistics_field::metric_name, 4));
  EXPECT_EQ(verdict({"used", ""}), out_of_range(statistics_field::help, 0, 1, 512));
  EXPECT_EQ(verdict({"used", std::string(513, ' ')}), out_of_range(statistics_field::help, 513, 1, 512));
  EXPECT_EQ(verdict({"used", "help", "Reason"}), refused(not_allowed, statistics_field::label_name, 0));
  for (const char* suffix : {"_total", "_bucket", "_count", "_sum", "_created", "_info"}) {
    EXPECT_EQ(verdict({std::string("x") + suffix, "help"}), refused(not_allowed, statistics_field::metric_name, 1));
  }
  for (const char* label : {"id", "source", "kind", "le", "quantile"}) {
    EXPECT_EQ(verdict({"x", "help", label}), refused(not_allowed, statistics_field::label_name, 0));
  }
}

TEST(metric_kinds, have_names) {
  EXPECT_STREQ(name(metric_kind::counter), "counter");
  EXPECT_STREQ(name(metric_kind::gauge), "gauge");
  EXPECT_STREQ(name(metric_kind::histogram), "histogram");
  EXPECT_STREQ(name(metric_kind{3}), "unknown");
}

TEST(a_report, keeps_what_is_right_and_counts_what_is_not) {
  source_report report;
  const metric_description calls{"calls", "Calls.", "reason"};
  report.counter(calls, 1, "a");
  report.counter(calls, 2, test::hostile_name);
  report.counter({"calls", "Calls."}, 3);
  EXPECT_EQ(report.refused_count(), 0U);
  report.counter(calls, 9, "a");
  EXPECT_EQ(report.first_refusal(), refused(statistics_failure_code::reported_twice, statistics_field::metric_name));
  report.gauge(calls, 9, "b");
  report.gauge({"Calls", "Calls."}, 9);
  report.gauge({"open", "Open."}, 9, "without a label");
  report.distribution({"sizes", "Sizes.", "of"}, histogram(), std::string(1025, 'x'));
  EXPECT_EQ(report.refused_count(), 5U);
  EXPECT_FALSE(report.ran_out_of_memory());
  ASSERT_EQ(report.metrics().size(), 3U);
  EXPECT_EQ(report.metrics()[0].value, 1U);
  EXPECT_EQ(report.metrics()[1].label_value, test::hostile_name);
  EXPECT_EQ(report.metrics()[2].label, "");
}

TEST(a_report, says_what_is_wrong_with_a_label) {
  source_report first;
  first.gauge({"open", "Open."}, 9, "x");
  EXPECT_EQ(first.first_refusal(), out_of_range(statistics_field::label_value, 1, 0, 0));
  source_report second;
  second.counter({"calls", "Calls."}, 1);
  second.distribution({"calls", "Calls."}, histogram());
  EXPECT_EQ(second.first_refusal(), refused(statistics_failure_code::kind_changed, statistics_field::metric_name));
}

TEST(a_report, takes_a_label_without_a_value_for_none) {
  source_report report;
  report.counter({"calls", "Calls."}, 1);
  report.counter({"calls", "Calls.", "outcome"}, 2, "");
  EXPECT_EQ(report.first_refusal(), refused(statistics_failure_code::reported_twice, statistics_field::metric_name));
  report.counter({"calls", "Calls.", "outcome"}, 2, "x");
  EXPECT_EQ(report.metrics().size(), 2U);
}

TEST(a_report, without_memory_leaves_a_metric_out_whole) {
  histogram values = histogram::make().value();
  values.record(3);
  const auto judge = [](const source_report& report, bool has_failed) {
    EXPECT_EQ(report.ran_out_of_memory(), has_failed);
    EXPECT_EQ(report.refused_count(), has_failed ? 1U : 0U);
    ASSERT_EQ(report.metrics().size(), has_failed ? 0U : 1U);
    if (!has_failed) {
      EXPECT_EQ(report.metrics()[0].distribution.count(), 1U);
    }
  };
  const auto call = [&] {
    source_report report;
    report.distribution({"a_name_that_is_not_short", "Help that is not short.", "a_label_that_is_not_short"}, values,
                        "a value that is not short either");
    return report;
  };
  EXPECT_GE(test::with_each_failure_of_the_heap(test::heap_failures::once, call, judge), 6U);
  EXPECT_GE(test::with_each_failure_of_the_heap(test::heap_failures::for_good, call, judge), 6U);
}

} // namespace
} // namespace nebula::services
