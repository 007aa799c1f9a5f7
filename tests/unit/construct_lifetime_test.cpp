// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#include <nebula/construct/lifetime.hpp>
#include "ledger.hpp"
#include "support.hpp"

namespace nebula::test {

struct throwing_end {
  ~throwing_end() noexcept(false) {}
};

} // namespace nebula::test

namespace {

using namespace nebula;
using namespace nebula::test;

struct aggregate {
  int first;
  std::string second;
};

static_assert(is_makeable<int>::value && is_makeable<aggregate>::value && is_makeable<int*>::value);
static_assert(!is_makeable<const int>::value && !is_makeable<int[2]>::value && !is_makeable<int&>::value &&
              !is_makeable<void>::value && !is_makeable<throwing_end>::value);
static_assert(is_nothrow_makeable<int, int>::value && !is_nothrow_makeable<tracked<>, int>::value);
static_assert(!is_nothrow_makeable<aggregate, int, const char*>::value, "a member may throw");
static_assert(!is_nothrow_makeable<aggregate, const aggregate&>::value &&
              is_nothrow_makeable<aggregate, aggregate>::value && is_nothrow_makeable<block_of_48>::value);

TEST(lifetime, aggregates_are_made_with_braces_and_the_rest_with_parentheses) {
  alignas(aggregate) std::byte place[sizeof(aggregate)];
  aggregate* const made = construct_in<aggregate>(place, 3, "three");
  EXPECT_EQ(made->first, 3);
  EXPECT_EQ(made->second, "three");
  alignas(aggregate) std::byte copy_place[sizeof(aggregate)];
  aggregate* const copy = construct_in<aggregate>(copy_place, *made);
  EXPECT_EQ(copy->second, "three");
  destroy_in_reverse(copy, 1);
  destroy_in_reverse(made, 1);

  alignas(std::string) std::byte room[sizeof(std::string)];
  std::string* const text = construct_in<std::string>(room, 3U, 'x');
  EXPECT_EQ(*text, "xxx") << "a count and a character, and no list of two characters";
  destroy_in_reverse(text, 1);
}

TEST(lifetime, what_is_under_construction_ends_in_reverse_unless_it_is_released) {
  ledger book;
  alignas(tracked<>) std::byte place[4 * sizeof(tracked<>)];
  {
    array_under_construction<tracked<>> part(place);
    part.add(1);
    part.add(2);
    part.add(3);
    EXPECT_EQ(book.alive(), 3U);
  }
  EXPECT_EQ(book.ended(), (std::vector<int>{3, 2, 1}));
  book.forget_ended();
  tracked<>* first = nullptr;
  {
    array_under_construction<tracked<>> whole(place);
    whole.add(1);
    whole.add(2);
    first = whole.release();
  }
  EXPECT_EQ(book.alive(), 2U);
  destroy_in_reverse(first, 2);
  EXPECT_EQ(book.ended(), (std::vector<int>{2, 1}));
  EXPECT_EQ(book.wrong(), 0U);
}

TEST(lifetime, a_block_under_construction_is_given_back_unless_it_is_released) {
  static_pool<block_of_48, 2> pool;
  std::byte* const block = pool.allocate({8, 8}).value();
  {
    const block_under_construction<decltype(pool)> guard(pool, block, layout{8, 8});
  }
  EXPECT_EQ(pool.state().live_blocks, 0U);
  ASSERT_EQ(pool.allocate({8, 8}).value(), block);
  {
    block_under_construction<decltype(pool)> guard(pool, block, layout{8, 8});
    guard.release();
  }
  EXPECT_EQ(pool.state().live_blocks, 1U);
}

/// An allocator of somebody else's: it has no deallocate_after().
class foreign_allocator {
public:
  [[nodiscard]] result<std::byte*> allocate(layout request) noexcept { return pool_.allocate(request); }
  [[nodiscard]] result<void> deallocate(std::byte* block, layout allocated) noexcept {
    return pool_.deallocate(block, allocated);
  }
  [[nodiscard]] bool owns(const std::byte* address) const noexcept { return pool_.owns(address); }

private:
  static_pool<block_of_48, 2> pool_;
};
static_assert(!decides_frees_first<foreign_allocator>::value);
static_assert(decides_frees_first<pool_allocator>::value && decides_frees_first<local_pool_allocator>::value &&
              decides_frees_first<bump_allocator>::value && decides_frees_first<stack_allocator>::value &&
              decides_frees_first<segregated_allocator>::value);

// SR-CONS-004
TEST(lifetime, of_an_allocator_that_cannot_say_more_the_owned_pointers_alone_run_the_action) {
  foreign_allocator allocator;
  std::byte elsewhere{};
  int runs = 0;
  const auto count = [&]() noexcept { ++runs; };
  EXPECT_TRUE(failed_with(free_after(allocator, nullptr, {8, 8}, count), error_code::null_pointer));
  EXPECT_TRUE(failed_with(free_after(allocator, &elsewhere, {8, 8}, count), error_code::foreign_pointer));
  EXPECT_EQ(runs, 0);
  std::byte* const block = allocator.allocate({8, 8}).value();
  EXPECT_TRUE(succeeded(free_after(allocator, block, {8, 8}, count)));
  EXPECT_EQ(runs, 1);
}

} // namespace
