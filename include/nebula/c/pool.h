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

/// Equal blocks in a caller's storage, for any number of threads and interrupts: lock-free, ABA-safe, double free
/// decided exactly. All functions are O(1), but for retries, unless they say otherwise, or are at the paranoid level.
/// docs/allocators/pool.md. Argument errors, stray writes: nebula/nebula.h.
typedef struct nebula_pool nebula_pool;

#define NEBULA_POOL_OBJECT_BYTES NEBULA_SHARED_OBJECT_BYTES(384, 192)
#define NEBULA_POOL_OBJECT_ALIGN NEBULA_SHARED_OBJECT_ALIGN

/// Memory for a nebula_pool.
typedef struct nebula_pool_object {
  NEBULA_ALIGNAS(NEBULA_POOL_OBJECT_ALIGN) unsigned char bytes[NEBULA_POOL_OBJECT_BYTES];
} nebula_pool_object;

/// What a pool is to be, shared or local.
typedef struct nebula_pool_config {
  nebula_byte_span storage; ///< lent for the pool's life; any alignment
  size_t block_size_bytes;  ///< usable bytes of each block
  size_t block_align_bytes; ///< a power of two; there is no default
  size_t block_count;       ///< 0: as many as the storage holds
  nebula_fault_hook hook;   ///< null function: the program's
  uint8_t level;            ///< a nebula_check_level; 0 is standard
  size_t cache_count;       ///< the most caches that can be attached at a time; of a local pool 0
} nebula_pool_config;

/// Names one allocation of a block, not only the block: stale once that allocation is freed, though the block be
/// allocated again. All zero names nothing. The horizon is 2^31 frees of the same block.
typedef struct nebula_block_handle {
  uint32_t slot; ///< the block's index and one
  uint32_t generation;
} nebula_block_handle;

/// What the pool knows of each block, outside of it.
#define NEBULA_POOL_RECORD_BYTES 12U
/// And of each cache: a word as wide as the program has chosen, and another one.
#if defined(NEBULA_HEAD_BITS) && NEBULA_HEAD_BITS == 32
#define NEBULA_POOL_CACHE_WORDS_BYTES 8U
#else
#define NEBULA_POOL_CACHE_WORDS_BYTES 16U
#endif
#define NEBULA_POOL_CACHE_SLOT_ALIGN NEBULA_SHARED_OBJECT_ALIGN
#define NEBULA_POOL_CACHE_SLOT_BYTES NEBULA_ALIGNED_BYTES(NEBULA_POOL_CACHE_WORDS_BYTES, NEBULA_POOL_CACHE_SLOT_ALIGN)

/// The storage that `count` blocks need if it is at a multiple of NEBULA_POOL_STORAGE_ALIGN(align), as a constant: what
/// nebula_pool_storage_bytes() says; 0, so that an array of it does not compile, for all that it refuses, and for
/// numbers beyond a sixteenth of the address space. For the paranoid level, of size + NEBULA_CANARY_BYTES.
/// [SR-CAPI-003]
#define NEBULA_POOL_STORAGE_BYTES(size, align, count) \
  NEBULA_BLOCKS_AND_RECORDS_BYTES(NEBULA_POOL_RECORD_BYTES, size, align, count)
/// Of that macro, and of a local pool's.
#define NEBULA_BLOCKS_AND_RECORDS_BYTES(record, size, align, count)                                             \
  (NEBULA_POOL_NUMBERS_FIT(size, align, count) ? NEBULA_ALIGNED_BYTES(NEBULA_C_SIZE(count) * (record), align) + \
                                                     NEBULA_ALIGNED_BYTES(size, align) * NEBULA_C_SIZE(count)   \
                                               : 0U)
#define NEBULA_POOL_STORAGE_ALIGN(align) ((align) > 4U ? NEBULA_C_SIZE(align) : NEBULA_C_SIZE(4U))
/// The same with places for so many caches.
#define NEBULA_POOL_STORAGE_BYTES_WITH_CACHES(size, align, count, caches)                                            \
  (NEBULA_POOL_NUMBERS_FIT(size, align, count) && (caches) <= 1024                                                   \
       ? NEBULA_ALIGNED_BYTES(                                                                                       \
             NEBULA_C_SIZE(caches) * NEBULA_POOL_CACHE_SLOT_BYTES + NEBULA_C_SIZE(count) * NEBULA_POOL_RECORD_BYTES, \
             align) +                                                                                                \
             NEBULA_ALIGNED_BYTES(size, align) * NEBULA_C_SIZE(count)                                                \
       : 0U)
#define NEBULA_POOL_STORAGE_ALIGN_WITH_CACHES(align) \
  ((align) > NEBULA_POOL_CACHE_SLOT_ALIGN ? NEBULA_C_SIZE(align) : NEBULA_C_SIZE(NEBULA_POOL_CACHE_SLOT_ALIGN))
/// Of the macros above: the numbers are valid, and no step wraps.
#define NEBULA_POOL_NUMBERS_FIT(size, align, count)                                                        \
  ((size) != 0 && (count) != 0 && NEBULA_C_SIZE(count) < UINT32_MAX && (align) != 0 &&                     \
   (NEBULA_C_SIZE(align) & (NEBULA_C_SIZE(align) - 1U)) == 0U && NEBULA_C_SIZE(align) <= SIZE_MAX / 16U && \
   NEBULA_C_SIZE(size) <= SIZE_MAX / 16U &&                                                                \
   NEBULA_C_SIZE(count) <= SIZE_MAX / 16U / (NEBULA_C_SIZE(size) + NEBULA_C_SIZE(align) + NEBULA_POOL_RECORD_BYTES))

/// The storage that the configuration needs at that alignment, whatever its numbers; its storage and hook are not
/// looked at. null_pointer, a misuse, iff a pointer is null; invalid_configuration with the field, in this order:
/// check_level iff none; block_align_bytes iff not a power of two; block_size_bytes iff 0 or not to be rounded up, at the
/// paranoid level with its canary;
/// block_count iff 0 or above the maximum; cache_count iff above the maximum; size_overflow iff the sum exceeds
/// SIZE_MAX.
NEBULA_C_NODISCARD nebula_error nebula_pool_storage_bytes(const nebula_pool_config* config,
                                                          size_t* bytes) NEBULA_C_NOEXCEPT;

/// Makes a pool in the memory of `object_bytes` at `object`, and writes its address, which is that of the memory, to
/// `made`. O(block_count). Errors, in this order: null_pointer, a misuse, iff a pointer is null; invalid_configuration
/// with the field object_memory iff `object_bytes` is less than NEBULA_POOL_OBJECT_BYTES or `object` is not at a
/// multiple of NEBULA_POOL_OBJECT_ALIGN; check_level iff the level is none; block_align_bytes iff not a power of two;
/// block_size_bytes iff 0 or not to be rounded up, at the paranoid level with its canary; block_count or cache_count iff above the maximum; storage iff null,
/// too small for the count (for one block, if the count is 0), or past the end of the address space. [SR-CAPI-003]
NEBULA_C_NODISCARD nebula_error nebula_pool_create(void* object, size_t object_bytes, const nebula_pool_config* config,
                                                   nebula_pool** made) NEBULA_C_NOEXCEPT;
/// Ends the pool, whether blocks are live or not; both memories are the caller's again. O(block_count). After the
/// argument errors: caches_attached, and nothing has ended, iff a cache is attached.
NEBULA_C_NODISCARD nebula_error nebula_pool_destroy(nebula_pool* pool) NEBULA_C_NOEXCEPT;

/// A block of at least request.size bytes at a multiple of request.align, which no one else has. After the argument
/// errors: corrupted iff an invariant was or is found broken; invalid_layout iff the request is malformed;
/// layout_unsupported iff it exceeds the block's size or alignment; exhausted iff no block was free at some moment
/// since the last event that the caller is ordered after.
NEBULA_C_NODISCARD nebula_error nebula_pool_allocate(nebula_pool* pool, nebula_layout request,
                                                     void** block) NEBULA_C_NOEXCEPT;
/// As nebula_pool_allocate(), in at most max_retries + 1 rounds: contended iff another thread, or the machine's own
/// failure of a compare-exchange, spoilt them all. Never exhausted for that reason.
NEBULA_C_NODISCARD nebula_error nebula_pool_try_allocate(nebula_pool* pool, nebula_layout request, size_t max_retries,
                                                         void** block) NEBULA_C_NOEXCEPT;

/// Gives the block back. After the argument errors, state unchanged, in this order: corrupted; null_pointer iff the
/// block is null; foreign_pointer iff outside the blocks; misaligned_pointer iff not a block's start; layout_mismatch
/// iff no block of this pool can have been allocated with the layout; double_free iff the block is not live. Of several
/// concurrent frees of one allocation exactly one succeeds.
NEBULA_C_NODISCARD nebula_error nebula_pool_deallocate(nebula_pool* pool, void* block,
                                                       nebula_layout allocated) NEBULA_C_NOEXCEPT;
/// The same for a caller who does not know the layout any more: without layout_mismatch.
NEBULA_C_NODISCARD nebula_error nebula_pool_deallocate_without_layout(nebula_pool* pool, void* block) NEBULA_C_NOEXCEPT;

/// The handle of a live block's present allocation. Errors as nebula_pool_deallocate_without_layout().
NEBULA_C_NODISCARD nebula_error nebula_pool_handle_of(const nebula_pool* pool, const void* block,
                                                      nebula_block_handle* handle) NEBULA_C_NOEXCEPT;
/// The block that a handle names. After the argument errors: corrupted; foreign_pointer iff the handle is not of a
/// block of this pool; stale_handle iff that allocation has been freed.
NEBULA_C_NODISCARD nebula_error nebula_pool_resolve(const nebula_pool* pool, nebula_block_handle handle,
                                                    void** block) NEBULA_C_NOEXCEPT;
/// Frees the allocation that a handle names. Errors as nebula_pool_resolve(); a stale handle frees nothing, whoever has
/// the block now.
NEBULA_C_NODISCARD nebula_error nebula_pool_deallocate_handle(nebula_pool* pool,
                                                              nebula_block_handle handle) NEBULA_C_NOEXCEPT;

/// Lists all blocks again, in ascending order. Needs the pool at rest: no other call under way. O(block_count). After
/// the argument errors: corrupted; blocks_live iff one is live, or kept by a cache.
NEBULA_C_NODISCARD nebula_error nebula_pool_reset(nebula_pool* pool) NEBULA_C_NOEXCEPT;

/// True iff the address lies within the pool's blocks, live or not.
bool nebula_pool_owns(const nebula_pool* pool, const void* address) NEBULA_C_NOEXCEPT;

/// Bytes are of whole blocks, rounding and canaries included. O(1 + caches). Argument errors only.
NEBULA_C_NODISCARD nebula_error nebula_pool_state(const nebula_pool* pool, nebula_state* state) NEBULA_C_NOEXCEPT;

/// True iff an invariant was found broken. The pool then refuses every call with NEBULA_ERROR_CORRUPTED, for good.
bool nebula_pool_is_corrupted(const nebula_pool* pool) NEBULA_C_NOEXCEPT;
/// As configured: a nebula_check_level.
uint8_t nebula_pool_level(const nebula_pool* pool) NEBULA_C_NOEXCEPT;
/// Walks all of the metadata. Needs the pool at rest. O(block_count + cache_count); at the paranoid level O(capacity),
/// and stray writes. After the argument errors: corrupted iff an invariant does not hold.
NEBULA_C_NODISCARD nebula_error nebula_pool_check_invariants(const nebula_pool* pool) NEBULA_C_NOEXCEPT;
/// The same in at most `steps` steps and one for each cache, of which a walk takes at most 2 * block_count + 3, and at
/// the paranoid level 3 * block_count + 4, some of them of a whole block; `done` becomes true iff this call completed the
/// walk. Needs the pool at rest during the call, not between calls. After the argument errors:
/// null_pointer iff `cursor` is null; corrupted.
NEBULA_C_NODISCARD nebula_error nebula_pool_audit(const nebula_pool* pool, nebula_audit_cursor* cursor, size_t steps,
                                                  bool* done) NEBULA_C_NOEXCEPT;

/// The most caches that can be attached at a time.
size_t nebula_pool_cache_count(const nebula_pool* pool) NEBULA_C_NOEXCEPT;
/// How many blocks there are.
size_t nebula_pool_block_count(const nebula_pool* pool) NEBULA_C_NOEXCEPT;
/// The bytes from one block's start to the next one's.
size_t nebula_pool_stride_bytes(const nebula_pool* pool) NEBULA_C_NOEXCEPT;
/// The largest layout that is served; of size 0 iff the object is none.
nebula_layout nebula_pool_block_layout(const nebula_pool* pool) NEBULA_C_NOEXCEPT;
/// The bytes that blocks take, from the first to the end of the last.
nebula_byte_span nebula_pool_block_bytes(const nebula_pool* pool) NEBULA_C_NOEXCEPT;
/// The width of the head's tag, and ABA's horizon: a thread would have to be stalled inside one call for so many
/// allocations and frees by others, exactly, for the tag to deceive it.
unsigned nebula_pool_tag_bits(const nebula_pool* pool) NEBULA_C_NOEXCEPT;
uint64_t nebula_pool_tag_wrap_operations(const nebula_pool* pool) NEBULA_C_NOEXCEPT;

#if defined(__cplusplus)
}
#endif
