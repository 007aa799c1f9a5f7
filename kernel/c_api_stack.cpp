// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/c/stack.h>

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/c_object.hpp>
#include <nebula/kernel/stack_allocator.hpp>

using namespace nebula;

struct nebula_stack
    : c_api::object<stack_allocator, component::stack_allocator, NEBULA_STACK_OBJECT_BYTES, NEBULA_STACK_OBJECT_ALIGN> {
};
static_assert(sizeof(nebula_stack) == sizeof(nebula_stack_object) && sizeof(nebula_stack) == NEBULA_STACK_OBJECT_BYTES);
static_assert(alignof(nebula_stack) == alignof(nebula_stack_object) &&
              alignof(nebula_stack) == NEBULA_STACK_OBJECT_ALIGN);

nebula_error nebula_stack_create(void* object, size_t object_bytes, const nebula_stack_config* config,
                                 nebula_stack** made) NEBULA_C_NOEXCEPT {
  const error wrong = c_api::wrong_memory<nebula_stack>(object, object_bytes, config, made);
  if (wrong.code != error_code::none) {
    return c_api::to_c(wrong);
  }
  return c_api::create(object, config->hook,
                       stack_config{c_api::to_cpp(config->storage), {}, c_api::to_level(config->level)}, made);
}
nebula_error nebula_stack_destroy(nebula_stack* stack) NEBULA_C_NOEXCEPT { return c_api::destroy(stack); }

nebula_error nebula_stack_allocate(nebula_stack* stack, nebula_layout request, void** block) NEBULA_C_NOEXCEPT {
  return c_api::produce(stack, operation::allocate, block,
                        [&](stack_allocator& frames) noexcept { return frames.allocate(c_api::to_cpp(request)); });
}
nebula_error nebula_stack_deallocate(nebula_stack* stack, void* block, nebula_layout allocated) NEBULA_C_NOEXCEPT {
  return c_api::perform(stack, operation::deallocate, [&](stack_allocator& frames) noexcept {
    return frames.deallocate(static_cast<std::byte*>(block), c_api::to_cpp(allocated));
  });
}
nebula_error nebula_stack_resize_top(nebula_stack* stack, void* block, nebula_layout allocated,
                                     size_t size_bytes) NEBULA_C_NOEXCEPT {
  return c_api::perform(stack, operation::resize, [&](stack_allocator& frames) noexcept {
    return frames.resize_top(static_cast<std::byte*>(block), c_api::to_cpp(allocated), size_bytes);
  });
}

nebula_error nebula_stack_mark(nebula_stack* stack, nebula_marker* point) NEBULA_C_NOEXCEPT {
  return c_api::produce(stack, operation::mark, point, [](stack_allocator& frames) noexcept { return frames.mark(); });
}
nebula_error nebula_stack_restore(nebula_stack* stack, const nebula_marker* point) NEBULA_C_NOEXCEPT {
  return c_api::restore(stack, point);
}
nebula_error nebula_stack_reset(nebula_stack* stack) NEBULA_C_NOEXCEPT {
  return c_api::perform(stack, operation::reset, [](stack_allocator& frames) noexcept { return frames.reset(); });
}

bool nebula_stack_owns(const nebula_stack* stack, const void* address) NEBULA_C_NOEXCEPT {
  return c_api::observe(stack, false, [&](const stack_allocator& frames) noexcept {
    return frames.owns(static_cast<const std::byte*>(address));
  });
}
nebula_error nebula_stack_state(const nebula_stack* stack, nebula_state* state) NEBULA_C_NOEXCEPT {
  return c_api::state_of(stack, state);
}
size_t nebula_stack_mark_count(const nebula_stack* stack) NEBULA_C_NOEXCEPT {
  return c_api::observe(stack, std::size_t{0},
                        [](const stack_allocator& frames) noexcept { return frames.mark_count(); });
}
size_t nebula_stack_record_bytes() NEBULA_C_NOEXCEPT { return stack_allocator::record_bytes(); }

bool nebula_stack_is_corrupted(const nebula_stack* stack) NEBULA_C_NOEXCEPT {
  return c_api::observe(stack, false, [](const stack_allocator& frames) noexcept { return frames.is_corrupted(); });
}
uint8_t nebula_stack_level(const nebula_stack* stack) NEBULA_C_NOEXCEPT {
  return c_api::observe(stack, std::uint8_t{0}, [](const stack_allocator& frames) noexcept {
    return static_cast<std::uint8_t>(frames.level());
  });
}
nebula_error nebula_stack_check_invariants(const nebula_stack* stack) NEBULA_C_NOEXCEPT {
  return c_api::perform(stack, operation::check_invariants,
                        [](const stack_allocator& frames) noexcept { return frames.check_invariants(); });
}
nebula_error nebula_stack_audit(const nebula_stack* stack, nebula_audit_cursor* cursor, size_t steps,
                                bool* done) NEBULA_C_NOEXCEPT {
  return c_api::audit(stack, cursor, steps, done);
}
