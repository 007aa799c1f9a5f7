// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <atomic>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include <nebula/services/thread_counters.hpp>
#include "statistics_rig.hpp"

namespace nebula::services {
namespace {

void run_threads(int threads, auto body) {
  std::vector<std::thread> running;
  for (int each = 0; each < threads; ++each) {
    running.emplace_back([&body, each] { body(each); });
  }
  for (std::thread& each : running) {
    each.join();
  }
}

// [SR-STAT-003]
TEST(thread_counters, are_exact_after_threads_have_ended_and_others_come) {
  thread_counters<2> counters;
  constexpr std::uint64_t events = 10'000;
  for (int round = 0; round < 20; ++round) {
    run_threads(4, [&](int) {
      for (std::uint64_t event = 0; event < events; ++event) {
        counters.add(0);
        counters.add(1, 3);
      }
    });
  }
  EXPECT_EQ(counters.total(0), 80 * events);
  EXPECT_EQ(counters.total(1), 240 * events);
}

TEST(thread_counters, are_exact_for_more_threads_than_copies) {
  thread_counters<1, 2> counters;
  run_threads(6, [&](int) {
    for (int event = 0; event < 10'000; ++event) {
      counters.add(0);
    }
  });
  EXPECT_EQ(counters.total(0), 60'000U);
}

// [SR-STAT-002]
TEST(thread_counters, belong_to_their_instance) {
  thread_counters<1> first;
  thread_counters<1> second;
  first.add(0, 5);
  second.add(0, 7);
  EXPECT_EQ(first.total(0), 5U);
  EXPECT_EQ(second.total(0), 7U);
  const auto third = std::make_unique<thread_counters<1>>();
  EXPECT_EQ(third->total(0), 0U);
}

TEST(thread_counters, never_fall_for_a_reader_meanwhile) {
  thread_counters<1, 2> counters;
  std::atomic<int> running{3};
  std::vector<std::thread> writers;
  for (int each = 0; each < 3; ++each) {
    writers.emplace_back([&] {
      for (int event = 0; event < 50'000; ++event) {
        counters.add(0);
      }
      running.fetch_sub(1);
    });
  }
  std::uint64_t before = 0;
  while (running.load() != 0) {
    const std::uint64_t now = counters.total(0);
    ASSERT_GE(now, before);
    before = now;
  }
  for (std::thread& each : writers) {
    each.join();
  }
  EXPECT_EQ(counters.total(0), 150'000U);
}

struct counts_at_the_end {
  thread_counters<1>* counters = nullptr;
  ~counts_at_the_end() { counters->add(0); }
};

TEST(thread_counters, count_what_ending_threads_do) {
  thread_counters<1> counters;
  for (int round = 0; round < 10; ++round) {
    std::thread([&] {
      static thread_local counts_at_the_end late;
      late.counters = &counters;
      counters.add(0);
    }).join();
  }
  EXPECT_EQ(counters.total(0), 20U);
}

TEST(thread_counters, keep_copies_off_each_others_cache_lines) {
  EXPECT_GE(sizeof(thread_counters<1, 3>), 4 * std_atomics::contention_align_bytes);
  EXPECT_EQ(alignof(thread_counters<1, 3>), std_atomics::contention_align_bytes);
}

TEST(counter_cell, stays_at_the_most) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  counter_cell<std_atomics> cell;
  cell.add_alone_up_to_most(most - 1);
  cell.add_shared_up_to_most(1);
  EXPECT_EQ(cell.get(), most);
  cell.add_shared_up_to_most(1);
  cell.add_alone_up_to_most(most);
  EXPECT_EQ(cell.get(), most);
  counter_cell<plain_atomics> plain;
  plain.add_alone(3);
  plain.add_shared(2);
  EXPECT_EQ(plain.get(), 5U);
}

} // namespace
} // namespace nebula::services
