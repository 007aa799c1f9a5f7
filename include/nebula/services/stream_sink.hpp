// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdio>

#include <nebula/services/log_event.hpp>
#include <nebula/services/log_sink.hpp>
#include <nebula/services/log_text.hpp>

namespace nebula::services {

/// Writes lines to a file of the C library. Any number of threads: each line is one call of fwrite(), so that no two mix. No
/// heap of its own; stderr has no buffer, other files allocate theirs at the first line. The file outlives it. [SR-LOG-003]
class stream_sink final : public log_sink {
public:
  explicit stream_sink(std::FILE* file, log_format format = log_format::text) noexcept : file_(file), format_(format) {}

  void write(const log_event& event) noexcept override;
  void flush() noexcept override;

  /// Lines that the file did not take.
  [[nodiscard]] std::uint64_t lost_events() const noexcept { return lost_.load(std::memory_order_relaxed); }

private:
  std::FILE* file_;
  log_format format_;
  std::atomic<std::uint64_t> lost_{0};
};

} // namespace nebula::services
