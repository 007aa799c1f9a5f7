// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/c/shared_bump.h>

#include <cstddef>

#include <nebula/kernel/c_object.hpp>
#include <nebula/kernel/shared_bump_allocator.hpp>

using namespace nebula;

struct nebula_shared_bump : c_api::object<shared_bump_allocator, component::shared_bump_allocator,
                                          NEBULA_SHARED_BUMP_OBJECT_BYTES, NEBULA_SHARED_BUMP_OBJECT_ALIGN> {};
static_assert(sizeof(nebula_shared_bump) == sizeof(nebula_shared_bump_object) &&
              sizeof(nebula_shared_bump) == NEBULA_SHARED_BUMP_OBJECT_BYTES);
static_assert(alignof(nebula_shared_bump) == alignof(nebula_shared_bump_object) &&
              alignof(nebula_shared_bump) == NEBULA_SHARED_BUMP_OBJECT_ALIGN);

nebula_error nebula_shared_bump_create(void* object, size_t object_bytes, const nebula_shared_bump_config* config,
                                       nebula_shared_bump** made) NEBULA_C_NOEXCEPT {
  const error wrong = c_api::wrong_memory<nebula_shared_bump>(object, object_bytes, config, made);
  if (wrong.code != error_code::none) {
    return c_api::to_c(wrong);
  }
  return c_api::create(object, config->hook, shared_bump_config{c_api::to_cpp(config->storage), {}}, made);
}
nebula_error nebula_shared_bump_destroy(nebula_shared_bump* bump) NEBULA_C_NOEXCEPT { return c_api::destroy(bump); }

nebula_error nebula_shared_bump_allocate(nebula_shared_bump* bump, nebula_layout request,
                                         void** block) NEBULA_C_NOEXCEPT {
  return c_api::produce(bump, operation::allocate, block,
                        [&](shared_bump_allocator& bumps) noexcept { return bumps.allocate(c_api::to_cpp(request)); });
}
nebula_error nebula_shared_bump_try_allocate(nebula_shared_bump* bump, nebula_layout request, size_t max_retries,
                                             void** block) NEBULA_C_NOEXCEPT {
  return c_api::produce(bump, operation::allocate, block, [&](shared_bump_allocator& bumps) noexcept {
    return bumps.try_allocate(c_api::to_cpp(request), max_retries);
  });
}
nebula_error nebula_shared_bump_deallocate(nebula_shared_bump* bump, void* block,
                                           nebula_layout allocated) NEBULA_C_NOEXCEPT {
  return c_api::perform(bump, operation::deallocate, [&](shared_bump_allocator& bumps) noexcept {
    return bumps.deallocate(static_cast<std::byte*>(block), c_api::to_cpp(allocated));
  });
}
nebula_error nebula_shared_bump_reset(nebula_shared_bump* bump) NEBULA_C_NOEXCEPT {
  return c_api::perform(bump, operation::reset, [](shared_bump_allocator& bumps) noexcept { return bumps.reset(); });
}

bool nebula_shared_bump_owns(const nebula_shared_bump* bump, const void* address) NEBULA_C_NOEXCEPT {
  return c_api::observe(bump, false, [&](const shared_bump_allocator& bumps) noexcept {
    return bumps.owns(static_cast<const std::byte*>(address));
  });
}
nebula_error nebula_shared_bump_state(const nebula_shared_bump* bump, nebula_state* state) NEBULA_C_NOEXCEPT {
  return c_api::state_of(bump, state);
}

bool nebula_shared_bump_is_corrupted(const nebula_shared_bump* bump) NEBULA_C_NOEXCEPT {
  return c_api::observe(bump, false, [](const shared_bump_allocator& bumps) noexcept { return bumps.is_corrupted(); });
}
nebula_error nebula_shared_bump_check_invariants(const nebula_shared_bump* bump) NEBULA_C_NOEXCEPT {
  return c_api::perform(bump, operation::check_invariants,
                        [](const shared_bump_allocator& bumps) noexcept { return bumps.check_invariants(); });
}
nebula_error nebula_shared_bump_audit(const nebula_shared_bump* bump, nebula_audit_cursor* cursor, size_t steps,
                                      bool* done) NEBULA_C_NOEXCEPT {
  return c_api::audit(bump, cursor, steps, done);
}
