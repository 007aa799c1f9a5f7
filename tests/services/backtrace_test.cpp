// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <string>

#include <nebula/kernel/bounded_text.hpp>
#include <nebula/services/backtrace.hpp>
#include "../unit/gtest.hpp"
#include "heap_watch.hpp"

namespace nebula::services {
namespace {

std::string words_of(const void* frame) {
  char text[1024];
  bounded_text words(text, sizeof text);
  add_frame(words, frame);
  EXPECT_LT(words.finish(), sizeof text);
  return text;
}

[[gnu::noinline]] backtrace taken_by_an_innermost_function(std::size_t skipped) {
  const backtrace taken = backtrace::capture(skipped);
  __asm__ volatile("" : : "r"(&taken) : "memory"); // what follows a call is no tail call
  return taken;
}
[[gnu::noinline]] backtrace taken_below_a_named_function(std::size_t skipped) {
  const backtrace taken = taken_by_an_innermost_function(skipped);
  __asm__ volatile("" : : "r"(&taken) : "memory");
  return taken;
}
// NOLINTNEXTLINE(misc-no-recursion): a deep stack is what it is for
[[gnu::noinline]] int goes_down(int levels, backtrace& taken) {
  int sum = 0;
  if (levels == 0) {
    taken = backtrace::capture();
  } else {
    sum = goes_down(levels - 1, taken) + 1;
  }
  __asm__ volatile("" : : "r"(sum) : "memory");
  return sum;
}

#define REQUIRE_BACKTRACES() \
  if (!backtrace::is_supported()) GTEST_SKIP() << "backtraces were left out of this build"

// [SR-MERR-005]
TEST(backtraces, begin_with_who_took_them) {
  REQUIRE_BACKTRACES();
  const backtrace taken = taken_below_a_named_function(0);
  ASSERT_GE(taken.frame_count(), 2U);
  EXPECT_NE(words_of(taken.frame(0)).find("taken_by_an_innermost_function"), std::string::npos)
      << words_of(taken.frame(0));
  EXPECT_NE(words_of(taken.frame(1)).find("taken_below_a_named_function"), std::string::npos)
      << words_of(taken.frame(1));
  EXPECT_EQ(taken.frame(taken.frame_count()), nullptr);
}

TEST(backtraces, leave_out_the_frames_that_are_to_be_skipped) {
  REQUIRE_BACKTRACES();
  const backtrace taken = taken_below_a_named_function(1);
  EXPECT_NE(words_of(taken.frame(0)).find("taken_below_a_named_function"), std::string::npos)
      << words_of(taken.frame(0));
}

TEST(backtraces, keep_the_innermost_of_deep_calls) {
  REQUIRE_BACKTRACES();
  backtrace taken;
  EXPECT_EQ(goes_down(100, taken), 100);
  EXPECT_EQ(taken.frame_count(), backtrace::frame_count_max);
  EXPECT_NE(words_of(taken.frame(backtrace::frame_count_max - 1)).find("goes_down"), std::string::npos);
}

TEST(backtraces, are_taken_without_heap) {
  if (!heap_is_watched()) GTEST_SKIP() << "a checker has replaced the heap";
  const std::size_t before = heap_calls();
  const backtrace taken = backtrace::capture();
  EXPECT_EQ(heap_calls(), before);
  EXPECT_EQ(taken.frame_count() != 0, backtrace::is_supported());
}

TEST(backtraces, say_the_module_where_there_is_no_heap_for_symbols) {
  REQUIRE_BACKTRACES();
  if (!heap_is_watched()) GTEST_SKIP() << "a checker has replaced the heap";
  const backtrace taken = taken_below_a_named_function(0);
  std::string said(512, '#');
  bounded_text words(said.data(), said.size());
  {
    const heap_refusal none;
    add_frame(words, taken.frame(0));
  }
  said.resize(words.finish());
  EXPECT_NE(said.find("+0x"), std::string::npos) << said;
  EXPECT_EQ(said.find('#'), std::string::npos) << said;
}

TEST(backtraces, call_what_they_do_not_know_unknown) {
  EXPECT_EQ(words_of(nullptr), "unknown");
  EXPECT_EQ(backtrace{}.frame_count(), 0U);
  EXPECT_EQ(backtrace{}.frame(0), nullptr);
}

} // namespace
} // namespace nebula::services
