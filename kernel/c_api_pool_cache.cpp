// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/c/pool_cache.h>

#include <cstddef>

#include <nebula/kernel/c_pool_object.hpp>
#include <nebula/kernel/pool_cache.hpp>

using namespace nebula;

namespace {
using cache_type = pool_cache<pool_allocator, NEBULA_POOL_CACHE_CAPACITY>;
} // namespace

struct nebula_pool_cache
    : c_api::object<cache_type, component::pool_cache, NEBULA_POOL_CACHE_OBJECT_BYTES, NEBULA_POOL_CACHE_OBJECT_ALIGN> {
};
static_assert(sizeof(nebula_pool_cache) == sizeof(nebula_pool_cache_object) &&
              sizeof(nebula_pool_cache) == NEBULA_POOL_CACHE_OBJECT_BYTES);
static_assert(alignof(nebula_pool_cache) == alignof(nebula_pool_cache_object) &&
              alignof(nebula_pool_cache) == NEBULA_POOL_CACHE_OBJECT_ALIGN);

nebula_error nebula_pool_cache_create(void* object, size_t object_bytes, const nebula_pool_cache_config* config,
                                      nebula_pool_cache** made) NEBULA_C_NOEXCEPT {
  error wrong = c_api::wrong_memory<nebula_pool_cache>(object, object_bytes, config, made);
  if (wrong.code == error_code::none) {
    wrong = c_api::wrong_object(config->pool, operation::attach);
    if (wrong.code == error_code::none && c_api::overlap(object, object_bytes, config->pool)) {
      wrong = c_api::orphan_misuse(error_code::foreign_pointer, operation::attach, component::pool_cache, object);
    }
  }
  if (NEBULA_UNLIKELY(wrong.code != error_code::none)) {
    return c_api::to_c(wrong);
  }
  const nebula_fault_hook hook = config->hook.function != nullptr ? config->hook : config->pool->hook;
  auto* const cache = c_api::made_in<nebula_pool_cache>(object, hook, c_api::allocator_in(*config->pool),
                                                        fault_hook{c_api::forward_fault<nebula_pool_cache>, object});
  const error failure = c_api::allocator_in(*cache).error();
  if (NEBULA_UNLIKELY(failure.code != error_code::none)) {
    const nebula_error ended = c_api::destroy(cache);
    return ended.code != NEBULA_ERROR_NONE ? ended : c_api::to_c(failure);
  }
  *made = cache;
  return {};
}
nebula_error nebula_pool_cache_destroy(nebula_pool_cache* cache) NEBULA_C_NOEXCEPT { return c_api::destroy(cache); }

nebula_error nebula_pool_cache_allocate(nebula_pool_cache* cache, nebula_layout request,
                                        void** block) NEBULA_C_NOEXCEPT {
  return c_api::produce(cache, operation::allocate, block,
                        [&](cache_type& magazine) noexcept { return magazine.allocate(c_api::to_cpp(request)); });
}
nebula_error nebula_pool_cache_try_allocate(nebula_pool_cache* cache, nebula_layout request, size_t max_retries,
                                            void** block) NEBULA_C_NOEXCEPT {
  return c_api::produce(cache, operation::allocate, block, [&](cache_type& magazine) noexcept {
    return magazine.try_allocate(c_api::to_cpp(request), max_retries);
  });
}

nebula_error nebula_pool_cache_deallocate(nebula_pool_cache* cache, void* block,
                                          nebula_layout allocated) NEBULA_C_NOEXCEPT {
  return c_api::perform(cache, operation::deallocate, [&](cache_type& magazine) noexcept {
    return magazine.deallocate(static_cast<std::byte*>(block), c_api::to_cpp(allocated));
  });
}
nebula_error nebula_pool_cache_deallocate_without_layout(nebula_pool_cache* cache, void* block) NEBULA_C_NOEXCEPT {
  return c_api::perform(cache, operation::deallocate, [&](cache_type& magazine) noexcept {
    return magazine.deallocate(static_cast<std::byte*>(block));
  });
}
nebula_error nebula_pool_cache_try_deallocate(nebula_pool_cache* cache, void* block,
                                              size_t max_retries) NEBULA_C_NOEXCEPT {
  return c_api::perform(cache, operation::deallocate, [&](cache_type& magazine) noexcept {
    return magazine.try_deallocate(static_cast<std::byte*>(block), max_retries);
  });
}
nebula_error nebula_pool_cache_deallocate_handle(nebula_pool_cache* cache,
                                                 nebula_block_handle handle) NEBULA_C_NOEXCEPT {
  return c_api::perform(cache, operation::deallocate,
                        [&](cache_type& magazine) noexcept { return magazine.deallocate(c_api::to_cpp(handle)); });
}

nebula_error nebula_pool_cache_flush(nebula_pool_cache* cache) NEBULA_C_NOEXCEPT {
  return c_api::perform(cache, operation::flush, [](cache_type& magazine) noexcept { return magazine.flush(); });
}
nebula_error nebula_pool_cache_try_flush(nebula_pool_cache* cache, size_t max_retries) NEBULA_C_NOEXCEPT {
  return c_api::perform(cache, operation::flush,
                        [&](cache_type& magazine) noexcept { return magazine.try_flush(max_retries); });
}

bool nebula_pool_cache_owns(const nebula_pool_cache* cache, const void* address) NEBULA_C_NOEXCEPT {
  return c_api::observe(cache, false, [&](const cache_type& magazine) noexcept {
    return magazine.owns(static_cast<const std::byte*>(address));
  });
}
nebula_error nebula_pool_cache_state(const nebula_pool_cache* cache, nebula_state* state) NEBULA_C_NOEXCEPT {
  return c_api::state_of(cache, state);
}
size_t nebula_pool_cache_kept_blocks(const nebula_pool_cache* cache) NEBULA_C_NOEXCEPT {
  return c_api::observe(cache, std::size_t{0},
                        [](const cache_type& magazine) noexcept { return std::size_t{magazine.kept_blocks()}; });
}

bool nebula_pool_cache_is_corrupted(const nebula_pool_cache* cache) NEBULA_C_NOEXCEPT {
  return c_api::observe(cache, false, [](const cache_type& magazine) noexcept { return magazine.is_corrupted(); });
}
nebula_error nebula_pool_cache_check_invariants(const nebula_pool_cache* cache) NEBULA_C_NOEXCEPT {
  return c_api::perform(cache, operation::check_invariants,
                        [](const cache_type& magazine) noexcept { return magazine.check_invariants(); });
}
