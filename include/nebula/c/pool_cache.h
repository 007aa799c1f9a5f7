// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <stddef.h>

#include <nebula/c/pool.h>

#if defined(__cplusplus)
extern "C" {
#endif

/// A thread's own magazine of free blocks over a shared pool that was configured for caches. One owner: no two calls on
/// one cache overlap; different caches and the pool itself may be used at the same time. Corruption latches the pool,
/// and with it all of its caches. Its level is the pool's. docs/allocators/pool_cache.md. Argument errors, stray writes:
/// nebula/nebula.h.
typedef struct nebula_pool_cache nebula_pool_cache;

#define NEBULA_POOL_CACHE_OBJECT_BYTES NEBULA_SHARED_OBJECT_BYTES(560, 400)
#define NEBULA_POOL_CACHE_OBJECT_ALIGN NEBULA_SHARED_OBJECT_ALIGN

/// Memory for a nebula_pool_cache.
typedef struct nebula_pool_cache_object {
  NEBULA_ALIGNAS(NEBULA_POOL_CACHE_OBJECT_ALIGN) unsigned char bytes[NEBULA_POOL_CACHE_OBJECT_BYTES];
} nebula_pool_cache_object;

/// The most blocks that a cache keeps.
#define NEBULA_POOL_CACHE_CAPACITY 64U

/// What a cache is to be.
typedef struct nebula_pool_cache_config {
  nebula_pool* pool;      ///< outlives the cache
  nebula_fault_hook hook; ///< null function: the pool's
} nebula_pool_cache_config;

/// Makes a cache, attached to the pool, in the memory of `object_bytes` at `object`, and writes its address, which is
/// that of the memory, to `made`. Errors, in this order: null_pointer, a misuse, iff a pointer is null;
/// invalid_configuration with the field object_memory iff `object_bytes` is less than NEBULA_POOL_CACHE_OBJECT_BYTES or
/// `object` is not at a multiple of NEBULA_POOL_CACHE_OBJECT_ALIGN; null_pointer, a misuse, iff the pool is null;
/// foreign_pointer, a misuse, iff it is no pool; corrupted iff the pool is; no_cache_slot iff as many caches as the
/// pool was configured for are attached. At most cache_count rounds. [SR-CAPI-003]
NEBULA_C_NODISCARD nebula_error nebula_pool_cache_create(void* object, size_t object_bytes,
                                                         const nebula_pool_cache_config* config,
                                                         nebula_pool_cache** made) NEBULA_C_NOEXCEPT;
/// Gives back all that it keeps, and its place in the pool. Argument errors only.
NEBULA_C_NODISCARD nebula_error nebula_pool_cache_destroy(nebula_pool_cache* cache) NEBULA_C_NOEXCEPT;

/// As nebula_pool_allocate(); an empty cache takes up to half its capacity from the pool's list first. exhausted iff
/// the cache was empty, and the pool's list too, whatever other caches keep.
NEBULA_C_NODISCARD nebula_error nebula_pool_cache_allocate(nebula_pool_cache* cache, nebula_layout request,
                                                           void** block) NEBULA_C_NOEXCEPT;
/// The same in at most max_retries + 1 rounds: contended iff they were all spoilt.
NEBULA_C_NODISCARD nebula_error nebula_pool_cache_try_allocate(nebula_pool_cache* cache, nebula_layout request,
                                                               size_t max_retries, void** block) NEBULA_C_NOEXCEPT;

/// As nebula_pool_deallocate(), with the same errors in the same order; a full cache gives back its older half to the
/// pool's list first.
NEBULA_C_NODISCARD nebula_error nebula_pool_cache_deallocate(nebula_pool_cache* cache, void* block,
                                                             nebula_layout allocated) NEBULA_C_NOEXCEPT;
/// As nebula_pool_deallocate_without_layout().
NEBULA_C_NODISCARD nebula_error nebula_pool_cache_deallocate_without_layout(nebula_pool_cache* cache,
                                                                            void* block) NEBULA_C_NOEXCEPT;
/// The same in at most max_retries + 1 rounds: contended, after the checks, iff the cache was full and they were all
/// spoilt; the block is then live as before.
NEBULA_C_NODISCARD nebula_error nebula_pool_cache_try_deallocate(nebula_pool_cache* cache, void* block,
                                                                 size_t max_retries) NEBULA_C_NOEXCEPT;
/// As nebula_pool_deallocate_handle().
NEBULA_C_NODISCARD nebula_error nebula_pool_cache_deallocate_handle(nebula_pool_cache* cache,
                                                                    nebula_block_handle handle) NEBULA_C_NOEXCEPT;

/// Gives all that it keeps back to the pool's list. O(capacity) but for retries. After the argument errors: corrupted.
NEBULA_C_NODISCARD nebula_error nebula_pool_cache_flush(nebula_pool_cache* cache) NEBULA_C_NOEXCEPT;
/// The same in at most max_retries + 1 rounds: contended iff they were all spoilt; it keeps all then.
NEBULA_C_NODISCARD nebula_error nebula_pool_cache_try_flush(nebula_pool_cache* cache,
                                                            size_t max_retries) NEBULA_C_NOEXCEPT;

/// True iff the address lies within the pool's blocks.
bool nebula_pool_cache_owns(const nebula_pool_cache* cache, const void* address) NEBULA_C_NOEXCEPT;
/// The pool's, with the failures of the calls of this cache. Argument errors only.
NEBULA_C_NODISCARD nebula_error nebula_pool_cache_state(const nebula_pool_cache* cache,
                                                        nebula_state* state) NEBULA_C_NOEXCEPT;
/// The free blocks that it keeps.
size_t nebula_pool_cache_kept_blocks(const nebula_pool_cache* cache) NEBULA_C_NOEXCEPT;

/// The pool's: true iff an invariant of it, or of a cache of it, was found broken.
bool nebula_pool_cache_is_corrupted(const nebula_pool_cache* cache) NEBULA_C_NOEXCEPT;
/// Walks the cache, by its owner, at any time. O(capacity). After the argument errors: corrupted iff an invariant does
/// not hold. Looks for no stray writes: that is the pool's walk.
NEBULA_C_NODISCARD nebula_error nebula_pool_cache_check_invariants(const nebula_pool_cache* cache) NEBULA_C_NOEXCEPT;

#if defined(__cplusplus)
}
#endif
