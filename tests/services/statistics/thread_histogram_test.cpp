// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include <nebula/services/thread_histogram.hpp>
#include "failing_heap.hpp"
#include "statistics_rig.hpp"

namespace nebula::services {
namespace {

using small = thread_histogram<3, 10, 2>;

// [SR-STAT-004] [SR-STAT-003]
TEST(thread_histogram, has_what_all_threads_recorded) {
  const auto values = std::make_unique<small>();
  histogram expected = histogram::make(small::buckets).value();
  constexpr std::uint64_t threads = 5; // more than it has copies
  for (std::uint64_t thread = 0; thread < threads; ++thread) {
    for (std::uint64_t value = 0; value < 2000; ++value) {
      expected.record(value * (thread + 1));
    }
  }
  std::vector<std::thread> running;
  for (std::uint64_t thread = 0; thread < threads; ++thread) {
    running.emplace_back([&values, thread] {
      for (std::uint64_t value = 0; value < 2000; ++value) {
        values->record(value * (thread + 1));
      }
    });
  }
  for (std::thread& each : running) {
    each.join();
  }
  const auto recorded = values->snapshot();
  ASSERT_TRUE(test::succeeded(recorded));
  EXPECT_EQ(recorded.value(), expected);
}

// [SR-STAT-002]
TEST(thread_histogram, belongs_to_its_instance) {
  const auto first = std::make_unique<small>();
  const auto second = std::make_unique<small>();
  first->record(5);
  EXPECT_EQ(first->snapshot().value().count(), 1U);
  EXPECT_EQ(second->snapshot().value().count(), 0U);
}

TEST(thread_histogram, adds_to_its_own_layout_only) {
  const auto values = std::make_unique<small>();
  histogram other = histogram::make({4, 10}).value();
  EXPECT_TRUE(test::failed(values->add_to(other), refused(statistics_failure_code::layout_differs)));
  histogram none;
  EXPECT_TRUE(test::failed(values->add_to(none), refused(statistics_failure_code::layout_differs)));
}

TEST(thread_histogram, without_memory_for_an_answer_says_so) {
  const auto values = std::make_unique<small>();
  test::fail_heap_after(0, test::heap_failures::once);
  const auto answer = values->snapshot();
  EXPECT_TRUE(test::mend_heap());
  EXPECT_TRUE(test::failed(answer, refused(statistics_failure_code::out_of_memory)));
}

} // namespace
} // namespace nebula::services
