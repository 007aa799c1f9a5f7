// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>

#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

/// The fewest steps in which one call completes a walk.
template <class Allocator>
std::size_t steps_of_a_walk(const Allocator& allocator) {
  for (std::size_t steps = 1;; ++steps) {
    audit_cursor cursor;
    if (allocator.audit(cursor, steps).value()) {
      return steps;
    }
  }
}

// SR-INV-002
TEST(audit, of_a_composite_takes_no_more_steps_than_it_is_given_and_one_for_each_class) {
  constexpr size_class classes[] = {{16, 8, 20}, {64, 16, 20}, {200, 16, 40}};
  static storage<32768> lent;
  const segregated_allocator allocator(segregated_config{lent.span(), classes, 3, 0, {}}.validate().value());
  std::size_t whole = 0;
  for (std::size_t index = 0; index < 3; ++index) {
    whole += steps_of_a_walk(allocator.pool(index));
  }
  for (std::size_t steps = 1; steps < whole; ++steps) {
    audit_cursor cursor;
    if (allocator.audit(cursor, steps).value()) {
      EXPECT_GE(steps + 3, whole) << "a whole walk in too few steps";
    }
  }
}

TEST(audit, with_the_cursor_of_a_larger_pool_stays_within_the_smaller_one) {
  static storage<65536> large_storage;
  static storage<512> small_storage;
  const pool_allocator large(pool_config{large_storage.span(), 16, 8, 2000, {}}.validate().value());
  const pool_allocator small(pool_config{small_storage.span(), 16, 8, 3, {}}.validate().value());
  for (const std::size_t steps : {1000U, 3000U}) {
    audit_cursor cursor;
    ASSERT_FALSE(large.audit(cursor, steps).value());
    EXPECT_TRUE(succeeded(small.audit(cursor, 100)));
    EXPECT_FALSE(small.is_corrupted());
  }
}

TEST(audit, with_the_cursor_of_a_higher_stack_stays_within_the_lower_one) {
  static static_stack<4096> high;
  static static_stack<256> low;
  for (int block = 0; block < 50; ++block) {
    ASSERT_TRUE(succeeded(high.allocate({1, 1})));
    std::byte* const top = low.allocate({1, 1}).value();
    if (block < 49) {
      ASSERT_TRUE(succeeded(low.deallocate(top, {1, 1})));
    }
  }
  audit_cursor cursor;
  ASSERT_FALSE(high.audit(cursor, 40).value());
  const result<bool> done = low.audit(cursor, 100);
  ASSERT_TRUE(succeeded(done));
  EXPECT_TRUE(done.value());
}

TEST(audit, with_the_cursor_of_a_composite_of_more_classes_walks_from_the_beginning) {
  constexpr size_class classes[] = {{16, 8, 5}, {64, 16, 5}, {200, 16, 5}};
  static storage<8192> many_storage;
  static storage<4096> one_storage;
  const segregated_allocator many(segregated_config{many_storage.span(), classes, 3, 0, {}}.validate().value());
  const segregated_allocator one(segregated_config{one_storage.span(), classes, 1, 0, {}}.validate().value());
  audit_cursor cursor;
  while (cursor.part < 2) {
    ASSERT_FALSE(many.audit(cursor, 4).value());
  }
  const result<bool> done = one.audit(cursor, 1);
  ASSERT_TRUE(succeeded(done));
  EXPECT_FALSE(done.value()) << "nothing of it has been walked yet";
}

TEST(audit, of_a_bump_with_a_cursor_of_a_stack_begins_anew) {
  static storage<24> bump_storage;
  static storage<512> stack_storage;
  bump_allocator bump(bump_config{bump_storage.span(), {}}.validate().value());
  stack_allocator stack(stack_config{stack_storage.span(), {}}.validate().value());
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(bump.restore(bump.mark().value()).has_value());
    ASSERT_TRUE(stack.mark().has_value());
  }
  audit_cursor cursor;
  ASSERT_FALSE(stack.audit(cursor, 2).value());
  const result<bool> audited = bump.audit(cursor, 5);
  EXPECT_TRUE(audited.has_value() && audited.value());
  EXPECT_FALSE(bump.is_corrupted());
}

// Two pools whose heads are the same word, over different lists.
TEST(audit, of_a_pool_with_a_cursor_of_another_in_the_same_version_begins_anew) {
  static_pool<int, 4> one;
  static_pool<int, 4> other(fault_hook{[](void* /*context*/, const fault& /*report*/) {}, nullptr});
  const layout request = layout::of<int>();
  std::byte* const first = one.allocate(request).value();
  std::byte* const second = one.allocate(request).value();
  ASSERT_TRUE(one.deallocate(first).has_value() && one.deallocate(second).has_value());
  ASSERT_TRUE(other.reset().has_value());
  ASSERT_TRUE(other.deallocate(other.allocate(request).value()).has_value());
  ASSERT_TRUE(other.allocate(request).has_value());
  audit_cursor cursor;
  ASSERT_FALSE(one.audit(cursor, 1).value());
  const std::uint64_t version = cursor.version;
  EXPECT_TRUE(other.audit(cursor, 1).has_value());
  EXPECT_EQ(cursor.version, version) << "else this shows nothing";
  EXPECT_FALSE(other.is_corrupted());
}

TEST(audit, with_a_phase_that_there_is_not_begins_anew) {
  static_pool<int, 4> pool;
  audit_cursor cursor;
  ASSERT_FALSE(pool.audit(cursor, 1).value());
  cursor.phase = 3;
  EXPECT_TRUE(pool.audit(cursor, 100).value());
}

TEST(audit, of_a_composite_with_a_cursor_of_another_begins_with_the_first_part) {
  constexpr size_class classes[] = {{16, 8, 2}, {64, 16, 2}, {200, 16, 4}};
  static storage<8192> one_storage;
  static storage<8192> other_storage;
  const segregated_allocator one(segregated_config{one_storage.span(), classes, 3, 0, {}}.validate().value());
  const segregated_allocator other(segregated_config{other_storage.span(), classes, 3, 0, {}}.validate().value());
  audit_cursor cursor;
  while (cursor.part < 2) {
    ASSERT_FALSE(one.audit(cursor, 9).value());
  }
  ASSERT_FALSE(other.audit(cursor, 1).value());
  EXPECT_EQ(cursor.part, 0U);
}

} // namespace
