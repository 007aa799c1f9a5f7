// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <nebula/c/fault.h>
#include <nebula/c/state.h>

#if defined(__cplusplus)
extern "C" {
#endif

/// How many bytes one part of a program may have at a time, and how many the part that it belongs to: a tree. It
/// counts; it holds no memory. For any number of threads and interrupts. O(levels), of which there are at most 8, but
/// for retries. docs/allocators/budget.md. Argument errors: nebula/nebula.h.
typedef struct nebula_budget nebula_budget;

#define NEBULA_BUDGET_OBJECT_BYTES NEBULA_SHARED_OBJECT_BYTES(336, 176)
#define NEBULA_BUDGET_OBJECT_ALIGN NEBULA_SHARED_OBJECT_ALIGN

/// Memory for a nebula_budget.
typedef struct nebula_budget_object {
  NEBULA_ALIGNAS(NEBULA_BUDGET_OBJECT_ALIGN) unsigned char bytes[NEBULA_BUDGET_OBJECT_BYTES];
} nebula_budget_object;

/// What a budget is to be.
typedef struct nebula_budget_config {
  size_t limit_bytes;       ///< how many bytes may be reserved at a time, children's included
  size_t block_limit_bytes; ///< how many in one reservation; 0: no fewer than the limit
  nebula_budget* parent;    ///< outlives this budget; null: this is a root
  uint8_t high_percent;     ///< of the limit: what NEBULA_BUDGET_LEVEL_HIGH begins above
  uint8_t critical_percent; ///< and NEBULA_BUDGET_LEVEL_CRITICAL
  nebula_fault_hook hook;   ///< null function: the program's
} nebula_budget_config;

// NOLINTBEGIN(readability-identifier-naming): enumerators of C have no scope but their spelling

/// How full a budget is: nebula/kernel/budget_config.hpp.
typedef enum nebula_budget_level {
  NEBULA_BUDGET_LEVEL_NORMAL = 0,
  NEBULA_BUDGET_LEVEL_HIGH = 1,     ///< more than high_percent of the limit is reserved
  NEBULA_BUDGET_LEVEL_CRITICAL = 2, ///< more than critical_percent of the limit is reserved
  NEBULA_BUDGET_LEVEL_EXCEEDED = 3, ///< more than the limit: it was lowered below what is reserved
} nebula_budget_level;

// NOLINTEND(readability-identifier-naming)

/// What a budget holds.
typedef struct nebula_budget_state {
  size_t limit_bytes;
  size_t used_bytes;      ///< reserved, by its children too
  size_t own_bytes;       ///< reserved through this budget itself: what it can release
  size_t available_bytes; ///< what this budget and all above it have left
  size_t peak_bytes;      ///< the highest used_bytes that a reservation has brought about
  size_t child_count;
  size_t failures[NEBULA_FAILURE_REASON_COUNT]; ///< of calls of this budget, as in nebula_state
  uint8_t level;                                ///< a nebula_budget_level
} nebula_budget_state;

/// Makes a budget in the memory of `object_bytes` at `object`, and writes its address, which is that of the memory, to
/// `made`. Errors, in this order: null_pointer, a misuse, iff a pointer is null; invalid_configuration with the field
/// object_memory iff `object_bytes` is less than NEBULA_BUDGET_OBJECT_BYTES or `object` is not at a multiple of
/// NEBULA_BUDGET_OBJECT_ALIGN; foreign_pointer, a misuse, iff the parent is neither null nor a budget; limit_bytes iff
/// 0 or above the parent's; block_limit_bytes iff above limit_bytes; high_percent iff above 100 or above
/// critical_percent; critical_percent iff above 100; parent iff it is at the eighth level already. [SR-CAPI-003]
NEBULA_C_NODISCARD nebula_error nebula_budget_create(void* object, size_t object_bytes,
                                                     const nebula_budget_config* config,
                                                     nebula_budget** made) NEBULA_C_NOEXCEPT;
/// Ends the budget. After the argument errors: budget_in_use, and nothing has ended, iff bytes are reserved in it, or
/// it has children.
NEBULA_C_NODISCARD nebula_error nebula_budget_destroy(nebula_budget* budget) NEBULA_C_NOEXCEPT;

/// Reserves bytes here and in all budgets above, or nowhere. After the argument errors, in this order: corrupted;
/// invalid_layout iff bytes is 0; over_block_limit iff bytes is above the block limit, or above the whole limit, of one
/// of them; over_budget iff at one of them fewer bytes were left.
NEBULA_C_NODISCARD nebula_error nebula_budget_reserve(nebula_budget* budget, size_t bytes) NEBULA_C_NOEXCEPT;
/// The same in at most max_retries + 1 rounds at each level: contended iff at one of them they were all spoilt.
NEBULA_C_NODISCARD nebula_error nebula_budget_try_reserve(nebula_budget* budget, size_t bytes,
                                                          size_t max_retries) NEBULA_C_NOEXCEPT;
/// Gives bytes back that were reserved through this budget, in one piece or in several. After the argument errors, in
/// this order: corrupted; invalid_layout iff bytes is 0; over_release iff more than is reserved through this budget
/// itself.
NEBULA_C_NODISCARD nebula_error nebula_budget_release(nebula_budget* budget, size_t bytes) NEBULA_C_NOEXCEPT;
/// Sets another limit, and writes the bytes that were reserved when it took effect to `used`. After the argument
/// errors: corrupted; invalid_configuration, field limit_bytes, iff 0 or above the parent's limit.
NEBULA_C_NODISCARD nebula_error nebula_budget_set_limit(nebula_budget* budget, size_t limit_bytes,
                                                        size_t* used) NEBULA_C_NOEXCEPT;

/// Argument errors only.
NEBULA_C_NODISCARD nebula_error nebula_budget_get_state(const nebula_budget* budget,
                                                        nebula_budget_state* state) NEBULA_C_NOEXCEPT;
/// True iff an invariant was found broken. The budget, and those below it, then refuse every call with
/// NEBULA_ERROR_CORRUPTED, for good.
bool nebula_budget_is_corrupted(const nebula_budget* budget) NEBULA_C_NOEXCEPT;
/// Needs this budget and those below it at rest: no call under way on them. After the argument errors: corrupted iff an
/// invariant does not hold.
NEBULA_C_NODISCARD nebula_error nebula_budget_check_invariants(const nebula_budget* budget) NEBULA_C_NOEXCEPT;

#if defined(__cplusplus)
}
#endif
