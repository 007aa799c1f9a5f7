// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>

#include <nebula/kernel/contract.hpp>

namespace nebula {

/// What must hold of an allocator's own metadata between calls. One property each; the values are stable, and reported
/// in faults. docs/invariants.md says why each holds and what breaks it; tests/unit/invariant_test.cpp shows each of
/// them fire. [SR-INV-001]
enum class invariant : std::uint8_t {
  none = 0,

  // Free list: head word and links.
  head_index_in_range = 1,  ///< the head names a block, or the end
  link_in_range = 2,        ///< a free block's link names a block, or the end
  link_not_to_itself = 3,   ///< a free block is not its own successor
  depth_in_range = 4,       ///< a free block has between 1 and capacity free blocks below it, itself included
  depth_falls_by_one = 5,   ///< a free block's depth is its successor's and one
  list_length_is_depth = 6, ///< the walk from the head ends after as many blocks as the head's depth says

  // Pool: block states.
  popped_block_was_free = 10,  ///< what the free list gives is not live
  listed_block_is_free = 11,   ///< each block on the free list is marked free
  unlisted_block_is_live = 12, ///< the blocks that are not on the free list are marked live, and only they
  peak_covers_live = 13,       ///< the peak is at least the number of live blocks
  peak_within_capacity = 14,   ///< and at most the capacity
  latest_free_in_place = 15,   ///< the block that was freed last is where its index says
  latest_free_is_free = 16,    ///< and it is marked free

  // Bump.
  bump_top_within_limit = 20,       ///< blocks end before the mark records begin
  bump_last_block_below_top = 21,   ///< the last block ends at the top
  bump_live_fits_top = 22,          ///< no more blocks are live than bytes are used
  bump_peak_covers_top = 23,        ///< the peak is at least the top
  bump_peak_within_capacity = 24,   ///< and at most the capacity
  mark_records_within_storage = 25, ///< the mark records fit in the storage
  mark_tops_ascend = 26,            ///< a deeper mark was taken at the same top or a higher one
  mark_serials_ascend = 27,         ///< a deeper mark is younger
  mark_top_below_bump_top = 28,     ///< no mark lies above the top
  mark_live_below_bump_live = 29,   ///< no mark remembers more live blocks than there are

  // Stack.
  stack_top_within_limit = 40,       ///< payload ends before the records begin
  stack_records_within_storage = 41, ///< the records fit in the storage
  stack_record_begins_in_order = 42, ///< a record's block begins at or after the top that preceded it
  stack_record_chain_ascends = 43,   ///< the top that preceded a record is not below the block of the record before it
  stack_record_ends_at_top = 44,     ///< the top record's block begins at or below the top
  stack_serials_ascend = 45,         ///< a later record is younger
  stack_live_matches_records = 46,   ///< as many block records as live blocks
  stack_peak_covers_top = 47,        ///< the peak is at least the top
  stack_peak_within_capacity = 48,   ///< and at most the capacity
  stack_block_aligned = 49,          ///< a block's address is a multiple of the alignment on record
  stack_empty_has_no_top = 50,       ///< without records the top is 0

  // Segregated.
  class_of_block_serves_it = 60,        ///< the pool whose address range holds a block owns that block
  used_matches_pools = 61,              ///< the bytes used are those of the pools' live blocks, in total
  segregated_peak_covers_used = 62,     ///< the peak is at least the bytes used
  segregated_peak_within_capacity = 64, ///< and at most the capacity
  class_pool_intact = 63,               ///< no pool of a class is corrupted
  segregated_plan_intact = 65, ///< the capacity is that of the pools, and there are fewer fallback classes than classes

  // Arena: chunks, then records.
  arena_top_within_chunk = 70,     ///< blocks end before the records begin, and begin behind the header
  arena_records_within_chunk = 71, ///< the records fit in the chunk
  arena_header_intact = 72,        ///< a header's check word is that of its contents
  arena_chain_has_all_chunks = 73, ///< the chain of chunks ends after as many chunks as there are
  arena_chunks_disjoint = 74,      ///< a new chunk shares no byte with the others
  arena_sums_match_chunks = 75,    ///< what a chunk says of those before it is what they say
  arena_held_matches_chunks = 76,  ///< the bytes held are those of the chunks, in total
  arena_held_within_capacity = 77, ///< and at most the maximal capacity
  arena_peak_covers_used = 78,     ///< the peak is at least the bytes used
  arena_live_fits_used = 79,       ///< no more blocks are live than bytes are used
  arena_live_matches_records = 80, ///< as many live blocks and marks as the records say
  arena_last_block_below_top = 81, ///< the last block ends at the top
  arena_record_has_kind = 82,      ///< a record is a mark's, or a block's where blocks are tracked
  arena_record_behind_header = 83, ///< the top that preceded a record is not below what the record before it has
  arena_record_ends_in_order = 84, ///< a block begins at or after the top that preceded it, and ends after that
  arena_block_aligned = 85,        ///< a block's address is a multiple of the alignment on record
  arena_mark_below_top = 86,       ///< no mark lies above the top of its chunk
  arena_chunk_of_mark_begins_with_it = 87, ///< a mark for which a chunk was taken is the first record there
  arena_mark_serials_ascend = 88,          ///< a later mark is younger
  arena_source_takes_chunks_back = 89,     ///< the source takes back what it gave

  // Shared bump.
  shared_bump_top_within_storage = 90,  ///< the top is at most the size of the storage
  shared_bump_live_fits_top = 91,       ///< no more blocks are live than bytes are used
  shared_bump_peak_within_storage = 92, ///< the peak is at most the size of the storage

  // Pool caches.
  detached_cache_is_empty = 100, ///< a slot that no cache is attached to shows no blocks
  cached_count_in_range = 101,   ///< a magazine holds at most its capacity; one that is not attached, nothing
  cached_index_in_range = 102,   ///< a magazine names blocks of the pool
  cached_block_is_free = 103,    ///< the blocks in a magazine are marked free
  cached_count_is_shown =
      104, ///< the slot of an attached cache is owned, and shows as many blocks as are in the magazine
  // Budgets and adaptors.
  budget_depth_in_range = 110,       ///< a budget has a depth from 1 to the most levels that there may be
  budget_depth_falls_to_root = 111,  ///< its parent's depth is less by one, and the root's is 1
  parent_covers_children = 112,      ///< no more bytes are reserved in a budget than in the one above it
  budget_used_covers_own = 113,      ///< the bytes reserved through a budget itself are among those reserved in it
  budget_leaf_used_is_own = 114,     ///< without children they are all of them
  budget_peak_covers_used = 115,     ///< the peak is at least the bytes reserved
  budget_child_is_counted = 116,     ///< a budget's parent has children
  budgeted_block_within_claim = 117, ///< a block takes no more of its allocator than was reserved for it

  // Every allocator with one owner, at the paranoid level.
  object_as_sealed = 120,  ///< the object is as the last call left it
  records_as_sealed = 121, ///< and so are its records
};

/// The enumerator as spelled here; "unknown" iff the value is none of them. Never null.
[[nodiscard]] const char* name(invariant id) noexcept NEBULA_NONBLOCKING;

} // namespace nebula
