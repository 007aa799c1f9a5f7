// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/c/bump.h>

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/bump_allocator.hpp>
#include <nebula/kernel/c_object.hpp>

using namespace nebula;

struct nebula_bump
    : c_api::object<bump_allocator, component::bump_allocator, NEBULA_BUMP_OBJECT_BYTES, NEBULA_BUMP_OBJECT_ALIGN> {};
static_assert(sizeof(nebula_bump) == sizeof(nebula_bump_object) && sizeof(nebula_bump) == NEBULA_BUMP_OBJECT_BYTES);
static_assert(alignof(nebula_bump) == alignof(nebula_bump_object) && alignof(nebula_bump) == NEBULA_BUMP_OBJECT_ALIGN);

nebula_error nebula_bump_create(void* object, size_t object_bytes, const nebula_bump_config* config,
                                nebula_bump** made) NEBULA_C_NOEXCEPT {
  const error wrong = c_api::wrong_memory<nebula_bump>(object, object_bytes, config, made);
  if (wrong.code != error_code::none) {
    return c_api::to_c(wrong);
  }
  return c_api::create(object, config->hook,
                       bump_config{c_api::to_cpp(config->storage), {}, c_api::to_level(config->level)}, made);
}
nebula_error nebula_bump_destroy(nebula_bump* bump) NEBULA_C_NOEXCEPT { return c_api::destroy(bump); }

nebula_error nebula_bump_allocate(nebula_bump* bump, nebula_layout request, void** block) NEBULA_C_NOEXCEPT {
  return c_api::produce(bump, operation::allocate, block,
                        [&](bump_allocator& bumps) noexcept { return bumps.allocate(c_api::to_cpp(request)); });
}
nebula_error nebula_bump_deallocate(nebula_bump* bump, void* block, nebula_layout allocated) NEBULA_C_NOEXCEPT {
  return c_api::perform(bump, operation::deallocate, [&](bump_allocator& bumps) noexcept {
    return bumps.deallocate(static_cast<std::byte*>(block), c_api::to_cpp(allocated));
  });
}

nebula_error nebula_bump_mark(nebula_bump* bump, nebula_marker* point) NEBULA_C_NOEXCEPT {
  return c_api::produce(bump, operation::mark, point, [](bump_allocator& bumps) noexcept { return bumps.mark(); });
}
nebula_error nebula_bump_restore(nebula_bump* bump, const nebula_marker* point) NEBULA_C_NOEXCEPT {
  return c_api::restore(bump, point);
}
nebula_error nebula_bump_reset(nebula_bump* bump) NEBULA_C_NOEXCEPT {
  return c_api::perform(bump, operation::reset, [](bump_allocator& bumps) noexcept { return bumps.reset(); });
}

bool nebula_bump_owns(const nebula_bump* bump, const void* address) NEBULA_C_NOEXCEPT {
  return c_api::observe(bump, false, [&](const bump_allocator& bumps) noexcept {
    return bumps.owns(static_cast<const std::byte*>(address));
  });
}
nebula_error nebula_bump_state(const nebula_bump* bump, nebula_state* state) NEBULA_C_NOEXCEPT {
  return c_api::state_of(bump, state);
}
size_t nebula_bump_mark_count(const nebula_bump* bump) NEBULA_C_NOEXCEPT {
  return c_api::observe(bump, std::size_t{0}, [](const bump_allocator& bumps) noexcept { return bumps.mark_count(); });
}
size_t nebula_bump_mark_bytes() NEBULA_C_NOEXCEPT { return bump_allocator::mark_bytes(); }

bool nebula_bump_is_corrupted(const nebula_bump* bump) NEBULA_C_NOEXCEPT {
  return c_api::observe(bump, false, [](const bump_allocator& bumps) noexcept { return bumps.is_corrupted(); });
}
uint8_t nebula_bump_level(const nebula_bump* bump) NEBULA_C_NOEXCEPT {
  return c_api::observe(bump, std::uint8_t{0},
                        [](const bump_allocator& bumps) noexcept { return static_cast<std::uint8_t>(bumps.level()); });
}
nebula_error nebula_bump_check_invariants(const nebula_bump* bump) NEBULA_C_NOEXCEPT {
  return c_api::perform(bump, operation::check_invariants,
                        [](const bump_allocator& bumps) noexcept { return bumps.check_invariants(); });
}
nebula_error nebula_bump_audit(const nebula_bump* bump, nebula_audit_cursor* cursor, size_t steps,
                               bool* done) NEBULA_C_NOEXCEPT {
  return c_api::audit(bump, cursor, steps, done);
}
