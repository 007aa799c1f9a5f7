// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

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
      // A marker that was spent or made stale inside the scope is a misuse, and has been reported as one.
      static_cast<void>(allocator_.restore(point_.value()));
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

} // namespace nebula
