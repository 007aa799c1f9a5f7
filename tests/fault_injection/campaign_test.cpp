// SPDX-License-Identifier: Apache-2.0 OR MIT
// The harness itself: what a child does when an injection goes wrong, and what a window notices.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "campaign.hpp"
#include "window.hpp"

namespace nebula::fault_injection {
namespace {

volatile char* volatile nowhere = nullptr;

std::vector<outcome> whats(const std::vector<verdict>& verdicts) {
  std::vector<outcome> all;
  for (const verdict& each : verdicts) {
    all.push_back(each.what);
  }
  return all;
}

TEST(children, give_what_each_injection_came_to) {
  const auto outcomes =
      run_in_children({1000, [](std::size_t number) { return number % 3 == 0 ? outcome::masked : outcome::walk; }});
  ASSERT_EQ(outcomes.size(), 1000U);
  for (std::size_t number = 0; number < outcomes.size(); ++number) {
    EXPECT_EQ(outcomes[number].what, number % 3 == 0 ? outcome::masked : outcome::walk);
  }
}

TEST(children, survive_whatever_an_injection_does) {
  const auto outcomes = run_in_children({7, [](std::size_t number) {
                                           switch (number) {
                                           case 1: *nowhere = 1; break;
                                           case 2: std::abort();
                                           case 3: __builtin_trap();
                                           case 4: _exit(0);
                                           case 5: static_cast<void>(raise(SIGKILL)); break;
                                           default: break;
                                           }
                                           return outcome::masked;
                                         }});
  const std::vector<outcome> expected{outcome::masked,  outcome::trapped, outcome::trapped, outcome::trapped,
                                      outcome::trapped, outcome::trapped, outcome::masked};
  EXPECT_EQ(whats(outcomes), expected);
}

TEST(children, do_not_wait_for_what_hangs) {
  const auto outcomes = run_in_children({3, [](std::size_t number) {
                                           volatile bool goes_on = number == 1;
                                           while (goes_on) {
                                           }
                                           return outcome::masked;
                                         }});
  EXPECT_EQ(whats(outcomes), (std::vector<outcome>{outcome::masked, outcome::hung, outcome::masked}));
}

TEST(storage, notices_a_write_on_either_side) {
  storage_window memory;
  memory.open();
  const std::unique_ptr<std::byte[]> taken(new std::byte[64]);
  memory.close();
  std::byte* const begin = taken.get();
  EXPECT_TRUE(memory.is_untouched_outside(begin + 16, begin + 48));
  begin[16] = std::byte{1};
  begin[47] = std::byte{1};
  EXPECT_TRUE(memory.is_untouched_outside(begin + 16, begin + 48));
  begin[15] = std::byte{1};
  EXPECT_FALSE(memory.is_untouched_outside(begin + 16, begin + 48));
  EXPECT_TRUE(memory.is_untouched_outside(begin + 16, begin + 48)) << "made good";
  begin[48] = std::byte{1};
  EXPECT_FALSE(memory.is_untouched_outside(begin + 16, begin + 48));
}

// One bit off in any place, and a call of the function traps.
TEST(lonely_function, has_no_neighbours) {
#if defined(__x86_64__)
  static int calls = 0;
  const auto counting = +[] { ++calls; };
  const std::uintptr_t lonely = lonely_function(reinterpret_cast<std::uintptr_t>(counting));
  reinterpret_cast<void (*)()>(lonely)();
  EXPECT_EQ(calls, 1);
  const auto outcomes = run_in_children({48, [&](std::size_t bit) {
                                           reinterpret_cast<void (*)()>(lonely ^ (std::uintptr_t{1} << bit))();
                                           return outcome::masked;
                                         }});
  EXPECT_EQ(whats(outcomes), std::vector<outcome>(48, outcome::trapped));
#else
  GTEST_SKIP() << "only where the harness knows the machine's code";
#endif
}

TEST(latency, is_counted_of_what_a_call_found) {
  tally counted;
  counted.add("list", field_kind::list, verdict(outcome::call, 1), 3);
  counted.add("list", field_kind::list, verdict(outcome::call, 4));
  counted.add("list", field_kind::list, verdict(outcome::misuse, 2));
  EXPECT_EQ(latency(counted), "found by a call: the 1st 3, the 4th 1, at the latest the 4\n");
}

TEST(sum_only, leaves_of_a_field_the_number_of_its_flips) {
  tally counted;
  counted.add("list", field_kind::list, verdict(outcome::call, 1), 3);
  counted.add("reference", field_kind::geometry, verdict(outcome::call, 2), 4);
  counted.add("reference", field_kind::geometry, outcome::trapped);
  tally another = counted;
  another.add("reference", field_kind::geometry, outcome::masked);
  counted.add("reference", field_kind::geometry, outcome::trapped);
  const tally one = counted.with_sum_only_of("reference");
  EXPECT_EQ(to_text(one), to_text(another.with_sum_only_of("reference"))) << "whatever became of one";
  EXPECT_NE(to_text(one).find("reference                 geometry 6 in all\n"), std::string::npos) << to_text(one);
  EXPECT_EQ(latency(one), "found by a call: the 1st 3, at the latest the 1\n");
  another.add("reference", field_kind::geometry, outcome::masked);
  EXPECT_NE(to_text(one), to_text(another.with_sum_only_of("reference")));
  EXPECT_EQ(to_text(counted), to_text(counted.with_sum_only_of("no such field")));
}

TEST(gate, forbids_what_no_flip_may_do) {
  tally counted;
  counted.add("list", field_kind::list, outcome::masked, 5);
  counted.add("value", field_kind::value, outcome::overlap);
  counted.add("place", field_kind::geometry, outcome::wild_write);
  counted.add("place", field_kind::geometry, outcome::trapped);
  EXPECT_TRUE(breaches(counted).empty()) << "known, and pinned";
  for (const outcome what :
       {outcome::overlap, outcome::misplaced, outcome::contents, outcome::wild_write, outcome::trapped, outcome::hung,
        outcome::counters, outcome::lost, outcome::accepted, outcome::other}) {
    tally broken = counted;
    broken.add("list", field_kind::list, what, 2);
    ASSERT_EQ(breaches(broken).size(), 1U) << name(what);
    EXPECT_NE(breaches(broken).front().find("list: 2 flips"), std::string::npos);
  }
}

TEST(gate, forbids_all_that_is_silent_where_metadata_is_sealed) {
  tally counted;
  counted.add("place", field_kind::geometry, outcome::trapped);
  counted.add("value", field_kind::value, outcome::counters, 3);
  EXPECT_TRUE(breaches(counted, /*is_sealed=*/true).empty());
  for (const outcome what : {outcome::lost, outcome::accepted, outcome::other, outcome::overlap, outcome::misplaced,
                             outcome::contents, outcome::wild_write, outcome::hung}) {
    tally broken = counted;
    broken.add("place", field_kind::geometry, what, 2);
    ASSERT_EQ(breaches(broken, /*is_sealed=*/true).size(), 1U) << name(what);
    EXPECT_NE(breaches(broken, /*is_sealed=*/true).front().find("place: 2 flips"), std::string::npos);
  }
}

} // namespace
} // namespace nebula::fault_injection
