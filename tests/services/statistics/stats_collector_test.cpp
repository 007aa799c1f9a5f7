// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <atomic>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <nebula/services/stats_collector.hpp>
#include "failing_heap.hpp"
#include "statistics_rig.hpp"

namespace nebula::services {
namespace {

using test::new_collector;
using test::numbers;

// [SR-STAT-006]
TEST(collector, asks_its_sources) {
  stats_collector collector = new_collector();
  numbers one{.served = 7, .open = 2, .sizes = histogram::make().value()};
  one.sizes.record(100);
  const auto registered = collector.add("front", "server", source_of_reporter(one));
  ASSERT_TRUE(test::succeeded(registered));
  one.served = 8;
  const auto taken = collector.snapshot();
  ASSERT_TRUE(test::succeeded(taken));
  ASSERT_EQ(taken.value().sources().size(), 1U);
  const source_snapshot& source = taken.value().sources()[0];
  EXPECT_EQ(source.id, registered.value().id());
  EXPECT_EQ(source.name, "front");
  EXPECT_EQ(source.kind, "server");
  EXPECT_EQ(source.refused_count, 0U);
  EXPECT_EQ(source.find("served_requests")->value, 8U);
  EXPECT_EQ(source.find("open_connections")->value, 2U);
  EXPECT_EQ(source.find("size_bytes")->distribution.count(), 1U);
  EXPECT_EQ(source.find("served_requests", "x"), nullptr);
  EXPECT_EQ(taken.value().find(source_id{99}), nullptr);
  EXPECT_FALSE(taken.value().is_change());
  EXPECT_EQ(taken.value().sequence(), 1U);
}

TEST(collector, keeps_hostile_names_as_they_are) {
  stats_collector collector = new_collector();
  const auto registered = collector.add(test::hostile_name, test::hostile_name, {});
  ASSERT_TRUE(test::succeeded(registered));
  const auto taken = collector.snapshot();
  EXPECT_EQ(taken.value().sources()[0].name, test::hostile_name);
  EXPECT_EQ(taken.value().sources()[0].kind, test::hostile_name);
  EXPECT_TRUE(taken.value().sources()[0].metrics.empty());
}

// [SR-STAT-008]
TEST(collector, never_gives_an_id_again) {
  stats_collector collector = new_collector();
  std::set<source_id> seen;
  for (int round = 0; round < 100; ++round) {
    auto first = collector.add("first", "", {});
    auto second = collector.add("second", "", {});
    EXPECT_TRUE(seen.insert(first.value().id()).second);
    EXPECT_TRUE(seen.insert(second.value().id()).second);
    first.value().end();
    EXPECT_EQ(first.value().id(), source_id::none);
  }
  EXPECT_EQ(seen.count(source_id::none), 0U);
  EXPECT_EQ(collector.source_count(), 0U);
}

TEST(registration, ends_with_its_object_and_moves) {
  stats_collector collector = new_collector();
  statistics_registration kept;
  {
    auto one = collector.add("one", "", {});
    auto two = collector.add("two", "", {});
    kept = std::move(two).value();
    EXPECT_EQ(collector.source_count(), 2U);
  }
  EXPECT_EQ(collector.source_count(), 1U);
  EXPECT_EQ(collector.snapshot().value().sources()[0].name, "two");
  statistics_registration moved(std::move(kept));
  kept = std::move(moved);
  EXPECT_EQ(collector.source_count(), 1U);
  statistics_registration& same = kept;
  kept = std::move(same);
  EXPECT_EQ(collector.source_count(), 1U);
  kept = {};
  EXPECT_EQ(collector.source_count(), 0U);
  kept.end();
}

TEST(registration, may_outlive_its_collector) {
  statistics_registration kept;
  {
    stats_collector collector = new_collector();
    kept = collector.add("one", "", {}).value();
  }
  kept.end();
  EXPECT_EQ(kept.id(), source_id::none);
}

TEST(registration, of_names_of_a_wrong_length_is_refused) {
  stats_collector collector = new_collector();
  const std::string long_name(1025, 'n');
  EXPECT_TRUE(test::failed(collector.add("", "", {}), out_of_range(statistics_field::source_name, 0, 1, 1024)));
  EXPECT_TRUE(
      test::failed(collector.add(long_name, "", {}), out_of_range(statistics_field::source_name, 1025, 1, 1024)));
  EXPECT_TRUE(
      test::failed(collector.add("n", long_name, {}), out_of_range(statistics_field::source_kind, 1025, 0, 1024)));
  EXPECT_EQ(collector.source_count(), 0U);
}

// [SR-STAT-007]
TEST(reset, begins_counters_and_histograms_anew_and_leaves_the_sources_alone) {
  stats_collector collector = new_collector();
  numbers one{.served = 7, .open = 2, .sizes = histogram::make().value()};
  one.sizes.record(100, 3);
  const auto registered = collector.add("front", "server", source_of_reporter(one));
  ASSERT_TRUE(test::succeeded(collector.reset()));
  EXPECT_EQ(one.served, 7U);
  one.served += 5;
  one.sizes.record(100);
  const auto taken = collector.snapshot();
  EXPECT_EQ(taken.value().reset_count(), 1U);
  const source_snapshot& source = taken.value().sources()[0];
  EXPECT_EQ(source.find("served_requests")->value, 5U);
  EXPECT_FALSE(source.find("served_requests")->is_restarted);
  EXPECT_EQ(source.find("open_connections")->value, 2U);
  EXPECT_EQ(source.find("size_bytes")->distribution.count(), 1U);
  one.served = 3; // the source itself was begun anew
  EXPECT_EQ(collector.snapshot().value().sources()[0].find("served_requests")->value, 3U);
  EXPECT_TRUE(collector.snapshot().value().sources()[0].find("served_requests")->is_restarted);
}

std::uint64_t served(const statistics_snapshot& taken) { return taken.sources()[0].find("served_requests")->value; }
bool is_restarted(const statistics_snapshot& taken) { return taken.sources()[0].find("served_requests")->is_restarted; }

TEST(reset, remembers_that_a_source_was_begun_anew) {
  stats_collector collector = new_collector();
  numbers one{.served = 100, .open = 0, .sizes = histogram::make().value()};
  one.sizes.record(5, 9);
  const auto registered = collector.add("one", "", source_of_reporter(one));
  ASSERT_TRUE(test::succeeded(collector.reset()));
  one.served = 50; // begun anew
  one.sizes = histogram::make().value();
  one.sizes.record(5, 3);
  const auto first = collector.snapshot();
  one.served = 70;
  const auto second = collector.snapshot();
  one.served = 130; // above what it was at the reset
  one.sizes.record(5, 20);
  const auto third = collector.snapshot();
  EXPECT_EQ(served(first.value()), 50U);
  EXPECT_EQ(served(second.value()), 70U);
  EXPECT_EQ(served(third.value()), 130U);
  EXPECT_TRUE(is_restarted(first.value()) && is_restarted(second.value()) && is_restarted(third.value()));
  EXPECT_EQ(third.value().sources()[0].find("size_bytes")->distribution.count(), 23U);
  // Between two snapshots after the restart there was none.
  const auto changed = change(first.value(), third.value());
  EXPECT_EQ(served(changed.value()), 80U);
  EXPECT_FALSE(is_restarted(changed.value()));
  EXPECT_EQ(changed.value().sources()[0].find("size_bytes")->distribution.count(), 20U);
  ASSERT_TRUE(test::succeeded(collector.reset()));
  one.served = 131;
  EXPECT_EQ(served(collector.snapshot().value()), 1U);
  EXPECT_FALSE(is_restarted(collector.snapshot().value()));
}

TEST(reset, does_not_hide_a_restart_from_a_comparison) {
  stats_collector collector = new_collector();
  numbers one{.served = 1000, .open = 0, .sizes = histogram::make().value()};
  const auto registered = collector.add("one", "", source_of_reporter(one));
  ASSERT_TRUE(test::succeeded(collector.reset()));
  one.served = 1050;
  const auto before = collector.snapshot();
  for (const std::uint64_t begun_anew : {60U, 1020U}) { // below the reset's number, and above it
    one.served = begun_anew;
    const auto after = collector.snapshot();
    EXPECT_EQ(served(after.value()), begun_anew);
    const auto changed = change(before.value(), after.value());
    EXPECT_EQ(served(changed.value()), begun_anew);
    EXPECT_TRUE(is_restarted(changed.value()));
  }
}

TEST(a_failed_snapshot, leaves_no_kind_behind) {
  stats_collector collector = new_collector();
  static bool is_first = true;
  const auto counts = [](const void*, source_report& report) noexcept {
    if (is_first) {
      report.counter({"x", "X."}, 1);
    }
  };
  const auto shows = [](const void*, source_report& report) noexcept {
    if (is_first) {
      report.refuse(refused(statistics_failure_code::out_of_memory));
    } else {
      report.gauge({"x", "X."}, 1);
    }
  };
  const auto first = collector.add("first", "", {counts, nullptr});
  const auto second = collector.add("second", "", {shows, nullptr});
  EXPECT_FALSE(collector.snapshot().has_value());
  EXPECT_FALSE(collector.reset().has_value());
  is_first = false;
  const auto taken = collector.snapshot();
  EXPECT_EQ(taken.value().sources()[1].refused_count, 0U);
  EXPECT_EQ(taken.value().sources()[1].metrics.size(), 1U);
}

TEST(collector, leaves_out_what_changes_its_kind) {
  stats_collector collector = new_collector();
  const auto counts = [](const void*, source_report& report) noexcept { report.counter({"x", "X."}, 1); };
  const auto shows = [](const void*, source_report& report) noexcept {
    report.gauge({"x", "X."}, 1);
    report.gauge({"y", "Y."}, 1);
  };
  const auto first = collector.add("first", "", {counts, nullptr});
  const auto second = collector.add("second", "", {shows, nullptr});
  const auto taken = collector.snapshot();
  EXPECT_EQ(taken.value().sources()[0].metrics.size(), 1U);
  ASSERT_EQ(taken.value().sources()[1].metrics.size(), 1U);
  EXPECT_EQ(taken.value().sources()[1].metrics[0].name, "y");
  EXPECT_EQ(taken.value().sources()[1].refused_count, 1U);
  EXPECT_EQ(taken.value().sources()[1].first_refusal.code, statistics_failure_code::kind_changed);
}

TEST(collector, says_what_a_source_may_not_report) {
  stats_collector collector = new_collector();
  const auto wrong = [](const void*, source_report& report) noexcept { report.counter({"X", "X."}, 1); };
  const auto registered = collector.add("first", "", {wrong, nullptr});
  const auto taken = collector.snapshot();
  EXPECT_EQ(taken.value().sources()[0].refused_count, 1U);
  EXPECT_EQ(taken.value().sources()[0].first_refusal,
            refused(statistics_failure_code::name_not_allowed, statistics_field::metric_name, 0));
}

struct calls_back {
  stats_collector collector = new_collector();
  mutable std::vector<statistics_failure_code> codes{};

  void report(source_report& report) const noexcept {
    stats_collector same = collector;
    codes = {same.snapshot().failure().code, same.reset().failure().code, same.add("x", "", {}).failure().code};
    report.gauge({"sources", "Sources."}, same.source_count());
  }
};

TEST(a_source, that_calls_its_collector_is_refused_and_does_not_wait) {
  calls_back source;
  const auto registered = source.collector.add("loop", "", source_of_reporter(source));
  const auto taken = source.collector.snapshot();
  ASSERT_TRUE(test::succeeded(taken));
  EXPECT_EQ(source.codes, std::vector<statistics_failure_code>(3, statistics_failure_code::called_by_source));
  EXPECT_EQ(taken.value().sources()[0].find("sources")->value, 0U);
  EXPECT_EQ(source.collector.source_count(), 1U);
}

TEST(collector, that_could_not_be_made_refuses) {
  stats_collector none;
  const statistics_failure no_memory = refused(statistics_failure_code::out_of_memory);
  EXPECT_TRUE(test::failed(none.add("x", "", {}), no_memory));
  EXPECT_TRUE(test::failed(none.snapshot(), no_memory));
  EXPECT_TRUE(test::failed(none.reset(), no_memory));
  EXPECT_EQ(none.source_count(), 0U);
}

TEST(each_failure_of_the_heap, leaves_a_collector_as_it_was) {
  stats_collector collector = new_collector();
  numbers one{.served = 7, .open = 2, .sizes = histogram::make().value()};
  const std::string long_name(40, 'n');
  const auto registered = collector.add(long_name, long_name, source_of_reporter(one));
  source_id last = registered.value().id();
  for (const auto how : {test::heap_failures::once, test::heap_failures::for_good}) {
    const auto judge = [&](const auto& outcome, bool has_failed) {
      EXPECT_EQ(outcome.has_value(), !has_failed);
      EXPECT_EQ(outcome.failure().code == statistics_failure_code::out_of_memory, has_failed);
      if (has_failed) {
        EXPECT_EQ(collector.source_count(), 1U);
      }
    };
    EXPECT_GE(test::with_each_failure_of_the_heap(how, [] { return stats_collector::make(); }, judge), 1U);
    EXPECT_GE(
        test::with_each_failure_of_the_heap(how, [&] { return collector.add(long_name, long_name, {}); }, judge), 2U);
    EXPECT_GE(test::with_each_failure_of_the_heap(how, [&] { return collector.snapshot(); }, judge), 5U);
    EXPECT_GE(test::with_each_failure_of_the_heap(how, [&] { return collector.reset(); }, judge), 5U);
    const auto next = collector.add("next", "", {});
    EXPECT_GT(next.value().id(), last);
    last = next.value().id();
  }
  EXPECT_EQ(collector.snapshot().value().reset_count(), 2U);
}

TEST(collectors, have_numbers_of_their_own) {
  stats_collector first = new_collector();
  stats_collector second = new_collector();
  EXPECT_NE(first.snapshot().value().collector(), second.snapshot().value().collector());
  stats_collector copy = first; // of one collector
  EXPECT_EQ(copy.snapshot().value().sequence(), 2U);
}

TEST(a_source_that_ends, is_not_asked_any_more) {
  stats_collector collector = new_collector();
  std::atomic<bool> stop{false};
  std::thread asks([&] {
    while (!stop.load()) {
      EXPECT_TRUE(test::succeeded(collector.snapshot()));
    }
  });
  for (int round = 0; round < 500; ++round) {
    auto one = std::make_unique<numbers>();
    one->served = 1;
    auto registered = collector.add("short-lived", "", source_of_reporter(*one));
    ASSERT_TRUE(test::succeeded(registered));
    registered.value().end();
    one.reset(); // a sanitizer sees a look at it
  }
  stop.store(true);
  asks.join();
}

} // namespace
} // namespace nebula::services
