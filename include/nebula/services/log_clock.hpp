// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>

namespace nebula::services {

/// The time, in nanoseconds: whoever replaces the functions makes it. Any thread. A plain value; the context outlives it.
struct log_clock {
  void* context = nullptr;                                       ///< passed to the functions unchanged
  std::uint64_t (*monotonic)(void* context) noexcept = nullptr;  ///< for rates; null: the system's
  std::uint64_t (*since_1970)(void* context) noexcept = nullptr; ///< for stamps; null: the system's
};

/// The system's own clocks.
[[nodiscard]] const log_clock& system_log_clock() noexcept;

} // namespace nebula::services
