// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <nebula/construct/array_view.hpp>
#include <nebula/construct/lifetime.hpp>
#include <nebula/kernel/exception_namespace.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/result.hpp>

/// Objects in blocks of any allocator. Thread and interrupt safety: the allocator's, and that of T's own constructors
/// and destructor. The T of a call that destroys is the one of the call that made.
namespace nebula {
inline namespace NEBULA_EXCEPTION_NAMESPACE {

/// A block, and in it a T made of the arguments. [SR-CONS-002] Errors: allocate()'s. A constructor that throws gives the
/// block back, and its exception goes on to the caller. O(1) but for the allocator and the constructor.
template <class T, class Allocator, class... Arguments>
[[nodiscard]] result<T*> make(Allocator& allocator,
                              Arguments&&... arguments) noexcept(is_nothrow_makeable<T, Arguments...>::value) {
  static_assert(is_makeable<T>::value, "T is an object type, neither array nor const, whose destructor does not throw");
  constexpr layout request = layout::of<T>();
  const result<std::byte*> block = allocator.allocate(request);
  if (NEBULA_UNLIKELY(!block.has_value())) {
    return block.error();
  }
  block_under_construction<Allocator> guard(allocator, block.value(), request);
  T* const object = construct_in<T>(block.value(), std::forward<Arguments>(arguments)...);
  guard.release();
  return object;
}

/// `count` T in a row in one block, each made of the same arguments, value-initialised iff there are none. Empty,
/// without a block, iff the count is 0. [SR-CONS-003] Errors, in this order: size_overflow iff count * sizeof(T) exceeds
/// SIZE_MAX; allocate()'s. A constructor that throws destroys the elements before it, the last first, and gives the
/// block back. O(count).
template <class T, class Allocator, class... Arguments>
[[nodiscard]] result<array_view<T>> make_array(
    Allocator& allocator, std::size_t count,
    const Arguments&... arguments) noexcept(is_nothrow_makeable<T, const Arguments&...>::value) {
  static_assert(is_makeable<T>::value, "T is an object type, neither array nor const, whose destructor does not throw");
  if (count == 0) {
    return array_view<T>{};
  }
  const result<layout> request = layout::array<T>(count);
  if (NEBULA_UNLIKELY(!request.has_value())) {
    return request.error();
  }
  const result<std::byte*> block = allocator.allocate(request.value());
  if (NEBULA_UNLIKELY(!block.has_value())) {
    return block.error();
  }
  block_under_construction<Allocator> guard(allocator, block.value(), request.value());
  array_under_construction<T> elements(block.value());
  for (std::size_t index = 0; index < count; ++index) {
    elements.add(arguments...);
  }
  guard.release();
  return array_view<T>{elements.release(), count};
}

/// Ends the object's life and gives its block back; neither of the two iff the free is wrong, so that a pointer that was
/// destroyed already, or is not the allocator's, never runs a destructor. [SR-CONS-004] Errors: deallocate()'s. What the
/// allocator knows beforehand, and what it cannot: docs/construct.md.
template <class T, class Allocator>
[[nodiscard]] result<void> destroy(Allocator& allocator, T* object) noexcept {
  static_assert(is_makeable<T>::value, "T is the type that make() was given");
  return free_after(allocator, reinterpret_cast<std::byte*>(object), layout::of<T>(),
                    [object]() noexcept { std::destroy_at(object); });
}

/// The same for all elements of an array, the last first. Nothing to do iff the view is empty. size_overflow iff
/// count * sizeof(T) exceeds SIZE_MAX; else deallocate()'s errors. [SR-CONS-005] O(count).
template <class T, class Allocator>
[[nodiscard]] result<void> destroy_array(Allocator& allocator, array_view<T> elements) noexcept {
  static_assert(is_makeable<T>::value, "T is the type that make_array() was given");
  if (elements.empty()) {
    return {};
  }
  const result<layout> allocated = layout::array<T>(elements.count);
  if (NEBULA_UNLIKELY(!allocated.has_value())) {
    return allocated.error();
  }
  return free_after(allocator, reinterpret_cast<std::byte*>(elements.data), allocated.value(),
                    [elements]() noexcept { destroy_in_reverse(elements.data, elements.count); });
}

/// Room for `count` T in a row, and no object in it. Null, without a block, iff the count is 0. [SR-CONS-006] Errors as
/// make_array(). O(1) but for the allocator.
template <class T, class Allocator>
[[nodiscard]] result<T*> allocate_for(Allocator& allocator, std::size_t count = 1) noexcept {
  static_assert(std::is_object_v<T>, "T has a size");
  if (count == 0) {
    return static_cast<T*>(nullptr);
  }
  const result<layout> request = layout::array<T>(count);
  if (NEBULA_UNLIKELY(!request.has_value())) {
    return request.error();
  }
  const result<std::byte*> block = allocator.allocate(request.value());
  if (NEBULA_UNLIKELY(!block.has_value())) {
    return block.error();
  }
  // NOLINTNEXTLINE(bugprone-casting-through-void): g++ takes the direct cast for one to a stricter alignment
  return static_cast<T*>(static_cast<void*>(block.value()));
}

/// Gives back what allocate_for() gave with the same count; runs no destructor. Nothing to do iff the count is 0. Errors
/// as destroy_array(). [SR-CONS-006]
template <class T, class Allocator>
[[nodiscard]] result<void> deallocate_for(Allocator& allocator, T* room, std::size_t count = 1) noexcept {
  if (count == 0) {
    return {};
  }
  const result<layout> allocated = layout::array<T>(count);
  if (NEBULA_UNLIKELY(!allocated.has_value())) {
    return allocated.error();
  }
  return allocator.deallocate(reinterpret_cast<std::byte*>(room), allocated.value());
}

} // namespace NEBULA_EXCEPTION_NAMESPACE
} // namespace nebula
