// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel/error.hpp>

namespace nebula {

/// The error codes that an allocator counts, densely: refusals 1…11, misuses 32…47, corruption 64.
inline constexpr std::size_t failure_reason_count = 11 + 16 + 1;

/// The place of a code in a table of failure_reason_count; failure_reason_count iff the code is none of them.
[[nodiscard]] constexpr std::size_t failure_reason_index(error_code code) noexcept {
  const auto value = static_cast<std::size_t>(code);
  if (value >= 1 && value <= 11) {
    return value - 1;
  }
  if (value >= 32 && value <= 47) {
    return value - 32 + 11;
  }
  return code == error_code::corrupted ? failure_reason_count - 1 : failure_reason_count;
}

/// How many calls failed, by reason.
struct failure_counts {
  std::size_t counts[failure_reason_count] = {};

  /// Calls that failed with this code; 0 for error_code::none.
  [[nodiscard]] constexpr std::size_t of(error_code code) const noexcept {
    const std::size_t index = failure_reason_index(code);
    return index < failure_reason_count ? counts[index] : 0;
  }
  [[nodiscard]] constexpr std::size_t total() const noexcept {
    std::size_t sum = 0;
    for (const std::size_t count : counts) {
      sum += count;
    }
    return sum;
  }
  friend constexpr bool operator==(const failure_counts& left, const failure_counts& right) noexcept {
    for (std::size_t index = 0; index < failure_reason_count; ++index) {
      if (left.counts[index] != right.counts[index]) {
        return false;
      }
    }
    return true;
  }
};

/// What an allocator holds. Exact when no call is under way; with calls under way, each number is within its range,
/// and none wraps or is negative. Each allocator's page says what its bytes include.
/// [SR-STATE-001]
struct allocator_state {
  std::size_t capacity_bytes = 0;  ///< what blocks can occupy when nothing is live
  std::size_t used_bytes = 0;      ///< what blocks occupy now, padding and rounding included
  std::size_t available_bytes = 0; ///< what blocks can still occupy
  std::size_t peak_bytes = 0;      ///< the highest used_bytes since construction
  std::size_t live_blocks = 0;     ///< allocated and not yet freed
  failure_counts failures{};
  std::size_t cached_blocks = 0; ///< of a pool: free, and kept by its caches; part of available_bytes
};

} // namespace nebula
