// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <stdint.h>

#include <nebula/c/base.h>

#if defined(__cplusplus)
extern "C" {
#endif

// NOLINTBEGIN(readability-identifier-naming): enumerators of C have no scope but their spelling

/// The enumerations of nebula/kernel/error.hpp, value by value; a test compares the two. docs/errors.md explains each
/// code. [SR-CAPI-004]

/// Why a call did not do what it was asked.
typedef enum nebula_error_code {
  NEBULA_ERROR_NONE = 0,

  // Refusals: the request cannot be served now or ever; nothing is wrong with the program's use of memory.
  NEBULA_ERROR_INVALID_LAYOUT = 1,        ///< size is 0, or the alignment is not a power of two
  NEBULA_ERROR_SIZE_OVERFLOW = 2,         ///< a size that the request implies does not fit in size_t
  NEBULA_ERROR_LAYOUT_UNSUPPORTED = 3,    ///< this allocator could not serve the layout even when empty
  NEBULA_ERROR_EXHAUSTED = 4,             ///< not enough free memory now
  NEBULA_ERROR_CONTENDED = 5,             ///< the bounded number of retries was used up; memory may be free
  NEBULA_ERROR_NOT_LAST_BLOCK = 6,        ///< a bump allocator takes back its last block only
  NEBULA_ERROR_INVALID_CONFIGURATION = 7, ///< nebula_error.field names what is wrong with it
  NEBULA_ERROR_OVER_BUDGET = 8,           ///< a budget, or one above it, has not so many bytes left now
  NEBULA_ERROR_OVER_BLOCK_LIMIT = 9,      ///< larger than the budget lets any one block be
  NEBULA_ERROR_OVER_CAPACITY = 10,        ///< the arena would have to take more chunks than its maximal capacity allows
  NEBULA_ERROR_NO_CACHE_SLOT = 11,        ///< as many caches as the pool was configured for are attached

  // Misuse: the caller broke a rule. State is unchanged and the fault hook has been called.
  NEBULA_ERROR_NULL_POINTER = 32,       ///< a block, an object or a place for a result was expected
  NEBULA_ERROR_FOREIGN_POINTER = 33,    ///< the pointer is not into this allocator's storage
  NEBULA_ERROR_MISALIGNED_POINTER = 34, ///< into the storage, but not at the start of a block
  NEBULA_ERROR_DOUBLE_FREE = 35,        ///< the block is not live
  NEBULA_ERROR_LAYOUT_MISMATCH = 36,    ///< the layout is not one that the block can have been allocated with
  NEBULA_ERROR_LIFO_VIOLATION = 37,     ///< a live block, but not the top one
  NEBULA_ERROR_FOREIGN_MARKER = 38,     ///< the marker was made by another allocator, or by none
  NEBULA_ERROR_STALE_MARKER = 39,       ///< the marker was made before the last reset
  NEBULA_ERROR_SPENT_MARKER = 40,       ///< the marker was restored already, or discarded with an older one
  NEBULA_ERROR_BLOCKS_LIVE = 41,        ///< reset of an allocator that still has live blocks
  NEBULA_ERROR_STALE_HANDLE = 42,       ///< the handle's block has been freed, and perhaps allocated again
  NEBULA_ERROR_OVER_RELEASE = 43,       ///< more bytes are given back to a budget than were reserved
  NEBULA_ERROR_BUDGET_IN_USE = 44,      ///< a budget ends while bytes are reserved in it, or while it has children
  NEBULA_ERROR_WRITTEN_AFTER_FREE = 45, ///< paranoid: a free block's pattern has been overwritten
  NEBULA_ERROR_OVERRUN = 46,            ///< paranoid: the canary behind a block has been overwritten
  NEBULA_ERROR_CACHES_ATTACHED = 47,    ///< a pool ends while caches are attached to it

  // Corruption: an invariant of the allocator itself does not hold. It refuses every later call.
  NEBULA_ERROR_CORRUPTED = 64,
} nebula_error_code;

/// What was being attempted.
typedef enum nebula_operation {
  NEBULA_OPERATION_NONE = 0,
  NEBULA_OPERATION_CONFIGURE = 1,
  NEBULA_OPERATION_ALLOCATE = 2,
  NEBULA_OPERATION_DEALLOCATE = 3,
  NEBULA_OPERATION_MARK = 4,
  NEBULA_OPERATION_RESTORE = 5,
  NEBULA_OPERATION_RESET = 6,
  NEBULA_OPERATION_CHECK_INVARIANTS = 7,
  NEBULA_OPERATION_MAKE_LAYOUT = 8,
  NEBULA_OPERATION_RESOLVE_HANDLE = 9,
  NEBULA_OPERATION_RESIZE = 10,
  NEBULA_OPERATION_RESERVE = 11,
  NEBULA_OPERATION_RELEASE = 12,
  NEBULA_OPERATION_ATTACH = 13,
  NEBULA_OPERATION_FLUSH = 14,
  NEBULA_OPERATION_GROW = 15,
  NEBULA_OPERATION_CONSTRUCT = 16,
  NEBULA_OPERATION_DESTROY = 17,
} nebula_operation;

/// Which part reports.
typedef enum nebula_component {
  NEBULA_COMPONENT_NONE = 0,
  NEBULA_COMPONENT_LAYOUT = 1,
  NEBULA_COMPONENT_BUMP_ALLOCATOR = 2,
  NEBULA_COMPONENT_POOL_ALLOCATOR = 3,
  NEBULA_COMPONENT_LOCAL_POOL_ALLOCATOR = 4,
  NEBULA_COMPONENT_STACK_ALLOCATOR = 5,
  NEBULA_COMPONENT_SEGREGATED_ALLOCATOR = 6,
  NEBULA_COMPONENT_LOCAL_SEGREGATED_ALLOCATOR = 7,
  NEBULA_COMPONENT_SHARED_BUMP_ALLOCATOR = 8,
  NEBULA_COMPONENT_ARENA = 9,
  NEBULA_COMPONENT_POOL_CACHE = 10,
  NEBULA_COMPONENT_BUDGET = 11,
  NEBULA_COMPONENT_BUDGETED = 12,
  NEBULA_COMPONENT_OBSERVED = 13,
  NEBULA_COMPONENT_FALLBACK = 14,
  NEBULA_COMPONENT_CHUNK_SOURCE = 15,
  NEBULA_COMPONENT_TYPED_ARENA = 16,
  NEBULA_COMPONENT_OBJECT_HANDLE = 17,
} nebula_component;

/// The configuration field that NEBULA_ERROR_INVALID_CONFIGURATION is about.
typedef enum nebula_configuration_field {
  NEBULA_FIELD_NONE = 0,
  NEBULA_FIELD_STORAGE = 1,             ///< null, or too small for what is asked of it
  NEBULA_FIELD_BLOCK_SIZE_BYTES = 2,    ///< 0, or too large to be rounded up to the alignment
  NEBULA_FIELD_BLOCK_ALIGN_BYTES = 3,   ///< not a power of two
  NEBULA_FIELD_BLOCK_COUNT = 4,         ///< 0, or beyond what the head word can index
  NEBULA_FIELD_CLASSES = 5,             ///< none, too many, not ascending, or spaced too closely
  NEBULA_FIELD_FALLBACK_CLASSES = 6,    ///< as many as there are classes, or more
  NEBULA_FIELD_CACHE_COUNT = 7,         ///< more caches than a pool can have
  NEBULA_FIELD_CHUNK_BYTES = 8,         ///< 0, or larger than the maximal capacity
  NEBULA_FIELD_GROWTH_BYTES = 9,        ///< 0 where growth is incremental
  NEBULA_FIELD_CAPACITY_MAX_BYTES = 10, ///< 0, or smaller than the first chunk
  NEBULA_FIELD_LIMIT_BYTES = 11,        ///< of a budget: 0, or larger than its parent's
  NEBULA_FIELD_BLOCK_LIMIT_BYTES = 12,  ///< of a budget: larger than its limit
  NEBULA_FIELD_HIGH_PERCENT = 13,       ///< above 100, or above critical_percent
  NEBULA_FIELD_CRITICAL_PERCENT = 14,   ///< above 100
  NEBULA_FIELD_PARENT = 15,             ///< of a budget: as many levels above it as there may be
  NEBULA_FIELD_CHUNK_SOURCE = 16,       ///< null
  NEBULA_FIELD_CHECK_LEVEL = 17,        ///< none of the enumerators
  NEBULA_FIELD_OBJECT_MEMORY = 18,      ///< the memory for the allocator's object is too small, or misaligned
} nebula_configuration_field;

// NOLINTEND(readability-identifier-naming)

/// What went wrong, in four bytes. nebula_describe() makes a report for people of it.
typedef struct nebula_error {
  uint8_t code;     ///< a nebula_error_code; NEBULA_ERROR_NONE, which is 0, iff nothing failed
  uint8_t during;   ///< a nebula_operation
  uint8_t reporter; ///< a nebula_component
  uint8_t field;    ///< a nebula_configuration_field
} nebula_error;

/// True iff the code is a refusal: no rule was broken.
bool nebula_is_refusal(uint8_t code) NEBULA_C_NOEXCEPT;
/// True iff the caller broke a rule.
bool nebula_is_misuse(uint8_t code) NEBULA_C_NOEXCEPT;
/// True iff the allocator's own state is broken.
bool nebula_is_corruption(uint8_t code) NEBULA_C_NOEXCEPT;
/// True iff the same call can succeed later without any change by the program other than frees and waiting.
bool nebula_is_retryable(uint8_t code) NEBULA_C_NOEXCEPT;
/// True iff the call ended early because it came upon a stray write, which has been reported and mended: the same call
/// now goes ahead. Paranoid check level only.
bool nebula_is_stray_write(uint8_t code) NEBULA_C_NOEXCEPT;

/// The enumerator in small letters and without its prefix, as "double_free"; "unknown" iff the value is none of them.
/// Never null; the text is constant.
const char* nebula_error_code_name(uint8_t code) NEBULA_C_NOEXCEPT;
const char* nebula_operation_name(uint8_t during) NEBULA_C_NOEXCEPT;
const char* nebula_component_name(uint8_t reporter) NEBULA_C_NOEXCEPT;
const char* nebula_configuration_field_name(uint8_t field) NEBULA_C_NOEXCEPT;

#if defined(__cplusplus)
}
#endif
