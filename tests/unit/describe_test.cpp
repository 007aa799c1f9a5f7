// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "support.hpp"

namespace {

using namespace nebula;

std::string size_in_words(std::size_t bytes) {
  char buffer[32];
  const std::size_t length = describe_size(bytes, buffer, sizeof buffer);
  EXPECT_LT(length, sizeof buffer);
  EXPECT_EQ(std::strlen(buffer), length);
  return buffer;
}

std::string report_of(error failure, layout request, const allocator_state& state) {
  std::vector<char> buffer(2048);
  const std::size_t length = describe(failure, request, state, buffer.data(), buffer.size());
  EXPECT_LT(length, buffer.size());
  EXPECT_EQ(std::strlen(buffer.data()), length);
  return buffer.data();
}

constexpr error pool_exhausted{error_code::exhausted, operation::allocate, component::pool_allocator};

allocator_state half_full() {
  allocator_state state;
  state.capacity_bytes = 4096;
  state.used_bytes = 2048;
  state.available_bytes = 2048;
  state.peak_bytes = 3072;
  state.live_blocks = 1;
  return state;
}

TEST(describe_size, uses_the_largest_unit_and_rounds_down) {
  EXPECT_EQ(size_in_words(0), "0 B");
  EXPECT_EQ(size_in_words(95), "95 B");
  EXPECT_EQ(size_in_words(1023), "1023 B");
  EXPECT_EQ(size_in_words(1024), "1.00 KiB");
  EXPECT_EQ(size_in_words(1536), "1.50 KiB");
  EXPECT_EQ(size_in_words(1024 * 1024 - 1), "1023.99 KiB");
  EXPECT_EQ(size_in_words(3984588), "3.79 MiB");
  EXPECT_EQ(size_in_words(std::size_t{3} << 30U), "3.00 GiB");
  EXPECT_EQ(size_in_words(std::numeric_limits<std::size_t>::max()),
            sizeof(std::size_t) == 8 ? "15.99 EiB" : "3.99 GiB");
}

// SR-ERR-004
TEST(describe, names_what_failed_where_and_how_full_the_allocator_is) {
  const std::string report = report_of(pool_exhausted, {65, 16}, half_full());
  EXPECT_NE(report.find("pool_allocator: allocate failed: exhausted\n"), std::string::npos) << report;
  EXPECT_NE(report.find("65 bytes, alignment 16"), std::string::npos) << report;
  EXPECT_NE(report.find("2.00 KiB of 4.00 KiB (50%), peak 3.00 KiB"), std::string::npos) << report;
  EXPECT_NE(report.find("1 block\n"), std::string::npos) << report;
  EXPECT_NE(report.find("cause:"), std::string::npos) << report;
  EXPECT_NE(report.find("advice:"), std::string::npos) << report;
  EXPECT_EQ(report.find("field"), std::string::npos) << report;
  EXPECT_EQ(report.back(), '\n');
}

TEST(describe, names_the_field_of_a_configuration) {
  const error failure{error_code::invalid_configuration, operation::configure, component::pool_allocator,
                      configuration_field::block_align_bytes};
  EXPECT_NE(report_of(failure, {}, {}).find("(field block_align_bytes)"), std::string::npos);
}

TEST(describe, names_the_largest_layout_where_that_is_why_it_was_refused) {
  static_pool<char[64], 2> pool;
  const auto whole = [&](error failure, layout request) {
    std::vector<char> buffer(1024);
    EXPECT_LT(describe(failure, request, pool.block_layout(), pool.state(), buffer.data(), buffer.size()),
              buffer.size());
    return std::string(buffer.data());
  };
  EXPECT_EQ(whole(pool.allocate({65, 1}).error(), {65, 1}),
            "pool_allocator: allocate failed: layout_unsupported\n"
            "  cause:     the request is larger than a block, or more strictly aligned than blocks are\n"
            "  requested: 65 bytes, alignment 1\n"
            "  largest:   64 bytes, alignment 1\n"
            "  used:      0 B of 128 B (0%), peak 0 B\n"
            "  available: 128 B\n"
            "  live:      0 blocks\n"
            "  retry:     never succeeds\n"
            "  advice:    configure larger blocks or a stricter block alignment, or ask another allocator\n");
  EXPECT_EQ(whole(pool_exhausted, {1, 1}).find("largest"), std::string::npos);
}

TEST(describe, says_how_full_a_budget_is) {
  local_budget limited(local_budget_builder{}.limit_bytes(4096).build().value());
  ASSERT_TRUE(test::succeeded(limited.reserve(4000)));
  const error failure = limited.reserve(100).error();
  std::vector<char> buffer(1024);
  EXPECT_LT(describe(failure, std::size_t{100}, limited.state(), buffer.data(), buffer.size()), buffer.size());
  EXPECT_STREQ(buffer.data(),
               "budget: reserve failed: over_budget\n"
               "  cause:     the budget, or one above it, has not so many bytes left\n"
               "  requested: 100 bytes\n"
               "  used:      3.90 KiB of 4.00 KiB (97%), peak 3.90 KiB\n"
               "  available: 96 B\n"
               "  level:     critical\n"
               "  retry:     can succeed after releases\n"
               "  advice:    release what is no longer needed, or raise the limit\n");
  ASSERT_TRUE(test::succeeded(limited.release(4000)));
}

TEST(describe, leaves_out_what_does_not_apply) {
  EXPECT_EQ(report_of(layout::make(0, 8).error(), {0, 8}, half_full()),
            "layout: make_layout failed: invalid_layout\n"
            "  cause:     the size is 0, or the alignment is not a power of two\n"
            "  requested: 0 bytes, alignment 8\n"
            "  retry:     never succeeds\n"
            "  advice:    make layouts with layout::make(), layout::of<T>() or layout::array<T>()\n");
  EXPECT_EQ(report_of({error_code::blocks_live, operation::reset, component::pool_allocator}, {}, half_full()),
            "pool_allocator: reset failed: blocks_live\n"
            "  cause:     blocks are still live\n"
            "  used:      2.00 KiB of 4.00 KiB (50%), peak 3.00 KiB\n"
            "  available: 2.00 KiB\n"
            "  live:      1 block\n"
            "  retry:     only after every block has been freed\n"
            "  advice:    free all blocks before the reset\n");
}

TEST(describe, tells_the_cause_of_every_code_and_that_a_value_is_no_code) {
  for (unsigned value = 1; value < 256; ++value) {
    const auto code = static_cast<error_code>(value);
    const bool is_known = std::strcmp(name(code), "unknown") != 0;
    const std::string report = report_of({code, operation::allocate, component::pool_allocator}, {1, 1}, {});
    EXPECT_EQ(report.find("not one of this version") == std::string::npos, is_known) << report;
    if (is_known && is_misuse(code)) {
      EXPECT_NE(report.find("advice:"), std::string::npos) << report;
    }
  }
  EXPECT_NE(report_of({}, {}, {}).find("nothing failed"), std::string::npos);
}

// SR-ERR-004
TEST(describe, cuts_the_report_to_the_buffer_and_says_how_long_it_is) {
  const std::string whole = report_of(pool_exhausted, {65, 16}, half_full());
  std::vector<char> buffer(whole.size() + 8);
  for (std::size_t size = 1; size <= whole.size() + 2; ++size) {
    std::fill(buffer.begin(), buffer.end(), '#');
    ASSERT_EQ(describe(pool_exhausted, {65, 16}, half_full(), buffer.data(), size), whole.size());
    const std::size_t written = size <= whole.size() ? size - 1 : whole.size();
    ASSERT_EQ(buffer[written], '\0');
    ASSERT_EQ(whole.compare(0, written, buffer.data()), 0);
    for (std::size_t index = written + 1; index < buffer.size(); ++index) {
      ASSERT_EQ(buffer[index], '#') << "written beyond the buffer, size " << size;
    }
  }
  EXPECT_EQ(describe(pool_exhausted, {65, 16}, half_full(), nullptr, 0), whole.size());
  char few[3] = {'#', '#', '#'};
  EXPECT_EQ(describe_size(1024, few, 0), 8U);
  EXPECT_EQ(few[0], '#');
  EXPECT_EQ(describe_size(1024, few, sizeof few), 8U);
  EXPECT_STREQ(few, "1.");
}

TEST(describe, states_a_share_that_cannot_wrap) {
  allocator_state state;
  state.capacity_bytes = std::numeric_limits<std::size_t>::max();
  state.used_bytes = state.capacity_bytes / 2;
  EXPECT_NE(report_of(pool_exhausted, {1, 1}, state).find("(49%)"), std::string::npos)
      << report_of(pool_exhausted, {1, 1}, state);
  state.capacity_bytes = 0;
  state.used_bytes = 0;
  EXPECT_EQ(report_of(pool_exhausted, {1, 1}, state).find('%'), std::string::npos)
      << "nothing can be a share of nothing";
}

} // namespace
