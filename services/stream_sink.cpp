// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/stream_sink.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdio>

#include <nebula/services/log_event.hpp>
#include <nebula/services/log_text.hpp>

namespace nebula::services {

void stream_sink::write(const log_event& event) noexcept {
  char line[log_line_bytes_max];
  const std::size_t bytes = std::min(describe(event, format_, line, sizeof line), sizeof line - 1);
  line[bytes] = '\n'; // where the zero was
  if (std::fwrite(line, 1, bytes + 1, file_) != bytes + 1) {
    lost_.fetch_add(1, std::memory_order_relaxed);
  }
}

void stream_sink::flush() noexcept {
  if (std::fflush(file_) != 0) {
    lost_.fetch_add(1, std::memory_order_relaxed);
  }
}

} // namespace nebula::services
