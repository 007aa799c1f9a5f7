// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include <nebula/construct/make.hpp>
#include "ledger.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

constexpr std::size_t size_max = std::numeric_limits<std::size_t>::max();
constexpr size_class two_classes[] = {{48, 16, 4}, {512, 64, 2}};
struct block_of_512 {
  alignas(64) std::byte bytes[512];
};

static_assert(noexcept(make<int>(std::declval<pool_allocator&>(), 1)));
static_assert(!noexcept(make<tracked<>>(std::declval<pool_allocator&>(), 1)));
static_assert(std::is_same_v<decltype(make_array<int>(std::declval<pool_allocator&>(), 1)), result<array_view<int>>>);

/// One allocator of each kind, with a log, and the ledger.
template <class Allocator>
class making : public testing::Test {
private:
  storage<16384> storage_{};
  Allocator build() {
    if constexpr (std::is_constructible_v<Allocator, fault_hook>) {
      return Allocator(log_.hook());
    } else {
      return Allocator(
          typename Allocator::config_type{storage_.span(), two_classes, 2, 0, log_.hook()}.validate().value());
    }
  }

protected:
  fault_log log_{};
  ledger book_{};
  Allocator allocator_ = build();

  /// Nothing of the allocator has changed, no object is alive, and no destructor ran where none should.
  [[nodiscard]] testing::AssertionResult all_is_well() {
    if (book_.wrong() != 0) {
      return testing::AssertionFailure() << book_.wrong() << " constructors or destructors ran where none should";
    }
    if (book_.alive() != 0) {
      return testing::AssertionFailure() << book_.alive() << " objects are alive";
    }
    if (allocator_.state().live_blocks != 0) {
      return testing::AssertionFailure() << allocator_.state().live_blocks << " blocks are live";
    }
    return succeeded(allocator_.check_invariants());
  }
};
using kinds = testing::Types<static_pool<block_of_512, 4>, static_local_pool<block_of_512, 4>, static_bump<8192>,
                             static_stack<8192>, segregated_allocator, local_segregated_allocator,
                             paranoid<static_pool<block_of_512, 4>>, paranoid<static_local_pool<block_of_512, 4>>,
                             paranoid<static_bump<8192>>, paranoid<static_stack<8192>>>;
class kind_names {
public:
  template <class Allocator>
  static std::string GetName(int index) { // GoogleTest's spelling
    constexpr const char* names[] = {"pool",          "local_pool",       "bump",          "stack",
                                     "segregated",    "local_segregated", "paranoid_pool", "paranoid_local_pool",
                                     "paranoid_bump", "paranoid_stack"};
    return names[index];
  }
};
TYPED_TEST_SUITE(making, kinds, kind_names);

// SR-CONS-002 SR-CONS-004
TYPED_TEST(making, an_object_lives_from_make_to_destroy) {
  const result<tracked<>*> object = make<tracked<>>(this->allocator_, 5);
  ASSERT_TRUE(succeeded(object));
  EXPECT_EQ(object.value()->id(), 5);
  EXPECT_EQ(this->book_.alive(), 1U);
  EXPECT_TRUE(succeeded(destroy(this->allocator_, object.value())));
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{5}));
  EXPECT_TRUE(this->all_is_well());
}

// SR-CONS-002
TYPED_TEST(making, the_allocators_refusal_is_the_answer) {
  std::size_t made = 0;
  result<block_of_512*> last = make<block_of_512>(this->allocator_);
  while (last.has_value()) {
    ++made;
    last = make<block_of_512>(this->allocator_);
  }
  EXPECT_GT(made, 0U);
  EXPECT_EQ(last.code(), error_code::exhausted);
  EXPECT_EQ(last.error().during, operation::allocate);
  EXPECT_TRUE(failed_with(make_array<block_of_512>(this->allocator_, 1), error_code::exhausted));
  EXPECT_EQ(this->log_.count(), 0U);
}

// SR-CONS-002
TYPED_TEST(making, a_constructor_that_throws_gives_the_block_back) {
  const allocator_state before = this->allocator_.state();
  this->book_.fail_after(0);
  EXPECT_THROW(static_cast<void>(make<tracked<>>(this->allocator_, 1)), planned_failure);
  EXPECT_TRUE(this->all_is_well());
  EXPECT_EQ(this->allocator_.state().used_bytes, before.used_bytes);
  EXPECT_EQ(this->log_.count(), 0U);
}

// SR-CONS-004
TYPED_TEST(making, a_second_destroy_runs_no_destructor) {
  tracked<>* const object = make<tracked<>>(this->allocator_, 1).value();
  ASSERT_TRUE(succeeded(destroy(this->allocator_, object)));
  EXPECT_TRUE(failed_with(destroy(this->allocator_, object), error_code::double_free));
  EXPECT_EQ(this->book_.ended().size(), 1U);
  EXPECT_EQ(this->log_.count(), 1U);
  EXPECT_TRUE(this->all_is_well());
}

// SR-CONS-004
TYPED_TEST(making, a_foreign_or_null_pointer_runs_no_destructor) {
  const tracked<> elsewhere(7);
  EXPECT_TRUE(failed_with(destroy(this->allocator_, const_cast<tracked<>*>(&elsewhere)), error_code::foreign_pointer));
  EXPECT_TRUE(failed_with(destroy<tracked<>>(this->allocator_, nullptr), error_code::null_pointer));
  EXPECT_EQ(this->log_.count(), 2U);
  EXPECT_EQ(this->book_.alive(), 1U);
  EXPECT_EQ(this->book_.wrong(), 0U);
}

// SR-CONS-003 SR-CONS-005
TYPED_TEST(making, an_array_is_destroyed_in_reverse) {
  const result<array_view<tracked<>>> array = make_array<tracked<>>(this->allocator_, 4, 9);
  ASSERT_TRUE(succeeded(array));
  ASSERT_EQ(array.value().size(), 4U);
  EXPECT_EQ(array.value()[3].id(), 9);
  EXPECT_EQ(this->book_.alive(), 4U);
  EXPECT_TRUE(succeeded(destroy_array(this->allocator_, array.value())));
  EXPECT_EQ(this->book_.ended().size(), 4U);
  EXPECT_TRUE(this->all_is_well());
}

/// Counts down as its objects end, so that the order is seen.
struct in_order {
  in_order() : place(next++) {}
  ~in_order() { ended->push_back(place); }
  in_order(const in_order&) = delete;
  in_order& operator=(const in_order&) = delete;
  inline static int next = 0;
  inline static std::vector<int>* ended = nullptr;
  int place;
};

// SR-CONS-005
TYPED_TEST(making, the_last_element_ends_first) {
  std::vector<int> ended;
  in_order::next = 0;
  in_order::ended = &ended;
  const array_view<in_order> array = make_array<in_order>(this->allocator_, 5).value();
  ASSERT_TRUE(succeeded(destroy_array(this->allocator_, array)));
  EXPECT_EQ(ended, (std::vector<int>{4, 3, 2, 1, 0}));
}

// SR-CONS-003
TYPED_TEST(making, an_element_that_throws_ends_those_before_it_in_reverse_whichever_it_is) {
  constexpr std::size_t count = 6;
  for (std::size_t failing = 0; failing < count; ++failing) {
    const std::size_t used = this->allocator_.state().used_bytes;
    this->book_.forget_ended();
    this->book_.fail_after(failing);
    EXPECT_THROW(static_cast<void>(make_array<tracked<>>(this->allocator_, count, 3)), planned_failure);
    EXPECT_EQ(this->book_.ended().size(), failing);
    EXPECT_TRUE(this->all_is_well()) << "element " << failing;
    EXPECT_EQ(this->allocator_.state().used_bytes, used);
  }
  EXPECT_TRUE(succeeded(make_array<tracked<>>(this->allocator_, count, 3)));
  EXPECT_EQ(this->log_.count(), 0U);
}

// SR-CONS-003 SR-CONS-005 SR-CONS-006
TYPED_TEST(making, nothing_takes_no_block) {
  const result<array_view<tracked<>>> none = make_array<tracked<>>(this->allocator_, 0);
  ASSERT_TRUE(succeeded(none));
  EXPECT_TRUE(none.value().empty());
  EXPECT_TRUE(succeeded(destroy_array(this->allocator_, none.value())));
  const result<tracked<>*> no_room = allocate_for<tracked<>>(this->allocator_, 0);
  ASSERT_TRUE(succeeded(no_room));
  EXPECT_EQ(no_room.value(), nullptr);
  EXPECT_TRUE(succeeded(deallocate_for(this->allocator_, no_room.value(), 0)));
  EXPECT_EQ(this->allocator_.state().failures.total(), 0U);
  EXPECT_TRUE(this->all_is_well());
}

// SR-CONS-003 SR-CONS-005 SR-CONS-006
TYPED_TEST(making, a_count_whose_bytes_wrap_is_refused_when_made_and_when_destroyed) {
  constexpr std::size_t wrapping = size_max / sizeof(tracked<>) + 1;
  EXPECT_TRUE(failed_with(make_array<tracked<>>(this->allocator_, wrapping), error_code::size_overflow));
  EXPECT_TRUE(failed_with(make_array<tracked<>>(this->allocator_, size_max), error_code::size_overflow));
  EXPECT_TRUE(failed_with(allocate_for<tracked<>>(this->allocator_, wrapping), error_code::size_overflow));
  const array_view<tracked<>> array = make_array<tracked<>>(this->allocator_, 1).value();
  EXPECT_TRUE(failed_with(destroy_array(this->allocator_, array_view<tracked<>>{array.data, wrapping}),
                          error_code::size_overflow));
  EXPECT_TRUE(failed_with(deallocate_for(this->allocator_, array.data, wrapping), error_code::size_overflow));
  EXPECT_EQ(this->book_.alive(), 1U);
  EXPECT_TRUE(succeeded(destroy_array(this->allocator_, array)));
  EXPECT_TRUE(failed_with(make_array<tracked<>>(this->allocator_, size_max / sizeof(tracked<>)),
                          error_code::layout_unsupported));
  EXPECT_TRUE(this->all_is_well());
}

// SR-CONS-006
TYPED_TEST(making, room_is_given_without_objects) {
  const result<tracked<>*> room = allocate_for<tracked<>>(this->allocator_, 3);
  ASSERT_TRUE(succeeded(room));
  EXPECT_EQ(this->book_.alive(), 0U);
  EXPECT_TRUE(succeeded(deallocate_for(this->allocator_, room.value(), 3)));
  EXPECT_TRUE(failed_with(deallocate_for(this->allocator_, room.value(), 3), error_code::double_free));
  EXPECT_TRUE(this->all_is_well());
}

// SR-CONS-003
TYPED_TEST(making, elements_without_arguments_are_value_initialised) {
  std::byte* const dirty = this->allocator_.allocate({64, 16}).value();
  paint(dirty, 64, 0xFF);
  ASSERT_TRUE(succeeded(this->allocator_.deallocate(dirty, {64, 16})));
  const array_view<int> zeros = make_array<int>(this->allocator_, 16).value();
  for (const int each : zeros) {
    EXPECT_EQ(each, 0);
  }
}

TEST(make, over_aligned_objects_are_aligned) {
  static static_bump<20000> bump;
  static static_stack<20000> stack;
  static static_pool<tracked<4096>, 2> pool;
  ledger book;
  const auto in = [](auto& allocator) {
    EXPECT_TRUE(succeeded(allocator.allocate({3, 1})));
    tracked<64>* const line = make<tracked<64>>(allocator, 1).value();
    tracked<4096>* const page = make<tracked<4096>>(allocator, 2).value();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(line) % 64, 0U);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(page) % 4096, 0U);
    EXPECT_TRUE(succeeded(destroy(allocator, page)));
  };
  in(bump);
  in(stack);
  tracked<4096>* const page = make<tracked<4096>>(pool, 2).value();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(page) % 4096, 0U);
  EXPECT_TRUE(succeeded(destroy(pool, page)));
  EXPECT_EQ(book.ended().size(), 3U);
}

// SR-CONS-004
TEST(make, what_is_not_on_top_of_a_stack_is_neither_destroyed_nor_freed) {
  fault_log log;
  ledger book;
  static_stack<1024> stack(log.hook());
  tracked<>* const below = make<tracked<>>(stack, 1).value();
  tracked<>* const above = make<tracked<>>(stack, 2).value();
  EXPECT_TRUE(failed_with(destroy(stack, below), error_code::lifo_violation));
  EXPECT_EQ(book.alive(), 2U);
  EXPECT_EQ(below->id(), 1);
  EXPECT_TRUE(succeeded(destroy(stack, above)));
  EXPECT_TRUE(succeeded(destroy(stack, below)));
  EXPECT_EQ(book.ended(), (std::vector<int>{2, 1}));
  EXPECT_EQ(log.count(), 1U);
}

// SR-CONS-004
TEST(make, what_is_not_the_last_block_of_a_bump_is_neither_destroyed_nor_freed) {
  fault_log log;
  ledger book;
  static_bump<1024> bump(log.hook());
  tracked<>* const first = make<tracked<>>(bump, 1).value();
  tracked<>* const last = make<tracked<>>(bump, 2).value();
  EXPECT_TRUE(failed_with(destroy(bump, first), error_code::not_last_block));
  EXPECT_EQ(book.alive(), 2U);
  EXPECT_TRUE(succeeded(destroy(bump, last)));
  EXPECT_EQ(book.alive(), 1U);
  EXPECT_EQ(log.count(), 0U);
}

// SR-CONS-004
TEST(make, an_object_of_another_size_is_not_destroyed_where_the_allocator_knows_the_size) {
  ledger book;
  static_stack<1024> stack;
  static_bump<1024> bump;
  static static_pool<int, 2> pool;
  auto* const in_stack = make<tracked<64>>(stack, 1).value();
  auto* const in_bump = make<tracked<64>>(bump, 2).value();
  auto* const in_pool = make<int>(pool, 3).value();
  EXPECT_TRUE(failed_with(destroy(stack, reinterpret_cast<tracked<>*>(in_stack)), error_code::layout_mismatch));
  EXPECT_TRUE(failed_with(destroy(bump, reinterpret_cast<tracked<>*>(in_bump)), error_code::layout_mismatch));
  EXPECT_TRUE(
      failed_with(destroy(pool, static_cast<std::string*>(static_cast<void*>(in_pool))), error_code::layout_mismatch));
  EXPECT_EQ(book.alive(), 2U);
  EXPECT_EQ(book.wrong(), 0U);
}

/// Makes another of its kind beside itself, and fails then.
struct nesting {
  explicit nesting(static_stack<1024>& stack) {
    if (stack.allocate({8, 8}).has_value()) {
      throw planned_failure{};
    }
  }
};

// SR-CONS-005
TEST(make, an_array_is_not_destroyed_with_another_count_where_the_allocator_knows_the_size) {
  ledger book;
  fault_log log;
  static_bump<512> bump(log.hook());
  static_stack<512> stack(log.hook());
  static_pool<tracked<>[4], 2> pool(log.hook());
  auto in_bump = make_array<tracked<>>(bump, 3).value();
  auto in_stack = make_array<tracked<>>(stack, 3).value();
  auto in_pool = make_array<tracked<>>(pool, 3).value();
  for (const std::size_t count : {2U, 4U}) {
    in_bump.count = in_stack.count = count;
    EXPECT_TRUE(failed_with(destroy_array(bump, in_bump), error_code::layout_mismatch));
    EXPECT_TRUE(failed_with(destroy_array(stack, in_stack), error_code::layout_mismatch));
  }
  in_pool.count = 5;
  EXPECT_TRUE(failed_with(destroy_array(pool, in_pool), error_code::layout_mismatch)) << "more than a block";
  EXPECT_EQ(book.alive(), 9U);
  EXPECT_EQ(book.ended().size(), 0U);
  in_pool.count = 2;
  EXPECT_TRUE(succeeded(destroy_array(pool, in_pool))) << "a block can have this size: what the count says ends";
  EXPECT_EQ(book.ended().size(), 2U);
  book.discard_all();
}

TEST(make, a_constructor_that_leaves_a_block_above_and_throws_leaves_both_blocks) {
  fault_log log;
  static_stack<1024> stack(log.hook());
  EXPECT_THROW(static_cast<void>(make<nesting>(stack, stack)), planned_failure);
  EXPECT_EQ(stack.state().live_blocks, 2U);
  ASSERT_EQ(log.count(), 1U) << "and it is heard of";
  EXPECT_EQ(log.last().what.code, error_code::lifo_violation);
}

} // namespace
