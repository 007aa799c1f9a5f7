// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstdint>

#include <nebula/kernel/atomics.hpp>
#include <nebula/kernel/critical_section.hpp>
#include <nebula/kernel/published.hpp>
#include "policies.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

static_assert(std_atomics::is_shared && std_atomics_32::is_shared && section_atomics::is_shared);
static_assert(!plain_atomics::is_shared);
static_assert(shared_atomics::is_lock_free<std::uint32_t> && shared_atomics::is_lock_free<shared_atomics::head_word>);
static_assert(sizeof(shared_atomics::head_word) * 8 == NEBULA_HEAD_BITS);
static_assert(sizeof(std_atomics_32::head_word) == 4 && sizeof(section_atomics_32::head_word) == 4);
static_assert(sizeof(std_atomics::atomic<std::uint64_t>) == 8 && sizeof(plain_atomics::atomic<std::uint64_t>) == 8 &&
                  sizeof(section_atomics::atomic<std::uint64_t>) == 8,
              "an atomic is its word, and nothing beside it");

template <class Atomics>
class atomics : public testing::Test {};
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

TYPED_TEST(atomics, publish_an_address) {
  published<TypeParam, std::uint32_t> slot;
  EXPECT_EQ(slot.get(), nullptr);
  const std::uint32_t seven = 7;
  slot.set(&seven);
  EXPECT_EQ(slot.get(), &seven);
  slot.set(nullptr);
  EXPECT_EQ(slot.get(), nullptr);
  static_assert(sizeof(slot) == sizeof(void*), "its word, and nothing beside it");
}

// SR-ATOM-001
TYPED_TEST(atomics, exchanges_iff_the_value_is_the_expected_one_and_else_tells_it) {
  using head_word = typename TypeParam::head_word;
  typename TypeParam::template atomic<head_word> word(5);
  head_word expected = 4;
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

// SR-ATOM-003
TEST(critical_section, is_entered_and_left_once_for_each_operation) {
  section_atomics::atomic<std::uint32_t> word(5);
  const std::size_t before = counting_section::entries();
  word.store(word.load(memory_order::relaxed) + 1, memory_order::relaxed);
  EXPECT_EQ(counting_section::entries(), before + 2);
  static_cast<void>(word.fetch_add(1, memory_order::relaxed));
  static_cast<void>(word.fetch_sub(1, memory_order::relaxed));
  EXPECT_EQ(counting_section::entries(), before + 4);
  std::uint32_t expected = 0;
  EXPECT_FALSE(word.compare_exchange_weak(expected, 9, memory_order::relaxed, memory_order::relaxed));
  EXPECT_TRUE(word.compare_exchange_weak(expected, 9, memory_order::relaxed, memory_order::relaxed))
      << "in a section no exchange fails without cause";
  EXPECT_EQ(counting_section::entries(), before + 6);
  EXPECT_EQ(counting_section::intrusions(), 0U);
}

#if defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
std::uint32_t interrupts_disabled() {
  std::uint32_t mask = 0;
  __asm__ volatile("mrs %0, primask" : "=r"(mask));
  return mask;
}

// SR-ATOM-003
TEST(critical_section, disables_interrupts_and_restores_what_was) {
  ASSERT_EQ(interrupts_disabled(), 0U);
  const primask_section::saved outer = primask_section::enter();
  EXPECT_EQ(interrupts_disabled(), 1U);
  const primask_section::saved inner = primask_section::enter();
  primask_section::leave(inner);
  EXPECT_EQ(interrupts_disabled(), 1U) << "they were disabled before the inner one, too";
  primask_section::leave(outer);
  EXPECT_EQ(interrupts_disabled(), 0U);
}
#endif

} // namespace
