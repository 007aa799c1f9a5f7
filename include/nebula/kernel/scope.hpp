// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <type_traits>

#include <nebula/kernel/exception_namespace.hpp>
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
  /// Its mark, of nothing iff it is not active. Not to be restored: the scope does that.
  [[nodiscard]] marker point() const noexcept { return point_.value(); }

private:
  Allocator& allocator_;
  result<marker> point_;
};

template <class Allocator>
scope(Allocator&) -> scope<Allocator>;

/// What with_scope() returns when its function returns a Value: that, or the error that prevented it.
template <class Value>
struct scope_outcome {
  static_assert(!std::is_pointer_v<Value> && !std::is_reference_v<Value>,
                "what a scope returns must not lead into the scope");
  using type = result<Value>;
};
template <class Value>
struct scope_outcome<result<Value>> : scope_outcome<Value> {};

inline namespace NEBULA_EXCEPTION_NAMESPACE {

/// Calls `function` with the allocator inside a scope: what it allocates is given back before this returns, on every
/// path out of it, an exception included. The error of mark() iff there was no room for it; then the function has not
/// been called. What it returns is a value, or a result with one, which is passed on as it is: a pointer or a reference
/// could lead into memory that has been given back. [SR-MARK-007]
template <class Allocator, class Function>
// NOLINTBEGIN(cppcoreguidelines-missing-std-forward): forwarded by a cast, for <utility> is not freestanding
[[nodiscard]] auto with_scope(Allocator& allocator,
                              Function&& function) noexcept(noexcept(static_cast<Function&&>(function)(allocator))) ->
    typename scope_outcome<decltype(static_cast<Function&&>(function)(allocator))>::type {
  const scope<Allocator> inside(allocator);
  if (!inside.is_active()) {
    return inside.error();
  }
  if constexpr (std::is_void_v<decltype(static_cast<Function&&>(function)(allocator))>) {
    static_cast<Function&&>(function)(allocator);
    return {};
  } else {
    return static_cast<Function&&>(function)(allocator);
  }
}
// NOLINTEND(cppcoreguidelines-missing-std-forward)

} // namespace NEBULA_EXCEPTION_NAMESPACE
} // namespace nebula
