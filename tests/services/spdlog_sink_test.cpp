// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include <nlohmann/json.hpp>

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#endif
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/ostream_sink.h>
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

#include <nebula/kernel.hpp>
#include <nebula/services/event_log.hpp>
#include <nebula/services/spdlog_sink.hpp>
#include "../unit/gtest.hpp"
#include "error_rig.hpp"
#include "log_rig.hpp"

namespace nebula::services {
namespace {

struct spdlog_rig {
  std::ostringstream text;
  std::shared_ptr<spdlog::logger> logger =
      std::make_shared<spdlog::logger>("memory", std::make_shared<spdlog::sinks::ostream_sink_mt>(text));
  spdlog_rig() { logger->set_level(spdlog::level::trace); }
};

log_event of(log_action action) {
  log_event event;
  event.action = action;
  return event;
}

// [SR-LOG-003]
TEST(spdlog_sinks, write_text_behind_the_loggers_pattern_at_its_levels) {
  spdlog_rig rig;
  rig.logger->set_pattern("[%l] %v");
  spdlog_sink sink(rig.logger);
  event_log log(log_named("messages {} {0} %v").validate().value(), sink);
  for (const log_action action : {log_action::allocated, log_action::marked, log_action::created,
                                  log_action::near_capacity, log_action::refused}) {
    log.tell(of(action));
  }
  log.flush();
  EXPECT_EQ(rig.text.str(),
            "[trace] messages {} {0} %v: allocated\n[debug] messages {} {0} %v: marked\n"
            "[info] messages {} {0} %v: created\n[warning] messages {} {0} %v: near_capacity\n"
            "[error] messages {} {0} %v: refused\n");
  EXPECT_EQ(sink.lost_events(), 0U);
}

TEST(spdlog_sinks, write_lines_of_json_that_are_nothing_else) {
  spdlog_rig rig;
  spdlog_sink sink(rig.logger, log_format::json_lines);
  event_log log(log_named("\"},\n{\x1b\xFF%v").validate().value(), sink);
  static_pool<block_of_64, 4> inner;
  observed<static_pool<block_of_64, 4>> pool(inner, log.observer().validate().value());
  static_cast<void>(pool.allocate({64, 8}));
  static_cast<void>(pool.allocate({65, 8}));
  std::istringstream lines(rig.text.str());
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const nlohmann::json read = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(read.is_object()) << line;
    EXPECT_EQ(read["allocator"], "\"},\n{\x1b\xEF\xBF\xBD%v");
  }
  EXPECT_EQ(count, 2U);
}

TEST(spdlog_sinks, leave_the_loggers_level_to_it) {
  spdlog_rig rig;
  rig.logger->set_level(spdlog::level::err);
  rig.logger->set_pattern("%v");
  spdlog_sink sink(rig.logger);
  event_log log(log_named("a").validate().value(), sink);
  log.tell(of(log_action::allocated));
  log.tell(of(log_action::refused));
  EXPECT_EQ(rig.text.str(), "a: refused\n");
}

TEST(spdlog_sinks, leave_an_event_without_a_level_to_spdlog) {
  spdlog_rig rig;
  rig.logger->set_pattern("%v");
  spdlog_sink sink(rig.logger);
  rig.logger->set_level(spdlog::level::off);
  sink.write(log_event{});
  EXPECT_EQ(rig.text.str(), ": suppressed\n") << "nothing is above off: it is the log that tells no such event";
}

/// Throws what spdlog does not keep to itself.
TEST(spdlog_sinks, cut_a_line_that_is_too_long) {
  spdlog_rig rig;
  rig.logger->set_pattern("%v");
  spdlog_sink sink(rig.logger);
  const std::string name(3000, 'n'); // a sink that renames events has no limit
  log_event event = of(log_action::refused);
  event.allocator = name;
  event.level = log_level::error;
  sink.write(event);
  std::string cut(log_line_bytes_max - 1, 'n');
  cut += '\n';
  EXPECT_EQ(rig.text.str(), cut);
}

class throwing_sink final : public spdlog::sinks::base_sink<std::mutex> {
  [[noreturn]] void sink_it_(const spdlog::details::log_msg& /*message*/) override { throw 7; }
  [[noreturn]] void flush_() override { throw 7; }
};

TEST(spdlog_sinks, count_what_spdlog_throws) {
  spdlog_sink sink(std::make_shared<spdlog::logger>("memory", std::make_shared<throwing_sink>()));
  {
    event_log log(log_named("a").validate().value(), sink);
    log.tell(of(log_action::refused));
    EXPECT_EQ(sink.lost_events(), 1U);
  }
  EXPECT_EQ(sink.lost_events(), 2U);
}

// [SR-LOG-008]
TEST(spdlog_sinks, take_events_of_several_threads) {
  spdlog_rig rig;
  spdlog_sink sink(rig.logger, log_format::json_lines);
  event_log log(log_named("a").validate().value(), sink);
  const auto tell_all = [&] {
    for (int count = 0; count < 300; ++count) {
      log.tell(of(log_action::refused));
    }
  };
  std::thread other(tell_all);
  tell_all();
  other.join();
  std::istringstream lines(rig.text.str());
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    ASSERT_TRUE(nlohmann::json::accept(line)) << line;
  }
  EXPECT_EQ(count, 600U);
}

} // namespace
} // namespace nebula::services
