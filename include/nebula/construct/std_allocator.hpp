// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <limits>
#include <new>
#include <type_traits>

#include <nebula/construct/lifetime.hpp>
#include <nebula/construct/make.hpp>
#include <nebula/kernel/contract.hpp>
#include <nebula/kernel/exception_namespace.hpp>

namespace nebula {
inline namespace NEBULA_EXCEPTION_NAMESPACE {

/// What a failure does where an interface of the standard library leaves no other way than an exception: throws
/// `Exception`; where exceptions are switched off, traps. [SR-CONS-013]
template <class Exception>
[[noreturn]] NEBULA_COLD inline void throw_or_trap() {
#if defined(__cpp_exceptions)
  throw Exception();
#else
  __builtin_trap();
#endif
}

/// Lets containers of the standard library have their memory from an allocator, which outlives them. A plain value that
/// names the allocator; equal iff it names the same one. [SR-CONS-014]
///
/// It goes along when a container is moved or swapped, which is then O(1) and right between containers of different
/// allocators; when one is assigned a copy, the copy's elements come and the memory stays. Which allocator suits which
/// container: docs/construct.md.
template <class T, class Allocator>
class std_allocator {
public:
  using value_type = T;
  using propagate_on_container_copy_assignment = std::false_type;
  using propagate_on_container_move_assignment = std::true_type;
  using propagate_on_container_swap = std::true_type;
  using is_always_equal = std::false_type;

  explicit std_allocator(Allocator& allocator) noexcept : allocator_(&allocator) {}
  template <class Other>
  // NOLINTNEXTLINE(google-explicit-constructor): a container makes its nodes' allocator so
  std_allocator(const std_allocator<Other, Allocator>& other) noexcept : allocator_(&other.target()) {}

  /// Room for `count` T; null iff the count is 0. std::bad_array_new_length iff count exceeds max_size(); else
  /// std::bad_alloc iff the allocator refuses. Without exceptions: traps.
  [[nodiscard]] T* allocate(std::size_t count) {
    if (NEBULA_UNLIKELY(count > max_size())) {
      throw_or_trap<std::bad_array_new_length>();
    }
    const result<T*> room = past_stray_writes([&]() noexcept { return allocate_for<T>(*allocator_, count); });
    if (NEBULA_UNLIKELY(!room.has_value())) {
      throw_or_trap<std::bad_alloc>();
    }
    return room.value();
  }
  /// Gives the room back. The container hears of no error: a misuse has been reported to the allocator's hook, and the
  /// block is as it was; a bump's refusal to take back any but its last block is no error.
  void deallocate(T* room, std::size_t count) noexcept {
    static_cast<void>(past_stray_writes([&]() noexcept { return deallocate_for<T>(*allocator_, room, count); }));
  }
  /// The largest count whose bytes a pointer difference can express.
  [[nodiscard]] static constexpr std::size_t max_size() noexcept {
    return static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) / sizeof(T);
  }

  /// The allocator that it names.
  [[nodiscard]] Allocator& target() const noexcept { return *allocator_; }

  template <class Other>
  [[nodiscard]] friend bool operator==(const std_allocator& left,
                                       const std_allocator<Other, Allocator>& right) noexcept {
    return &left.target() == &right.target();
  }
  template <class Other>
  [[nodiscard]] friend bool operator!=(const std_allocator& left,
                                       const std_allocator<Other, Allocator>& right) noexcept {
    return !(left == right);
  }

private:
  Allocator* allocator_;
};

} // namespace NEBULA_EXCEPTION_NAMESPACE
} // namespace nebula
