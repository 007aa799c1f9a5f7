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
  over_budget = 8,           ///< a budget, or one above it, has not so many bytes left now
  over_block_limit = 9,      ///< larger than the budget lets any one block be
  over_capacity = 10,        ///< the arena would have to take more chunks than its maximal capacity allows
  no_cache_slot = 11,        ///< as many caches as the pool was configured for are attached

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
  over_release = 43,       ///< more bytes are given back to a budget than were reserved
  budget_in_use = 44,      ///< a budget ends while bytes are reserved in it, or while it has children
  written_after_free = 45, ///< paranoid: a free block's pattern has been overwritten
  overrun = 46,            ///< paranoid: the canary behind a block has been overwritten
  caches_attached = 47,    ///< a pool ends while caches are attached to it

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
  resize = 10,
  reserve = 11,
  release = 12,
  attach = 13,
  flush = 14,
  grow = 15,
  construct = 16,
  destroy = 17,
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
  shared_bump_allocator = 8,
  arena = 9,
  pool_cache = 10,
  budget = 11,
  budgeted = 12,
  observed = 13,
  fallback = 14,
  chunk_source = 15,
  typed_arena = 16,
  object_handle = 17,
};

/// The configuration field that error_code::invalid_configuration is about.
enum class configuration_field : std::uint8_t {
  none = 0,
  storage = 1,             ///< null, or too small for what is asked of it
  block_size_bytes = 2,    ///< 0, or too large to be rounded up to the alignment
  block_align_bytes = 3,   ///< not a power of two
  block_count = 4,         ///< 0, or beyond what the head word can index
  classes = 5,             ///< none, too many, not ascending, or spaced too closely
  fallback_classes = 6,    ///< as many as there are classes, or more
  cache_count = 7,         ///< more caches than a pool can have
  chunk_bytes = 8,         ///< too small for a chunk's own metadata and one byte
  growth_bytes = 9,        ///< 0 where growth is incremental; or growth is none of the enumerators
  capacity_max_bytes = 10, ///< 0, or smaller than the first chunk
  limit_bytes = 11,        ///< of a budget: 0, or larger than its parent's
  block_limit_bytes = 12,  ///< of a budget: larger than its limit
  high_percent = 13,       ///< above 100, or above critical_percent
  critical_percent = 14,   ///< above 100
  parent = 15,             ///< of a budget: as many levels above it as there may be
  chunk_source = 16,       ///< one of its functions is null
  check_level = 17,        ///< none of the enumerators
  object_memory = 18,      ///< C: the memory for the allocator's object is too small, or misaligned
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
/// True iff the call ended early because it came upon a stray write, which has been reported and mended: the same call
/// now goes ahead. Paranoid check level only.
[[nodiscard]] constexpr bool is_stray_write(error_code code) noexcept {
  return code == error_code::written_after_free || code == error_code::overrun;
}
/// True iff the allocator's own state is broken.
[[nodiscard]] constexpr bool is_corruption(error_code code) noexcept { return static_cast<std::uint8_t>(code) >= 64U; }
/// True iff the same call can succeed later without any change by the program other than frees and waiting.
[[nodiscard]] constexpr bool is_retryable(error_code code) noexcept {
  return code == error_code::exhausted || code == error_code::contended || code == error_code::over_budget ||
         code == error_code::over_capacity || code == error_code::no_cache_slot ||
         code == error_code::written_after_free || code == error_code::overrun;
}

/// The identifier as spelled in this header; "unknown" iff the value is none of the enumerators. Never null.
[[nodiscard]] const char* name(error_code code) noexcept NEBULA_NONBLOCKING;
[[nodiscard]] const char* name(operation during) noexcept NEBULA_NONBLOCKING;
[[nodiscard]] const char* name(component reporter) noexcept NEBULA_NONBLOCKING;
[[nodiscard]] const char* name(configuration_field field) noexcept NEBULA_NONBLOCKING;

} // namespace nebula
