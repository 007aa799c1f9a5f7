// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/result.hpp>

namespace nebula {

/// Memory that the caller owns and lends to an allocator for the allocator's whole life.
struct byte_span {
  std::byte* data = nullptr;
  std::size_t size = 0; ///< bytes
};

/// The size and alignment of a block, in bytes. An aggregate: allocators check each one they are given. [SR-LAYOUT-001]
struct layout {
  std::size_t size = 0;
  std::size_t align = 1;

  /// True iff the size is not 0 and the alignment is a power of two.
  [[nodiscard]] constexpr bool is_valid() const noexcept { return size != 0 && is_power_of_two(align); }

  /// invalid_layout iff size is 0 or align is not a power of two; size_overflow iff size rounded up to align exceeds
  /// SIZE_MAX.
  [[nodiscard]] static constexpr result<layout> make(std::size_t size, std::size_t align) noexcept {
    const layout candidate{size, align};
    if (!candidate.is_valid()) {
      return error{error_code::invalid_layout, operation::make_layout, component::layout};
    }
    if (!checked_align_up(size, align).fits) {
      return error{error_code::size_overflow, operation::make_layout, component::layout};
    }
    return candidate;
  }

  /// The layout of one T.
  template <class T>
  [[nodiscard]] static constexpr layout of() noexcept {
    return {sizeof(T), alignof(T)};
  }

  /// The layout of `count` T in a row. invalid_layout iff count is 0; size_overflow iff count * sizeof(T) exceeds
  /// SIZE_MAX.
  template <class T>
  [[nodiscard]] static constexpr result<layout> array(std::size_t count) noexcept {
    const checked_size bytes = checked_multiply(count, sizeof(T));
    if (!bytes.fits) {
      return error{error_code::size_overflow, operation::make_layout, component::layout};
    }
    return make(bytes.value, alignof(T));
  }

  friend constexpr bool operator==(layout left, layout right) noexcept {
    return left.size == right.size && left.align == right.align;
  }
  friend constexpr bool operator!=(layout left, layout right) noexcept { return !(left == right); }
};

} // namespace nebula
