// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <nebula/c/segregated.h>

#if defined(__cplusplus)
extern "C" {
#endif

/// Pools of ascending block size in a caller's storage, for one owner, without atomic operations. Configuration,
/// storage and contracts are those of nebula_segregated, function by function, less what they say of threads.
/// docs/allocators/segregated.md. Argument errors, stray writes: nebula/nebula.h.
typedef struct nebula_local_segregated nebula_local_segregated;

#define NEBULA_LOCAL_SEGREGATED_OBJECT_BYTES NEBULA_BYTES_64_32(896, 512)
#define NEBULA_LOCAL_SEGREGATED_OBJECT_ALIGN NEBULA_LOCAL_OBJECT_ALIGN

/// Memory for a nebula_local_segregated.
typedef struct nebula_local_segregated_object {
  NEBULA_ALIGNAS(NEBULA_LOCAL_SEGREGATED_OBJECT_ALIGN) unsigned char bytes[NEBULA_LOCAL_SEGREGATED_OBJECT_BYTES];
} nebula_local_segregated_object;

/// As nebula_segregated_storage_bytes(): the pools of a local allocator take less.
NEBULA_C_NODISCARD nebula_error nebula_local_segregated_storage_bytes(const nebula_segregated_config* config,
                                                                      size_t* bytes) NEBULA_C_NOEXCEPT;

/// The object's memory is of NEBULA_LOCAL_SEGREGATED_OBJECT_BYTES at a multiple of
/// NEBULA_LOCAL_SEGREGATED_OBJECT_ALIGN. [SR-CAPI-003]
NEBULA_C_NODISCARD nebula_error nebula_local_segregated_create(void* object, size_t object_bytes,
                                                               const nebula_segregated_config* config,
                                                               nebula_local_segregated** made) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_segregated_destroy(nebula_local_segregated* segregated) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_segregated_allocate(nebula_local_segregated* segregated,
                                                                 nebula_layout request, void** block) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_segregated_try_allocate(nebula_local_segregated* segregated,
                                                                     nebula_layout request, size_t max_retries,
                                                                     void** block) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_segregated_deallocate(nebula_local_segregated* segregated, void* block,
                                                                   nebula_layout allocated) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_segregated_deallocate_without_layout(nebula_local_segregated* segregated,
                                                                                  void* block) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_segregated_reset(nebula_local_segregated* segregated) NEBULA_C_NOEXCEPT;
bool nebula_local_segregated_owns(const nebula_local_segregated* segregated, const void* address) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_segregated_state(const nebula_local_segregated* segregated,
                                                              nebula_state* state) NEBULA_C_NOEXCEPT;
size_t nebula_local_segregated_class_count(const nebula_local_segregated* segregated) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_segregated_class_state(const nebula_local_segregated* segregated,
                                                                    size_t index,
                                                                    nebula_state* state) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_segregated_class_bytes(const nebula_local_segregated* segregated,
                                                                    size_t index,
                                                                    nebula_byte_span* blocks) NEBULA_C_NOEXCEPT;
bool nebula_local_segregated_is_corrupted(const nebula_local_segregated* segregated) NEBULA_C_NOEXCEPT;
uint8_t nebula_local_segregated_level(const nebula_local_segregated* segregated) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_segregated_check_invariants(const nebula_local_segregated* segregated)
    NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_segregated_audit(const nebula_local_segregated* segregated,
                                                              nebula_audit_cursor* cursor, size_t steps,
                                                              bool* done) NEBULA_C_NOEXCEPT;

#if defined(__cplusplus)
}
#endif
