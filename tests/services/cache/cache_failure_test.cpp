// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <string>

#include <nebula/services/cache/cache_failure.hpp>
#include "../../unit/gtest.hpp"

namespace nebula::services {
namespace {

std::string text_of(const cache_failure& failure) {
  char buffer[200] = {};
  const std::size_t length = describe(failure, buffer, sizeof buffer);
  EXPECT_EQ(length, std::string(buffer).size());
  return buffer;
}

// [SR-CACHE-111]
TEST(cache_failures, are_described_with_field_value_and_range) {
  EXPECT_EQ(text_of({}), "no failure");
  EXPECT_EQ(text_of(out_of_range(cache_field::entry_count, 0, 1, 100)), "entry_count is 0; accepted is 1...100");
  EXPECT_EQ(text_of(out_of_range(cache_field::storage, 7, 1, 0)),
            "storage is 7; no value would do as long as the other fields stay");
  EXPECT_EQ(text_of(out_of_range(cache_field::idle_time, 5, 0, 9)), "idle_time is -5 ns; accepted is 0...9");
  EXPECT_EQ(text_of(out_of_range(cache_field::time_to_live, 5, 0, 0)),
            "time_to_live is 5 ns, and the cache has no clock; accepted is 0");
  EXPECT_EQ(text_of({cache_failure_code::too_heavy, cache_field::none, 9, 0, 8}),
            "the entry weighs 9, and the whole cache holds 8");
  EXPECT_EQ(text_of({cache_failure_code::no_capacity}), "the cache was resized to hold nothing");
  EXPECT_EQ(text_of({cache_failure_code::policy_broken, cache_field::none, 4}),
            "the policy chose entry 4, which is not in the cache");
}

TEST(cache_failures, are_cut_where_the_buffer_ends) {
  char buffer[6] = "?????";
  EXPECT_EQ(describe(cache_failure{}, buffer, 4), 10U);
  EXPECT_STREQ(buffer, "no ");
  EXPECT_EQ(buffer[4], '?');
}

TEST(cache_failures, have_names) {
  EXPECT_STREQ(name(cache_failure_code::policy_broken), "policy_broken");
  EXPECT_STREQ(name(static_cast<cache_failure_code>(5)), "unknown");
  EXPECT_STREQ(name(cache_field::idle_time), "idle_time");
  EXPECT_STREQ(name(static_cast<cache_field>(5)), "unknown");
}

} // namespace
} // namespace nebula::services
