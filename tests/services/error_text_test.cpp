// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#if defined(__linux__)
#include <fcntl.h>
#include <unistd.h>
#endif

#include <nebula/kernel.hpp>
#include <nebula/services/error_text.hpp>
#include "../unit/gtest.hpp"
#include "error_rig.hpp"
#include "heap_watch.hpp"

namespace nebula::services {
namespace {

using small_pool = static_pool<block_of_64, 4>;

/// A pool of which each block is live, and the refusal that follows.
memory_error exhausted_pool() {
  small_pool pool;
  for (int count = 0; count < 4; ++count) {
    EXPECT_TRUE(pool.allocate({64, 8}).has_value());
  }
  return error_of(pool.allocate({64, 8}).error(), {64, 8}, pool).named("messages");
}

// [SR-MERR-002]
TEST(reports, are_of_several_lines_with_cause_and_advice) {
  EXPECT_EQ(to_text(exhausted_pool()),
            "messages: pool_allocator: allocate failed: exhausted\n"
            "  cause:     every block is live\n"
            "  requested: 64 bytes, alignment 8\n"
            "  used:      256 B of 256 B (100%), peak 256 B\n"
            "  available: 0 B\n"
            "  live:      4 blocks\n"
            "  retry:     can succeed after frees\n"
            "  advice:    free blocks, or configure more of them\n");
}

TEST(reports, of_the_kernels_errors_are_the_kernels_own) {
  for_each_kernel_error([](error what) {
    allocator_failure failure{what, {24, 8}};
    failure.state.capacity_bytes = 100;
    failure.state.used_bytes = 95;
    char own[1024];
    ASSERT_LT(nebula::describe(what, failure.request, failure.state, own, sizeof own), sizeof own);
    ASSERT_EQ(to_text(failure), own);
    failure.largest = {16, 16};
    ASSERT_LT(nebula::describe(what, failure.request, failure.largest, failure.state, own, sizeof own), sizeof own);
    ASSERT_EQ(to_text(failure), own);
  });
}

TEST(reports, say_the_services_failures_likewise) {
  EXPECT_EQ(to_text(memory_error(out_of_range(memory_field::guard_pages, 70000, 0, 65536)).named("pages")),
            "pages: invalid_configuration: guard_pages is 70000; accepted is 0...65536\n"
            "  cause:     a field of the configuration is out of its range\n"
            "  retry:     never succeeds\n"
            "  advice:    give the field a value that is accepted\n");
  EXPECT_EQ(to_text(refused_by_system(system_call::read_file, 54321, memory_field::none)),
            "system_refused: the system refused read_file for none: error 54321\n"
            "  cause:     the system refused a call\n"
            "  retry:     only after the system has been changed, or what is asked of it\n");
  EXPECT_EQ(to_text({}), "nothing failed\n");
}

TEST(reports, of_budgets_and_configurations_say_limits_and_ranges) {
  budget_failure over;
  over.what = {error_code::over_budget, operation::reserve, component::budget};
  over.bytes = 20;
  over.state.limit_bytes = 100;
  over.state.used_bytes = 90;
  EXPECT_NE(to_text(over).find("requested: 20 bytes\n  used:      90 B of 100 B (90%)"), std::string::npos)
      << to_text(over);
  const observer_config config{nullptr, nullptr, 101};
  const error refused = config.validate().error();
  const memory_error failed(configuration_failure{refused, range_of(config, refused)});
  EXPECT_NE(to_text(failed).find("value:     101%\n  allowed:   from 0 to 100%"), std::string::npos) << to_text(failed);
}

TEST(reports, are_never_cut_short_inside_whatever_the_numbers) {
  const auto ends_whole = [](const memory_error& failed) {
    const std::string text = to_text(failed.named(std::string_view(std::string(60, '\n'))));
    ASSERT_TRUE(text.ends_with("\n"));
    const char* const advice = advice_for(failed);
    ASSERT_TRUE(advice == nullptr || failed.kind() == memory_error_kind::configuration ||
                text.ends_with(std::string(advice) + "\n"))
        << text;
  };
  for_each_kernel_error([&](error what) {
    allocator_failure failure{what, {SIZE_MAX, SIZE_MAX}, {SIZE_MAX, SIZE_MAX}};
    failure.state.capacity_bytes = failure.state.used_bytes = SIZE_MAX;
    failure.state.available_bytes = failure.state.peak_bytes = failure.state.live_blocks = SIZE_MAX;
    ends_whole(failure);
    budget_failure over{what, SIZE_MAX, {}};
    over.state.limit_bytes = over.state.used_bytes = over.state.available_bytes = over.state.peak_bytes = SIZE_MAX;
    over.state.level = budget_level::exceeded;
    ends_whole(over);
  });
  for_each_services_failure(ends_whole);
}

TEST(reports, escape_the_name_of_the_allocator) {
  const std::string text = to_text(exhausted_pool().named("\x1b[2Jpool\nall is well"));
  EXPECT_TRUE(text.starts_with("\\x1b[2Jpool\\x0aall is well: pool_allocator")) << text;
}

// [SR-MERR-001]
TEST(reports, are_written_within_the_buffer_however_small) {
  for (const text_style style : {text_style::plain, text_style::coloured}) {
    const memory_error failed = exhausted_pool().named("p\xFF\n");
    const std::string whole = to_text(failed, style);
    for (std::size_t size = 0; size <= whole.size() + 1; ++size) {
      char buffer[1024];
      std::memset(buffer, '#', sizeof buffer);
      ASSERT_EQ(describe(failed, style, buffer, size), whole.size());
      ASSERT_EQ(buffer[size], '#') << "written behind the buffer";
      if (size != 0) {
        ASSERT_EQ(whole.substr(0, size - 1), buffer);
      }
    }
  }
}

TEST(reports, are_written_without_heap) {
  if (!heap_is_watched()) GTEST_SKIP() << "a checker has replaced the heap";
  const memory_error failed = exhausted_pool();
  char buffer[1024];
  const std::size_t before = heap_calls();
  EXPECT_LT(describe(failed, text_style::coloured, buffer, sizeof buffer), sizeof buffer);
  EXPECT_EQ(heap_calls(), before);
}

// [SR-MERR-005]
TEST(reports, end_with_the_backtrace_if_one_was_taken) {
  const memory_error failed = exhausted_pool().with_backtrace();
  const std::string text = to_text(failed);
  EXPECT_EQ(text.find("\n  backtrace:\n    0: ") != std::string::npos, backtrace::is_supported()) << text;
  if (backtrace::is_supported()) {
    EXPECT_NE(text.find("end_with_the_backtrace_if_one_was_taken"), std::string::npos) << text;
    EXPECT_EQ(to_text(failed.without_backtrace()), to_text(exhausted_pool()));
  }
}

std::string without_colours(std::string text) {
  for (std::size_t at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b')) {
    text.erase(at, text.find('m', at) - at + 1);
  }
  return text;
}

// [SR-MERR-003]
TEST(colours, are_in_the_title_and_the_advice_and_change_no_word) {
  const std::string text = to_text(exhausted_pool(), text_style::coloured);
  EXPECT_TRUE(text.starts_with("\x1b[1;31mmessages: pool_allocator: allocate failed: exhausted\x1b[0m\n")) << text;
  EXPECT_TRUE(text.ends_with("\x1b[1;33m  advice:    free blocks, or configure more of them\x1b[0m\n")) << text;
  EXPECT_EQ(without_colours(text), to_text(exhausted_pool()));
  EXPECT_EQ(to_text(exhausted_pool()).find('\x1b'), std::string::npos);
}

TEST(colours, are_for_terminals_that_want_them) {
  EXPECT_EQ(style_for(true, "xterm", nullptr), text_style::coloured);
  EXPECT_EQ(style_for(true, nullptr, nullptr), text_style::coloured);
  EXPECT_EQ(style_for(true, "xterm", ""), text_style::coloured) << "NO_COLOR counts when it is not empty";
  EXPECT_EQ(style_for(true, "xterm", "1"), text_style::plain);
  EXPECT_EQ(style_for(true, "dumb", nullptr), text_style::plain);
  EXPECT_EQ(style_for(false, "xterm", nullptr), text_style::plain);
}

#if defined(__linux__)
/// Both ends of something that can be written to and read from.
struct ends {
  int read = -1;
  std::FILE* write = nullptr;
};
ends of_a_pipe() {
  int both[2] = {-1, -1};
  EXPECT_EQ(::pipe(both), 0);
  return {both[0], ::fdopen(both[1], "w")};
}
ends of_a_terminal() {
  const int own = ::posix_openpt(O_RDWR | O_NOCTTY);
  EXPECT_GE(own, 0);
  EXPECT_EQ(::grantpt(own), 0);
  EXPECT_EQ(::unlockpt(own), 0);
  return {own, ::fdopen(::open(::ptsname(own), O_RDWR | O_NOCTTY), "w")};
}
std::string printed_to(const ends& both, const memory_error& failed) {
  EXPECT_TRUE(print(failed, both.write));
  std::fflush(both.write);
  char text[16384];
  const ssize_t bytes = ::read(both.read, text, sizeof text);
  std::fclose(both.write);
  ::close(both.read);
  return {text, bytes < 0 ? 0 : static_cast<std::size_t>(bytes)};
}

TEST(colours, are_printed_on_a_terminal_and_not_into_a_pipe) {
  ::setenv("TERM", "xterm", 1);
  ::unsetenv("NO_COLOR");
  EXPECT_EQ(printed_to(of_a_pipe(), exhausted_pool()), to_text(exhausted_pool()));
  EXPECT_NE(printed_to(of_a_terminal(), exhausted_pool()).find("\x1b[1;31m"), std::string::npos);
  ::setenv("NO_COLOR", "1", 1);
  EXPECT_EQ(printed_to(of_a_terminal(), exhausted_pool()).find('\x1b'), std::string::npos);
  ::unsetenv("NO_COLOR");
}

TEST(printing, says_whether_the_file_took_the_report) {
  std::FILE* const full = std::fopen("/dev/full", "w");
  ASSERT_NE(full, nullptr);
  EXPECT_EQ(std::setvbuf(full, nullptr, _IONBF, 0), 0);
  EXPECT_FALSE(print(exhausted_pool(), full));
  std::fclose(full);
}
#endif

} // namespace
} // namespace nebula::services
