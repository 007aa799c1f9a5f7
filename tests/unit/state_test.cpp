// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstring>

#include "support.hpp"

namespace {

using namespace nebula;

// SR-STATE-001
TEST(state, every_failure_code_has_a_place_of_its_own_and_no_other_value_has_one) {
  bool taken[failure_reason_count] = {};
  std::size_t codes = 0;
  for (unsigned value = 0; value < 256; ++value) {
    const auto code = static_cast<error_code>(value);
    const bool is_failure = code != error_code::none && std::strcmp(name(code), "unknown") != 0;
    const std::size_t index = failure_reason_index(code);
    ASSERT_EQ(index < failure_reason_count, is_failure) << value;
    if (is_failure) {
      EXPECT_FALSE(taken[index]) << value;
      taken[index] = true;
      ++codes;
    } else {
      EXPECT_EQ(index, failure_reason_count);
    }
  }
  EXPECT_EQ(codes, failure_reason_count);
}

TEST(state, failure_counts_are_read_by_code_and_added_up) {
  failure_counts failures;
  EXPECT_EQ(failures.total(), 0U);
  failures.counts[failure_reason_index(error_code::exhausted)] = 3;
  failures.counts[failure_reason_index(error_code::corrupted)] = 4;
  EXPECT_EQ(failures.of(error_code::exhausted), 3U);
  EXPECT_EQ(failures.of(error_code::corrupted), 4U);
  EXPECT_EQ(failures.of(error_code::double_free), 0U);
  EXPECT_EQ(failures.of(error_code::none), 0U);
  EXPECT_EQ(failures.of(static_cast<error_code>(200)), 0U);
  EXPECT_EQ(failures.total(), 7U);
  failure_counts same = failures;
  EXPECT_TRUE(same == failures);
  ++same.counts[failure_reason_count - 1];
  EXPECT_FALSE(same == failures);
}

} // namespace
