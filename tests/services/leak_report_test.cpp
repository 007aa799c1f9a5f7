// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/leak_report.hpp>

#include <cstdio>
#include <string>

#include "heap_watch.hpp"
#include "lifecycle_rig.hpp"

namespace nebula::services {
namespace {

// [SR-LC-007]
TEST(leak_reports, say_who_how_many_and_how_large) {
  leak_report report;
  report.leaks.push_back({"pages", false, 3, 12288, {{{4096, 4096}, 1, {}}, {{4000, 8}, 7, {}}}});
  report.leaks.push_back({"nodes\n", true, 1, 48, {}});
  report.not_asked.push_back("local");
  report.left_off = 2;
  EXPECT_EQ(to_text(report),
            "Leaked: 4 blocks, 12.04 KiB\n"
            "  'pages': 3 blocks, 12.00 KiB\n"
            "    allocation 1: 4096 bytes (align: 4096)\n"
            "    allocation 7: 4000 bytes (align: 8)\n"
            "    and 1 more\n"
            "  'nodes\\x0a': 1 block, 48 B, when it left\n"
            "  and what 2 more allocators had not got back when they left\n"
            "  'local' was not asked: it belongs to another thread\n");
}

TEST(leak_reports, say_that_there_is_nothing) {
  EXPECT_TRUE(leak_report{}.empty());
  EXPECT_EQ(to_text({}), "Nothing leaked\n");
}

TEST(leak_reports, are_not_empty_where_leaks_are_only_counted) {
  leak_report report;
  report.left_off = 1;
  EXPECT_FALSE(report.empty());
}

TEST(leak_reports, show_where_a_block_was_allocated) {
  leak_report report;
  report.leaks.push_back({"pages", false, 1, 64, {{{64, 8}, 1, backtrace::capture()}}});
  const std::string text = to_text(report);
  if (backtrace::is_supported()) {
    EXPECT_GT(text.size(), to_text({{{"pages", false, 1, 64, {{{64, 8}, 1, {}}}}}, {}, 0}).size());
  }
}

TEST(leak_reports, are_not_written_where_there_is_no_memory) {
  if (!heap_is_watched()) {
    GTEST_SKIP() << "a checker has replaced the heap";
  }
  leak_report report;
  report.leaks.push_back({"pages", false, 1, 64, {}});
  std::FILE* const file = stderr; // a macro that names itself, which clang does not want inside another one
  const heap_refusal refusing;
  EXPECT_FALSE(print(report, file));
}

TEST(leak_reports, are_written_to_a_file_or_say_that_they_were_not) {
  std::FILE* const file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  EXPECT_TRUE(print({}, file));
  std::rewind(file);
  char text[64] = {};
  EXPECT_EQ(std::string(text, std::fread(text, 1, sizeof text, file)), "Nothing leaked\n");
  std::fclose(file);
#if defined(__linux__)
  std::FILE* const full = std::fopen("/dev/full", "w");
  ASSERT_NE(full, nullptr);
  std::setvbuf(full, nullptr, _IONBF, 0);
  EXPECT_FALSE(print({}, full));
  std::fclose(full);
#endif
}

} // namespace
} // namespace nebula::services
