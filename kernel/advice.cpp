// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/kernel/advice.hpp>

// No switch over codes has a default: the compiler then names each enumerator that is missing. A value that is no
// enumerator ends after the switch.

namespace nebula {
namespace {

struct words {
  const char* cause = nullptr;  ///< null: what is said of the code in general
  const char* advice = nullptr; ///< likewise
};

constexpr bool is_segregated(component reporter) noexcept {
  return reporter == component::segregated_allocator || reporter == component::local_segregated_allocator;
}
constexpr bool is_pool(component reporter) noexcept {
  return reporter == component::pool_allocator || reporter == component::local_pool_allocator ||
         reporter == component::pool_cache;
}
// Where blocks lie one after the other below a top, what is left is one piece.

const char* cause_below_a_top(error failure, layout request, const allocator_state& state) noexcept {
  if (failure.during == operation::mark) {
    return "there is no room for the record of a mark";
  }
  if (failure.during == operation::resize) {
    return "the block cannot grow so far in its place";
  }
  return request.size > state.available_bytes ? "the request is larger than the space that is left"
                                              : "the request and its padding did not fit in the space that was left";
}
words of_bump(error failure, layout request, const allocator_state& state) noexcept {
  const bool is_shared = failure.reporter == component::shared_bump_allocator;
  if (failure.code == error_code::exhausted) {
    const char* const give_back = is_shared ? "reset, or lend more storage: over 90% is used"
                                            : "restore a marker, reset, or lend more storage: over 90% is used";
    return {cause_below_a_top(failure, request, state),
            is_nearly_full(state) ? give_back : "split the request, or lend more storage"};
  }
  if (failure.code == error_code::layout_unsupported) {
    return {"the request would not fit even if nothing were live", "lend more storage, or ask another allocator"};
  }
  return {};
}
words of_stack(error failure, layout request, const allocator_state& state) noexcept {
  if (failure.code == error_code::exhausted) {
    return {cause_below_a_top(failure, request, state),
            is_nearly_full(state) ? "free from the top, restore a marker, or lend more storage: over 90% is used"
                                  : "split the request, or lend more storage"};
  }
  if (failure.code == error_code::layout_unsupported) {
    return {"the request and its record would not fit even if nothing were live",
            "lend more storage, or ask another allocator"};
  }
  return {};
}

words of_arena(error failure) noexcept {
  if (failure.code == error_code::exhausted) {
    return {"the chunk source has no chunk to give", "restore or reset the arena, or give its source more memory"};
  }
  if (failure.code == error_code::layout_unsupported) {
    return {"no chunk could hold the request: it exceeds the maximal capacity, or what the source gives",
            "raise the maximal capacity, split the request, or ask another allocator"};
  }
  const bool is_of_a_chunk = failure.code == error_code::null_pointer ||
                             failure.code == error_code::misaligned_pointer ||
                             failure.code == error_code::layout_mismatch;
  if (is_of_a_chunk && failure.during != operation::deallocate) {
    return {"the chunk source gave null, or a chunk that is misaligned or too small",
            "mend the chunk source: it does not keep its contract"};
  }
  return {};
}

words of_pool(error failure, const allocator_state& state) noexcept {
  if (failure.code == error_code::exhausted) {
    return state.available_bytes == 0 ? words{"every block is live", "free blocks, or configure more of them"}
                                      : words{"caches hold the blocks that are free",
                                              "flush caches, end those that are idle, or configure more blocks"};
  }
  if (failure.code == error_code::layout_unsupported) {
    return {"the request is larger than a block, or more strictly aligned than blocks are",
            "configure larger blocks or a stricter block alignment, or ask another allocator"};
  }
  if (failure.code == error_code::foreign_pointer) {
    return {"the pointer, or the handle, is none of this pool's"};
  }
  return {};
}

words of_segregated(error failure, const allocator_state& state) noexcept {
  if (failure.code == error_code::exhausted) {
    return {"the class that serves the request has no free block, nor has one that it may fall back to",
            is_nearly_full(state)
                ? "free blocks, or configure more of them: over 90% is used"
                : "configure more blocks of this size, or more fallback classes: other classes have free blocks"};
  }
  if (failure.code == error_code::layout_unsupported) {
    return {"no class has blocks of this size and alignment",
            "configure a class that holds it, or ask another allocator"};
  }
  return {};
}

words of_budget(error failure) noexcept {
  if (failure.code == error_code::invalid_layout) {
    return {"the number of bytes is 0", "handle the empty case before the call"};
  }
  return {};
}

words of_fallback(error failure) noexcept {
  if (failure.code == error_code::exhausted) {
    return {"neither the primary nor the secondary can serve the request now",
            "free blocks, or give one of the two more memory"};
  }
  if (failure.code == error_code::layout_unsupported) {
    return {"neither the primary nor the secondary could serve the layout even when empty"};
  }
  return {};
}

words of_construct(error failure) noexcept {
  if (failure.code == error_code::null_pointer) {
    return {"the handle holds nothing", "check the handle, and do not use one that was moved from"};
  }
  if (failure.code == error_code::stale_handle) {
    return {"the memory of the object was given back behind its owner's back",
            "let the owner give back what it holds, before the allocator is restored or reset"};
  }
  if (failure.code == error_code::blocks_live) {
    return {"an object of the arena is still being made", "clear the arena outside of the constructors of its objects"};
  }
  if (failure.code == error_code::overrun) {
    return {"the record of an object was overwritten", "find who wrote past the end of an object"};
  }
  return {};
}

/// A frame's refusal: no allocator refuses to allocate for the order.
constexpr bool is_of_a_frame(error failure) noexcept {
  return failure.code == error_code::lifo_violation && failure.during == operation::allocate;
}

/// What is said of one component, or of one and its state, and not of the code in general.
words of_component(error failure, layout request, const allocator_state& state) noexcept {
  if (is_of_a_frame(failure)) {
    return {"a mark that was made inside the frame has not been restored", "allocate through the innermost frame"};
  }
  switch (failure.reporter) {
  case component::bump_allocator:
  case component::shared_bump_allocator: return of_bump(failure, request, state);
  case component::stack_allocator: return of_stack(failure, request, state);
  case component::arena: return of_arena(failure);
  case component::pool_allocator:
  case component::local_pool_allocator:
  case component::pool_cache: return of_pool(failure, state);
  case component::segregated_allocator:
  case component::local_segregated_allocator: return of_segregated(failure, state);
  case component::budget: return of_budget(failure);
  case component::fallback: return of_fallback(failure);
  case component::typed_arena:
  case component::object_handle: return of_construct(failure);
  case component::none:
  case component::layout:
  case component::budgeted:
  case component::observed:
  case component::chunk_source: break;
  }
  return {};
}

const char* retry_after_exhaustion(component reporter) noexcept {
  if (reporter == component::bump_allocator) {
    return "can succeed after a restore or a reset";
  }
  if (reporter == component::shared_bump_allocator) {
    return "can succeed after a reset";
  }
  if (reporter == component::arena) {
    return "can succeed after a restore or a reset, or when the source has memory again";
  }
  return is_pool(reporter) || is_segregated(reporter) || reporter == component::stack_allocator
             ? "can succeed after frees"
             : "can succeed after memory has been given back";
}

const char* cause_in_general(error_code code) noexcept {
  switch (code) {
  case error_code::none: return "nothing failed";
  case error_code::invalid_layout: return "the size is 0, or the alignment is not a power of two";
  case error_code::size_overflow: return "a size that the request implies does not fit in size_t";
  case error_code::layout_unsupported: return "the allocator could not serve the layout even when empty";
  case error_code::exhausted: return "there is not enough free memory now";
  case error_code::contended: return "other threads spoilt each of the tries that were allowed";
  case error_code::not_last_block: return "only the last block is taken back one by one";
  case error_code::invalid_configuration: return "a field of the configuration is out of its range";
  case error_code::over_budget: return "the budget, or one above it, has not so many bytes left";
  case error_code::over_block_limit:
    return "the request is above the block limit, or the whole limit, of the budget or of one above it";
  case error_code::over_capacity: return "the arena has reached its maximal capacity";
  case error_code::no_cache_slot: return "as many caches as the pool was configured for are attached";
  case error_code::null_pointer: return "a block was expected, and the pointer is null";
  case error_code::foreign_pointer: return "the pointer is not into this allocator's storage";
  case error_code::misaligned_pointer: return "the pointer is not at the start of a block";
  case error_code::double_free: return "the block is not live: it was freed before, or never allocated";
  case error_code::layout_mismatch: return "the block was not allocated with this layout";
  case error_code::lifo_violation: return "the block is not the top of the stack";
  case error_code::foreign_marker: return "the marker was made by another allocator, or by none";
  case error_code::stale_marker: return "the marker was made before the last reset";
  case error_code::spent_marker: return "the marker was restored already, or discarded with an older one";
  case error_code::blocks_live: return "blocks are still live";
  case error_code::stale_handle: return "the handle's block has been freed";
  case error_code::over_release: return "more bytes were given back than were reserved";
  case error_code::budget_in_use: return "bytes are still reserved in the budget, or it has children";
  case error_code::written_after_free: return "memory was written to while it was free";
  case error_code::overrun: return "bytes behind a block's end were written to";
  case error_code::caches_attached: return "caches are still attached to the pool";
  case error_code::corrupted: return "an invariant of the allocator does not hold";
  }
  return "the code is not one of this version";
}

const char* advice_in_general(error_code code) noexcept {
  switch (code) {
  case error_code::none:
  case error_code::size_overflow: return nullptr;
  case error_code::invalid_layout: return "make layouts with layout::make(), layout::of<T>() or layout::array<T>()";
  case error_code::layout_unsupported: return "ask another allocator";
  case error_code::exhausted: return "free blocks, or give the allocator more memory";
  case error_code::contended: return "try again, or allow more retries";
  case error_code::not_last_block: return "use a stack or a pool if blocks are to be freed one by one";
  case error_code::invalid_configuration: return "range_of() says what the field may be";
  case error_code::over_budget: return "release what is no longer needed, or raise the limit";
  case error_code::over_block_limit: return "split the request, or raise the limit that it is above";
  case error_code::over_capacity: return "restore or reset the arena, or raise its maximal capacity";
  case error_code::no_cache_slot: return "end a cache that is no longer needed, or configure more of them";
  case error_code::null_pointer: return "check what allocate() returned before its value is kept";
  case error_code::foreign_pointer: return "free each block through the allocator that gave it: owns() tells which";
  case error_code::misaligned_pointer: return "free with the pointer that allocate() gave, unchanged";
  case error_code::double_free: return "find the two that take themselves for the block's owner";
  case error_code::layout_mismatch: return "free with the layout that was allocated";
  case error_code::lifo_violation: return "free blocks in the reverse of the order in which they were allocated";
  case error_code::foreign_marker: return "keep a marker with its allocator, as a scope does";
  case error_code::stale_marker: return "drop markers at a reset, and do not reset inside a scope";
  case error_code::spent_marker: return "restore markers in reverse order, each once, as scopes do";
  case error_code::blocks_live: return "free all blocks before the reset";
  case error_code::stale_handle: return "treat the object as gone";
  case error_code::over_release: return "release what was reserved, once, as a reservation does";
  case error_code::budget_in_use: return "release all reservations and end the children before their parent";
  case error_code::written_after_free: return "find who kept the pointer: the fault names the first byte that changed";
  case error_code::overrun:
    return "find who wrote past the size requested: the fault names the first byte that changed";
  case error_code::caches_attached: return "end every cache before its pool";
  case error_code::corrupted:
    return "stop using the allocator: its memory was overwritten, or the hardware is at fault";
  }
  return nullptr;
}

} // namespace

const char* cause_of(error failure, layout request, const allocator_state& state) noexcept NEBULA_NONBLOCKING {
  const words own = of_component(failure, request, state);
  return own.cause != nullptr ? own.cause : cause_in_general(failure.code);
}

const char* advice_for(error failure, const allocator_state& state) noexcept NEBULA_NONBLOCKING {
  const words own = of_component(failure, {}, state);
  return own.advice != nullptr ? own.advice : advice_in_general(failure.code);
}

const char* retry_of(error failure) noexcept NEBULA_NONBLOCKING {
  switch (failure.code) {
  case error_code::none: return nullptr;
  case error_code::exhausted: return retry_after_exhaustion(failure.reporter);
  case error_code::contended: return "can succeed at once";
  case error_code::over_budget: return "can succeed after releases";
  case error_code::over_capacity: return "can succeed after a restore or a reset";
  case error_code::no_cache_slot: return "can succeed after a cache has ended";
  case error_code::lifo_violation:
    return is_of_a_frame(failure) ? "only after the inner mark has been restored"
                                  : "only after what lies above the block has been freed";
  case error_code::blocks_live:
    return failure.reporter == component::typed_arena ? "only after the constructor has returned"
                                                      : "only after every block has been freed";
  case error_code::written_after_free: return "can succeed at once: what was overwritten has been mended";
  case error_code::overrun:
    return failure.reporter == component::typed_arena ? "can succeed at once: what could not be trusted is forgotten"
                                                      : "can succeed at once: what was overwritten has been mended";
  case error_code::corrupted: return "never succeeds: the allocator refuses every call from now on";
  case error_code::invalid_layout:
  case error_code::size_overflow:
  case error_code::layout_unsupported:
  case error_code::not_last_block:
  case error_code::invalid_configuration:
  case error_code::over_block_limit:
  case error_code::null_pointer:
  case error_code::foreign_pointer:
  case error_code::misaligned_pointer:
  case error_code::double_free:
  case error_code::layout_mismatch:
  case error_code::foreign_marker:
  case error_code::stale_marker:
  case error_code::spent_marker:
  case error_code::stale_handle:
  case error_code::over_release:
  case error_code::budget_in_use:
  case error_code::caches_attached: return "never succeeds";
  }
  return nullptr;
}

} // namespace nebula
