// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstdint>

#include <nebula/kernel/atomics.hpp>
#include "gtest.hpp"

namespace {

using namespace nebula;

static_assert(std_atomics::is_shared && !plain_atomics::is_shared);
static_assert(std_atomics::is_lock_free<std::uint32_t> && std_atomics::is_lock_free<std_atomics::head_word>);
static_assert(sizeof(std_atomics::atomic<std::uint64_t>) == 8 && sizeof(plain_atomics::atomic<std::uint64_t>) == 8,
              "an atomic is its word, and nothing beside it");

template <class Atomics>
class atomics : public testing::Test {};
using policies = testing::Types<std_atomics, plain_atomics>;
TYPED_TEST_SUITE(atomics, policies);

TYPED_TEST(atomics, begins_with_zero_or_the_value_given) {
  const typename TypeParam::template atomic<std::uint32_t> nothing;
  EXPECT_EQ(nothing.load(memory_order::relaxed), 0U);
  const typename TypeParam::template atomic<std::uint32_t> seven(7);
  EXPECT_EQ(seven.load(memory_order::acquire), 7U);
}

TYPED_TEST(atomics, adds_and_subtracts_and_tells_what_was_before) {
  typename TypeParam::template atomic<std::uint32_t> word(5);
  EXPECT_EQ(word.fetch_add(3, memory_order::relaxed), 5U);
  EXPECT_EQ(word.fetch_sub(2, memory_order::acquire_release), 8U);
  EXPECT_EQ(word.load(memory_order::acquire), 6U);
  word.store(9, memory_order::release);
  EXPECT_EQ(word.load(memory_order::relaxed), 9U);
}

// SR-ATOM-001
TYPED_TEST(atomics, exchanges_iff_the_value_is_the_expected_one_and_else_tells_it) {
  typename TypeParam::template atomic<std::uint64_t> word(5);
  std::uint64_t expected = 4;
  EXPECT_FALSE(word.compare_exchange_strong(expected, 9, memory_order::acquire_release, memory_order::acquire));
  EXPECT_EQ(expected, 5U);
  EXPECT_TRUE(word.compare_exchange_strong(expected, 9, memory_order::relaxed, memory_order::relaxed));
  EXPECT_EQ(word.load(memory_order::relaxed), 9U);

  expected = 4;
  EXPECT_FALSE(word.compare_exchange_weak(expected, 1, memory_order::release, memory_order::relaxed));
  EXPECT_EQ(expected, 9U);
  while (!word.compare_exchange_weak(expected, 1, memory_order::acquire, memory_order::acquire)) {
    ASSERT_EQ(expected, 9U) << "a weak exchange may fail without cause, and then leaves the value";
  }
  EXPECT_EQ(word.load(memory_order::relaxed), 1U);
}

} // namespace
