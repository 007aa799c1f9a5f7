// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <nebula/kernel/atomics.hpp>

namespace nebula {

/// The address of something that others are to use from now on, or null. Whoever gets the address sees what it points
/// at as it was when it was set, or later; what it points at must outlive its use. All-zero: null. Safe from any thread
/// and interrupt, as far as the atomics policy is.
template <class Atomics, class T>
class published {
public:
  constexpr published() noexcept = default;

  // release: pairs with the acquire in get(). Weakened: docs/memory_orders.md.
  void set(const T* value) noexcept { value_.store(value, memory_order::release); }
  // acquire: pairs with the release in set(). Weakened: docs/memory_orders.md.
  [[nodiscard]] const T* get() const noexcept { return value_.load(memory_order::acquire); }

private:
  typename Atomics::template atomic<const T*> value_;
};

} // namespace nebula
