// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include <nebula/services/log_event.hpp>
#include <nebula/services/log_sink.hpp>
#include <nebula/services/log_text.hpp>

namespace spdlog {
class logger;
}

namespace nebula::services {

/// Hands events to a logger of spdlog, at spdlog's own levels. There is one iff option NEBULA_SERVICES_SPDLOG. Braces in
/// a name are words, not a format. Text goes behind the logger's own pattern; for JSON lines the constructor sets that to
/// "%v", since a line with more on it is no JSON. Any number of threads, if the logger's sinks are those of spdlog whose
/// names end in _mt. What spdlog throws ends here, and is counted. Lines of more than 250 bytes spdlog takes heap for.
/// [SR-LOG-003]
class spdlog_sink final : public log_sink {
public:
  /// The logger is not null.
  explicit spdlog_sink(std::shared_ptr<spdlog::logger> logger, log_format format = log_format::text);
  ~spdlog_sink() override;

  void write(const log_event& event) noexcept override;
  void flush() noexcept override;

  /// Events, and flushes, for which spdlog threw. What it reports to its own error handler does not count.
  [[nodiscard]] std::uint64_t lost_events() const noexcept { return lost_.load(std::memory_order_relaxed); }

private:
  std::shared_ptr<spdlog::logger> logger_;
  log_format format_;
  std::atomic<std::uint64_t> lost_{0};
};

} // namespace nebula::services
