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

} // namespace
