// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <type_traits>

#include "support.hpp"

namespace {

using namespace nebula;

constexpr error sample_error{error_code::exhausted, operation::allocate, component::pool_allocator};

static_assert(sizeof(result<std::byte*>) <= 2 * sizeof(void*));
static_assert(std::is_trivially_copyable_v<result<std::byte*>>);
static_assert(std::is_trivially_destructible_v<result<std::byte*>>);
static_assert(sizeof(result<void>) == 4);
static_assert(std::is_trivially_copyable_v<result<std::size_t>> && std::is_trivially_copyable_v<result<marker>>);

// SR-ERR-003
TEST(result, holds_a_value_or_an_error) {
  constexpr result<int> value = 7;
  static_assert(value.has_value() && static_cast<bool>(value) && value.value() == 7 && *value == 7);
  EXPECT_EQ(value.code(), error_code::none);
  EXPECT_EQ(value.error(), error{});
  EXPECT_EQ(value.value_or(1), 7);

  constexpr result<int> failure = sample_error;
  static_assert(!failure.has_value() && !static_cast<bool>(failure));
  EXPECT_EQ(failure.code(), error_code::exhausted);
  EXPECT_EQ(failure.error(), sample_error);
  EXPECT_EQ(failure.value_or(1), 1);
}

TEST(result, has_an_empty_value_when_it_failed) {
  constexpr result<std::byte*> failure = sample_error;
  EXPECT_EQ(failure.value(), nullptr);
  EXPECT_EQ(*failure, nullptr);
}

TEST(result, may_have_nothing_to_hold) {
  constexpr result<void> success;
  static_assert(success.has_value() && static_cast<bool>(success));
  EXPECT_EQ(success.code(), error_code::none);
  EXPECT_EQ(success.error(), error{});
  constexpr result<void> failure = sample_error;
  static_assert(!failure.has_value() && !static_cast<bool>(failure));
  EXPECT_EQ(failure.error(), sample_error);
  EXPECT_EQ(failure.code(), error_code::exhausted);
}

TEST(result, of_no_error_is_a_success) {
  constexpr result<void> success = error{};
  EXPECT_TRUE(success.has_value());
}

} // namespace
