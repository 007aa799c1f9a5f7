// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstring>
#include <string>

#include <nebula/services/memory_failure.hpp>
#include <nebula/services/system_calls.hpp>
#include "../unit/gtest.hpp"

namespace nebula::services {
namespace {

std::string text_of(const memory_failure& failure) {
  char text[256];
  EXPECT_LT(describe(failure, text, sizeof text), sizeof text);
  return text;
}

// [SR-SYS-001]
TEST(memory_failures, name_field_value_and_range) {
  EXPECT_EQ(text_of({}), "no failure");
  EXPECT_EQ(text_of(out_of_range(memory_field::guard_pages, 70000, 0, 65536)),
            "guard_pages is 70000; accepted is 0...65536");
  memory_failure power = out_of_range(memory_field::huge_page_bytes, 3, 16, 64);
  power.is_power_of_two = true;
  EXPECT_EQ(text_of(power), "huge_page_bytes is 3; accepted is a power of two from 16 to 64");
  EXPECT_EQ(text_of(out_of_range(memory_field::bytes, 1, 1, 0)),
            "bytes is 1; no value would do as long as the other fields stay");
  memory_failure count = out_of_range(memory_field::chunk_count_max, 4, 1, 4);
  count.code = memory_failure_code::count_exhausted;
  EXPECT_EQ(text_of(count), "chunk_count_max has been reached: 4");
}

TEST(memory_failures, name_the_call_and_its_error) {
  EXPECT_EQ(text_of(refused_by_system(system_call::commit, 54321, memory_field::bytes)),
            "the system refused commit for bytes: error 54321");
#if !defined(_WIN32)
  EXPECT_EQ(text_of(refused_by_system(system_call::lock, 12, memory_field::lock)),
            "the system refused lock for lock: error 12 (ENOMEM)");
#endif
}

TEST(memory_failures, are_described_within_the_buffer) {
  const memory_failure failure = out_of_range(memory_field::guard_pages, 70000, 0, 65536);
  const std::string whole = text_of(failure);
  for (std::size_t size = 0; size <= whole.size() + 1; ++size) {
    char buffer[128];
    std::memset(buffer, '#', sizeof buffer);
    EXPECT_EQ(describe(failure, buffer, size), whole.size());
    EXPECT_EQ(buffer[size], '#') << "written behind the buffer";
    if (size != 0) {
      EXPECT_EQ(whole.substr(0, size - 1), buffer);
    }
  }
}

TEST(memory_failures, have_a_name_for_each_enumerator) {
  EXPECT_STREQ(name(memory_failure_code::count_exhausted), "count_exhausted");
  EXPECT_STREQ(name(system_call::none), "none");
  EXPECT_STREQ(name(system_call::query_memory), "query_memory");
  EXPECT_STREQ(name(system_call::populate), "populate");
  EXPECT_STREQ(name(memory_field::none), "none");
  EXPECT_STREQ(name(memory_field::node), "node");
  EXPECT_STREQ(name(memory_field::page_bytes), "page_bytes");
  EXPECT_STREQ(name(memory_field::name_bytes), "name_bytes");
  EXPECT_STREQ(name(memory_field::burst_events), "burst_events");
  EXPECT_STREQ(name(static_cast<memory_field>(14)), "unknown");
  EXPECT_STREQ(name(static_cast<memory_field>(71)), "unknown");
  EXPECT_STREQ(name(static_cast<memory_failure_code>(99)), "unknown");
  EXPECT_STREQ(name(static_cast<system_call>(99)), "unknown");
  EXPECT_STREQ(name(static_cast<memory_field>(99)), "unknown");
}

} // namespace
} // namespace nebula::services
