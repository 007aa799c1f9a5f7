// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>

#include <nebula/kernel/contract.hpp>

namespace nebula {

/// Why a call did not do what it was asked. The values are stable: they may be logged, stored and compared across
/// versions. docs/errors.md explains each one; a test fails on a code that it does not explain. [SR-ERR-001]
enum class error_code : std::uint8_t {
  none = 0,

  // Refusals: the request cannot be served now or ever; nothing is wrong with the program's use of memory.
  invalid_layout = 1,        ///< size is 0, or the alignment is not a power of two
  size_overflow = 2,         ///< a size that the request implies does not fit in size_t
  layout_unsupported = 3,    ///< this allocator could not serve the layout even when empty
  exhausted = 4,             ///< not enough free memory now
  contended = 5,             ///< the bounded number of retries was used up; memory may be free
  not_last_block = 6,        ///< a bump allocator takes back its last block only
  invalid_configuration = 7, ///< error::field names what is wrong with it

  // Misuse: the caller broke a rule. State is unchanged and the fault hook has been called.
  null_pointer = 32,       ///< a block was expected
  foreign_pointer = 33,    ///< the pointer is not into this allocator's storage
  misaligned_pointer = 34, ///< into the storage, but not at the start of a block
  double_free = 35,        ///< the block is not live
  layout_mismatch = 36,    ///< the layout is not one that the block can have been allocated with
  lifo_violation = 37,     ///< a live block, but not the top one
  foreign_marker = 38,     ///< the marker was made by another allocator, or by none
  stale_marker = 39,       ///< the marker was made before the last reset
  spent_marker = 40,       ///< the marker was restored already, or discarded with an older one
  blocks_live = 41,        ///< reset of an allocator that still has live blocks
  stale_handle = 42,       ///< the handle's block has been freed, and perhaps allocated again

  // Corruption: an invariant of the allocator itself does not hold. It refuses every later call.
  corrupted = 64,
};

/// What was being attempted.
enum class operation : std::uint8_t {
  none = 0,
  configure = 1,
  allocate = 2,
  deallocate = 3,
  mark = 4,
  restore = 5,
  reset = 6,
  check_invariants = 7,
  make_layout = 8,
  resolve_handle = 9,
};

/// Which part reports.
enum class component : std::uint8_t {
  none = 0,
  layout = 1,
  bump_allocator = 2,
  pool_allocator = 3,
  local_pool_allocator = 4,
  stack_allocator = 5,
  segregated_allocator = 6,
  local_segregated_allocator = 7,
};

/// The configuration field that error_code::invalid_configuration is about.
enum class configuration_field : std::uint8_t {
  none = 0,
  storage = 1,           ///< null, or too small for what is asked of it
  block_size_bytes = 2,  ///< 0, or too large to be rounded up to the alignment
  block_align_bytes = 3, ///< not a power of two
  block_count = 4,       ///< 0, or beyond what the head word can index
  classes = 5,           ///< none, too many, not ascending, or spaced too closely
  fallback_classes = 6,  ///< as many as there are classes, or more
};

/// A POD of four bytes that says what went wrong. describe() makes a report for people of it. [SR-ERR-002]
struct error {
  error_code code = error_code::none;
  operation during = operation::none;
  component reporter = component::none;
  configuration_field field = configuration_field::none;

  friend constexpr bool operator==(error left, error right) noexcept {
    return left.code == right.code && left.during == right.during && left.reporter == right.reporter &&
           left.field == right.field;
  }
  friend constexpr bool operator!=(error left, error right) noexcept { return !(left == right); }
};
static_assert(sizeof(error) == 4, "an error travels in a register beside the value");

/// True iff the code is a refusal: no rule was broken.
[[nodiscard]] constexpr bool is_refusal(error_code code) noexcept {
  return code != error_code::none && static_cast<std::uint8_t>(code) < 32U;
}
/// True iff the caller broke a rule.
[[nodiscard]] constexpr bool is_misuse(error_code code) noexcept {
  return static_cast<std::uint8_t>(code) >= 32U && static_cast<std::uint8_t>(code) < 64U;
}
/// True iff the allocator's own state is broken.
[[nodiscard]] constexpr bool is_corruption(error_code code) noexcept { return static_cast<std::uint8_t>(code) >= 64U; }
/// True iff the same call can succeed later without any change by the program other than frees and waiting.
[[nodiscard]] constexpr bool is_retryable(error_code code) noexcept {
  return code == error_code::exhausted || code == error_code::contended;
}

/// The identifier as spelled in this header; "unknown" iff the value is none of the enumerators. Never null.
[[nodiscard]] const char* name(error_code code) noexcept NEBULA_NONBLOCKING;
[[nodiscard]] const char* name(operation during) noexcept NEBULA_NONBLOCKING;
[[nodiscard]] const char* name(component reporter) noexcept NEBULA_NONBLOCKING;
[[nodiscard]] const char* name(configuration_field field) noexcept NEBULA_NONBLOCKING;

} // namespace nebula
