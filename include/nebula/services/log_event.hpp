// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include <nebula/kernel/error.hpp>
#include <nebula/kernel/invariant.hpp>
#include <nebula/kernel/layout.hpp>

namespace nebula::services {

/// How much an event matters. A log at a level tells of that level and of those above. [SR-LOG-001]
enum class log_level : std::uint8_t {
  trace = 0,   ///< each allocation, each free, each resize
  debug = 1,   ///< changes of state: marks, restores, resets
  info = 2,    ///< life cycle: created, destroyed
  warning = 3, ///< near capacity
  error = 4,   ///< calls that failed
  off = 5,     ///< no event is of this level
};
inline constexpr std::size_t log_level_count = 5; ///< those that events have

/// What happened.
enum class log_action : std::uint8_t {
  allocated = 0,
  deallocated = 1,
  resized = 2, ///< the request is the new size
  marked = 3,
  restored = 4,
  all_reset = 5,
  created = 6,
  destroyed = 7,
  near_capacity = 8, ///< more than the threshold is used, and was not when last looked at
  refused = 9,
  misused = 10,
  corrupted = 11,
  suppressed = 12, ///< nothing but how many events of the level were suppressed
};

[[nodiscard]] constexpr log_level level_of(log_action action) noexcept {
  switch (action) {
  case log_action::allocated:
  case log_action::deallocated:
  case log_action::resized: return log_level::trace;
  case log_action::marked:
  case log_action::restored:
  case log_action::all_reset: return log_level::debug;
  case log_action::created:
  case log_action::destroyed: return log_level::info;
  case log_action::near_capacity: return log_level::warning;
  case log_action::refused:
  case log_action::misused:
  case log_action::corrupted: return log_level::error;
  case log_action::suppressed: break; // of the level whose events they are
  }
  return log_level::off;
}

/// The identifier as spelled here; "unknown" iff none of them. Never null. Any thread.
[[nodiscard]] const char* name(log_level level) noexcept;
[[nodiscard]] const char* name(log_action action) noexcept;

/// One event, with its fields apart, so that a sink can store them as such. A plain value that owns nothing. No address
/// is in it: where a block lies in the program's memory is nobody's business who reads logs. [SR-LOG-002]
struct log_event {
  static constexpr std::size_t no_offset = std::numeric_limits<std::size_t>::max();

  log_level level = log_level::off;
  log_action action = log_action::suppressed;
  operation during = operation::none;  ///< the call
  error failure{};                     ///< of refused, misused and corrupted
  invariant broken = invariant::none;  ///< of corrupted, where it is known
  std::string_view allocator;          ///< any bytes: escape it. Lives as long as the log
  layout request{0, 0};                ///< of size 0 where none was given
  std::size_t offset = no_offset;      ///< of the block from the storage's begin; no_offset where it is not in there
  std::size_t used_bytes = 0;          ///< of the allocator, after the call
  std::size_t capacity_bytes = 0;      ///< 0: neither is known
  std::uint64_t suppressed_before = 0; ///< events of this log and level that were suppressed since the last one told
  std::uint64_t unix_nanoseconds = 0;  ///< by the log's clock, since 1970
};

} // namespace nebula::services
