// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <nebula/c/pool.h>

#if defined(__cplusplus)
extern "C" {
#endif

/// Pools of ascending block size in a caller's storage, for any number of threads and interrupts; a request goes to the
/// smallest class that holds it and, if the configuration says so, to the next ones when that is exhausted.
/// Bounds are those at the standard level. docs/allocators/segregated.md. Argument errors, stray writes: nebula/nebula.h.
typedef struct nebula_segregated nebula_segregated;

#define NEBULA_SEGREGATED_OBJECT_BYTES NEBULA_SHARED_OBJECT_BYTES(832, 416)
#define NEBULA_SEGREGATED_OBJECT_ALIGN NEBULA_SHARED_OBJECT_ALIGN

/// Memory for a nebula_segregated.
typedef struct nebula_segregated_object {
  NEBULA_ALIGNAS(NEBULA_SEGREGATED_OBJECT_ALIGN) unsigned char bytes[NEBULA_SEGREGATED_OBJECT_BYTES];
} nebula_segregated_object;

/// One class: a pool of equal blocks.
typedef struct nebula_size_class {
  size_t block_size_bytes;
  size_t block_align_bytes; ///< a power of two; there is no default
  size_t block_count;
} nebula_size_class;

/// The most classes that one allocator can have.
#define NEBULA_SEGREGATED_CLASS_COUNT_MAX 128U

/// What a segregated allocator is to be, shared or local.
typedef struct nebula_segregated_config {
  nebula_byte_span storage;         ///< lent for the allocator's life; any alignment
  const nebula_size_class* classes; ///< ascending by size, above 16 by about an eighth; read until _create returns
  size_t class_count;
  size_t fallback_classes; ///< how many larger classes may serve a request whose own is exhausted
  nebula_fault_hook hook;  ///< null function: the program's
  uint8_t level;           ///< a nebula_check_level; 0 is standard
} nebula_segregated_config;

/// Bytes that are enough for one class, as a constant; storage of the sum over all classes, at any alignment, is enough
/// for the allocator. An array of 0, which does not compile, iff NEBULA_POOL_STORAGE_BYTES(size, align, count) is.
/// For the paranoid level, of size + NEBULA_CANARY_BYTES. [SR-CAPI-003]
#define NEBULA_SEGREGATED_CLASS_BYTES(size, align, count)                                                  \
  (NEBULA_POOL_STORAGE_BYTES(size, align, count) != 0U                                                     \
       ? NEBULA_POOL_STORAGE_BYTES(size, align, count) + NEBULA_C_SIZE(align) + NEBULA_POOL_OBJECT_BYTES + \
             NEBULA_POOL_OBJECT_ALIGN                                                                      \
       : 0U)

/// The storage that the configuration needs at the strictest alignment of its classes and
/// NEBULA_SEGREGATED_OBJECT_ALIGN; its storage and hook are not looked at. O(classes). null_pointer, a misuse, iff a
/// pointer is null; invalid_configuration with the field check_level iff none; classes iff they are null, none, too
/// many, not ascending or too closely spaced; the field of a class that is invalid as a pool; size_overflow iff the sum
/// exceeds SIZE_MAX.
NEBULA_C_NODISCARD nebula_error nebula_segregated_storage_bytes(const nebula_segregated_config* config,
                                                                size_t* bytes) NEBULA_C_NOEXCEPT;

/// Makes an allocator in the memory of `object_bytes` at `object`, and writes its address, which is that of the memory,
/// to `made`. O(blocks of all classes). Errors, in this order: null_pointer, a misuse, iff a pointer is null;
/// invalid_configuration with the field object_memory iff `object_bytes` is less than NEBULA_SEGREGATED_OBJECT_BYTES or
/// `object` is not at a multiple of NEBULA_SEGREGATED_OBJECT_ALIGN; then as nebula_segregated_storage_bytes();
/// fallback_classes iff not below class_count; storage iff null or too small. [SR-CAPI-003]
NEBULA_C_NODISCARD nebula_error nebula_segregated_create(void* object, size_t object_bytes,
                                                         const nebula_segregated_config* config,
                                                         nebula_segregated** made) NEBULA_C_NOEXCEPT;
/// Ends the allocator, whether blocks are live or not; both memories are the caller's again. O(blocks). Argument errors
/// only.
NEBULA_C_NODISCARD nebula_error nebula_segregated_destroy(nebula_segregated* segregated) NEBULA_C_NOEXCEPT;

/// A block that serves the request, from the smallest class that can, or one of the `fallback_classes` next. O(1 +
/// fallback_classes), and one step for each class whose alignment is too small. After the argument errors: corrupted
/// iff an invariant was or is found broken; invalid_layout iff the request is malformed; layout_unsupported iff no
/// class holds it; exhausted iff each class that it may come from was exhausted.
NEBULA_C_NODISCARD nebula_error nebula_segregated_allocate(nebula_segregated* segregated, nebula_layout request,
                                                           void** block) NEBULA_C_NOEXCEPT;
/// As nebula_segregated_allocate(), in at most max_retries + 1 rounds on each class: contended iff a class was, and no
/// later one served the request.
NEBULA_C_NODISCARD nebula_error nebula_segregated_try_allocate(nebula_segregated* segregated, nebula_layout request,
                                                               size_t max_retries, void** block) NEBULA_C_NOEXCEPT;

/// Gives the block back to the pool that owns it. O(log classes), and one step for each class whose alignment is too
/// small for the layout. After the argument errors, state unchanged, in this order: corrupted; null_pointer iff the
/// block is null; foreign_pointer iff outside of every pool's blocks; layout_mismatch iff an allocation could not have
/// taken this layout from that pool; misaligned_pointer iff not a block's start; double_free iff the block is not live.
/// Of the last two, and of stray writes, the fault's reporter is the pool.
NEBULA_C_NODISCARD nebula_error nebula_segregated_deallocate(nebula_segregated* segregated, void* block,
                                                             nebula_layout allocated) NEBULA_C_NOEXCEPT;
/// The same for a caller who does not know the layout any more: without layout_mismatch.
NEBULA_C_NODISCARD nebula_error nebula_segregated_deallocate_without_layout(nebula_segregated* segregated,
                                                                            void* block) NEBULA_C_NOEXCEPT;

/// Makes every pool's list anew. Needs the allocator at rest: no other call under way. O(blocks). After the argument
/// errors: corrupted; blocks_live iff a block is live.
NEBULA_C_NODISCARD nebula_error nebula_segregated_reset(nebula_segregated* segregated) NEBULA_C_NOEXCEPT;

/// True iff the address lies within the blocks of one of the pools, live or not. O(log classes).
bool nebula_segregated_owns(const nebula_segregated* segregated, const void* address) NEBULA_C_NOEXCEPT;

/// Bytes are of whole blocks, rounding and canaries included, over all classes. O(classes). Argument errors only.
NEBULA_C_NODISCARD nebula_error nebula_segregated_state(const nebula_segregated* segregated,
                                                        nebula_state* state) NEBULA_C_NOEXCEPT;

/// How many classes there are.
size_t nebula_segregated_class_count(const nebula_segregated* segregated) NEBULA_C_NOEXCEPT;
/// What one class's pool holds. After the argument errors: foreign_pointer iff `index` is not below the number of
/// classes.
NEBULA_C_NODISCARD nebula_error nebula_segregated_class_state(const nebula_segregated* segregated, size_t index,
                                                              nebula_state* state) NEBULA_C_NOEXCEPT;
/// The bytes that one class's blocks take. Errors as nebula_segregated_class_state().
NEBULA_C_NODISCARD nebula_error nebula_segregated_class_bytes(const nebula_segregated* segregated, size_t index,
                                                              nebula_byte_span* blocks) NEBULA_C_NOEXCEPT;

/// True iff an invariant was found broken. The allocator then refuses every call with NEBULA_ERROR_CORRUPTED, for good.
bool nebula_segregated_is_corrupted(const nebula_segregated* segregated) NEBULA_C_NOEXCEPT;
/// As configured: a nebula_check_level.
uint8_t nebula_segregated_level(const nebula_segregated* segregated) NEBULA_C_NOEXCEPT;
/// Walks all of the metadata. Needs the allocator at rest. O(blocks); at the paranoid level O(capacity), and stray
/// writes. After the argument errors: corrupted iff an invariant does not hold.
NEBULA_C_NODISCARD nebula_error nebula_segregated_check_invariants(const nebula_segregated* segregated)
    NEBULA_C_NOEXCEPT;
/// The same in at most `steps` steps and one for each class; `done` becomes true iff this call completed the walk.
/// Needs the allocator at rest during the call, not between calls. After the argument errors: null_pointer iff `cursor`
/// is null; corrupted.
NEBULA_C_NODISCARD nebula_error nebula_segregated_audit(const nebula_segregated* segregated,
                                                        nebula_audit_cursor* cursor, size_t steps,
                                                        bool* done) NEBULA_C_NOEXCEPT;

#if defined(__cplusplus)
}
#endif
