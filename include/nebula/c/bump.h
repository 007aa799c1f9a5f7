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

/// Blocks of any layout in a caller's storage, given back all together: by a reset, or down to a marker. One owner. All
/// functions are O(1) unless they say otherwise, or are at the paranoid level. docs/allocators/bump.md. Argument errors,
/// stray writes: nebula/nebula.h.
typedef struct nebula_bump nebula_bump;

#define NEBULA_BUMP_OBJECT_BYTES NEBULA_BYTES_64_32(416, 240)
#define NEBULA_BUMP_OBJECT_ALIGN NEBULA_LOCAL_OBJECT_ALIGN

/// Memory for a nebula_bump.
typedef struct nebula_bump_object {
  NEBULA_ALIGNAS(NEBULA_BUMP_OBJECT_ALIGN) unsigned char bytes[NEBULA_BUMP_OBJECT_BYTES];
} nebula_bump_object;

/// What a bump allocator is to be.
typedef struct nebula_bump_config {
  nebula_byte_span storage; ///< lent for the allocator's life; any alignment
  nebula_fault_hook hook;   ///< null function: the program's
  uint8_t level;            ///< a nebula_check_level; 0 is standard
} nebula_bump_config;

/// Makes an allocator in the memory of `object_bytes` at `object`, and writes its address, which is that of the memory,
/// to `made`. Errors, in this order: null_pointer, a misuse, iff a pointer is null; invalid_configuration with the
/// field object_memory iff `object_bytes` is less than NEBULA_BUMP_OBJECT_BYTES or `object` is not at a multiple of
/// NEBULA_BUMP_OBJECT_ALIGN; with the field check_level iff the level is none; with the field storage iff the storage
/// is null, empty, or runs past the end of the address space. [SR-CAPI-003]
NEBULA_C_NODISCARD nebula_error nebula_bump_create(void* object, size_t object_bytes, const nebula_bump_config* config,
                                                   nebula_bump** made) NEBULA_C_NOEXCEPT;
/// Ends the allocator; both memories are the caller's again. Argument errors only.
NEBULA_C_NODISCARD nebula_error nebula_bump_destroy(nebula_bump* bump) NEBULA_C_NOEXCEPT;

/// request.size bytes at a multiple of request.align. After the argument errors: corrupted iff an invariant was or is
/// found broken; invalid_layout iff the request is malformed; layout_unsupported iff it would not fit in the empty
/// storage; exhausted iff it does not fit now. At the paranoid level NEBULA_CANARY_BYTES behind it must fit too.
NEBULA_C_NODISCARD nebula_error nebula_bump_allocate(nebula_bump* bump, nebula_layout request,
                                                     void** block) NEBULA_C_NOEXCEPT;

/// Gives back the last block, padding included: the most recent successful allocation, unless it has been given back
/// already or something came after it (a mark, a restore, a reset). After the argument errors, state unchanged, in this
/// order: corrupted; null_pointer iff the block is null; foreign_pointer iff outside the storage; double_free iff in
/// the free part; layout_mismatch iff the last block has another layout; misaligned_pointer iff inside the last block;
/// not_last_block, a refusal, iff anywhere else.
NEBULA_C_NODISCARD nebula_error nebula_bump_deallocate(nebula_bump* bump, void* block,
                                                       nebula_layout allocated) NEBULA_C_NOEXCEPT;

/// A point to go back to. Costs nebula_bump_mark_bytes() of storage until it is restored. After the argument errors:
/// corrupted; exhausted iff there is no room for it.
NEBULA_C_NODISCARD nebula_error nebula_bump_mark(nebula_bump* bump, nebula_marker* point) NEBULA_C_NOEXCEPT;

/// Gives back all that was allocated since the mark, and the mark itself with all later ones. After the argument
/// errors, nothing truncated, in this order: null_pointer iff `point` is null; corrupted; foreign_marker iff of another
/// allocator; stale_marker iff older than the last reset; spent_marker iff restored already, or discarded by restoring
/// an older one.
NEBULA_C_NODISCARD nebula_error nebula_bump_restore(nebula_bump* bump, const nebula_marker* point) NEBULA_C_NOEXCEPT;

/// Gives everything back; all markers become stale. After the argument errors: corrupted.
NEBULA_C_NODISCARD nebula_error nebula_bump_reset(nebula_bump* bump) NEBULA_C_NOEXCEPT;

/// True iff the address lies in the storage.
bool nebula_bump_owns(const nebula_bump* bump, const void* address) NEBULA_C_NOEXCEPT;

/// Bytes used are those up to the top, padding included; bytes available those up to the marks. Argument errors only.
NEBULA_C_NODISCARD nebula_error nebula_bump_state(const nebula_bump* bump, nebula_state* state) NEBULA_C_NOEXCEPT;

/// The number of marks that can be restored.
size_t nebula_bump_mark_count(const nebula_bump* bump) NEBULA_C_NOEXCEPT;
/// The bytes of storage that one mark takes.
size_t nebula_bump_mark_bytes(void) NEBULA_C_NOEXCEPT;

/// True iff an invariant was found broken. The allocator then refuses every call with NEBULA_ERROR_CORRUPTED, for good.
bool nebula_bump_is_corrupted(const nebula_bump* bump) NEBULA_C_NOEXCEPT;
/// As configured: a nebula_check_level.
uint8_t nebula_bump_level(const nebula_bump* bump) NEBULA_C_NOEXCEPT;
/// Walks all of the metadata. After the argument errors: corrupted iff an invariant does not hold. O(marks); at
/// the paranoid level O(capacity), and stray writes.
NEBULA_C_NODISCARD nebula_error nebula_bump_check_invariants(const nebula_bump* bump) NEBULA_C_NOEXCEPT;
/// The same in at most `steps` steps, of which a walk takes one for each mark and one more; at the paranoid level at most
/// one for each mark and each live block, one for each 256 free bytes or a part of them, and two more. `done` becomes
/// true iff this call completed the walk. After the argument errors: null_pointer iff `cursor` is null; corrupted.
NEBULA_C_NODISCARD nebula_error nebula_bump_audit(const nebula_bump* bump, nebula_audit_cursor* cursor, size_t steps,
                                                  bool* done) NEBULA_C_NOEXCEPT;

#if defined(__cplusplus)
}
#endif
