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

/// left * right; does not fit iff the product exceeds SIZE_MAX. By halves of a word: not every processor has the upper
/// word of a product.
[[nodiscard]] constexpr checked_size checked_multiply(std::size_t left, std::size_t right) noexcept {
  constexpr unsigned half_bits = std::numeric_limits<std::size_t>::digits / 2;
  constexpr std::size_t half_max = (std::size_t{1} << half_bits) - 1;
  if (((left | right) >> half_bits) == 0) {
    return {left * right, true};
  }
  const std::size_t most = left > right ? left : right;
  const std::size_t least = left > right ? right : left;
  if (least > half_max) {
    return {}; // both have an upper half, and those alone make a word and more
  }
  const std::size_t upper = (most >> half_bits) * least;
  if (upper > half_max) {
    return {};
  }
  return checked_add(upper << half_bits, (most & half_max) * least);
}

/// A quotient and what is left over.
struct division {
  std::size_t quotient;
  std::size_t remainder;
};

/// Division by shifting and subtracting, one bit of the quotient in each of at most as many rounds as a size has bits.
/// The divisor is not 0.
[[nodiscard]] constexpr division divide_by_shifting(std::size_t dividend, std::size_t divisor) noexcept {
  std::size_t shifted = divisor;
  std::size_t bit = 1;
  while (shifted <= (dividend >> 1U)) {
    shifted <<= 1U;
    bit <<= 1U;
  }
  division done{0, dividend};
  for (; bit != 0; bit >>= 1U, shifted >>= 1U) {
    if (done.remainder >= shifted) {
      done.remainder -= shifted;
      done.quotient |= bit;
    }
  }
  return done;
}

/// dividend / divisor, which is not 0. The kernel divides in no other way: where the processor has no instruction for
/// it, the compiler would call a library. Not on the way of a call that succeeds. [SR-MATH-003]
[[nodiscard]] constexpr division divide(std::size_t dividend, std::size_t divisor) noexcept {
#if defined(__arm__) && !defined(__ARM_FEATURE_IDIV)
  return divide_by_shifting(dividend, divisor);
#else
  return {dividend / divisor, dividend % divisor};
#endif
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

/// True iff the next multiple of `align`, a power of two, from `address` on is `bytes` further up. `align` may be any.
[[nodiscard]] constexpr bool is_padding_of(std::size_t bytes, std::uintptr_t address, std::size_t align) noexcept {
  return is_power_of_two(align) && bytes == padding_bytes(address, align);
}

/// `value` rounded up to a multiple of `align`; does not fit iff `align` is not a power of two or the multiple exceeds
/// SIZE_MAX.
[[nodiscard]] constexpr checked_size checked_align_up(std::size_t value, std::size_t align) noexcept {
  if (!is_power_of_two(align)) {
    return {};
  }
  return checked_add(value, padding_bytes(value, align));
}

/// `percent` hundredths of `whole`, rounded down; `percent` is at most 100. Exact for small numbers, and cannot wrap
/// for large ones: for any integer x, x * 100 > whole * percent iff x > percent_of(whole, percent).
[[nodiscard]] constexpr std::size_t percent_of(std::size_t whole, unsigned percent) noexcept {
  const division hundredths = divide(whole, 100);
  return hundredths.quotient * percent + divide(hundredths.remainder * percent, 100).quotient;
}

/// bit_width() without an instruction that counts: by halving what is left, in six rounds at most.
[[nodiscard]] constexpr unsigned bit_width_by_halving(std::size_t value) noexcept {
  unsigned width = 0;
  for (unsigned half = std::numeric_limits<std::size_t>::digits / 2U; half != 0; half /= 2U) {
    if ((value >> half) != 0) {
      value >>= half;
      width += half;
    }
  }
  return width + static_cast<unsigned>(value);
}

/// The number of bits needed to write `value`: 0 for 0, 10 for 1,000.
[[nodiscard]] constexpr unsigned bit_width(std::size_t value) noexcept {
#if defined(__arm__) && !defined(__ARM_FEATURE_CLZ)
  return bit_width_by_halving(value);
#else
  if constexpr (sizeof(std::size_t) == sizeof(unsigned)) {
    return value == 0 ? 0U : 32U - static_cast<unsigned>(__builtin_clz(static_cast<unsigned>(value)));
  }
  return value == 0 ? 0U : 64U - static_cast<unsigned>(__builtin_clzll(value));
#endif
}

/// The number of zero bits below the lowest set bit, or, for 0, of all bits: they are the ones of the lowest set bit less
/// one.
[[nodiscard]] NEBULA_WRAPS constexpr unsigned trailing_zeros(std::size_t value) noexcept {
  return bit_width((value & (std::size_t{0} - value)) - 1U);
}

/// 2^exponent, which is below 64. By doubling, at most 63 times: for a shift of 64 bits by an amount that is not
/// constant, the compiler may call a library on processors of 32 bits.
[[nodiscard]] constexpr std::uint64_t power_of_two(unsigned exponent) noexcept {
  std::uint64_t power = 1;
  for (; exponent != 0; --exponent) {
    power += power;
  }
  return power;
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

  /// What it consists of, for check sums.
  [[nodiscard]] constexpr std::size_t inverse() const noexcept { return inverse_; }
  [[nodiscard]] constexpr unsigned shift() const noexcept { return shift_; }
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
