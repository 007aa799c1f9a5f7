// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

namespace nebula::services {

/// Who waits, in the order in which they came. A Waiter has the links in itself: `later` and `earlier`, pointers to
/// Waiter. No memory but its own. All O(1). One owner: whoever has the lock.
template <class Waiter>
class wait_line {
public:
  wait_line() noexcept = default;
  ~wait_line() = default;
  wait_line(const wait_line&) = delete;
  wait_line& operator=(const wait_line&) = delete;

  void push(Waiter& added) noexcept {
    added.later = nullptr;
    added.earlier = last_;
    (last_ == nullptr ? first_ : last_->later) = &added;
    last_ = &added;
    ++count_;
  }
  /// Takes one who waits in this line out, wherever it stands.
  void remove(Waiter& removed) noexcept {
    (removed.earlier == nullptr ? first_ : removed.earlier->later) = removed.later;
    (removed.later == nullptr ? last_ : removed.later->earlier) = removed.earlier;
    removed.later = nullptr;
    removed.earlier = nullptr;
    --count_;
  }
  /// The one who has waited longest; null iff nobody waits.
  [[nodiscard]] Waiter* first() const noexcept { return first_; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

private:
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
  std::size_t count_ = 0;
};

} // namespace nebula::services
