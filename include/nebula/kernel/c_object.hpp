// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include <nebula/c/fault.h>
#include <nebula/c/pool.h>
#include <nebula/c/state.h>
#include <nebula/kernel/audit.hpp>
#include <nebula/kernel/check_level.hpp>
#include <nebula/kernel/fault.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/marker.hpp>
#include <nebula/kernel/pool.hpp>
#include <nebula/kernel/state.hpp>

/// What the C functions of all allocators have in common: how an object lies in the caller's memory, how it is
/// recognised, how faults and results cross over. Nothing is decided here but whether the arguments are there: that is
/// the allocators' affair. [SR-CAPI-006] For the kernel's compiled part; C and C++ programs need none of it.
namespace nebula::c_api {

// --- from C++ to C and back ---------------------------------------------------------------------------------------------

[[nodiscard]] constexpr nebula_error to_c(error failure) noexcept {
  return {static_cast<std::uint8_t>(failure.code), static_cast<std::uint8_t>(failure.during),
          static_cast<std::uint8_t>(failure.reporter), static_cast<std::uint8_t>(failure.field)};
}
[[nodiscard]] constexpr error to_cpp(nebula_error failure) noexcept {
  return {static_cast<error_code>(failure.code), static_cast<operation>(failure.during),
          static_cast<component>(failure.reporter), static_cast<configuration_field>(failure.field)};
}
/// The allocators' own validation refuses what is no level.
[[nodiscard]] constexpr check_level to_level(std::uint8_t level) noexcept { return static_cast<check_level>(level); }
[[nodiscard]] constexpr nebula_layout to_c(layout block) noexcept { return {block.size, block.align}; }
[[nodiscard]] constexpr layout to_cpp(nebula_layout block) noexcept { return {block.size, block.align}; }
[[nodiscard]] constexpr nebula_byte_span to_c(byte_span bytes) noexcept { return {bytes.data, bytes.size}; }
[[nodiscard]] inline byte_span to_cpp(nebula_byte_span bytes) noexcept {
  return {static_cast<std::byte*>(bytes.data), bytes.size};
}
[[nodiscard]] constexpr nebula_marker to_c(const marker& point) noexcept {
  return {point.owner, point.generation, point.serial, point.depth};
}
[[nodiscard]] constexpr marker to_cpp(const nebula_marker& point) noexcept {
  return {point.owner, point.generation, point.serial, point.depth};
}
[[nodiscard]] constexpr nebula_audit_cursor to_c(const audit_cursor& cursor) noexcept {
  return {cursor.owner, cursor.whole, cursor.version, cursor.position, cursor.visited, cursor.part, cursor.phase};
}
[[nodiscard]] constexpr audit_cursor to_cpp(const nebula_audit_cursor& cursor) noexcept {
  return {cursor.owner, cursor.whole, cursor.version, cursor.position, cursor.visited, cursor.part, cursor.phase};
}
[[nodiscard]] constexpr nebula_state to_c(const allocator_state& state) noexcept {
  nebula_state copy{state.capacity_bytes, state.used_bytes,  state.available_bytes,
                    state.peak_bytes,     state.live_blocks, {},
                    state.cached_blocks};
  for (std::size_t reason = 0; reason < failure_reason_count; ++reason) {
    copy.failures[reason] = state.failures.counts[reason];
  }
  return copy;
}
[[nodiscard]] constexpr allocator_state to_cpp(const nebula_state& state) noexcept {
  allocator_state copy{state.capacity_bytes, state.used_bytes,  state.available_bytes,
                       state.peak_bytes,     state.live_blocks, {},
                       state.cached_blocks};
  for (std::size_t reason = 0; reason < failure_reason_count; ++reason) {
    copy.failures.counts[reason] = state.failures[reason];
  }
  return copy;
}
/// Handles are counted from 1 in C, where all-zero structures are made by accident.
[[nodiscard]] NEBULA_WRAPS constexpr nebula_block_handle to_c(block_handle handle) noexcept {
  return {handle.index + 1, handle.generation};
}
[[nodiscard]] NEBULA_WRAPS constexpr block_handle to_cpp(nebula_block_handle handle) noexcept {
  return {handle.slot - 1, handle.generation};
}
[[nodiscard]] constexpr void* to_c(std::byte* block) noexcept { return block; }
[[nodiscard]] constexpr std::size_t to_c(std::size_t number) noexcept { return number; }
[[nodiscard]] constexpr bool to_c(bool holds) noexcept { return holds; }

// --- objects ------------------------------------------------------------------------------------------------------------

/// An allocator whose failures the C functions can count, too.
template <class Allocator>
class counting : public Allocator {
public:
  using Allocator::Allocator;
  using Allocator::misuse;
};

/// What lies in the caller's memory: as many bytes, and as strictly aligned, as the C header says, whatever the allocator
/// itself takes. The first word is the seal, which a live object has and nothing else.
template <class Allocator, component Reporter, std::size_t Bytes, std::size_t Align>
struct alignas(Align) object {
  using allocator_type = counting<Allocator>;
  static constexpr component reporter = Reporter;
  static constexpr std::size_t place_offset =
      checked_align_up(sizeof(std::uintptr_t) + sizeof(nebula_fault_hook), alignof(allocator_type)).value;
  static_assert(sizeof(allocator_type) <= Bytes - place_offset, "raise the number of bytes in the C header");
  static_assert(alignof(allocator_type) <= Align, "raise the alignment in the C header");

  std::uintptr_t seal;
  nebula_fault_hook hook;
  alignas(allocator_type) std::byte place[Bytes - place_offset];

  [[nodiscard]] void* beginning() noexcept { return place; }
  [[nodiscard]] const void* beginning() const noexcept { return place; }
};

/// The allocator in a live object.
template <class Object>
[[nodiscard]] typename Object::allocator_type& allocator_in(Object& object) noexcept {
  return *std::launder(static_cast<typename Object::allocator_type*>(object.beginning()));
}
template <class Object>
[[nodiscard]] const typename Object::allocator_type& allocator_in(const Object& object) noexcept {
  return *std::launder(static_cast<const typename Object::allocator_type*>(object.beginning()));
}

/// The seal of an object of this type at this address: no copy has it, nor an object of another type, nor zeros.
template <class Object>
[[nodiscard]] std::uintptr_t seal_at(const void* memory) noexcept {
  return reinterpret_cast<std::uintptr_t>(memory) ^
         (std::uintptr_t{0x4E424C00} + static_cast<std::uintptr_t>(Object::reporter) * 2 + 1);
}
/// True iff the memory holds a live object of the type. Read as bytes: it may hold anything.
template <class Object>
[[nodiscard]] bool is_sealed(const void* memory) noexcept {
  std::uintptr_t found = 0;
  __builtin_memcpy(&found, memory, sizeof found);
  return found == seal_at<Object>(memory);
}

/// A misuse that no allocator can be blamed for: the program's hook hears of it.
NEBULA_COLD inline error orphan_misuse(error_code code, operation during, component reporter,
                                       const void* address) noexcept NEBULA_NONBLOCKING {
  const error failure{code, during, reporter};
  report_fault(fault_hook{}, fault{failure, invariant::none, nullptr, address});
  return failure;
}

/// Why this is no object of the type; none iff it is one. [SR-CAPI-002]
template <class Object>
[[nodiscard]] error wrong_object(const Object* object, operation during) noexcept NEBULA_NONBLOCKING {
  if (NEBULA_UNLIKELY(object == nullptr)) {
    return orphan_misuse(error_code::null_pointer, during, Object::reporter, nullptr);
  }
  if (NEBULA_UNLIKELY(!is_sealed<Object>(object))) {
    return orphan_misuse(error_code::foreign_pointer, during, Object::reporter, object);
  }
  return {};
}

/// True iff memory for a new object would overwrite a live one that it is to refer to.
template <class Object>
[[nodiscard]] NEBULA_WRAPS bool overlap(const void* memory, std::size_t bytes, const Object* other) noexcept {
  const auto first = reinterpret_cast<std::uintptr_t>(memory);
  const auto second = reinterpret_cast<std::uintptr_t>(other);
  return first - second < sizeof(Object) || second - first < bytes;
}

/// The same, and then whether there is a place for the result.
template <class Object>
[[nodiscard]] error wrong_argument(const Object* object, const void* place,
                                   operation during) noexcept NEBULA_NONBLOCKING {
  const error wrong = wrong_object(object, during);
  if (NEBULA_UNLIKELY(wrong.code == error_code::none && place == nullptr)) {
    return allocator_in(*object).misuse(error_code::null_pointer, during, nullptr);
  }
  return wrong;
}

// --- calls --------------------------------------------------------------------------------------------------------------

/// Calls `call` with the allocator, if the object is one.
template <class Object, class Call>
[[nodiscard]] nebula_error perform(Object* object, operation during, Call call) noexcept NEBULA_NONBLOCKING {
  const error wrong = wrong_object(object, during);
  return to_c(NEBULA_UNLIKELY(wrong.code != error_code::none) ? wrong : call(allocator_in(*object)).error());
}
/// The same for a call that has a value, which is written to `made` iff there is one.
template <class Object, class Made, class Call>
[[nodiscard]] nebula_error produce(Object* object, operation during, Made* made,
                                   Call call) noexcept NEBULA_NONBLOCKING {
  const error wrong = wrong_argument(object, made, during);
  if (NEBULA_UNLIKELY(wrong.code != error_code::none)) {
    return to_c(wrong);
  }
  const auto outcome = call(allocator_in(*object));
  if (outcome.has_value()) {
    *made = to_c(outcome.value());
  }
  return to_c(outcome.error());
}
/// What `look` sees in the allocator; `otherwise` iff the object is none.
template <class Object, class Value, class Look>
[[nodiscard]] Value observe(const Object* object, Value otherwise, Look look) noexcept NEBULA_NONBLOCKING {
  const error wrong = wrong_object(object, operation::none);
  return NEBULA_UNLIKELY(wrong.code != error_code::none) ? otherwise : look(allocator_in(*object));
}

template <class Object>
[[nodiscard]] nebula_error state_of(const Object* object, nebula_state* state) noexcept NEBULA_NONBLOCKING {
  return produce(object, operation::none, state,
                 [](const auto& allocator) noexcept { return result<allocator_state>(allocator.state()); });
}
template <class Object>
[[nodiscard]] nebula_error restore(Object* object, const nebula_marker* point) noexcept NEBULA_NONBLOCKING {
  const error wrong = wrong_argument(object, point, operation::restore);
  return to_c(NEBULA_UNLIKELY(wrong.code != error_code::none) ? wrong
                                                              : allocator_in(*object).restore(to_cpp(*point)).error());
}
template <class Object>
[[nodiscard]] nebula_error audit(const Object* object, nebula_audit_cursor* cursor, std::size_t steps,
                                 bool* done) noexcept NEBULA_NONBLOCKING {
  constexpr operation during = operation::check_invariants;
  error wrong = wrong_argument(object, done, during);
  if (NEBULA_UNLIKELY(wrong.code == error_code::none && cursor == nullptr)) {
    wrong = allocator_in(*object).misuse(error_code::null_pointer, during, nullptr);
  }
  if (NEBULA_UNLIKELY(wrong.code != error_code::none)) {
    return to_c(wrong);
  }
  audit_cursor walk = to_cpp(*cursor);
  const result<bool> outcome = allocator_in(*object).audit(walk, steps);
  if (outcome.has_value()) {
    *cursor = to_c(walk);
    *done = outcome.value();
  }
  return to_c(outcome.error());
}

/// What a configuration says of the storage that it needs: `ask` is called iff there is one, and a place for the answer.
template <class CConfig, class Ask>
[[nodiscard]] nebula_error storage_needed(component reporter, const CConfig* config, std::size_t* bytes,
                                          Ask ask) noexcept NEBULA_NONBLOCKING {
  if (NEBULA_UNLIKELY(config == nullptr || bytes == nullptr)) {
    return to_c(orphan_misuse(error_code::null_pointer, operation::configure, reporter, nullptr));
  }
  const result<std::size_t> needed = ask(*config);
  if (needed.has_value()) {
    *bytes = needed.value();
  }
  return to_c(needed.error());
}

// --- the beginning and the end ------------------------------------------------------------------------------------------

/// Hands a fault of the allocator in an object on to the object's hook, under the object's address, which the program
/// knows; to the program's hook if it has none.
template <class Object>
void forward_fault(void* context, const fault& report) {
  const auto* const object = static_cast<const Object*>(context);
  if (object->hook.function != nullptr) {
    const nebula_fault handed_on{to_c(report.what), static_cast<std::uint8_t>(report.broken), object, report.address};
    object->hook.function(object->hook.context, &handed_on);
    return;
  }
  fault handed_on = report;
  handed_on.allocator = object;
  report_fault(fault_hook{}, handed_on);
}

/// Why no object of the type can be made of these arguments; none iff one can.
template <class Object>
[[nodiscard]] error wrong_memory(const void* memory, std::size_t bytes, const void* config,
                                 Object* const* made) noexcept NEBULA_NONBLOCKING {
  constexpr operation during = operation::configure;
  if (NEBULA_UNLIKELY(memory == nullptr || config == nullptr || made == nullptr)) {
    return orphan_misuse(error_code::null_pointer, during, Object::reporter, nullptr);
  }
  if (NEBULA_UNLIKELY(bytes < sizeof(Object) ||
                      padding_bytes(reinterpret_cast<std::uintptr_t>(memory), alignof(Object)) != 0)) {
    return {error_code::invalid_configuration, during, Object::reporter, configuration_field::object_memory};
  }
  return {};
}

/// The object, of memory that is not wrong, with an allocator of these arguments.
template <class Object, class... Arguments>
// NOLINTNEXTLINE(cppcoreguidelines-missing-std-forward): forwarded by a cast, for <utility> is not freestanding
[[nodiscard]] Object* made_in(void* memory, nebula_fault_hook hook, Arguments&&... arguments) noexcept {
  auto* const object = ::new (memory) Object;
  object->hook = hook;
  ::new (object->beginning()) typename Object::allocator_type(static_cast<Arguments&&>(arguments)...);
  object->seal = seal_at<Object>(object);
  return object;
}

/// Makes the object, of memory and arguments that are not wrong, iff the configuration is valid. The configuration's hook
/// is set here.
template <class Object, class Config>
[[nodiscard]] nebula_error create(void* memory, nebula_fault_hook hook, Config config,
                                  Object** made) noexcept NEBULA_NONBLOCKING {
  config.hook = fault_hook{forward_fault<Object>, memory};
  const auto plan = config.validate();
  if (NEBULA_UNLIKELY(!plan.has_value())) {
    return to_c(plan.error());
  }
  *made = made_in<Object>(memory, hook, plan.value());
  return {};
}

/// Ends the allocator and breaks the seal, unless the allocator is still `in_use`: a misuse, and nothing has ended.
template <class Object, class InUse>
[[nodiscard]] nebula_error destroy_unless(Object* object, error_code otherwise,
                                          InUse in_use) noexcept NEBULA_NONBLOCKING {
  using allocator_type = typename Object::allocator_type;
  constexpr operation during = operation::destroy;
  const error wrong = wrong_object(object, during);
  if (NEBULA_UNLIKELY(wrong.code != error_code::none)) {
    return to_c(wrong);
  }
  allocator_type& allocator = allocator_in(*object);
  if (NEBULA_UNLIKELY(in_use(allocator))) {
    return to_c(allocator.misuse(otherwise, during, nullptr));
  }
  allocator.~allocator_type();
  object->seal = 0;
  return {};
}
template <class Object>
[[nodiscard]] nebula_error destroy(Object* object) noexcept NEBULA_NONBLOCKING {
  return destroy_unless(object, error_code::none, [](const auto& /*allocator*/) noexcept { return false; });
}

} // namespace nebula::c_api
