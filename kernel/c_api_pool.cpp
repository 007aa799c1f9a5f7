// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/c/pool.h>

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/c_pool_object.hpp>
#include <nebula/kernel/pattern.hpp>
#include <nebula/kernel/pool_allocator.hpp>

using namespace nebula;

static_assert(NEBULA_SHARED_OBJECT_ALIGN == NEBULA_CONTENTION_ALIGN_BYTES);

static_assert(sizeof(nebula_pool) == sizeof(nebula_pool_object) && sizeof(nebula_pool) == NEBULA_POOL_OBJECT_BYTES);
static_assert(alignof(nebula_pool) == alignof(nebula_pool_object) && alignof(nebula_pool) == NEBULA_POOL_OBJECT_ALIGN);
static_assert(sizeof(block_record<pool_allocator::atomics_type>) == NEBULA_POOL_RECORD_BYTES);
static_assert(NEBULA_POOL_STORAGE_BYTES(48, 16, 1000) == pool_config::storage_bytes(48, 16, 1000).value());
static_assert(NEBULA_POOL_STORAGE_BYTES(1, 1, 1) == pool_config::storage_bytes(1, 1, 1).value());
static_assert(NEBULA_CANARY_BYTES == canary_bytes);
static_assert(!has_paranoid_level || NEBULA_POOL_STORAGE_BYTES(48 + NEBULA_CANARY_BYTES, 16, 9) ==
                                         pool_config::storage_bytes(48, 16, 9, check_level::paranoid).value());
static_assert(sizeof(cache_slot<pool_allocator::atomics_type>) == NEBULA_POOL_CACHE_SLOT_BYTES);
static_assert(NEBULA_POOL_STORAGE_BYTES_WITH_CACHES(48, 16, 9, 3) ==
              pool_config::storage_bytes(48, 16, 9, check_level::standard, 3).value());
static_assert(NEBULA_POOL_STORAGE_ALIGN_WITH_CACHES(1) == pool_config::storage_align(1, 3));
static_assert(NEBULA_POOL_STORAGE_ALIGN(1) == pool_config::storage_align(1));
static_assert(NEBULA_POOL_STORAGE_ALIGN(64) == pool_config::storage_align(64));

nebula_error nebula_pool_storage_bytes(const nebula_pool_config* config, size_t* bytes) NEBULA_C_NOEXCEPT {
  return c_api::storage_needed(nebula_pool::reporter, config, bytes, [](const nebula_pool_config& wanted) noexcept {
    return pool_config::storage_bytes(wanted.block_size_bytes, wanted.block_align_bytes, wanted.block_count,
                                      c_api::to_level(wanted.level), wanted.cache_count);
  });
}

nebula_error nebula_pool_create(void* object, size_t object_bytes, const nebula_pool_config* config,
                                nebula_pool** made) NEBULA_C_NOEXCEPT {
  const error wrong = c_api::wrong_memory<nebula_pool>(object, object_bytes, config, made);
  if (wrong.code != error_code::none) {
    return c_api::to_c(wrong);
  }
  return c_api::create(object, config->hook,
                       pool_config{c_api::to_cpp(config->storage),
                                   config->block_size_bytes,
                                   config->block_align_bytes,
                                   config->block_count,
                                   {},
                                   c_api::to_level(config->level),
                                   config->cache_count},
                       made);
}
nebula_error nebula_pool_destroy(nebula_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::destroy_unless(pool, error_code::caches_attached,
                               [](const pool_allocator& blocks) noexcept { return blocks.attached_caches() != 0; });
}

nebula_error nebula_pool_allocate(nebula_pool* pool, nebula_layout request, void** block) NEBULA_C_NOEXCEPT {
  return c_api::produce(pool, operation::allocate, block,
                        [&](pool_allocator& blocks) noexcept { return blocks.allocate(c_api::to_cpp(request)); });
}
nebula_error nebula_pool_try_allocate(nebula_pool* pool, nebula_layout request, size_t max_retries,
                                      void** block) NEBULA_C_NOEXCEPT {
  return c_api::produce(pool, operation::allocate, block, [&](pool_allocator& blocks) noexcept {
    return blocks.try_allocate(c_api::to_cpp(request), max_retries);
  });
}
nebula_error nebula_pool_deallocate(nebula_pool* pool, void* block, nebula_layout allocated) NEBULA_C_NOEXCEPT {
  return c_api::perform(pool, operation::deallocate, [&](pool_allocator& blocks) noexcept {
    return blocks.deallocate(static_cast<std::byte*>(block), c_api::to_cpp(allocated));
  });
}
nebula_error nebula_pool_deallocate_without_layout(nebula_pool* pool, void* block) NEBULA_C_NOEXCEPT {
  return c_api::perform(pool, operation::deallocate, [&](pool_allocator& blocks) noexcept {
    return blocks.deallocate(static_cast<std::byte*>(block));
  });
}

nebula_error nebula_pool_handle_of(const nebula_pool* pool, const void* block,
                                   nebula_block_handle* handle) NEBULA_C_NOEXCEPT {
  return c_api::produce(pool, operation::resolve_handle, handle, [&](const pool_allocator& blocks) noexcept {
    return blocks.handle_of(static_cast<const std::byte*>(block));
  });
}
nebula_error nebula_pool_resolve(const nebula_pool* pool, nebula_block_handle handle, void** block) NEBULA_C_NOEXCEPT {
  return c_api::produce(pool, operation::resolve_handle, block,
                        [&](const pool_allocator& blocks) noexcept { return blocks.resolve(c_api::to_cpp(handle)); });
}
nebula_error nebula_pool_deallocate_handle(nebula_pool* pool, nebula_block_handle handle) NEBULA_C_NOEXCEPT {
  return c_api::perform(pool, operation::deallocate,
                        [&](pool_allocator& blocks) noexcept { return blocks.deallocate(c_api::to_cpp(handle)); });
}

nebula_error nebula_pool_reset(nebula_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::perform(pool, operation::reset, [](pool_allocator& blocks) noexcept { return blocks.reset(); });
}
bool nebula_pool_owns(const nebula_pool* pool, const void* address) NEBULA_C_NOEXCEPT {
  return c_api::observe(pool, false, [&](const pool_allocator& blocks) noexcept {
    return blocks.owns(static_cast<const std::byte*>(address));
  });
}
nebula_error nebula_pool_state(const nebula_pool* pool, nebula_state* state) NEBULA_C_NOEXCEPT {
  return c_api::state_of(pool, state);
}

bool nebula_pool_is_corrupted(const nebula_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::observe(pool, false, [](const pool_allocator& blocks) noexcept { return blocks.is_corrupted(); });
}
uint8_t nebula_pool_level(const nebula_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::observe(pool, std::uint8_t{0}, [](const pool_allocator& blocks) noexcept {
    return static_cast<std::uint8_t>(blocks.level());
  });
}
nebula_error nebula_pool_check_invariants(const nebula_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::perform(pool, operation::check_invariants,
                        [](const pool_allocator& blocks) noexcept { return blocks.check_invariants(); });
}
nebula_error nebula_pool_audit(const nebula_pool* pool, nebula_audit_cursor* cursor, size_t steps,
                               bool* done) NEBULA_C_NOEXCEPT {
  return c_api::audit(pool, cursor, steps, done);
}

size_t nebula_pool_cache_count(const nebula_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::observe(pool, std::size_t{0},
                        [](const pool_allocator& blocks) noexcept { return std::size_t{blocks.cache_count()}; });
}
size_t nebula_pool_block_count(const nebula_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::observe(pool, std::size_t{0},
                        [](const pool_allocator& blocks) noexcept { return std::size_t{blocks.block_count()}; });
}
size_t nebula_pool_stride_bytes(const nebula_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::observe(pool, std::size_t{0},
                        [](const pool_allocator& blocks) noexcept { return blocks.stride_bytes(); });
}
nebula_layout nebula_pool_block_layout(const nebula_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::observe(pool, nebula_layout{0, 1},
                        [](const pool_allocator& blocks) noexcept { return c_api::to_c(blocks.block_layout()); });
}
nebula_byte_span nebula_pool_block_bytes(const nebula_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::observe(pool, nebula_byte_span{nullptr, 0},
                        [](const pool_allocator& blocks) noexcept { return c_api::to_c(blocks.block_bytes()); });
}
unsigned nebula_pool_tag_bits(const nebula_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::observe(pool, 0U, [](const pool_allocator& blocks) noexcept { return blocks.tag_bits(); });
}
uint64_t nebula_pool_tag_wrap_operations(const nebula_pool* pool) NEBULA_C_NOEXCEPT {
  return c_api::observe(pool, std::uint64_t{0},
                        [](const pool_allocator& blocks) noexcept { return blocks.tag_wrap_operations(); });
}
