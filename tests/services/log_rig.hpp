// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include <nebula/services/event_log.hpp>
#include <nebula/services/log_clock.hpp>
#include <nebula/services/log_event.hpp>
#include <nebula/services/log_sink.hpp>

namespace nebula::services {

/// Keeps what it is told. Any number of threads.
class kept_events : public log_sink {
public:
  void write(const log_event& event) noexcept override {
    const std::scoped_lock<std::mutex> lock(mutex_);
    events.push_back(event);
  }
  void flush() noexcept override { ++flushes; }

  [[nodiscard]] std::vector<log_action> actions() const {
    std::vector<log_action> all;
    for (const log_event& each : events) {
      all.push_back(each.action);
    }
    return all;
  }
  [[nodiscard]] std::uint64_t suppressed() const {
    std::uint64_t sum = 0;
    for (const log_event& each : events) {
      sum += each.suppressed_before;
    }
    return sum;
  }

  std::vector<log_event> events{};
  int flushes = 0;

private:
  std::mutex mutex_{};
};

/// A clock that a test sets.
struct set_clock {
  std::uint64_t monotonic = 0;
  std::uint64_t since_1970 = 0;

  [[nodiscard]] log_clock clock() noexcept {
    return {this, [](void* context) noexcept { return static_cast<set_clock*>(context)->monotonic; },
            [](void* context) noexcept { return static_cast<set_clock*>(context)->since_1970; }};
  }
};

inline event_log_config log_named(std::string_view name, log_level level = log_level::trace) {
  event_log_config config;
  config.name = name;
  config.level = level;
  return config;
}

} // namespace nebula::services
