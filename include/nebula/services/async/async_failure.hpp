// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/error.hpp>
#include <nebula/services/outcome.hpp>

namespace nebula::services {

/// Why something asynchronous did not come to what it was asked for.
enum class async_failure_code : std::uint8_t {
  none = 0,
  invalid_configuration = 1, ///< `field` has `value`, which is not in lowest…highest
  none_free = 2,             ///< there is none now, or others wait for it, and the call does not
  timed_out = 3,             ///< expire() came past the deadline before there was any
  cancelled = 4,             ///< a stop was requested before there was any
  shut_down = 5,             ///< of the pool, or of the executor
  refused_by_kernel = 6,     ///< and waiting would not help: `kernel` says why
  no_frame = 7,              ///< the frame pool has no block for the coroutine, which never began
  queue_full = 8,            ///< the executor has as much new work as it was configured for, `value`
  thread_refused = 9,        ///< the system has refused a thread
  not_made = 10,             ///< an object pool's hook `make` has made no object
  no_task = 11,              ///< the task holds no coroutine: it was moved from
};

/// The field of a configuration that a failure is about.
enum class async_field : std::uint8_t {
  none = 0,
  thread_count = 1,   ///< above thread_count_max
  queue_capacity = 2, ///< 0
};

/// What was wrong, and with which value. A plain value that owns nothing. [SR-ASYNC-011]
struct async_failure {
  async_failure_code code = async_failure_code::none;
  async_field field = async_field::none;
  nebula::error kernel{}; ///< code none unless refused_by_kernel
  std::uint64_t value = 0;
  std::uint64_t lowest = 0;
  std::uint64_t highest = 0;

  friend constexpr bool operator==(const async_failure&, const async_failure&) noexcept = default;
};

template <class T>
using async_outcome = outcome<T, async_failure>;

[[nodiscard]] constexpr async_failure async_failed(async_failure_code code, std::uint64_t value = 0,
                                                   nebula::error kernel = {}) noexcept {
  return {code, async_field::none, kernel, value, 0, 0};
}

/// The identifier as spelled here; "unknown" iff the value is none of the enumerators. Never null. Any thread.
[[nodiscard]] const char* name(async_failure_code code) noexcept;
[[nodiscard]] const char* name(async_field field) noexcept;

/// Writes one line for people. Ends with a zero byte unless size_bytes is 0; nothing is written beyond it. Returns the
/// bytes of the whole text without the zero, so that a return of at least size_bytes says that it was cut. No heap, no
/// locale, any thread.
std::size_t describe(const async_failure& failure, char* buffer, std::size_t size_bytes) noexcept;

} // namespace nebula::services
