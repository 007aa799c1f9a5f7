// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <concepts>

namespace nebula::services {

/// What a cache asks for the time: nanoseconds since some moment, which never decrease.
template <class Clock>
concept cache_clock = requires(const Clock& clock) {
  { clock.now() } noexcept -> std::same_as<std::chrono::nanoseconds>;
};

/// No time at all: nothing expires, and nothing of expiry is stored or executed. [SR-CACHE-106]
struct no_clock {
  [[nodiscard]] static constexpr std::chrono::nanoseconds now() noexcept { return {}; }
};

/// The system's monotonic clock. Any thread.
struct steady_cache_clock {
  [[nodiscard]] static std::chrono::nanoseconds now() noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch());
  }
};

} // namespace nebula::services
