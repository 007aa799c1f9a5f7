// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/c/local_pool.h>

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/c_object.hpp>
#include <nebula/kernel/local_pool_allocator.hpp>

using namespace nebula;

struct nebula_local_pool : c_api::object<local_pool_allocator, component::local_pool_allocator,
                                         NEBULA_LOCAL_POOL_OBJECT_BYTES, NEBULA_LOCAL_POOL_OBJECT_ALIGN> {};
static_assert(sizeof(nebula_local_pool) == sizeof(nebula_local_pool_object) &&
              sizeof(nebula_local_pool) == NEBULA_LOCAL_POOL_OBJECT_BYTES);
static_assert(alignof(nebula_local_pool) == alignof(nebula_local_pool_object) &&
              alignof(nebula_local_pool) == NEBULA_LOCAL_POOL_OBJECT_ALIGN);
static_assert(sizeof(pool_record<local_pool_allocator::atomics_type>) == NEBULA_LOCAL_POOL_RECORD_BYTES);
static_assert(NEBULA_LOCAL_POOL_STORAGE_BYTES(48, 16, 1000) == local_pool_config::storage_bytes(48, 16, 1000).value());
static_assert(NEBULA_POOL_STORAGE_BYTES(48, 16, 1000) >= local_pool_config::storage_bytes(48, 16, 1000).value());

nebula_error nebula_local_pool_storage_bytes(const nebula_pool_config* config, size_t* bytes) NEBULA_C_NOEXCEPT {
  return c_api::storage_needed(
      nebula_local_pool::reporter, config, bytes, [](const nebula_pool_config& wanted) noexcept {
        return local_pool_config::storage_bytes(wanted.block_size_bytes, wanted.block_align_bytes, wanted.block_count,
                                                c_api::to_level(wanted.level), wanted.cache_count);
      });
}

nebula_error nebula_local_pool_create(void* object, size_t object_bytes, const nebula_pool_config* config,
                                      nebula_local_pool** made) NEBULA_C_NOEXCEPT {
  const error wrong = c_api::wrong_memory<nebula_local_pool>(object, object_bytes, config, made);
  if (wrong.code != error_code::none) {
    return c_api::to_c(wrong);
  }
  return c_api::create(object, config->hook,
                       local_pool_config{c_api::to_cpp(config->storage),
                                         config->block_size_bytes,
                                         config->block_align_bytes,
                                         config->block_count,
                                         {},
                                         c_api::to_level(config->level),
                                         config->cache_count},
                       made);
}
nebula_error nebula_local_pool_destroy(nebula_local_pool* pool) NEBULA_C_NOEXCEPT { return c_api::destroy(pool); }

nebula_error nebula_local_pool_allocate(nebula_local_pool* pool, nebula_layout request,
                                        void** block) NEBULA_C_NOEXCEPT {
  return c_api::produce(pool, operation::allocate, block,
                        [&](local_pool_allocator& blocks) noexcept { return blocks.allocate(c_api::to_cpp(request)); });
}
nebula_error nebula_local_pool_try_allocate(nebula_local_pool* pool, nebula_layout request, size_t max_retries,
                                            void** block) NEBULA_C_NOEXCEPT {
  return c_api::produce(pool, operation::allocate, block, [&](local_pool_allocator& blocks) noexcept {
    return blocks.try_allocate(c_api::to_cpp(request), max_retries);
  });
}
nebula_error nebula_local_pool_deallocate(nebula_local_pool* pool, void* block,
                                          nebula_layout allocated) NEBULA_C_NOEXCEPT {
  return c_api::perform(pool, operation::deallocate, [&](local_pool_allocator& blocks) noexcept {
    return blocks.deallocate(static_cast<std::byte*>(block), c_api::to_cpp(allocated));
  });
}
nebula_error nebula_local_pool_deallocate_without_layout(nebula_local_pool* pool, void* block) NEBULA_C_NOEXCEPT {
  return c_api::perform(pool, operation::deallocate, [&](local_pool_allocator& blocks) noexcept {
    return blocks.deallocate(static_cast<std::byte*>(block));
  });
}

nebula_error nebula_local_pool_handle_of(const nebula_local_pool* pool, const void* block,
                                         nebula_block_handle* handle) NEBULA_C_NOEXCEPT {
  return c_api::produce(pool, operation::resolve_handle, handle, [&](const local_pool_allocator& blocks) noexcept {
    return blocks.handle_of(static_cast<const std::byte*>(block));
  });
}
nebula_error nebula_local_pool_resolve(const nebula_local_pool* pool, nebula_block_handle handle,
                                       void** block) NEBULA_C_NOEXCEPT {
  return c_api::produce(pool, operation::resolve_handle, block, [&](const local_pool_allocator& blocks) noexcept {
    return blocks.resolve(c_api::to_cpp(handle));
  });
}
nebula_error nebula_local_pool_deallocate_handle(nebula_local_pool* pool,
                                                 nebula_block_handle handle) NEBULA_C_NOEXCEPT {
  return c_api::perform(pool, operation::deallocate, [&](local_pool_allocator& blocks) noexcept {
    return blocks.deallocate(c_api::to_cpp(handle));
  });
}

nebula_error nebula_local_pool_reset(nebula_local_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::perform(pool, operation::reset, [](local_pool_allocator& blocks) noexcept { return blocks.reset(); });
}
bool nebula_local_pool_owns(const nebula_local_pool* pool, const void* address) NEBULA_C_NOEXCEPT {
  return c_api::observe(pool, false, [&](const local_pool_allocator& blocks) noexcept {
    return blocks.owns(static_cast<const std::byte*>(address));
  });
}
nebula_error nebula_local_pool_state(const nebula_local_pool* pool, nebula_state* state) NEBULA_C_NOEXCEPT {
  return c_api::state_of(pool, state);
}

bool nebula_local_pool_is_corrupted(const nebula_local_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::observe(pool, false, [](const local_pool_allocator& blocks) noexcept { return blocks.is_corrupted(); });
}
uint8_t nebula_local_pool_level(const nebula_local_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::observe(pool, std::uint8_t{0}, [](const local_pool_allocator& blocks) noexcept {
    return static_cast<std::uint8_t>(blocks.level());
  });
}
nebula_error nebula_local_pool_check_invariants(const nebula_local_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::perform(pool, operation::check_invariants,
                        [](const local_pool_allocator& blocks) noexcept { return blocks.check_invariants(); });
}
nebula_error nebula_local_pool_audit(const nebula_local_pool* pool, nebula_audit_cursor* cursor, size_t steps,
                                     bool* done) NEBULA_C_NOEXCEPT {
  return c_api::audit(pool, cursor, steps, done);
}

size_t nebula_local_pool_block_count(const nebula_local_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::observe(pool, std::size_t{0},
                        [](const local_pool_allocator& blocks) noexcept { return std::size_t{blocks.block_count()}; });
}
size_t nebula_local_pool_stride_bytes(const nebula_local_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::observe(pool, std::size_t{0},
                        [](const local_pool_allocator& blocks) noexcept { return blocks.stride_bytes(); });
}
nebula_layout nebula_local_pool_block_layout(const nebula_local_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::observe(pool, nebula_layout{0, 1},
                        [](const local_pool_allocator& blocks) noexcept { return c_api::to_c(blocks.block_layout()); });
}
nebula_byte_span nebula_local_pool_block_bytes(const nebula_local_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::observe(pool, nebula_byte_span{nullptr, 0},
                        [](const local_pool_allocator& blocks) noexcept { return c_api::to_c(blocks.block_bytes()); });
}
