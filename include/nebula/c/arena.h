// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <nebula/c/pool.h>
#include <nebula/c/stack.h>

#if defined(__cplusplus)
extern "C" {
#endif

/// Blocks of any layout in chunks that a source gives when they are needed; given back all together, or down to a
/// marker. No block ever moves. One owner. All functions are O(1) unless they say otherwise; those that take chunks or
/// give them back are as bounded as the source is. One check level, the standard one; a source has its own.
/// docs/allocators/arena.md. Argument errors: nebula/nebula.h.
typedef struct nebula_arena nebula_arena;

#define NEBULA_ARENA_OBJECT_BYTES NEBULA_BYTES_64_32(512, 288)
#define NEBULA_ARENA_OBJECT_ALIGN NEBULA_LOCAL_OBJECT_ALIGN

/// Memory for a nebula_arena.
typedef struct nebula_arena_object {
  NEBULA_ALIGNAS(NEBULA_ARENA_OBJECT_ALIGN) unsigned char bytes[NEBULA_ARENA_OBJECT_BYTES];
} nebula_arena_object;

/// Where an arena takes its chunks from and gives them back to. `acquire` writes a chunk of at least `bytes` bytes at a
/// multiple of `align`, which nobody else has until it is released, to `chunk`, or returns an error, and then nothing
/// has changed. `release` takes back what `acquire` gave, as it was given, once; the youngest chunk first. Neither
/// calls the arena, blocks, or throws.
typedef struct nebula_chunk_source {
  nebula_error (*acquire)(void* context, size_t bytes, size_t align, nebula_byte_span* chunk);
  nebula_error (*release)(void* context, nebula_byte_span chunk);
  void* context; ///< passed to the functions unchanged
} nebula_chunk_source;

/// Chunks from a stack, which serves one arena and nothing else. The functions are null iff the object is none.
nebula_chunk_source nebula_stack_chunk_source(nebula_stack* stack) NEBULA_C_NOEXCEPT;
/// The blocks of a pool as chunks, each whole. Several arenas may share the pool. The functions are null iff the object
/// is none.
nebula_chunk_source nebula_pool_chunk_source(nebula_pool* pool) NEBULA_C_NOEXCEPT;

// NOLINTBEGIN(readability-identifier-naming): enumerators of C have no scope but their spelling

/// How large the next chunk is: nebula/kernel/arena_config.hpp.
typedef enum nebula_arena_growth {
  NEBULA_ARENA_GROWTH_FIXED = 0,       ///< chunk_bytes, each
  NEBULA_ARENA_GROWTH_DOUBLING = 1,    ///< twice the one before
  NEBULA_ARENA_GROWTH_INCREMENTAL = 2, ///< growth_bytes more than the one before
} nebula_arena_growth;

// NOLINTEND(readability-identifier-naming)

/// What an arena is to be.
typedef struct nebula_arena_config {
  const nebula_chunk_source* source; ///< it, and its context, outlive the arena
  size_t chunk_bytes;                ///< of the first chunk, its header included
  size_t growth_bytes;               ///< where growth is incremental; otherwise not read
  size_t capacity_max_bytes; ///< the most that the chunks may have in total, headers included; there is no default
  nebula_fault_hook hook;    ///< null function: the program's
  uint8_t growth;            ///< a nebula_arena_growth; 0 is fixed
  bool is_untracked;         ///< no record for each block: only the last block can be freed
} nebula_arena_config;

/// What an arena says beyond its state.
typedef struct nebula_arena_statistics {
  uint64_t total_allocated_bytes; ///< of all blocks since construction, padding not counted; stays at its most
  size_t current_used_bytes;      ///< what blocks occupy now, padding included
  size_t chunk_count;             ///< chunks held now
  size_t largest_chunk_bytes;     ///< of the chunks held now
} nebula_arena_statistics;

/// Makes an arena in the memory of `object_bytes` at `object`, and writes its address, which is that of the memory, to
/// `made`. Errors, in this order: null_pointer, a misuse, iff a pointer is null; invalid_configuration with the field
/// object_memory iff `object_bytes` is less than NEBULA_ARENA_OBJECT_BYTES or `object` is not at a multiple of
/// NEBULA_ARENA_OBJECT_ALIGN; chunk_source iff the source or one of its functions is null; chunk_bytes iff below
/// nebula_arena_chunk_bytes_min(); growth_bytes iff growth is incremental and it is 0, or growth is no enumerator;
/// capacity_max_bytes iff below chunk_bytes. Takes no chunk yet. [SR-CAPI-003]
NEBULA_C_NODISCARD nebula_error nebula_arena_create(void* object, size_t object_bytes,
                                                    const nebula_arena_config* config,
                                                    nebula_arena** made) NEBULA_C_NOEXCEPT;
/// Gives all chunks back, the youngest first, and ends the arena; nothing iff corrupted. O(chunks). Argument errors
/// only.
NEBULA_C_NODISCARD nebula_error nebula_arena_destroy(nebula_arena* arena) NEBULA_C_NOEXCEPT;

/// request.size bytes at a multiple of request.align, contiguous: in the newest chunk if it fits there, else in a new
/// one. O(chunks) when a chunk is taken. After the argument errors, in this order: corrupted; invalid_layout iff the
/// request is malformed; layout_unsupported iff a chunk for it would exceed the maximal capacity; over_capacity iff it
/// would together with the chunks held; and the source's own.
NEBULA_C_NODISCARD nebula_error nebula_arena_allocate(nebula_arena* arena, nebula_layout request,
                                                      void** block) NEBULA_C_NOEXCEPT;

/// Takes a block back; the last one of the newest chunk is given back at once, others stay occupied until a restore or
/// a reset. After the argument errors, in this order: corrupted; null_pointer iff the block is null; foreign_pointer
/// iff outside the chunks; double_free iff in the free part of a chunk. Then, tracked: misaligned_pointer iff not a
/// block's start; double_free iff dead; layout_mismatch iff it has another layout. Not tracked: layout_mismatch iff the
/// last block has another layout; misaligned_pointer iff inside it; not_last_block, a refusal, iff anywhere else.
NEBULA_C_NODISCARD nebula_error nebula_arena_deallocate(nebula_arena* arena, void* block,
                                                        nebula_layout allocated) NEBULA_C_NOEXCEPT;

/// A point to go back to. Costs one record. Errors as nebula_arena_allocate(), invalid_layout excepted.
NEBULA_C_NODISCARD nebula_error nebula_arena_mark(nebula_arena* arena, nebula_marker* point) NEBULA_C_NOEXCEPT;
/// Gives back all that was allocated since the mark, and the chunks taken since. After the argument errors, nothing
/// given back, in this order: null_pointer iff `point` is null; corrupted; foreign_marker iff of another allocator;
/// stale_marker iff older than the last reset; spent_marker iff restored already, or discarded by restoring an older
/// one.
NEBULA_C_NODISCARD nebula_error nebula_arena_restore(nebula_arena* arena, const nebula_marker* point) NEBULA_C_NOEXCEPT;
/// Gives everything back but the first chunk; all markers become stale. O(chunks). After the argument errors:
/// corrupted.
NEBULA_C_NODISCARD nebula_error nebula_arena_reset(nebula_arena* arena) NEBULA_C_NOEXCEPT;

/// True iff the address lies in a chunk that is held. O(chunks).
bool nebula_arena_owns(const nebula_arena* arena, const void* address) NEBULA_C_NOEXCEPT;
/// Capacity is the bytes of the chunks held. Argument errors only.
NEBULA_C_NODISCARD nebula_error nebula_arena_state(const nebula_arena* arena, nebula_state* state) NEBULA_C_NOEXCEPT;
/// Argument errors only.
NEBULA_C_NODISCARD nebula_error nebula_arena_get_statistics(const nebula_arena* arena,
                                                            nebula_arena_statistics* statistics) NEBULA_C_NOEXCEPT;
/// The number of marks that can be restored.
size_t nebula_arena_mark_count(const nebula_arena* arena) NEBULA_C_NOEXCEPT;
/// The least that a chunk can be.
size_t nebula_arena_chunk_bytes_min(void) NEBULA_C_NOEXCEPT;

/// True iff an invariant was found broken. The arena then refuses every call with NEBULA_ERROR_CORRUPTED, for good.
bool nebula_arena_is_corrupted(const nebula_arena* arena) NEBULA_C_NOEXCEPT;
/// Walks all of the metadata. O(chunks + records). After the argument errors: corrupted iff an invariant does not hold.
NEBULA_C_NODISCARD nebula_error nebula_arena_check_invariants(const nebula_arena* arena) NEBULA_C_NOEXCEPT;
/// The same in at most `steps` steps; `done` becomes true iff this call completed the walk. After the argument errors:
/// null_pointer iff `cursor` is null; corrupted.
NEBULA_C_NODISCARD nebula_error nebula_arena_audit(const nebula_arena* arena, nebula_audit_cursor* cursor, size_t steps,
                                                   bool* done) NEBULA_C_NOEXCEPT;

#if defined(__cplusplus)
}
#endif
