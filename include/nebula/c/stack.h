// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <nebula/c/check_level.h>
#include <nebula/c/fault.h>
#include <nebula/c/state.h>

#if defined(__cplusplus)
extern "C" {
#endif

/// Blocks of any layout in a caller's storage, freed in the reverse of the order in which they were allocated, and that
/// order checked. One owner. All functions are O(1) unless they say otherwise, or are at the paranoid level.
/// docs/allocators/stack.md. Argument errors, stray writes: nebula/nebula.h.
typedef struct nebula_stack nebula_stack;

#define NEBULA_STACK_OBJECT_BYTES NEBULA_BYTES_64_32(384, 224)
#define NEBULA_STACK_OBJECT_ALIGN NEBULA_LOCAL_OBJECT_ALIGN

/// Memory for a nebula_stack.
typedef struct nebula_stack_object {
  NEBULA_ALIGNAS(NEBULA_STACK_OBJECT_ALIGN) unsigned char bytes[NEBULA_STACK_OBJECT_BYTES];
} nebula_stack_object;

/// What a stack allocator is to be.
typedef struct nebula_stack_config {
  nebula_byte_span storage; ///< lent for the allocator's life; any alignment
  nebula_fault_hook hook;   ///< null function: the program's
  uint8_t level;            ///< a nebula_check_level; 0 is standard
} nebula_stack_config;

/// Makes an allocator in the memory of `object_bytes` at `object`, and writes its address, which is that of the memory,
/// to `made`. Errors, in this order: null_pointer, a misuse, iff a pointer is null; invalid_configuration with the
/// field object_memory iff `object_bytes` is less than NEBULA_STACK_OBJECT_BYTES or `object` is not at a multiple of
/// NEBULA_STACK_OBJECT_ALIGN; with the field check_level iff the level is none; with the field storage iff the storage
/// is null, not larger than one record, or runs past the end of the address space. [SR-CAPI-003]
NEBULA_C_NODISCARD nebula_error nebula_stack_create(void* object, size_t object_bytes,
                                                    const nebula_stack_config* config,
                                                    nebula_stack** made) NEBULA_C_NOEXCEPT;
/// Ends the allocator; both memories are the caller's again. Argument errors only.
NEBULA_C_NODISCARD nebula_error nebula_stack_destroy(nebula_stack* stack) NEBULA_C_NOEXCEPT;

/// request.size bytes at a multiple of request.align, on top of all others. After the argument errors: corrupted iff an
/// invariant was or is found broken; invalid_layout iff the request is malformed; layout_unsupported iff it would not
/// fit in the empty storage, its record included; exhausted iff it does not fit now. At the paranoid level
/// NEBULA_CANARY_BYTES behind it must fit too.
NEBULA_C_NODISCARD nebula_error nebula_stack_allocate(nebula_stack* stack, nebula_layout request,
                                                      void** block) NEBULA_C_NOEXCEPT;

/// Gives back the top block. O(1); O(log live blocks) when it refuses. After the argument errors, state unchanged, in
/// this order: corrupted; null_pointer iff the block is null; foreign_pointer iff outside the storage; double_free iff
/// in the free part; misaligned_pointer iff not the start of a live block; lifo_violation iff a live block, but a block
/// or a mark lies above it; layout_mismatch iff the top block was allocated with another layout.
NEBULA_C_NODISCARD nebula_error nebula_stack_deallocate(nebula_stack* stack, void* block,
                                                        nebula_layout allocated) NEBULA_C_NOEXCEPT;

/// Makes the top block larger or smaller in its place; what both sizes have in common keeps its contents. Errors as
/// nebula_stack_deallocate(), then: invalid_layout iff `size_bytes` is 0; exhausted iff the larger block does not fit
/// beside the records; layout_unsupported iff it would not fit in the empty storage.
NEBULA_C_NODISCARD nebula_error nebula_stack_resize_top(nebula_stack* stack, void* block, nebula_layout allocated,
                                                        size_t size_bytes) NEBULA_C_NOEXCEPT;

/// A point to go back to, on top of the stack: no block below it can be freed before it is restored. After the argument
/// errors: corrupted; exhausted iff there is no room for its record.
NEBULA_C_NODISCARD nebula_error nebula_stack_mark(nebula_stack* stack, nebula_marker* point) NEBULA_C_NOEXCEPT;

/// Frees all blocks above the mark, and the mark itself with all later ones. After the argument errors, nothing
/// truncated, in this order: null_pointer iff `point` is null; corrupted; foreign_marker iff of another allocator;
/// stale_marker iff older than the last reset; spent_marker iff restored already, or discarded by restoring an older
/// one.
NEBULA_C_NODISCARD nebula_error nebula_stack_restore(nebula_stack* stack, const nebula_marker* point) NEBULA_C_NOEXCEPT;

/// Frees all blocks; all markers become stale. After the argument errors: corrupted.
NEBULA_C_NODISCARD nebula_error nebula_stack_reset(nebula_stack* stack) NEBULA_C_NOEXCEPT;

/// True iff the address lies in the storage.
bool nebula_stack_owns(const nebula_stack* stack, const void* address) NEBULA_C_NOEXCEPT;

/// Capacity is the storage, one record deducted: the largest single block, at the paranoid level with its canary. Bytes
/// used are those up to the top, padding and canaries included; bytes available are the largest block of alignment 1 that
/// would now be served, 0 if none. Argument errors only.
NEBULA_C_NODISCARD nebula_error nebula_stack_state(const nebula_stack* stack, nebula_state* state) NEBULA_C_NOEXCEPT;

/// The number of marks that can be restored.
size_t nebula_stack_mark_count(const nebula_stack* stack) NEBULA_C_NOEXCEPT;
/// The bytes of storage that each live block and each mark takes beside its payload.
size_t nebula_stack_record_bytes(void) NEBULA_C_NOEXCEPT;

/// True iff an invariant was found broken. The allocator then refuses every call with NEBULA_ERROR_CORRUPTED, for good.
bool nebula_stack_is_corrupted(const nebula_stack* stack) NEBULA_C_NOEXCEPT;
/// As configured: a nebula_check_level.
uint8_t nebula_stack_level(const nebula_stack* stack) NEBULA_C_NOEXCEPT;
/// Walks all of the metadata. After the argument errors: corrupted iff an invariant does not hold. O(live blocks +
/// marks); at the paranoid level O(capacity), and stray writes.
NEBULA_C_NODISCARD nebula_error nebula_stack_check_invariants(const nebula_stack* stack) NEBULA_C_NOEXCEPT;
/// The same in at most `steps` steps, of which a walk takes one for each block and mark and one more; at the paranoid
/// level two for each of them, one for each 256 free bytes or a part of them, and three more. `done` becomes true iff
/// this call completed the walk. After the argument errors: null_pointer iff `cursor` is null; corrupted.
NEBULA_C_NODISCARD nebula_error nebula_stack_audit(const nebula_stack* stack, nebula_audit_cursor* cursor, size_t steps,
                                                   bool* done) NEBULA_C_NOEXCEPT;

#if defined(__cplusplus)
}
#endif
