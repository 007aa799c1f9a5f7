// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/c/local_segregated.h>

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/c_object.hpp>
#include <nebula/kernel/c_size_classes.hpp>
#include <nebula/kernel/segregated_allocator.hpp>

using namespace nebula;

struct nebula_local_segregated
    : c_api::object<local_segregated_allocator, component::local_segregated_allocator,
                    NEBULA_LOCAL_SEGREGATED_OBJECT_BYTES, NEBULA_LOCAL_SEGREGATED_OBJECT_ALIGN> {};
static_assert(sizeof(nebula_local_segregated) == sizeof(nebula_local_segregated_object) &&
              sizeof(nebula_local_segregated) == NEBULA_LOCAL_SEGREGATED_OBJECT_BYTES);
static_assert(alignof(nebula_local_segregated) == alignof(nebula_local_segregated_object) &&
              alignof(nebula_local_segregated) == NEBULA_LOCAL_SEGREGATED_OBJECT_ALIGN);
static_assert(sizeof(local_segregated_allocator::pool_type) <= NEBULA_POOL_OBJECT_BYTES &&
              alignof(local_segregated_allocator::pool_type) <= NEBULA_POOL_OBJECT_ALIGN);

nebula_error nebula_local_segregated_storage_bytes(const nebula_segregated_config* config,
                                                   size_t* bytes) NEBULA_C_NOEXCEPT {
  return c_api::storage_needed(nebula_local_segregated::reporter, config, bytes,
                               [](const nebula_segregated_config& wanted) noexcept {
                                 const c_api::size_classes classes(wanted.classes, wanted.class_count);
                                 return local_segregated_config::storage_bytes(classes.first(), wanted.class_count,
                                                                               c_api::to_level(wanted.level));
                               });
}

nebula_error nebula_local_segregated_create(void* object, size_t object_bytes, const nebula_segregated_config* config,
                                            nebula_local_segregated** made) NEBULA_C_NOEXCEPT {
  const error wrong = c_api::wrong_memory<nebula_local_segregated>(object, object_bytes, config, made);
  if (wrong.code != error_code::none) {
    return c_api::to_c(wrong);
  }
  const c_api::size_classes classes(config->classes, config->class_count);
  return c_api::create(object, config->hook,
                       local_segregated_config{c_api::to_cpp(config->storage),
                                               classes.first(),
                                               config->class_count,
                                               config->fallback_classes,
                                               {},
                                               c_api::to_level(config->level)},
                       made);
}
nebula_error nebula_local_segregated_destroy(nebula_local_segregated* segregated) NEBULA_C_NOEXCEPT {
  return c_api::destroy(segregated);
}

nebula_error nebula_local_segregated_allocate(nebula_local_segregated* segregated, nebula_layout request,
                                              void** block) NEBULA_C_NOEXCEPT {
  return c_api::produce(segregated, operation::allocate, block, [&](local_segregated_allocator& pools) noexcept {
    return pools.allocate(c_api::to_cpp(request));
  });
}
nebula_error nebula_local_segregated_try_allocate(nebula_local_segregated* segregated, nebula_layout request,
                                                  size_t max_retries, void** block) NEBULA_C_NOEXCEPT {
  return c_api::produce(segregated, operation::allocate, block, [&](local_segregated_allocator& pools) noexcept {
    return pools.try_allocate(c_api::to_cpp(request), max_retries);
  });
}
nebula_error nebula_local_segregated_deallocate(nebula_local_segregated* segregated, void* block,
                                                nebula_layout allocated) NEBULA_C_NOEXCEPT {
  return c_api::perform(segregated, operation::deallocate, [&](local_segregated_allocator& pools) noexcept {
    return pools.deallocate(static_cast<std::byte*>(block), c_api::to_cpp(allocated));
  });
}
nebula_error nebula_local_segregated_deallocate_without_layout(nebula_local_segregated* segregated,
                                                               void* block) NEBULA_C_NOEXCEPT {
  return c_api::perform(segregated, operation::deallocate, [&](local_segregated_allocator& pools) noexcept {
    return pools.deallocate(static_cast<std::byte*>(block));
  });
}

nebula_error nebula_local_segregated_reset(nebula_local_segregated* segregated) NEBULA_C_NOEXCEPT {
  return c_api::perform(segregated, operation::reset,
                        [](local_segregated_allocator& pools) noexcept { return pools.reset(); });
}
bool nebula_local_segregated_owns(const nebula_local_segregated* segregated, const void* address) NEBULA_C_NOEXCEPT {
  return c_api::observe(segregated, false, [&](const local_segregated_allocator& pools) noexcept {
    return pools.owns(static_cast<const std::byte*>(address));
  });
}
nebula_error nebula_local_segregated_state(const nebula_local_segregated* segregated,
                                           nebula_state* state) NEBULA_C_NOEXCEPT {
  return c_api::state_of(segregated, state);
}

size_t nebula_local_segregated_class_count(const nebula_local_segregated* segregated) NEBULA_C_NOEXCEPT {
  return c_api::observe(segregated, std::size_t{0},
                        [](const local_segregated_allocator& pools) noexcept { return pools.class_count(); });
}
nebula_error nebula_local_segregated_class_state(const nebula_local_segregated* segregated, size_t index,
                                                 nebula_state* state) NEBULA_C_NOEXCEPT {
  return c_api::produce(segregated, operation::none, state, [&](const auto& pools) noexcept {
    return c_api::of_class(pools, index, [](const auto& pool) noexcept { return pool.state(); });
  });
}
nebula_error nebula_local_segregated_class_bytes(const nebula_local_segregated* segregated, size_t index,
                                                 nebula_byte_span* blocks) NEBULA_C_NOEXCEPT {
  return c_api::produce(segregated, operation::none, blocks, [&](const auto& pools) noexcept {
    return c_api::of_class(pools, index, [](const auto& pool) noexcept { return pool.block_bytes(); });
  });
}

bool nebula_local_segregated_is_corrupted(const nebula_local_segregated* segregated) NEBULA_C_NOEXCEPT {
  return c_api::observe(segregated, false,
                        [](const local_segregated_allocator& pools) noexcept { return pools.is_corrupted(); });
}
uint8_t nebula_local_segregated_level(const nebula_local_segregated* segregated) NEBULA_C_NOEXCEPT {
  return c_api::observe(segregated, std::uint8_t{0}, [](const local_segregated_allocator& pools) noexcept {
    return static_cast<std::uint8_t>(pools.level());
  });
}
nebula_error nebula_local_segregated_check_invariants(const nebula_local_segregated* segregated) NEBULA_C_NOEXCEPT {
  return c_api::perform(segregated, operation::check_invariants,
                        [](const local_segregated_allocator& pools) noexcept { return pools.check_invariants(); });
}
nebula_error nebula_local_segregated_audit(const nebula_local_segregated* segregated, nebula_audit_cursor* cursor,
                                           size_t steps, bool* done) NEBULA_C_NOEXCEPT {
  return c_api::audit(segregated, cursor, steps, done);
}
