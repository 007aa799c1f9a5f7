// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/error.hpp>
#include <nebula/services/allocator_name.hpp>
#include <nebula/services/outcome.hpp>

namespace nebula::services {

/// Why a call of the registry, a manager or the runtime failed.
enum class lifecycle_failure_code : std::uint8_t {
  none = 0,
  out_of_range = 1,      ///< `field` has `value`, which is not in lowest…highest
  out_of_memory = 2,     ///< the heap had no room for what is made once
  name_taken = 3,        ///< `allocator` is another one's name
  registry_full = 4,     ///< as many allocators as there may be, `highest`, are registered
  no_such_allocator = 5, ///< the id is not registered, or not any more
  no_owner = 6,          ///< no registered allocator owns the block
  other_thread = 7,      ///< `allocator` is for the thread that registered it, which is not the caller
  refused = 8,           ///< `allocator` returned the error `what`
  blocks_live = 9,       ///< `value` blocks of `count` allocators are live still; `allocator` is the first of them
  shut_down = 10,        ///< the runtime has been shut down
};

/// What a failure is about.
enum class lifecycle_field : std::uint8_t {
  none = 0,
  allocator_count_max = 1,
  name_bytes = 2,
  reference = 3, ///< refers to nothing
  near_capacity_per_mille = 4,
  live_blocks_max = 5,
  calls_between_probes = 6,
  shed_above_critical_bytes = 7,
};

/// What was wrong, and with which allocator. A plain value: making, copying and describing one never allocates.
/// [SR-LC-001]
struct lifecycle_failure {
  lifecycle_failure_code code = lifecycle_failure_code::none;
  lifecycle_field field = lifecycle_field::none;
  error what{};
  allocator_name allocator{};
  std::uint64_t value = 0;
  std::uint64_t lowest = 0;
  std::uint64_t highest = 0;
  std::uint64_t count = 0;

  friend constexpr bool operator==(const lifecycle_failure&, const lifecycle_failure&) noexcept = default;
};

template <class T>
using lifecycle_outcome = outcome<T, lifecycle_failure>;

[[nodiscard]] constexpr lifecycle_failure failed(lifecycle_failure_code code,
                                                 const allocator_name& allocator = {}) noexcept {
  lifecycle_failure failure;
  failure.code = code;
  failure.allocator = allocator;
  return failure;
}
[[nodiscard]] constexpr lifecycle_failure refused_by(const allocator_name& allocator, error what) noexcept {
  lifecycle_failure failure = failed(lifecycle_failure_code::refused, allocator);
  failure.what = what;
  return failure;
}
[[nodiscard]] constexpr lifecycle_failure out_of_range(lifecycle_field field, std::uint64_t value, std::uint64_t lowest,
                                                       std::uint64_t highest) noexcept {
  lifecycle_failure failure = failed(lifecycle_failure_code::out_of_range);
  failure.field = field;
  failure.value = value;
  failure.lowest = lowest;
  failure.highest = highest;
  return failure;
}

/// The identifier as spelled here; "unknown" iff the value is none of the enumerators. Never null. Any thread.
[[nodiscard]] const char* name(lifecycle_failure_code code) noexcept;
[[nodiscard]] const char* name(lifecycle_field field) noexcept;

/// Writes one line for people, names escaped. Ends with a zero byte unless size_bytes is 0; nothing is written beyond it.
/// Returns the bytes of the whole text without the zero, so that a return of at least size_bytes says that it was cut. No
/// heap, no locale, any thread. [SR-LC-001]
std::size_t describe(const lifecycle_failure& failure, char* buffer, std::size_t size_bytes) noexcept;

} // namespace nebula::services
