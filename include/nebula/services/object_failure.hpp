// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/error.hpp>
#include <nebula/services/outcome.hpp>

namespace nebula::services {

/// Why an object pool did not do what it was asked.
enum class object_failure_code : std::uint8_t {
  none = 0,
  invalid_configuration = 1, ///< `field` has `value`, which is not in lowest…highest
  none_free = 2,             ///< all `value` objects that there can be are in use, and the call does not wait
  timed_out = 3,             ///< the same, until the deadline
  shut_down = 4,             ///< the pool has been shut down, perhaps while the call waited
  not_made = 5,              ///< the hook `make` has made no object; its place has been given back
  refused_by_kernel = 6,     ///< the kernel's pool is broken: `kernel` says how
};

/// The field of a configuration, or the argument of a call, that a failure is about.
enum class object_field : std::uint8_t {
  none = 0,
  object_count = 1,               ///< 0, or more than a pool of the kernel can have
  storage = 2,                    ///< null, or smaller than storage_bytes(); the value is its size
  idle_time_to_live = 3,          ///< negative; the value is its magnitude in nanoseconds
  lease_time_max = 4,             ///< likewise
  utilization_high_per_mille = 5, ///< above 1000
  failure_high_per_mille = 6,     ///< above 1000
  level = 7,                      ///< a check level that there is not
  parent = 8,                     ///< has as many levels above it as there may be; the value is how many
  make = 9,                       ///< no hook, and T has no default constructor
  priority = 10,                  ///< of a call: none of the enumerators
};

/// What was wrong, with which value, and what would be right. A plain value that owns nothing: making, copying and
/// describing one never allocates. [SR-OBJ-011]
struct object_failure {
  object_failure_code code = object_failure_code::none;
  object_field field = object_field::none;
  nebula::error kernel{}; ///< code none unless refused_by_kernel
  std::uint64_t value = 0;
  std::uint64_t lowest = 0;
  std::uint64_t highest = 0; ///< below lowest iff no value would do

  friend constexpr bool operator==(const object_failure&, const object_failure&) noexcept = default;
};

template <class T>
using object_outcome = outcome<T, object_failure>;

[[nodiscard]] constexpr object_failure out_of_range(object_field field, std::uint64_t value, std::uint64_t lowest,
                                                    std::uint64_t highest) noexcept {
  return {object_failure_code::invalid_configuration, field, {}, value, lowest, highest};
}
[[nodiscard]] constexpr object_failure failed_for(object_failure_code code, std::uint64_t value = 0,
                                                  nebula::error kernel = {}) noexcept {
  return {code, object_field::none, kernel, value, 0, 0};
}

/// The identifier as spelled here; "unknown" iff the value is none of the enumerators. Never null. Any thread.
[[nodiscard]] const char* name(object_failure_code code) noexcept;
[[nodiscard]] const char* name(object_field field) noexcept;

/// Writes one line for people. Ends with a zero byte unless size_bytes is 0; nothing is written beyond it. Returns the
/// bytes of the whole text without the zero, so that a return of at least size_bytes says that it was cut. No heap, no
/// locale, any thread.
std::size_t describe(const object_failure& failure, char* buffer, std::size_t size_bytes) noexcept;

} // namespace nebula::services
