// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <nebula/c/pool.h>

#if defined(__cplusplus)
extern "C" {
#endif

/// Equal blocks in a caller's storage, for one owner: nebula_pool's source and checks without atomic operations.
/// Configuration, storage and contracts are those of nebula_pool, function by function, less what they say of threads.
/// docs/allocators/pool.md. Argument errors, stray writes: nebula/nebula.h.
typedef struct nebula_local_pool nebula_local_pool;

#define NEBULA_LOCAL_POOL_OBJECT_BYTES NEBULA_BYTES_64_32(432, 248)
#define NEBULA_LOCAL_POOL_OBJECT_ALIGN NEBULA_LOCAL_OBJECT_ALIGN

/// What the pool knows of each block, outside of it.
#define NEBULA_LOCAL_POOL_RECORD_BYTES 8U
/// As NEBULA_POOL_STORAGE_BYTES, which is enough here, too.
#define NEBULA_LOCAL_POOL_STORAGE_BYTES(size, align, count) \
  NEBULA_BLOCKS_AND_RECORDS_BYTES(NEBULA_LOCAL_POOL_RECORD_BYTES, size, align, count)

/// Memory for a nebula_local_pool.
typedef struct nebula_local_pool_object {
  NEBULA_ALIGNAS(NEBULA_LOCAL_POOL_OBJECT_ALIGN) unsigned char bytes[NEBULA_LOCAL_POOL_OBJECT_BYTES];
} nebula_local_pool_object;

NEBULA_C_NODISCARD nebula_error nebula_local_pool_storage_bytes(const nebula_pool_config* config,
                                                                size_t* bytes) NEBULA_C_NOEXCEPT;
/// The object's memory is of NEBULA_LOCAL_POOL_OBJECT_BYTES at a multiple of NEBULA_LOCAL_POOL_OBJECT_ALIGN.
/// [SR-CAPI-003]
NEBULA_C_NODISCARD nebula_error nebula_local_pool_create(void* object, size_t object_bytes,
                                                         const nebula_pool_config* config,
                                                         nebula_local_pool** made) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_pool_destroy(nebula_local_pool* pool) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_pool_allocate(nebula_local_pool* pool, nebula_layout request,
                                                           void** block) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_pool_try_allocate(nebula_local_pool* pool, nebula_layout request,
                                                               size_t max_retries, void** block) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_pool_deallocate(nebula_local_pool* pool, void* block,
                                                             nebula_layout allocated) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_pool_deallocate_without_layout(nebula_local_pool* pool,
                                                                            void* block) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_pool_handle_of(const nebula_local_pool* pool, const void* block,
                                                            nebula_block_handle* handle) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_pool_resolve(const nebula_local_pool* pool, nebula_block_handle handle,
                                                          void** block) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_pool_deallocate_handle(nebula_local_pool* pool,
                                                                    nebula_block_handle handle) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_pool_reset(nebula_local_pool* pool) NEBULA_C_NOEXCEPT;
bool nebula_local_pool_owns(const nebula_local_pool* pool, const void* address) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_pool_state(const nebula_local_pool* pool,
                                                        nebula_state* state) NEBULA_C_NOEXCEPT;
bool nebula_local_pool_is_corrupted(const nebula_local_pool* pool) NEBULA_C_NOEXCEPT;
uint8_t nebula_local_pool_level(const nebula_local_pool* pool) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_pool_check_invariants(const nebula_local_pool* pool) NEBULA_C_NOEXCEPT;
NEBULA_C_NODISCARD nebula_error nebula_local_pool_audit(const nebula_local_pool* pool, nebula_audit_cursor* cursor,
                                                        size_t steps, bool* done) NEBULA_C_NOEXCEPT;
size_t nebula_local_pool_block_count(const nebula_local_pool* pool) NEBULA_C_NOEXCEPT;
size_t nebula_local_pool_stride_bytes(const nebula_local_pool* pool) NEBULA_C_NOEXCEPT;
nebula_layout nebula_local_pool_block_layout(const nebula_local_pool* pool) NEBULA_C_NOEXCEPT;
nebula_byte_span nebula_local_pool_block_bytes(const nebula_local_pool* pool) NEBULA_C_NOEXCEPT;

#if defined(__cplusplus)
}
#endif
