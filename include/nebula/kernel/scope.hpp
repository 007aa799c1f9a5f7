// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <type_traits>
#include <utility>

#include <nebula/kernel/marker.hpp>
#include <nebula/kernel/result.hpp>

namespace nebula {

/// Marks an allocator when made and restores the mark when it ends, so that no path out of a block can forget to.
/// Scopes nest as blocks do; it can be neither copied nor moved, so that it cannot outlive its place. [SR-MARK-004]
template <class Allocator>
class [[nodiscard]] scope {
public:
  explicit scope(Allocator& allocator) noexcept : allocator_(allocator), point_(allocator.mark()) {}
  ~scope() {
    if (point_.has_value()) {
      // A marker that was spent or made stale inside the scope is a misuse, and has been reported as one. At the
      // paranoid level a stray write makes the call end early, once for each: it has been mended by then.
      result<void> ended = allocator_.restore(point_.value());
      while (is_stray_write(ended.code())) {
        ended = allocator_.restore(point_.value());
      }
    }
  }
  scope(const scope&) = delete;
  scope& operator=(const scope&) = delete;

  /// True iff there was room for the mark, so that the end of the scope gives back what is allocated from here on.
  [[nodiscard]] bool is_active() const noexcept { return point_.has_value(); }
  /// Why not.
  [[nodiscard]] nebula::error error() const noexcept { return point_.error(); }

private:
  Allocator& allocator_;
  result<marker> point_;
};

template <class Allocator>
scope(Allocator&) -> scope<Allocator>;

/// Calls `function` with the allocator inside a scope: what it allocates is given back before this returns. The error of
/// mark() iff there was no room for it; then the function has not been called. What it returns is a value: a pointer or
/// a reference could lead into memory that has been given back. [SR-MARK-007]
template <class Allocator, class Function>
[[nodiscard]] auto with_scope(Allocator& allocator,
                              Function&& function) noexcept(noexcept(std::forward<Function>(function)(allocator)))
    -> result<decltype(std::forward<Function>(function)(allocator))> {
  using value_type = decltype(std::forward<Function>(function)(allocator));
  static_assert(!std::is_pointer_v<value_type> && !std::is_reference_v<value_type>,
                "what a scope returns must not lead into the scope");
  const scope<Allocator> inside(allocator);
  if (!inside.is_active()) {
    return inside.error();
  }
  if constexpr (std::is_void_v<value_type>) {
    std::forward<Function>(function)(allocator);
    return {};
  } else {
    return std::forward<Function>(function)(allocator);
  }
}

} // namespace nebula
