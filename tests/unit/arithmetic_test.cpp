// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>

#include <nebula/kernel/arithmetic.hpp>
#include "gtest.hpp"

namespace {

using namespace nebula;

constexpr std::size_t size_max = std::numeric_limits<std::size_t>::max();

// SR-MATH-001
TEST(arithmetic, adds_up_to_the_largest_size_and_not_beyond) {
  EXPECT_TRUE(checked_add(0, 0).fits);
  EXPECT_TRUE(checked_add(size_max, 0).fits);
  EXPECT_EQ(checked_add(size_max - 7, 7).value, size_max);
  EXPECT_TRUE(checked_add(size_max - 7, 7).fits);
  EXPECT_FALSE(checked_add(size_max - 7, 8).fits);
  EXPECT_FALSE(checked_add(size_max, size_max).fits);
  EXPECT_EQ(checked_add(size_max, 1).value, 0U) << "what does not fit has no value";
}

// SR-MATH-001
TEST(arithmetic, multiplies_up_to_the_largest_size_and_not_beyond) {
  EXPECT_TRUE(checked_multiply(0, size_max).fits);
  EXPECT_TRUE(checked_multiply(1, size_max).fits);
  EXPECT_TRUE(checked_multiply(size_max / 3, 3).fits);
  EXPECT_FALSE(checked_multiply(size_max / 3 + 1, 3).fits);
  EXPECT_FALSE(checked_multiply(size_max, size_max).fits);
  EXPECT_EQ(checked_multiply(6, 7).value, 42U);
}

// SR-MATH-001
TEST(arithmetic, multiplies_as_the_machine_does) {
  std::mt19937_64 random(20261120); // NOLINT(cert-msc32-c,cert-msc51-cpp): the seed is the test's
  std::uniform_int_distribution<std::size_t> any_size(0, size_max);
  std::uniform_int_distribution<unsigned> any_shift(0, std::numeric_limits<std::size_t>::digits - 1);
  std::size_t fitting = 0;
  for (int round = 0; round < 20000; ++round) {
    const std::size_t left = any_size(random) >> any_shift(random);
    const std::size_t right = any_size(random) >> any_shift(random);
    std::size_t product = 0;
    const bool fits = !__builtin_mul_overflow(left, right, &product);
    const checked_size ours = checked_multiply(left, right);
    ASSERT_EQ(ours.fits, fits) << left << " * " << right;
    ASSERT_EQ(ours.value, fits ? product : 0) << left << " * " << right;
    fitting += fits ? 1U : 0U;
  }
  EXPECT_GT(fitting, 5000U);
  EXPECT_LT(fitting, 15000U);
}

void divides_as_the_machine_does(std::size_t dividend, std::size_t divisor) {
  ASSERT_EQ(divide(dividend, divisor).quotient, dividend / divisor) << dividend << " / " << divisor;
  ASSERT_EQ(divide(dividend, divisor).remainder, dividend % divisor) << dividend << " / " << divisor;
  ASSERT_EQ(divide_by_shifting(dividend, divisor).quotient, dividend / divisor) << dividend << " / " << divisor;
  ASSERT_EQ(divide_by_shifting(dividend, divisor).remainder, dividend % divisor) << dividend << " / " << divisor;
}

// SR-MATH-003
TEST(arithmetic, divides_by_shifting_as_by_the_instruction) {
  for (std::size_t dividend = 0; dividend <= 300; ++dividend) {
    for (std::size_t divisor = 1; divisor <= 40; ++divisor) {
      divides_as_the_machine_does(dividend, divisor);
      divides_as_the_machine_does(size_max - dividend, divisor);
      divides_as_the_machine_does(dividend, size_max - divisor);
      divides_as_the_machine_does(size_max - dividend, size_max - divisor);
    }
  }
  std::mt19937_64 random(20261120); // NOLINT(cert-msc32-c,cert-msc51-cpp): the seed is the test's
  std::uniform_int_distribution<std::size_t> any_size(0, size_max);
  std::uniform_int_distribution<unsigned> any_shift(0, std::numeric_limits<std::size_t>::digits - 1);
  for (int round = 0; round < 20000; ++round) {
    divides_as_the_machine_does(any_size(random) >> any_shift(random), (any_size(random) >> any_shift(random)) | 1U);
  }
}

// SR-BUDGET-006
TEST(arithmetic, takes_hundredths_exactly_and_without_wrapping) {
  for (std::size_t whole = 0; whole < 500; ++whole) {
    for (unsigned percent = 0; percent <= 100; ++percent) {
      ASSERT_EQ(percent_of(whole, percent), whole * percent / 100) << whole << ", " << percent;
    }
  }
  EXPECT_EQ(percent_of(size_max, 100), size_max);
  EXPECT_EQ(percent_of(size_max, 50), size_max / 2);
  EXPECT_EQ(percent_of(size_max, 1), size_max / 100);
  EXPECT_EQ(percent_of(size_max, 0), 0U);
}

TEST(arithmetic, knows_the_powers_of_two) {
  EXPECT_FALSE(is_power_of_two(std::size_t{0}));
  for (unsigned shift = 0; shift < 64; ++shift) {
    const std::uint64_t power = std::uint64_t{1} << shift;
    EXPECT_TRUE(is_power_of_two(power));
    EXPECT_EQ(is_power_of_two(power + 1), power == 1) << power;
    EXPECT_EQ(is_power_of_two(power - 1), power == 2 || power == 3) << power;
  }
  EXPECT_FALSE(is_power_of_two(24U));
}

TEST(arithmetic, pads_to_the_next_multiple_and_less_than_a_whole_one) {
  for (std::size_t align = 1; align <= 256; align *= 2) {
    for (std::uintptr_t address = 0; address < 600; ++address) {
      const std::size_t padding = padding_bytes(address, align);
      ASSERT_LT(padding, align);
      ASSERT_EQ((address + padding) % align, 0U);
    }
    EXPECT_EQ(padding_bytes(std::numeric_limits<std::uintptr_t>::max(), align), align == 1 ? 0U : 1U);
  }
}

// SR-MATH-001
TEST(arithmetic, rounds_up_unless_the_multiple_does_not_fit_or_the_alignment_is_none) {
  EXPECT_EQ(checked_align_up(0, 64).value, 0U);
  EXPECT_EQ(checked_align_up(1, 64).value, 64U);
  EXPECT_EQ(checked_align_up(64, 64).value, 64U);
  EXPECT_EQ(checked_align_up(65, 64).value, 128U);
  EXPECT_TRUE(checked_align_up(size_max - 63, 64).fits);
  EXPECT_FALSE(checked_align_up(size_max - 62, 64).fits);
  EXPECT_TRUE(checked_align_up(size_max, 1).fits);
  EXPECT_FALSE(checked_align_up(10, 0).fits);
  EXPECT_FALSE(checked_align_up(10, 24).fits);
  constexpr std::size_t top_bit = (size_max >> 1U) + 1;
  EXPECT_TRUE(checked_align_up(top_bit, top_bit).fits);
  EXPECT_FALSE(checked_align_up(top_bit + 1, top_bit).fits);
}

TEST(arithmetic, counts_bits) {
  EXPECT_EQ(bit_width(0), 0U);
  EXPECT_EQ(bit_width(1), 1U);
  EXPECT_EQ(bit_width(1000), 10U);
  EXPECT_EQ(bit_width(1023), 10U);
  EXPECT_EQ(bit_width(1024), 11U);
  EXPECT_EQ(bit_width(size_max), static_cast<unsigned>(std::numeric_limits<std::size_t>::digits));
  for (std::size_t value = 0; value < 5000; ++value) {
    ASSERT_EQ(bit_width_by_halving(value), bit_width(value)) << value;
  }
  for (unsigned shift = 0; shift < std::numeric_limits<std::size_t>::digits; ++shift) {
    const std::size_t power = std::size_t{1} << shift;
    ASSERT_EQ(bit_width_by_halving(power), shift + 1);
    ASSERT_EQ(bit_width_by_halving(power - 1), shift);
    ASSERT_EQ(bit_width(power), shift + 1);
    ASSERT_EQ(trailing_zeros(power), shift);
  }
  for (unsigned exponent = 0; exponent < 64; ++exponent) {
    ASSERT_EQ(power_of_two(exponent), std::uint64_t{1} << exponent);
  }
  EXPECT_EQ(trailing_zeros(0), static_cast<unsigned>(std::numeric_limits<std::size_t>::digits));
  EXPECT_EQ(trailing_zeros(1), 0U);
  EXPECT_EQ(trailing_zeros(96), 5U);
  EXPECT_EQ(trailing_zeros(size_max), 0U);
}

void divides_or_says_that_it_is_not_exact(std::size_t dividend, std::size_t divisor) {
  const std::size_t quotient = exact_divisor(divisor).quotient(dividend);
  if (dividend % divisor == 0) {
    ASSERT_EQ(quotient, dividend / divisor) << dividend << " / " << divisor;
  } else {
    ASSERT_GT(quotient, size_max / divisor) << dividend << " / " << divisor;
  }
}

// SR-MATH-002
TEST(exact_divisor, agrees_with_division_for_all_small_numbers) {
  for (std::size_t divisor = 1; divisor <= 130; ++divisor) {
    for (std::size_t dividend = 0; dividend <= 600; ++dividend) {
      divides_or_says_that_it_is_not_exact(dividend, divisor);
      divides_or_says_that_it_is_not_exact(size_max - dividend, divisor);
    }
  }
}

TEST(exact_divisor, agrees_with_division_for_large_numbers) {
  std::mt19937_64 random(20260718); // NOLINT(cert-msc32-c,cert-msc51-cpp): the seed is the test's
  std::uniform_int_distribution<std::size_t> any_size(0, size_max);
  std::uniform_int_distribution<unsigned> any_shift(0, std::numeric_limits<std::size_t>::digits - 1);
  for (int round = 0; round < 20000; ++round) {
    const std::size_t odd = (any_size(random) >> any_shift(random)) | 1U;
    const std::size_t divisor = odd << (any_shift(random) % (trailing_zeros(0) + 1 - bit_width(odd)));
    const std::size_t dividend = any_size(random);
    divides_or_says_that_it_is_not_exact(dividend, divisor);
    divides_or_says_that_it_is_not_exact(dividend / divisor * divisor, divisor);
  }
}

// SR-MATH-002
TEST(exact_divisor, refuses_each_offset_that_is_no_block_of_the_pool_in_one_comparison) {
  constexpr std::size_t stride = 48;
  constexpr std::size_t count = 10;
  constexpr exact_divisor divisor{stride};
  for (std::size_t offset = 0; offset < 3 * stride * count; ++offset) {
    const bool is_block = offset % stride == 0 && offset / stride < count;
    ASSERT_EQ(divisor.quotient(offset) < count, is_block) << offset;
    ASSERT_FALSE(divisor.quotient(std::size_t{0} - offset) < count && offset != 0) << "an offset below the first block";
  }
}

} // namespace
