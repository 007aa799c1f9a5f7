// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/spdlog_sink.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include <spdlog/common.h>
#include <spdlog/logger.h>

#include <nebula/services/log_event.hpp>
#include <nebula/services/log_text.hpp>

namespace nebula::services {
namespace {

spdlog::level::level_enum level_for(log_level level) noexcept {
  switch (level) {
  case log_level::trace: return spdlog::level::trace;
  case log_level::debug: return spdlog::level::debug;
  case log_level::info: return spdlog::level::info;
  case log_level::warning: return spdlog::level::warn;
  case log_level::error: return spdlog::level::err;
  case log_level::off: break;
  }
  return spdlog::level::off;
}

} // namespace

spdlog_sink::spdlog_sink(std::shared_ptr<spdlog::logger> logger, log_format format)
    : logger_(std::move(logger)), format_(format) {
  if (format_ == log_format::json_lines) {
    logger_->set_pattern("%v");
  }
}

spdlog_sink::~spdlog_sink() = default;

void spdlog_sink::write(const log_event& event) noexcept {
  char line[log_line_bytes_max];
  const std::size_t bytes = std::min(describe(event, format_, line, sizeof line), sizeof line - 1);
  try {
    logger_->log(level_for(event.level), spdlog::string_view_t(line, bytes));
  } catch (...) {
    lost_.fetch_add(1, std::memory_order_relaxed);
  }
}

void spdlog_sink::flush() noexcept {
  try {
    logger_->flush();
  } catch (...) {
    lost_.fetch_add(1, std::memory_order_relaxed);
  }
}

} // namespace nebula::services
