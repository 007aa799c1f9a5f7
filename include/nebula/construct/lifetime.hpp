// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include <nebula/kernel/contract.hpp>
#include <nebula/kernel/error.hpp>
#include <nebula/kernel/exception_namespace.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/result.hpp>

/// What all of this layer does with objects and blocks, and nothing else does: the places where a lifetime begins and
/// ends.
namespace nebula {
inline namespace NEBULA_EXCEPTION_NAMESPACE {

/// What this layer makes: objects that can be destroyed without fail. A destructor that throws would leave a block that
/// is neither owned nor free.
template <class T>
struct is_makeable : std::bool_constant<std::is_object_v<T> && !std::is_array_v<T> && !std::is_const_v<T> &&
                                        !std::is_volatile_v<T> && std::is_nothrow_destructible_v<T>> {};

/// Aggregates are made with braces, of their members; all else, and a copy of an aggregate, with parentheses.
template <class T, class... Arguments>
inline constexpr bool is_made_with_braces =
    std::is_aggregate_v<T> &&
    !(sizeof...(Arguments) == 1 && (std::is_same_v<std::remove_cv_t<std::remove_reference_t<Arguments>>, T> && ...));

template <class T, class... Arguments>
[[nodiscard]] constexpr bool makes_nothrow() noexcept {
  if constexpr (is_made_with_braces<T, Arguments...>) {
    return noexcept(T{std::declval<Arguments>()...});
  } else {
    return std::is_nothrow_constructible_v<T, Arguments...>;
  }
}
template <class T, class... Arguments>
struct is_nothrow_makeable : std::bool_constant<makes_nothrow<T, Arguments...>()> {};

/// Begins the life of a T at `place`, which has T's size and alignment.
template <class T, class... Arguments>
T* construct_in(std::byte* place, Arguments&&... arguments) {
  if constexpr (is_made_with_braces<T, Arguments...>) {
    return ::new (static_cast<void*>(place)) T{std::forward<Arguments>(arguments)...};
  } else {
    return ::new (static_cast<void*>(place)) T(std::forward<Arguments>(arguments)...);
  }
}

/// Ends the lives of `count` T in a row, the last first.
template <class T>
void destroy_in_reverse(T* first, std::size_t count) noexcept {
  while (count != 0) {
    --count;
    std::destroy_at(first + count);
  }
}

/// The objects of an array that is being made: destroyed again, the last first, unless the array becomes whole.
template <class T>
class array_under_construction {
public:
  explicit array_under_construction(std::byte* place) noexcept : place_(place) {}
  ~array_under_construction() { destroy_in_reverse(first_, count_); }
  array_under_construction(const array_under_construction&) = delete;
  array_under_construction& operator=(const array_under_construction&) = delete;

  template <class... Arguments>
  void add(Arguments&&... arguments) {
    T* const object = construct_in<T>(place_ + count_ * sizeof(T), std::forward<Arguments>(arguments)...);
    first_ = count_ == 0 ? object : first_;
    ++count_;
  }
  /// The array is whole: it has an owner from here on.
  [[nodiscard]] T* release() noexcept {
    count_ = 0;
    return first_;
  }

private:
  std::byte* place_;
  T* first_ = nullptr;
  std::size_t count_ = 0;
};

/// A call that must not be lost, for nobody is there to repeat it. At the paranoid level a call can end early, once for
/// each stray write of the program that it finds: that has been reported and mended by then.
template <class Call>
auto past_stray_writes(Call call) noexcept(noexcept(call())) {
  auto outcome = call();
  while (NEBULA_UNLIKELY(is_stray_write(outcome.code()))) {
    outcome = call();
  }
  return outcome;
}

/// A block that is to be given back unless what it is for comes about.
template <class Allocator>
class block_under_construction {
public:
  block_under_construction(Allocator& allocator, std::byte* block, layout allocated) noexcept
      : allocator_(allocator), block_(block), allocated_(allocated) {}
  ~block_under_construction() {
    if (block_ != nullptr) {
      // refused iff the constructor that failed has left blocks of its own above this one, in a stack or a bump
      static_cast<void>(past_stray_writes([this]() noexcept { return allocator_.deallocate(block_, allocated_); }));
    }
  }
  block_under_construction(const block_under_construction&) = delete;
  block_under_construction& operator=(const block_under_construction&) = delete;

  void release() noexcept { block_ = nullptr; }

private:
  Allocator& allocator_;
  std::byte* block_;
  layout allocated_;
};

template <class Allocator, class = void>
struct decides_frees_first : std::false_type {};
template <class Allocator>
struct decides_frees_first<Allocator, std::void_t<decltype(std::declval<Allocator&>().deallocate_after(
                                          std::declval<std::byte*>(), layout{}, std::declval<void (*)() noexcept>()))>>
    : std::true_type {};

/// Frees a block, and runs the action once the free has been found right and before the bytes are given back; runs it
/// not at all iff the free is wrong. That is exact where the allocator has deallocate_after(), as all of the kernel's
/// own. Of another, only owns() can be asked beforehand: null and foreign pointers are refused without the action; a
/// pointer to a dead block, or with a wrong layout, is refused after it. [SR-CONS-004]
template <class Allocator, class Action>
[[nodiscard]] result<void> free_after(Allocator& allocator, std::byte* block, layout allocated,
                                      Action action) noexcept {
  if constexpr (decides_frees_first<Allocator>::value) {
    return allocator.deallocate_after(block, allocated, action);
  } else {
    if (NEBULA_UNLIKELY(!allocator.owns(block))) {
      return allocator.deallocate(block, allocated);
    }
    action();
    return past_stray_writes([&]() noexcept { return allocator.deallocate(block, allocated); });
  }
}

} // namespace NEBULA_EXCEPTION_NAMESPACE
} // namespace nebula
