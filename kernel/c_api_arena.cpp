// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/c/arena.h>

#include <cstddef>

#include <nebula/kernel/arena.hpp>
#include <nebula/kernel/c_object.hpp>

using namespace nebula;

struct nebula_arena : c_api::object<arena, component::arena, NEBULA_ARENA_OBJECT_BYTES, NEBULA_ARENA_OBJECT_ALIGN> {};
static_assert(sizeof(nebula_arena) == sizeof(nebula_arena_object) && sizeof(nebula_arena) == NEBULA_ARENA_OBJECT_BYTES);
static_assert(alignof(nebula_arena) == alignof(nebula_arena_object) &&
              alignof(nebula_arena) == NEBULA_ARENA_OBJECT_ALIGN);
static_assert(NEBULA_ARENA_GROWTH_FIXED == static_cast<int>(arena_growth::fixed));
static_assert(NEBULA_ARENA_GROWTH_DOUBLING == static_cast<int>(arena_growth::doubling));
static_assert(NEBULA_ARENA_GROWTH_INCREMENTAL == static_cast<int>(arena_growth::incremental));

namespace {

// What a source in C does is beyond what the kernel can prove: its contract says that it does not block.
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wfunction-effects"
#endif
result<byte_span> acquire_in_c(void* context, std::size_t bytes, std::size_t align) noexcept NEBULA_NONBLOCKING {
  const auto& source = *static_cast<const nebula_chunk_source*>(context);
  nebula_byte_span chunk{nullptr, 0};
  const error failure = c_api::to_cpp(source.acquire(source.context, bytes, align, &chunk));
  return failure.code == error_code::none ? result<byte_span>(c_api::to_cpp(chunk)) : result<byte_span>(failure);
}
result<void> release_in_c(void* context, byte_span chunk) noexcept NEBULA_NONBLOCKING {
  const auto& source = *static_cast<const nebula_chunk_source*>(context);
  return c_api::to_cpp(source.release(source.context, c_api::to_c(chunk)));
}
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic pop
#endif

/// Without functions iff there is none, so that it is refused.
[[nodiscard]] chunk_source source_of(const nebula_chunk_source* source) noexcept {
  if (source == nullptr || source->acquire == nullptr || source->release == nullptr) {
    return {};
  }
  return {acquire_in_c, release_in_c, const_cast<nebula_chunk_source*>(source)}; // read only, there
}

nebula_error acquire_from_stack(void* context, std::size_t bytes, std::size_t align, nebula_byte_span* chunk) {
  if (align > chunk_align_bytes) {
    return c_api::to_c(error{error_code::layout_unsupported, operation::grow, component::chunk_source});
  }
  const nebula_error failure =
      nebula_stack_allocate(static_cast<nebula_stack*>(context), nebula_layout{bytes, chunk_align_bytes}, &chunk->data);
  chunk->size = failure.code == NEBULA_ERROR_NONE ? bytes : 0;
  return failure;
}
nebula_error release_to_stack(void* context, nebula_byte_span chunk) {
  return nebula_stack_deallocate(static_cast<nebula_stack*>(context), chunk.data,
                                 nebula_layout{chunk.size, chunk_align_bytes});
}
nebula_error acquire_from_pool(void* context, std::size_t bytes, std::size_t align, nebula_byte_span* chunk) {
  auto* const pool = static_cast<nebula_pool*>(context);
  const nebula_error failure = nebula_pool_allocate(pool, nebula_layout{bytes, align}, &chunk->data);
  chunk->size = failure.code == NEBULA_ERROR_NONE ? nebula_pool_block_layout(pool).size : 0;
  return failure;
}
nebula_error release_to_pool(void* context, nebula_byte_span chunk) {
  return nebula_pool_deallocate_without_layout(static_cast<nebula_pool*>(context), chunk.data);
}

} // namespace

nebula_chunk_source nebula_stack_chunk_source(nebula_stack* stack) NEBULA_C_NOEXCEPT {
  nebula_state state;
  const bool is_there = nebula_stack_state(stack, &state).code == NEBULA_ERROR_NONE;
  return is_there ? nebula_chunk_source{acquire_from_stack, release_to_stack, stack}
                  : nebula_chunk_source{nullptr, nullptr, nullptr};
}
nebula_chunk_source nebula_pool_chunk_source(nebula_pool* pool) NEBULA_C_NOEXCEPT {
  const bool is_there = nebula_pool_block_count(pool) != 0;
  return is_there ? nebula_chunk_source{acquire_from_pool, release_to_pool, pool}
                  : nebula_chunk_source{nullptr, nullptr, nullptr};
}

/// Found by its argument, beside the other conversions.
namespace nebula {

[[nodiscard]] static nebula_arena_statistics to_c(const arena_statistics& statistics) noexcept {
  return {statistics.total_allocated_bytes, statistics.current_used_bytes, statistics.chunk_count,
          statistics.largest_chunk_bytes};
}

} // namespace nebula

nebula_error nebula_arena_create(void* object, size_t object_bytes, const nebula_arena_config* config,
                                 nebula_arena** made) NEBULA_C_NOEXCEPT {
  const error wrong = c_api::wrong_memory<nebula_arena>(object, object_bytes, config, made);
  if (wrong.code != error_code::none) {
    return c_api::to_c(wrong);
  }
  arena_config wanted;
  wanted.source = source_of(config->source);
  wanted.chunk_bytes = config->chunk_bytes;
  wanted.growth = static_cast<arena_growth>(config->growth);
  wanted.growth_bytes = config->growth_bytes;
  wanted.capacity_max_bytes = config->capacity_max_bytes;
  wanted.track_allocations = !config->is_untracked;
  return c_api::create(object, config->hook, wanted, made);
}
nebula_error nebula_arena_destroy(nebula_arena* arena) NEBULA_C_NOEXCEPT { return c_api::destroy(arena); }

nebula_error nebula_arena_allocate(nebula_arena* arena, nebula_layout request, void** block) NEBULA_C_NOEXCEPT {
  return c_api::produce(arena, operation::allocate, block,
                        [&](nebula::arena& chunks) noexcept { return chunks.allocate(c_api::to_cpp(request)); });
}
nebula_error nebula_arena_deallocate(nebula_arena* arena, void* block, nebula_layout allocated) NEBULA_C_NOEXCEPT {
  return c_api::perform(arena, operation::deallocate, [&](nebula::arena& chunks) noexcept {
    return chunks.deallocate(static_cast<std::byte*>(block), c_api::to_cpp(allocated));
  });
}

nebula_error nebula_arena_mark(nebula_arena* arena, nebula_marker* point) NEBULA_C_NOEXCEPT {
  return c_api::produce(arena, operation::mark, point, [](nebula::arena& chunks) noexcept { return chunks.mark(); });
}
nebula_error nebula_arena_restore(nebula_arena* arena, const nebula_marker* point) NEBULA_C_NOEXCEPT {
  return c_api::restore(arena, point);
}
nebula_error nebula_arena_reset(nebula_arena* arena) NEBULA_C_NOEXCEPT {
  return c_api::perform(arena, operation::reset, [](nebula::arena& chunks) noexcept { return chunks.reset(); });
}

bool nebula_arena_owns(const nebula_arena* arena, const void* address) NEBULA_C_NOEXCEPT {
  return c_api::observe(arena, false, [&](const nebula::arena& chunks) noexcept {
    return chunks.owns(static_cast<const std::byte*>(address));
  });
}
nebula_error nebula_arena_state(const nebula_arena* arena, nebula_state* state) NEBULA_C_NOEXCEPT {
  return c_api::state_of(arena, state);
}
nebula_error nebula_arena_get_statistics(const nebula_arena* arena,
                                         nebula_arena_statistics* statistics) NEBULA_C_NOEXCEPT {
  return c_api::produce(arena, operation::none, statistics, [](const nebula::arena& chunks) noexcept {
    return result<arena_statistics>(chunks.statistics());
  });
}
size_t nebula_arena_mark_count(const nebula_arena* arena) NEBULA_C_NOEXCEPT {
  return c_api::observe(arena, std::size_t{0},
                        [](const nebula::arena& chunks) noexcept { return chunks.mark_count(); });
}
size_t nebula_arena_chunk_bytes_min() NEBULA_C_NOEXCEPT { return arena_config::chunk_bytes_min(); }

bool nebula_arena_is_corrupted(const nebula_arena* arena) NEBULA_C_NOEXCEPT {
  return c_api::observe(arena, false, [](const nebula::arena& chunks) noexcept { return chunks.is_corrupted(); });
}
nebula_error nebula_arena_check_invariants(const nebula_arena* arena) NEBULA_C_NOEXCEPT {
  return c_api::perform(arena, operation::check_invariants,
                        [](const nebula::arena& chunks) noexcept { return chunks.check_invariants(); });
}
nebula_error nebula_arena_audit(const nebula_arena* arena, nebula_audit_cursor* cursor, size_t steps,
                                bool* done) NEBULA_C_NOEXCEPT {
  return c_api::audit(arena, cursor, steps, done);
}
