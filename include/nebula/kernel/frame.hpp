// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/scope.hpp>

namespace nebula {

/// A scope through which its blocks are allocated, as the local variables of a call are: only while it is the innermost
/// one, so that no block of an outer frame can end up inside an inner one and die with it. For allocators that mark and
/// restore. One owner, as the allocator. [SR-MARK-008]
template <class Allocator>
class [[nodiscard]] frame {
public:
  explicit frame(Allocator& allocator) noexcept
      : allocator_(allocator), inside_(allocator), depth_(allocator.mark_count()) {}
  ~frame() = default;
  frame(const frame&) = delete;
  frame& operator=(const frame&) = delete;

  /// As the allocator's allocate(). The error of mark() iff the frame is not active; lifo_violation, without a fault,
  /// iff a mark has been made inside the frame and not been restored, or the frame's own has been.
  [[nodiscard]] result<std::byte*> allocate(layout request) noexcept {
    if (!inside_.is_active()) {
      return inside_.error();
    }
    // by the count as well: a mark above the frame's leaves that one open
    if (allocator_.mark_count() != depth_ || !allocator_.is_open(inside_.point())) {
      return nebula::error{error_code::lifo_violation, operation::allocate};
    }
    return allocator_.allocate(request);
  }

  /// True iff there was room for the mark.
  [[nodiscard]] bool is_active() const noexcept { return inside_.is_active(); }
  /// Why not.
  [[nodiscard]] nebula::error error() const noexcept { return inside_.error(); }

private:
  Allocator& allocator_;
  scope<Allocator> inside_;
  std::size_t depth_; ///< marks when the frame had just been made, its own included
};

template <class Allocator>
frame(Allocator&) -> frame<Allocator>;

} // namespace nebula
