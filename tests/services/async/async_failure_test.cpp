// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <array>
#include <string>
#include <vector>

#include <nebula/services/async/async_failure.hpp>

#include "../../unit/gtest.hpp"

namespace nebula::services {
namespace {

std::string text_of(const async_failure& failure) {
  std::array<char, 200> text{};
  const std::size_t length = describe(failure, text.data(), text.size());
  EXPECT_LT(length, text.size());
  return text.data();
}

// [SR-ASYNC-011]
TEST(async_failure, has_a_name_and_a_sentence_of_its_own_for_each_code) {
  std::vector<std::string> seen;
  for (unsigned value = 0; value <= static_cast<unsigned>(async_failure_code::no_task); ++value) {
    const auto code = static_cast<async_failure_code>(value);
    EXPECT_STRNE(name(code), "unknown");
    const std::string text = text_of(async_failed(code));
    for (const std::string& other : seen) {
      EXPECT_NE(text, other);
    }
    seen.push_back(text);
  }
  EXPECT_STREQ(name(static_cast<async_failure_code>(200)), "unknown");
  EXPECT_STREQ(name(async_failure_code::timed_out), "timed_out");
  EXPECT_STREQ(name(async_failure_code::no_task), "no_task");
  EXPECT_STREQ(name(async_field::queue_capacity), "queue_capacity");
}

TEST(async_failure, says_field_value_and_range) {
  const async_failure wrong{async_failure_code::invalid_configuration, async_field::thread_count, {}, 65, 0, 64};
  EXPECT_EQ(text_of(wrong), "thread_count is 65; accepted is 0...64");
  EXPECT_EQ(text_of(async_failed(async_failure_code::queue_full, 3)),
            "the executor's queue is full: 3 items have been submitted and not begun");
  const error kernel{error_code::layout_unsupported, operation::allocate, component::local_pool_allocator};
  EXPECT_EQ(text_of(async_failed(async_failure_code::refused_by_kernel, 0, kernel)),
            "the kernel's allocator refuses, and waiting would not help: layout_unsupported");
}

TEST(async_failure, cuts_a_text_that_does_not_fit_and_says_so) {
  std::array<char, 5> text{};
  EXPECT_GE(describe(async_failed(async_failure_code::timed_out), text.data(), text.size()), text.size());
  EXPECT_STREQ(text.data(), "none");
}

} // namespace
} // namespace nebula::services
