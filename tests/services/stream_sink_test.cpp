// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>

#include <nebula/kernel.hpp>
#include <nebula/services/event_log.hpp>
#include <nebula/services/stream_sink.hpp>
#include "../unit/gtest.hpp"
#include "heap_watch.hpp"
#include "log_rig.hpp"

namespace nebula::services {
namespace {

/// All that was written to a file, which is closed.
std::string taken_from(std::FILE* file) {
  std::rewind(file);
  std::string text(1U << 20U, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

log_event refusal() {
  log_event event;
  event.action = log_action::refused;
  return event;
}

// [SR-LOG-003]
TEST(stream_sinks, write_a_line_for_each_event) {
  std::FILE* const file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  stream_sink sink(file);
  {
    event_log log(log_named("a\nb").validate().value(), sink);
    log.tell(refusal());
    log.tell(refusal());
  }
  EXPECT_EQ(sink.lost_events(), 0U);
  EXPECT_EQ(taken_from(file), "a\\x0ab: refused\na\\x0ab: refused\n");
}

TEST(stream_sinks, cut_a_line_that_is_too_long) {
  std::FILE* const file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  stream_sink sink(file);
  const std::string name(3000, 'n'); // a sink that renames events has no limit
  log_event event = refusal();
  event.allocator = name;
  sink.write(event);
  std::string cut(log_line_bytes_max - 1, 'n');
  cut += '\n';
  EXPECT_EQ(taken_from(file), cut);
}

TEST(stream_sinks, write_lines_of_json) {
  std::FILE* const file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  stream_sink sink(file, log_format::json_lines);
  set_clock time;
  event_log_config config = log_named("a\"");
  config.clock = time.clock();
  {
    event_log log(config.validate().value(), sink);
    log.tell(refusal());
  }
  EXPECT_EQ(taken_from(file),
            "{\"time_unix_ns\":0,\"level\":\"error\",\"allocator\":\"a\\\"\",\"event\":\"refused\"}\n");
}

TEST(stream_sinks, mix_no_lines_of_several_threads) {
  std::FILE* const file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  stream_sink sink(file);
  const auto tell_all = [&](std::string_view name) {
    event_log log(log_named(name).validate().value(), sink);
    for (int count = 0; count < 500; ++count) {
      log.tell(refusal());
    }
  };
  std::thread other([&] { tell_all("bbbbbbbbbbbbbbbb"); });
  tell_all("aaaaaaaaaaaaaaaa");
  other.join();
  const std::string text = taken_from(file);
  std::size_t lines = 0;
  for (std::size_t begin = 0; begin < text.size(); ++lines) {
    const std::size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    ASSERT_TRUE(line == "aaaaaaaaaaaaaaaa: refused" || line == "bbbbbbbbbbbbbbbb: refused") << line;
    begin = end + 1;
  }
  EXPECT_EQ(lines, 1000U);
}

#if defined(__linux__)
TEST(stream_sinks, count_what_the_file_does_not_take) {
  std::FILE* const full = std::fopen("/dev/full", "w");
  ASSERT_NE(full, nullptr);
  {
    stream_sink sink(full);
    event_log log(log_named("a").validate().value(), sink);
    log.tell(refusal());
    log.flush();
    EXPECT_EQ(sink.lost_events(), 1U) << "the file's buffer took it, and lost it when it was flushed";
  }
  std::fclose(full);
  std::FILE* const unbuffered = std::fopen("/dev/full", "w");
  ASSERT_NE(unbuffered, nullptr);
  EXPECT_EQ(std::setvbuf(unbuffered, nullptr, _IONBF, 0), 0);
  {
    stream_sink sink(unbuffered);
    event_log log(log_named("a").validate().value(), sink);
    log.tell(refusal());
    EXPECT_EQ(sink.lost_events(), 1U);
  }
  std::fclose(unbuffered);
}

TEST(stream_sinks, write_to_a_file_without_buffer_without_heap) {
  if (!heap_is_watched()) GTEST_SKIP() << "a checker has replaced the heap";
  std::FILE* const nowhere = std::fopen("/dev/null", "w");
  ASSERT_NE(nowhere, nullptr);
  EXPECT_EQ(std::setvbuf(nowhere, nullptr, _IONBF, 0), 0);
  stream_sink sink(nowhere, log_format::json_lines);
  const std::size_t before = heap_calls();
  {
    event_log log(log_named("a").validate().value(), sink);
    log.tell(refusal());
  }
  EXPECT_EQ(heap_calls(), before);
  std::fclose(nowhere);
}
#endif

} // namespace
} // namespace nebula::services
