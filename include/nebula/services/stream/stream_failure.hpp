// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/services/outcome.hpp>

namespace nebula::services {

/// Why a stream did not do what it was asked.
enum class stream_failure_code : std::uint8_t {
  none = 0,
  invalid_configuration = 1, ///< `field` has `value`, which is not in lowest…highest
  invalid_argument = 2,      ///< likewise, of a call
  full = 3,                  ///< `value` bytes were asked for, and `highest` are free: back-pressure
  not_enough = 4,            ///< `value` bytes were asked for, and `highest` are there, of a stream that goes on
  end_of_stream = 5,         ///< the same, and no more will come: the writer has closed
  reader_gone = 6,           ///< the reader has closed: whatever is written will be read by nobody
  closed = 7,                ///< this side itself has closed
  already_reserved = 8,      ///< misuse: `value` bytes are reserved, and neither committed nor given up
  over_commit = 9,           ///< misuse: `value` bytes, of which `highest` are reserved
  over_consume = 10,         ///< misuse: `value` bytes, of which `highest` have been peeked at
  timed_out = 11,            ///< full, or not_enough, until the deadline
  would_deadlock = 12,       ///< full, or not_enough, and the other side waits for what only this one can give it
};

/// The field of a configuration, or the argument of a call, that a failure is about.
enum class stream_field : std::uint8_t {
  none = 0,
  capacity_bytes = 1,       ///< 0, or more than a position can count
  contiguous_max_bytes = 2, ///< 0, or more than the capacity
  storage = 3,              ///< null, or smaller than storage_bytes(); the value is its size
  bytes = 4,                ///< of a call: 0, or more than contiguous_max_bytes
  window_bytes = 5,         ///< 0, or more than contiguous_max_bytes
  step_bytes = 6,           ///< 0, or more than window_bytes
};

/// What was wrong, with which value, and what would be right. A plain value that owns nothing: making, copying and
/// describing one never allocates. [SR-STREAM-006]
struct stream_failure {
  stream_failure_code code = stream_failure_code::none;
  stream_field field = stream_field::none;
  std::size_t value = 0;
  std::size_t lowest = 0;
  std::size_t highest = 0;

  friend constexpr bool operator==(const stream_failure&, const stream_failure&) noexcept = default;
};

template <class T>
using stream_outcome = outcome<T, stream_failure>;

/// The identifier as spelled here; "unknown" iff the value is none of the enumerators. Never null. Any thread.
[[nodiscard]] const char* name(stream_failure_code code) noexcept;
[[nodiscard]] const char* name(stream_field field) noexcept;

/// Writes one line for people. Ends with a zero byte unless size_bytes is 0; nothing is written beyond it. Returns the
/// bytes of the whole text without the zero, so that a return of at least size_bytes says that it was cut. No heap, no
/// locale, any thread.
std::size_t describe(const stream_failure& failure, char* buffer, std::size_t size_bytes) noexcept;

} // namespace nebula::services
