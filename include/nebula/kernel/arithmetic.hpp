// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/contract.hpp>

/// All arithmetic on sizes and addresses that could wrap stands here, and each function says when it does.
/// [SR-MATH-001]
namespace nebula {

/// A size, or nothing: the sum, product or rounding did not fit. Units are the caller's.
struct checked_size {
  std::size_t value = 0;
  bool fits = false;
};

/// left + right; does not fit iff the sum exceeds SIZE_MAX.
[[nodiscard]] constexpr checked_size checked_add(std::size_t left, std::size_t right) noexcept {
  std::size_t sum = 0;
  const bool wraps = __builtin_add_overflow(left, right, &sum);
  return wraps ? checked_size{} : checked_size{sum, true};
}

/// left * right; does not fit iff the product exceeds SIZE_MAX.
[[nodiscard]] constexpr checked_size checked_multiply(std::size_t left, std::size_t right) noexcept {
  std::size_t product = 0;
  const bool wraps = __builtin_mul_overflow(left, right, &product);
  return wraps ? checked_size{} : checked_size{product, true};
}

/// The smaller of the two.
[[nodiscard]] constexpr std::size_t smaller(std::size_t left, std::size_t right) noexcept {
  return left < right ? left : right;
}

/// True iff exactly one bit is set.
template <class Unsigned>
[[nodiscard]] constexpr bool is_power_of_two(Unsigned value) noexcept {
  return value != 0 && (value & (value - 1)) == 0;
}

/// The bytes from `address` up to the next multiple of `align`, which is a power of two: less than `align`, so it
/// cannot wrap.
[[nodiscard]] NEBULA_WRAPS constexpr std::size_t padding_bytes(std::uintptr_t address, std::size_t align) noexcept {
  return (std::uintptr_t{0} - address) & (align - 1);
}

/// `value` rounded up to a multiple of `align`; does not fit iff `align` is not a power of two or the multiple exceeds
/// SIZE_MAX.
[[nodiscard]] constexpr checked_size checked_align_up(std::size_t value, std::size_t align) noexcept {
  if (!is_power_of_two(align)) {
    return {};
  }
  return checked_add(value, padding_bytes(value, align));
}

/// The number of bits needed to write `value`: 0 for 0, 10 for 1,000.
[[nodiscard]] constexpr unsigned bit_width(std::size_t value) noexcept {
  constexpr unsigned long_bits = std::numeric_limits<unsigned long long>::digits;
  return value == 0 ? 0U : long_bits - static_cast<unsigned>(__builtin_clzll(value));
}

/// The number of zero bits below the lowest set bit; all of them for 0.
[[nodiscard]] constexpr unsigned trailing_zeros(std::size_t value) noexcept {
  return value == 0 ? static_cast<unsigned>(std::numeric_limits<std::size_t>::digits)
                    : static_cast<unsigned>(__builtin_ctzll(value));
}

/// Division by a fixed size that is exact or recognised as not exact, without a division instruction:
/// for d = odd * 2^shift, n is a multiple of d iff rotate_right(n * odd^-1, shift) <= (2^w - 1) / d, and is then the
/// quotient. One comparison with the count thus refuses offsets that are negative, beyond the end, or inside a block.
/// Source: Granlund and Montgomery, "Division by invariant integers using multiplication", 1994, section 9.
/// [SR-MATH-002]
class exact_divisor {
public:
  constexpr exact_divisor() noexcept = default;
  /// `divisor` is not 0.
  explicit constexpr exact_divisor(std::size_t divisor) noexcept
      : inverse_(inverse_of_odd(divisor >> trailing_zeros(divisor))), shift_(trailing_zeros(divisor)) {}

  /// dividend / divisor if that is exact; else a value greater than SIZE_MAX / divisor. A dividend that wrapped below 0
  /// is large.
  [[nodiscard]] NEBULA_WRAPS constexpr std::size_t quotient(std::size_t dividend) const noexcept {
    const std::size_t product = dividend * inverse_;
    return (product >> shift_) | (product << ((size_bits - shift_) & (size_bits - 1)));
  }

private:
  static constexpr unsigned size_bits = std::numeric_limits<std::size_t>::digits;

  // Newton's iteration doubles the correct low bits each time: odd * odd = 1 modulo 8 gives 3 bits, six rounds give
  // 192.
  [[nodiscard]] NEBULA_WRAPS static constexpr std::size_t inverse_of_odd(std::size_t odd) noexcept {
    std::size_t inverse = odd;
    for (int round = 0; round < 6; ++round) {
      inverse *= 2 - odd * inverse;
    }
    return inverse;
  }

  std::size_t inverse_ = 1;
  unsigned shift_ = 0;
};

} // namespace nebula
