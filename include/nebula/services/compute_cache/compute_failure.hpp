// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <nebula/services/outcome.hpp>

namespace nebula::services {

/// Why there is no value.
enum class compute_failure_code : std::uint8_t {
  none = 0,
  invalid_configuration = 1, ///< `field` has `value`, which is not in lowest…highest
  computation_failed = 2,    ///< the program's function said so: `value` is its own code
  circuit_open = 3,          ///< too many computations have failed; none is tried now
  flights_full = 4,          ///< `value` computations are under way, as many as were configured for
  cancelled = 5,             ///< a stop was requested while another one computed
  shut_down = 6,             ///< the cache has been shut down
  no_frame = 7,              ///< the frame pool has no block for the computation's coroutine
  recursive = 8,             ///< the function asks, in its own thread, for what it is to compute
};

/// The field of a configuration that a failure is about.
enum class compute_field : std::uint8_t {
  none = 0,
  flight_count = 1,  ///< 0, or more than would fit in the address space
  storage = 2,       ///< null, or smaller than storage_bytes(); the value is its size
  failure_limit = 3, ///< 0
  open_time = 4,     ///< 0 or less
};

/// What was wrong, and with which value. A plain value that owns nothing. [SR-COMPUTE-008]
struct compute_failure {
  compute_failure_code code = compute_failure_code::none;
  compute_field field = compute_field::none;
  std::uint64_t value = 0;
  std::uint64_t lowest = 0;
  std::uint64_t highest = 0;

  friend constexpr bool operator==(const compute_failure&, const compute_failure&) noexcept = default;
};

/// What a computation comes to, and get_or_compute() with it. Value can be moved, copied, and has a default.
template <class Value>
using compute_outcome = outcome<Value, compute_failure>;

/// The same for tasks, whose values have a default: of none.
template <class Value>
class [[nodiscard]] computed : public compute_outcome<Value> {
public:
  // NOLINTNEXTLINE(google-explicit-constructor): `co_return value;`
  constexpr computed(Value value) noexcept : compute_outcome<Value>(std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): `co_return failure;`
  constexpr computed(const compute_failure& failure) noexcept : compute_outcome<Value>(failure) {}
  constexpr computed() noexcept : compute_outcome<Value>(compute_failure{}) {}
  // NOLINTNEXTLINE(google-explicit-constructor): `co_return made;`
  constexpr computed(compute_outcome<Value> made) noexcept : compute_outcome<Value>(std::move(made)) {}
};

[[nodiscard]] constexpr compute_failure compute_failed(compute_failure_code code, std::uint64_t value = 0) noexcept {
  return {code, compute_field::none, value, 0, 0};
}
/// For the program's functions: that there is no value, and why, in a code of the program's.
[[nodiscard]] constexpr compute_failure computation_failed(std::uint64_t code_of_program) noexcept {
  return compute_failed(compute_failure_code::computation_failed, code_of_program);
}
[[nodiscard]] constexpr compute_failure compute_field_wrong(compute_field field, std::uint64_t value,
                                                            std::uint64_t lowest, std::uint64_t highest) noexcept {
  return {compute_failure_code::invalid_configuration, field, value, lowest, highest};
}

/// The identifier as spelled here; "unknown" iff the value is none of the enumerators. Never null. Any thread.
[[nodiscard]] const char* name(compute_failure_code code) noexcept;
[[nodiscard]] const char* name(compute_field field) noexcept;

/// Writes one line for people. Ends with a zero byte unless size_bytes is 0; nothing is written beyond it. Returns the
/// bytes of the whole text without the zero, so that a return of at least size_bytes says that it was cut. No heap, no
/// locale, any thread.
std::size_t describe(const compute_failure& failure, char* buffer, std::size_t size_bytes) noexcept;

} // namespace nebula::services
