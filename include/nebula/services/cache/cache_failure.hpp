// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/services/outcome.hpp>

namespace nebula::services {

/// Why a cache did not do what it was asked.
enum class cache_failure_code : std::uint8_t {
  none = 0,
  out_of_range = 1,  ///< `field` has `value`, which is not in lowest…highest
  too_heavy = 2,     ///< the entry's weight is `value`, and all that the cache may ever hold is `highest`
  no_capacity = 3,   ///< the cache was resized to hold nothing
  policy_broken = 4, ///< the policy chose entry `value` to be evicted, and there is no such entry
};

/// The field of a configuration, or the argument of a call, that a failure is about.
enum class cache_field : std::uint8_t {
  none = 0,
  entry_count = 1,  ///< 0, or more than a cache can have; of a call, more than its storage was made for
  storage = 2,      ///< null, or smaller than storage_bytes(); the value is its size
  time_to_live = 3, ///< negative, its magnitude in nanoseconds; or any, of a cache without a clock
  idle_time = 4,    ///< likewise
};

/// What was wrong, with which value, and what would be right. A plain value that owns nothing: making, copying and
/// describing one never allocates. [SR-CACHE-111]
struct cache_failure {
  cache_failure_code code = cache_failure_code::none;
  cache_field field = cache_field::none;
  std::uint64_t value = 0;
  std::uint64_t lowest = 0;
  std::uint64_t highest = 0; ///< below lowest iff no value would do

  friend constexpr bool operator==(const cache_failure&, const cache_failure&) noexcept = default;
};

template <class T>
using cache_outcome = outcome<T, cache_failure>;

[[nodiscard]] constexpr cache_failure out_of_range(cache_field field, std::uint64_t value, std::uint64_t lowest,
                                                   std::uint64_t highest) noexcept {
  return {cache_failure_code::out_of_range, field, value, lowest, highest};
}

/// The identifier as spelled here; "unknown" iff the value is none of the enumerators. Never null. Any thread.
[[nodiscard]] const char* name(cache_failure_code code) noexcept;
[[nodiscard]] const char* name(cache_field field) noexcept;

/// Writes one line for people. Ends with a zero byte unless size_bytes is 0; nothing is written beyond it. Returns the
/// bytes of the whole text without the zero, so that a return of at least size_bytes says that it was cut. No heap, no
/// locale, any thread.
std::size_t describe(const cache_failure& failure, char* buffer, std::size_t size_bytes) noexcept;

} // namespace nebula::services
