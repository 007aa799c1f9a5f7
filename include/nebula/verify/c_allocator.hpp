// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/nebula.h>
#include <nebula/kernel/arena.hpp>
#include <nebula/kernel/audit.hpp>
#include <nebula/kernel/check_level.hpp>
#include <nebula/kernel/fault.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/marker.hpp>
#include <nebula/kernel/shared_atomics.hpp>
#include <nebula/kernel/state.hpp>

/// The C functions in the shape of the C++ allocators, so that the drivers and models of these run those. Nothing is
/// checked here: an argument goes through as it is, and so does a result. [SR-CAPI-006]
namespace nebula::verify {

[[nodiscard]] inline error from_c(nebula_error failure) {
  return {static_cast<error_code>(failure.code), static_cast<nebula::operation>(failure.during),
          static_cast<component>(failure.reporter), static_cast<configuration_field>(failure.field)};
}
[[nodiscard]] inline nebula_layout for_c(layout block) { return {block.size, block.align}; }
[[nodiscard]] inline nebula_marker for_c(const marker& point) {
  return {point.owner, point.generation, point.serial, point.depth};
}
[[nodiscard]] inline marker from_c(const nebula_marker& point) {
  return {point.owner, point.generation, point.serial, point.depth};
}
/// By code, through the C accessor, so that the order of the table is not taken for granted.
[[nodiscard]] inline allocator_state from_c(const nebula_state& state) {
  allocator_state copy{state.capacity_bytes, state.used_bytes,  state.available_bytes,
                       state.peak_bytes,     state.live_blocks, {},
                       state.cached_blocks};
  for (unsigned value = 0; value < 256; ++value) {
    const std::size_t index = failure_reason_index(static_cast<error_code>(value));
    if (index < failure_reason_count) {
      copy.failures.counts[index] = nebula_failures_of(&state, static_cast<std::uint8_t>(value));
    }
  }
  return copy;
}

/// One object and what every kind of it has. `Api` names the functions of the kind.
template <class Api>
class c_allocator {
public:
  explicit c_allocator(fault_hook hook) : hook_(hook) {}
  ~c_allocator() { end(); }
  c_allocator(const c_allocator&) = delete;
  c_allocator& operator=(const c_allocator&) = delete;

  [[nodiscard]] result<std::byte*> allocate(layout request) {
    void* block = &block; // not null, so that a success that wrote nothing shows
    const nebula_error failure = Api::allocate(object_, for_c(request), &block);
    return had(failure, static_cast<std::byte*>(block));
  }
  [[nodiscard]] result<void> deallocate(std::byte* block, layout allocated) {
    return from_c(Api::deallocate(object_, block, for_c(allocated)));
  }
  [[nodiscard]] result<void> reset() { return from_c(Api::reset(object_)); }
  [[nodiscard]] bool owns(const std::byte* place) const { return Api::owns(object_, place); }
  [[nodiscard]] bool is_corrupted() const { return Api::is_corrupted(object_); }
  [[nodiscard]] allocator_state state() const {
    nebula_state now{};
    const error failure = from_c(Api::state(object_, &now));
    return failure.code == error_code::none ? from_c(now) : allocator_state{};
  }
  [[nodiscard]] result<void> check_invariants() const { return from_c(Api::check_invariants(object_)); }
  [[nodiscard]] result<bool> audit(audit_cursor& cursor, std::size_t steps) const {
    nebula_audit_cursor walk{cursor.owner,   cursor.whole, cursor.version, cursor.position,
                             cursor.visited, cursor.part,  cursor.phase};
    bool done = false;
    const error failure = from_c(Api::audit(object_, &walk, steps, &done));
    cursor = {walk.owner, walk.whole, walk.version, walk.position, walk.visited, walk.part, walk.phase};
    return had(failure, done);
  }

protected:
  /// Ends the object, if it has not ended.
  void end() {
    if (object_ != nullptr) {
      static_cast<void>(from_c(Api::destroy(object_)));
      object_ = nullptr;
    }
  }
  /// What the object's own hook is to be: it hands the fault on, if it is told of this object.
  [[nodiscard]] nebula_fault_hook hook_for_c() {
    return {[](void* context, const nebula_fault* report) {
              const auto& self = *static_cast<const c_allocator*>(context);
              if (report->allocator == self.object_) {
                self.hook_.function(self.hook_.context,
                                    fault{from_c(report->what), static_cast<invariant>(report->broken),
                                          report->allocator, report->address});
              }
            },
            this};
  }
  template <class Config>
  void create(const Config& config) {
    static_cast<void>(from_c(Api::create(&memory_, sizeof memory_, &config, &object_)));
  }
  template <class Value>
  [[nodiscard]] static result<Value> had(nebula_error failure, Value value) {
    return had(from_c(failure), value);
  }
  template <class Value>
  [[nodiscard]] static result<Value> had(error failure, Value value) {
    return failure.code == error_code::none ? result<Value>(value) : result<Value>(failure);
  }
  [[nodiscard]] typename Api::object_type* object() const { return object_; }

private:
  friend struct nebula::metadata_access; // a harness that damages the object, and nothing else of this

  fault_hook hook_;
  typename Api::memory_type memory_{};
  typename Api::object_type* object_ = nullptr;
};

// clang-format off
#define NEBULA_C_FUNCTIONS(kind)                                                    \
  using object_type = nebula_##kind;                                                \
  using memory_type = nebula_##kind##_object;                                       \
  static constexpr auto create = nebula_##kind##_create;                            \
  static constexpr auto destroy = nebula_##kind##_destroy;                          \
  static constexpr auto allocate = nebula_##kind##_allocate;                        \
  static constexpr auto deallocate = nebula_##kind##_deallocate;                    \
  static constexpr auto reset = nebula_##kind##_reset;                              \
  static constexpr auto owns = nebula_##kind##_owns;                                \
  static constexpr auto is_corrupted = nebula_##kind##_is_corrupted;                \
  static constexpr auto state = nebula_##kind##_state;                              \
  static constexpr auto check_invariants = nebula_##kind##_check_invariants;        \
  static constexpr auto audit = nebula_##kind##_audit
// clang-format on

/// What has marks.
template <class Api>
class c_marking_allocator : public c_allocator<Api> {
public:
  using c_allocator<Api>::c_allocator;

  [[nodiscard]] result<marker> mark() {
    nebula_marker point{};
    const nebula_error failure = Api::mark(this->object(), &point);
    return this->had(failure, from_c(point));
  }
  [[nodiscard]] result<void> restore(const marker& point) {
    const nebula_marker given = for_c(point);
    return from_c(Api::restore(this->object(), &given));
  }
  [[nodiscard]] std::size_t mark_count() const { return Api::mark_count(this->object()); }
};

/// A bump or a stack: over a storage, with a level.
template <class Api>
class c_byte_allocator : public c_marking_allocator<Api> {
public:
  c_byte_allocator(byte_span storage, fault_hook hook, check_level level) : c_marking_allocator<Api>(hook) {
    this->create(
        typename Api::config_type{{storage.data, storage.size}, this->hook_for_c(), static_cast<std::uint8_t>(level)});
  }
};

struct c_bump_functions {
  NEBULA_C_FUNCTIONS(bump);
  using config_type = nebula_bump_config;
  static constexpr auto mark = nebula_bump_mark;
  static constexpr auto restore = nebula_bump_restore;
  static constexpr auto mark_count = nebula_bump_mark_count;
};
using c_bump = c_byte_allocator<c_bump_functions>;

struct c_stack_functions {
  NEBULA_C_FUNCTIONS(stack);
  using config_type = nebula_stack_config;
  static constexpr auto mark = nebula_stack_mark;
  static constexpr auto restore = nebula_stack_restore;
  static constexpr auto mark_count = nebula_stack_mark_count;
};
class c_stack : public c_byte_allocator<c_stack_functions> {
public:
  using c_byte_allocator::c_byte_allocator;

  [[nodiscard]] result<void> resize_top(std::byte* block, layout allocated, std::size_t size_bytes) {
    return from_c(nebula_stack_resize_top(object(), block, for_c(allocated), size_bytes));
  }
};

struct c_shared_bump_functions {
  NEBULA_C_FUNCTIONS(shared_bump);
};
class c_shared_bump : public c_allocator<c_shared_bump_functions> {
public:
  using atomics_type = shared_atomics;

  c_shared_bump(byte_span storage, fault_hook hook) : c_allocator(hook) {
    create(nebula_shared_bump_config{{storage.data, storage.size}, hook_for_c()});
  }
};

struct c_arena_functions {
  NEBULA_C_FUNCTIONS(arena);
  static constexpr auto mark = nebula_arena_mark;
  static constexpr auto restore = nebula_arena_restore;
  static constexpr auto mark_count = nebula_arena_mark_count;
};
/// An arena of C over a stack of C.
class c_arena : public c_marking_allocator<c_arena_functions> {
public:
  /// The source of `wanted` is not looked at.
  c_arena(byte_span storage, const arena_config& wanted)
      : c_marking_allocator(wanted.hook),
        chunks_(storage, wanted.hook, check_level::standard),
        source_(nebula_stack_chunk_source(chunks_.object())) {
    create(nebula_arena_config{&source_, wanted.chunk_bytes, wanted.growth_bytes, wanted.capacity_max_bytes,
                               hook_for_c(), static_cast<std::uint8_t>(wanted.growth), !wanted.track_allocations});
  }
  ~c_arena() { end(); } // before the stack

  [[nodiscard]] arena_statistics statistics() const {
    nebula_arena_statistics now{};
    const error failure = from_c(nebula_arena_get_statistics(object(), &now));
    return failure.code == error_code::none ? arena_statistics{now.total_allocated_bytes, now.current_used_bytes,
                                                               now.chunk_count, now.largest_chunk_bytes}
                                            : arena_statistics{};
  }
  [[nodiscard]] const c_stack& chunks() const { return chunks_; }

private:
  class stack_of_chunks : public c_stack {
  public:
    using c_stack::c_stack;
    using c_stack::object;
  };
  stack_of_chunks chunks_;
  nebula_chunk_source source_;
};

} // namespace nebula::verify
