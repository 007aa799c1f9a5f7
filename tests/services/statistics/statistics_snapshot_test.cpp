// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <string>

#include <nebula/services/stats_collector.hpp>
#include "failing_heap.hpp"
#include "statistics_rig.hpp"

namespace nebula::services {
namespace {

using test::new_collector;
using test::numbers;

// [SR-STAT-007]
TEST(change, is_what_happened_in_between) {
  stats_collector collector = new_collector();
  numbers one{.served = 7, .open = 2, .sizes = histogram::make().value()};
  numbers two{.served = 1, .open = 0, .sizes = histogram::make().value()};
  numbers three{.served = 4, .open = 1, .sizes = histogram::make().value()};
  const auto first = collector.add("one", "", source_of_reporter(one));
  auto second = collector.add("two", "", source_of_reporter(two));
  const auto before = collector.snapshot();
  const source_id ended = second.value().id();
  second.value().end();
  const auto third = collector.add("three", "", source_of_reporter(three));
  one.served = 10;
  one.open = 5;
  one.sizes.record(64, 2);
  const auto after = collector.snapshot();

  const auto changed = change(before.value(), after.value());
  ASSERT_TRUE(test::succeeded(changed));
  EXPECT_TRUE(changed.value().is_change());
  ASSERT_EQ(changed.value().sources().size(), 2U);
  const source_snapshot& ones = *changed.value().find(first.value().id());
  EXPECT_EQ(ones.find("served_requests")->value, 3U);
  EXPECT_EQ(ones.find("open_connections")->value, 5U);
  EXPECT_EQ(ones.find("size_bytes")->distribution.count(), 2U);
  EXPECT_EQ(changed.value().find(third.value().id())->find("served_requests")->value, 4U);
  EXPECT_EQ(changed.value().ended_sources(), std::vector<source_id>{ended});
  EXPECT_EQ(changed.value().elapsed_nanoseconds(),
            after.value().elapsed_nanoseconds() - before.value().elapsed_nanoseconds());
  EXPECT_EQ(change(after.value(), after.value()).value().sources()[0].find("served_requests")->value, 0U);
}

TEST(change, counts_whole_what_was_begun_anew) {
  stats_collector collector = new_collector();
  numbers one{.served = 7, .open = 0, .sizes = histogram::make().value()};
  one.sizes.record(5, 9);
  const auto first = collector.add("one", "", source_of_reporter(one));
  const auto before = collector.snapshot();
  one.served = 2;
  one.sizes = histogram::make().value();
  one.sizes.record(5);
  const auto after = collector.snapshot();
  const auto changed = change(before.value(), after.value());
  const source_snapshot& ones = changed.value().sources()[0];
  EXPECT_EQ(ones.find("served_requests")->value, 2U);
  EXPECT_TRUE(ones.find("served_requests")->is_restarted);
  EXPECT_EQ(ones.find("size_bytes")->distribution.count(), 1U);
  EXPECT_TRUE(ones.find("size_bytes")->is_restarted);
  EXPECT_FALSE(ones.find("open_connections")->is_restarted);
}

TEST(change, of_what_does_not_belong_together_is_refused) {
  stats_collector collector = new_collector();
  stats_collector other = new_collector();
  const auto field = statistics_field::snapshot;
  const auto first = collector.snapshot();
  const auto second = collector.snapshot();
  EXPECT_TRUE(test::failed(change(first.value(), other.snapshot().value()),
                           refused(statistics_failure_code::other_collector, field)));
  EXPECT_TRUE(test::failed(change(second.value(), first.value()),
                           refused(statistics_failure_code::snapshots_reversed, field, 1)));
  const auto changed = change(first.value(), second.value());
  EXPECT_TRUE(test::failed(change(changed.value(), second.value()),
                           refused(statistics_failure_code::snapshot_is_change, field)));
  EXPECT_TRUE(test::failed(change(first.value(), changed.value()),
                           refused(statistics_failure_code::snapshot_is_change, field)));
  ASSERT_TRUE(test::succeeded(collector.reset()));
  EXPECT_TRUE(test::failed(change(first.value(), collector.snapshot().value()),
                           refused(statistics_failure_code::reset_between, field)));
}

TEST(change, without_memory_is_refused) {
  stats_collector collector = new_collector();
  numbers one{.served = 7, .open = 0, .sizes = histogram::make().value()};
  const auto first = collector.add("one", "", source_of_reporter(one));
  auto second = collector.add("two", "", {});
  const auto before = collector.snapshot();
  second.value().end();
  const auto after = collector.snapshot();
  const auto call = [&] { return change(before.value(), after.value()); };
  const auto judge = [](const auto& outcome, bool has_failed) {
    EXPECT_EQ(outcome.failure().code == statistics_failure_code::out_of_memory, has_failed);
  };
  EXPECT_GE(test::with_each_failure_of_the_heap(test::heap_failures::once, call, judge), 5U);
  EXPECT_GE(test::with_each_failure_of_the_heap(test::heap_failures::for_good, call, judge), 5U);
}

} // namespace
} // namespace nebula::services
