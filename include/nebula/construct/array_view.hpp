// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel/contract.hpp>

namespace nebula {

/// `count` objects in a row, which somebody else owns. A plain value.
template <class T>
struct array_view {
  T* data = nullptr;
  std::size_t count = 0; ///< objects, not bytes

  [[nodiscard]] constexpr std::size_t size() const noexcept { return count; }
  [[nodiscard]] constexpr bool empty() const noexcept { return count == 0; }
  [[nodiscard]] constexpr T* begin() const noexcept { return data; }
  [[nodiscard]] constexpr T* end() const noexcept { return data + count; }

  /// Traps iff `index` is not below the count: there is nothing that could be returned. [SR-CONS-001]
  [[nodiscard]] constexpr T& operator[](std::size_t index) const noexcept {
    if (NEBULA_UNLIKELY(index >= count)) {
      __builtin_trap();
    }
    return data[index];
  }
};

} // namespace nebula
