// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/kernel/error.hpp>
#include <nebula/kernel/invariant.hpp>

// No switch has a default: the compiler then names each enumerator that is missing. A value that is no enumerator ends
// after the switch.
#define NEBULA_NAME(type, enumerator) \
  case type::enumerator: return #enumerator

namespace nebula {

const char* name(error_code code) noexcept NEBULA_NONBLOCKING {
  switch (code) {
    NEBULA_NAME(error_code, none);
    NEBULA_NAME(error_code, invalid_layout);
    NEBULA_NAME(error_code, size_overflow);
    NEBULA_NAME(error_code, layout_unsupported);
    NEBULA_NAME(error_code, exhausted);
    NEBULA_NAME(error_code, contended);
    NEBULA_NAME(error_code, not_last_block);
    NEBULA_NAME(error_code, invalid_configuration);
    NEBULA_NAME(error_code, over_budget);
    NEBULA_NAME(error_code, over_block_limit);
    NEBULA_NAME(error_code, over_capacity);
    NEBULA_NAME(error_code, no_cache_slot);
    NEBULA_NAME(error_code, null_pointer);
    NEBULA_NAME(error_code, foreign_pointer);
    NEBULA_NAME(error_code, misaligned_pointer);
    NEBULA_NAME(error_code, double_free);
    NEBULA_NAME(error_code, layout_mismatch);
    NEBULA_NAME(error_code, lifo_violation);
    NEBULA_NAME(error_code, foreign_marker);
    NEBULA_NAME(error_code, stale_marker);
    NEBULA_NAME(error_code, spent_marker);
    NEBULA_NAME(error_code, blocks_live);
    NEBULA_NAME(error_code, stale_handle);
    NEBULA_NAME(error_code, over_release);
    NEBULA_NAME(error_code, budget_in_use);
    NEBULA_NAME(error_code, written_after_free);
    NEBULA_NAME(error_code, overrun);
    NEBULA_NAME(error_code, caches_attached);
    NEBULA_NAME(error_code, corrupted);
  }
  return "unknown";
}

const char* name(operation during) noexcept NEBULA_NONBLOCKING {
  switch (during) {
    NEBULA_NAME(operation, none);
    NEBULA_NAME(operation, configure);
    NEBULA_NAME(operation, allocate);
    NEBULA_NAME(operation, deallocate);
    NEBULA_NAME(operation, mark);
    NEBULA_NAME(operation, restore);
    NEBULA_NAME(operation, reset);
    NEBULA_NAME(operation, check_invariants);
    NEBULA_NAME(operation, make_layout);
    NEBULA_NAME(operation, resolve_handle);
    NEBULA_NAME(operation, resize);
    NEBULA_NAME(operation, reserve);
    NEBULA_NAME(operation, release);
    NEBULA_NAME(operation, attach);
    NEBULA_NAME(operation, flush);
    NEBULA_NAME(operation, grow);
    NEBULA_NAME(operation, construct);
    NEBULA_NAME(operation, destroy);
  }
  return "unknown";
}

const char* name(component reporter) noexcept NEBULA_NONBLOCKING {
  switch (reporter) {
    NEBULA_NAME(component, none);
    NEBULA_NAME(component, layout);
    NEBULA_NAME(component, bump_allocator);
    NEBULA_NAME(component, pool_allocator);
    NEBULA_NAME(component, local_pool_allocator);
    NEBULA_NAME(component, stack_allocator);
    NEBULA_NAME(component, segregated_allocator);
    NEBULA_NAME(component, local_segregated_allocator);
    NEBULA_NAME(component, shared_bump_allocator);
    NEBULA_NAME(component, arena);
    NEBULA_NAME(component, pool_cache);
    NEBULA_NAME(component, budget);
    NEBULA_NAME(component, budgeted);
    NEBULA_NAME(component, observed);
    NEBULA_NAME(component, fallback);
    NEBULA_NAME(component, chunk_source);
    NEBULA_NAME(component, typed_arena);
    NEBULA_NAME(component, object_handle);
  }
  return "unknown";
}

const char* name(configuration_field field) noexcept NEBULA_NONBLOCKING {
  switch (field) {
    NEBULA_NAME(configuration_field, none);
    NEBULA_NAME(configuration_field, storage);
    NEBULA_NAME(configuration_field, block_size_bytes);
    NEBULA_NAME(configuration_field, block_align_bytes);
    NEBULA_NAME(configuration_field, block_count);
    NEBULA_NAME(configuration_field, classes);
    NEBULA_NAME(configuration_field, fallback_classes);
    NEBULA_NAME(configuration_field, cache_count);
    NEBULA_NAME(configuration_field, chunk_bytes);
    NEBULA_NAME(configuration_field, growth_bytes);
    NEBULA_NAME(configuration_field, capacity_max_bytes);
    NEBULA_NAME(configuration_field, limit_bytes);
    NEBULA_NAME(configuration_field, block_limit_bytes);
    NEBULA_NAME(configuration_field, high_percent);
    NEBULA_NAME(configuration_field, critical_percent);
    NEBULA_NAME(configuration_field, parent);
    NEBULA_NAME(configuration_field, chunk_source);
    NEBULA_NAME(configuration_field, check_level);
    NEBULA_NAME(configuration_field, object_memory);
  }
  return "unknown";
}

// NOLINTNEXTLINE(readability-function-size): a table
const char* name(invariant id) noexcept NEBULA_NONBLOCKING {
  switch (id) {
    NEBULA_NAME(invariant, none);
    NEBULA_NAME(invariant, head_index_in_range);
    NEBULA_NAME(invariant, link_in_range);
    NEBULA_NAME(invariant, link_not_to_itself);
    NEBULA_NAME(invariant, depth_in_range);
    NEBULA_NAME(invariant, depth_falls_by_one);
    NEBULA_NAME(invariant, list_length_is_depth);
    NEBULA_NAME(invariant, popped_block_was_free);
    NEBULA_NAME(invariant, listed_block_is_free);
    NEBULA_NAME(invariant, unlisted_block_is_live);
    NEBULA_NAME(invariant, peak_covers_live);
    NEBULA_NAME(invariant, peak_within_capacity);
    NEBULA_NAME(invariant, latest_free_in_place);
    NEBULA_NAME(invariant, latest_free_is_free);
    NEBULA_NAME(invariant, bump_top_within_limit);
    NEBULA_NAME(invariant, bump_last_block_below_top);
    NEBULA_NAME(invariant, bump_live_fits_top);
    NEBULA_NAME(invariant, bump_peak_covers_top);
    NEBULA_NAME(invariant, bump_peak_within_capacity);
    NEBULA_NAME(invariant, mark_records_within_storage);
    NEBULA_NAME(invariant, mark_tops_ascend);
    NEBULA_NAME(invariant, mark_serials_ascend);
    NEBULA_NAME(invariant, mark_top_below_bump_top);
    NEBULA_NAME(invariant, mark_live_below_bump_live);
    NEBULA_NAME(invariant, stack_top_within_limit);
    NEBULA_NAME(invariant, stack_records_within_storage);
    NEBULA_NAME(invariant, stack_record_begins_in_order);
    NEBULA_NAME(invariant, stack_record_chain_ascends);
    NEBULA_NAME(invariant, stack_record_ends_at_top);
    NEBULA_NAME(invariant, stack_serials_ascend);
    NEBULA_NAME(invariant, stack_live_matches_records);
    NEBULA_NAME(invariant, stack_peak_covers_top);
    NEBULA_NAME(invariant, stack_peak_within_capacity);
    NEBULA_NAME(invariant, stack_block_aligned);
    NEBULA_NAME(invariant, stack_empty_has_no_top);
    NEBULA_NAME(invariant, class_of_block_serves_it);
    NEBULA_NAME(invariant, used_matches_pools);
    NEBULA_NAME(invariant, segregated_peak_covers_used);
    NEBULA_NAME(invariant, class_pool_intact);
    NEBULA_NAME(invariant, arena_top_within_chunk);
    NEBULA_NAME(invariant, arena_records_within_chunk);
    NEBULA_NAME(invariant, arena_header_intact);
    NEBULA_NAME(invariant, arena_chain_has_all_chunks);
    NEBULA_NAME(invariant, arena_chunks_disjoint);
    NEBULA_NAME(invariant, arena_sums_match_chunks);
    NEBULA_NAME(invariant, arena_held_matches_chunks);
    NEBULA_NAME(invariant, arena_held_within_capacity);
    NEBULA_NAME(invariant, arena_peak_covers_used);
    NEBULA_NAME(invariant, arena_live_fits_used);
    NEBULA_NAME(invariant, arena_live_matches_records);
    NEBULA_NAME(invariant, arena_last_block_below_top);
    NEBULA_NAME(invariant, arena_record_has_kind);
    NEBULA_NAME(invariant, arena_record_behind_header);
    NEBULA_NAME(invariant, arena_record_ends_in_order);
    NEBULA_NAME(invariant, arena_block_aligned);
    NEBULA_NAME(invariant, arena_mark_below_top);
    NEBULA_NAME(invariant, arena_chunk_of_mark_begins_with_it);
    NEBULA_NAME(invariant, arena_mark_serials_ascend);
    NEBULA_NAME(invariant, arena_source_takes_chunks_back);
    NEBULA_NAME(invariant, shared_bump_top_within_storage);
    NEBULA_NAME(invariant, shared_bump_live_fits_top);
    NEBULA_NAME(invariant, shared_bump_peak_within_storage);
    NEBULA_NAME(invariant, detached_cache_is_empty);
    NEBULA_NAME(invariant, cached_count_in_range);
    NEBULA_NAME(invariant, cached_index_in_range);
    NEBULA_NAME(invariant, cached_block_is_free);
    NEBULA_NAME(invariant, cached_count_is_shown);
    NEBULA_NAME(invariant, segregated_peak_within_capacity);
    NEBULA_NAME(invariant, segregated_plan_intact);
    NEBULA_NAME(invariant, budget_depth_in_range);
    NEBULA_NAME(invariant, budget_depth_falls_to_root);
    NEBULA_NAME(invariant, parent_covers_children);
    NEBULA_NAME(invariant, budget_used_covers_own);
    NEBULA_NAME(invariant, budget_leaf_used_is_own);
    NEBULA_NAME(invariant, budget_peak_covers_used);
    NEBULA_NAME(invariant, budget_child_is_counted);
    NEBULA_NAME(invariant, budgeted_block_within_claim);
    NEBULA_NAME(invariant, object_as_sealed);
    NEBULA_NAME(invariant, records_as_sealed);
  }
  return "unknown";
}

} // namespace nebula

#undef NEBULA_NAME
