// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <stddef.h>

#include <nebula/c/fault.h>
#include <nebula/c/state.h>

#if defined(__cplusplus)
extern "C" {
#endif

/// Blocks of any layout cut off a caller's storage by any number of threads and interrupts, and given back all together
/// by a reset. One check level. docs/allocators/shared_bump.md. Argument errors: nebula/nebula.h.
typedef struct nebula_shared_bump nebula_shared_bump;

#define NEBULA_SHARED_BUMP_OBJECT_BYTES NEBULA_SHARED_OBJECT_BYTES(320, 160)
#define NEBULA_SHARED_BUMP_OBJECT_ALIGN NEBULA_SHARED_OBJECT_ALIGN

/// Memory for a nebula_shared_bump.
typedef struct nebula_shared_bump_object {
  NEBULA_ALIGNAS(NEBULA_SHARED_BUMP_OBJECT_ALIGN) unsigned char bytes[NEBULA_SHARED_BUMP_OBJECT_BYTES];
} nebula_shared_bump_object;

/// What a shared bump allocator is to be.
typedef struct nebula_shared_bump_config {
  nebula_byte_span storage; ///< lent for the allocator's life; any alignment
  nebula_fault_hook hook;   ///< null function: the program's
} nebula_shared_bump_config;

/// Makes an allocator in the memory of `object_bytes` at `object`, and writes its address, which is that of the memory,
/// to `made`. Errors, in this order: null_pointer, a misuse, iff a pointer is null; invalid_configuration with the
/// field object_memory iff `object_bytes` is less than NEBULA_SHARED_BUMP_OBJECT_BYTES or `object` is not at a multiple
/// of NEBULA_SHARED_BUMP_OBJECT_ALIGN; with the field storage iff the storage is null, empty, or runs past the end of
/// the address space. [SR-CAPI-003]
NEBULA_C_NODISCARD nebula_error nebula_shared_bump_create(void* object, size_t object_bytes,
                                                          const nebula_shared_bump_config* config,
                                                          nebula_shared_bump** made) NEBULA_C_NOEXCEPT;
/// Ends the allocator; both memories are the caller's again. Argument errors only.
NEBULA_C_NODISCARD nebula_error nebula_shared_bump_destroy(nebula_shared_bump* bump) NEBULA_C_NOEXCEPT;

/// request.size bytes at a multiple of request.align, which no one else has. O(1) but for retries. After the argument
/// errors: corrupted iff an invariant was or is found broken; invalid_layout iff the request is malformed;
/// layout_unsupported iff it would not fit in the empty storage; exhausted iff it does not fit now.
NEBULA_C_NODISCARD nebula_error nebula_shared_bump_allocate(nebula_shared_bump* bump, nebula_layout request,
                                                            void** block) NEBULA_C_NOEXCEPT;
/// The same in at most max_retries + 1 rounds: contended iff they were all spoilt. Never exhausted for that reason.
NEBULA_C_NODISCARD nebula_error nebula_shared_bump_try_allocate(nebula_shared_bump* bump, nebula_layout request,
                                                                size_t max_retries, void** block) NEBULA_C_NOEXCEPT;

/// Takes nothing back, and says why. After the argument errors, in this order: corrupted; null_pointer iff the block is
/// null; foreign_pointer iff outside the storage; double_free iff in the free part; not_last_block, a refusal, iff
/// anywhere else.
NEBULA_C_NODISCARD nebula_error nebula_shared_bump_deallocate(nebula_shared_bump* bump, void* block,
                                                              nebula_layout allocated) NEBULA_C_NOEXCEPT;

/// Gives everything back. The caller has the allocator to itself, and the blocks of all threads. After the argument
/// errors: corrupted.
NEBULA_C_NODISCARD nebula_error nebula_shared_bump_reset(nebula_shared_bump* bump) NEBULA_C_NOEXCEPT;

/// True iff the address lies in the storage.
bool nebula_shared_bump_owns(const nebula_shared_bump* bump, const void* address) NEBULA_C_NOEXCEPT;
/// Bytes used are those up to the top, padding included. Argument errors only.
NEBULA_C_NODISCARD nebula_error nebula_shared_bump_state(const nebula_shared_bump* bump,
                                                         nebula_state* state) NEBULA_C_NOEXCEPT;

/// True iff an invariant was found broken. The allocator then refuses every call with NEBULA_ERROR_CORRUPTED, for good.
bool nebula_shared_bump_is_corrupted(const nebula_shared_bump* bump) NEBULA_C_NOEXCEPT;
/// Checks all of the metadata. Needs the allocator at rest: no other call under way. O(1). After the argument errors:
/// corrupted iff an invariant does not hold.
NEBULA_C_NODISCARD nebula_error nebula_shared_bump_check_invariants(const nebula_shared_bump* bump) NEBULA_C_NOEXCEPT;
/// The same as one step: `done` becomes true iff `steps` is not 0. After the argument errors: null_pointer iff `cursor`
/// is null; corrupted.
NEBULA_C_NODISCARD nebula_error nebula_shared_bump_audit(const nebula_shared_bump* bump, nebula_audit_cursor* cursor,
                                                         size_t steps, bool* done) NEBULA_C_NOEXCEPT;

#if defined(__cplusplus)
}
#endif
