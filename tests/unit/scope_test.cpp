// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <type_traits>

#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

static_assert(!std::is_copy_constructible_v<scope<bump_allocator>> &&
              !std::is_move_constructible_v<scope<bump_allocator>>);
static_assert(!std::is_copy_assignable_v<scope<stack_allocator>> && !std::is_move_assignable_v<scope<stack_allocator>>);

template <class Allocator>
class scopes : public testing::Test {
protected:
  fault_log log_{};
  Allocator allocator_{log_.hook()};
};
using kinds = testing::Types<static_bump<256>, static_stack<256>>;
TYPED_TEST_SUITE(scopes, kinds);

// SR-MARK-004
TYPED_TEST(scopes, give_back_at_their_end_what_was_allocated_inside) {
  ASSERT_TRUE(succeeded(this->allocator_.allocate({10, 1})));
  {
    const scope<TypeParam> outer(this->allocator_);
    EXPECT_TRUE(outer.is_active());
    EXPECT_EQ(outer.error(), error{});
    ASSERT_TRUE(succeeded(this->allocator_.allocate({20, 1})));
    {
      const scope<TypeParam> inner(this->allocator_);
      ASSERT_TRUE(succeeded(this->allocator_.allocate({30, 1})));
    }
    EXPECT_EQ(this->allocator_.state().used_bytes, 30U);
  }
  EXPECT_EQ(this->allocator_.state().used_bytes, 10U);
  EXPECT_EQ(this->allocator_.mark_count(), 0U);
  EXPECT_EQ(this->log_.count(), 0U);
}

// SR-MARK-004
TYPED_TEST(scopes, say_that_there_was_no_room_for_their_mark_and_then_do_nothing) {
  ASSERT_TRUE(succeeded(this->allocator_.allocate({this->allocator_.state().available_bytes, 1})));
  const std::size_t used = this->allocator_.state().used_bytes;
  {
    const scope<TypeParam> none(this->allocator_);
    EXPECT_FALSE(none.is_active());
    EXPECT_EQ(none.error().code, error_code::exhausted);
    EXPECT_EQ(none.error().during, operation::mark);
  }
  EXPECT_EQ(this->allocator_.state().used_bytes, used);
  EXPECT_EQ(this->log_.count(), 0U);
}

TYPED_TEST(scopes, report_that_the_mark_was_spent_or_made_stale_inside) {
  {
    const scope<TypeParam> over_a_reset(this->allocator_);
    ASSERT_TRUE(succeeded(this->allocator_.reset()));
  }
  ASSERT_EQ(this->log_.count(), 1U);
  EXPECT_EQ(this->log_.last().what.code, error_code::stale_marker);
  const marker outer = this->allocator_.mark().value();
  {
    const scope<TypeParam> over_a_restore(this->allocator_);
    ASSERT_TRUE(succeeded(this->allocator_.restore(outer)));
  }
  ASSERT_EQ(this->log_.count(), 2U);
  EXPECT_EQ(this->log_.last().what.code, error_code::spent_marker);
}

// SR-MARK-007
TYPED_TEST(scopes, around_a_function_give_back_what_it_allocated_and_return_its_value) {
  const auto got = with_scope(this->allocator_, [](TypeParam& inside) {
    EXPECT_TRUE(succeeded(inside.allocate({20, 1})));
    return 42;
  });
  EXPECT_EQ(got.value(), 42);
  EXPECT_EQ(this->allocator_.state().used_bytes, 0U);
  bool called = false;
  EXPECT_TRUE(succeeded(with_scope(this->allocator_, [&](TypeParam&) { called = true; })));
  EXPECT_TRUE(called);
}

// SR-MARK-007
TYPED_TEST(scopes, around_a_function_do_not_call_it_without_room_for_their_mark) {
  ASSERT_TRUE(succeeded(this->allocator_.allocate({this->allocator_.state().available_bytes, 1})));
  bool called = false;
  const auto got = with_scope(this->allocator_, [&](TypeParam&) {
    called = true;
    return 1;
  });
  EXPECT_EQ(got.code(), error_code::exhausted);
  EXPECT_FALSE(called);
}

// SR-MARK-008
TYPED_TEST(scopes, as_frames_allocate_only_while_they_are_the_innermost) {
  frame<TypeParam> outer(this->allocator_);
  ASSERT_TRUE(outer.is_active());
  ASSERT_TRUE(succeeded(outer.allocate({8, 8})));
  {
    frame<TypeParam> inner(this->allocator_);
    EXPECT_EQ(outer.allocate({8, 8}).code(), error_code::lifo_violation);
    EXPECT_TRUE(succeeded(inner.allocate({16, 8})));
  }
  EXPECT_EQ(this->allocator_.state().used_bytes, 8U);
  EXPECT_TRUE(succeeded(outer.allocate({8, 8})));
  EXPECT_EQ(this->log_.count(), 0U);
}

// SR-MARK-008
TYPED_TEST(scopes, as_frames_refuse_when_their_own_mark_is_gone_though_as_many_are_there) {
  const marker outer = this->allocator_.mark().value();
  {
    frame<TypeParam> inside(this->allocator_);
    ASSERT_TRUE(succeeded(this->allocator_.restore(outer)));
    const result<marker> first = this->allocator_.mark();
    const result<marker> second = this->allocator_.mark();
    ASSERT_TRUE(first.has_value() && second.has_value());
    EXPECT_TRUE(failed_with(inside.allocate({8, 8}), error_code::lifo_violation));
  }
  EXPECT_EQ(this->log_.last().what.code, error_code::spent_marker) << "of the frame's end";
}

// SR-MARK-008
TYPED_TEST(scopes, as_frames_say_that_there_was_no_room_for_their_mark) {
  ASSERT_TRUE(succeeded(this->allocator_.allocate({this->allocator_.state().available_bytes, 1})));
  frame<TypeParam> none(this->allocator_);
  EXPECT_FALSE(none.is_active());
  EXPECT_EQ(none.error().code, error_code::exhausted);
  EXPECT_EQ(none.allocate({1, 1}).code(), error_code::exhausted);
}

// SR-MARK-007
TYPED_TEST(scopes, around_a_function_pass_on_its_result_as_it_is) {
  const result<std::size_t> failed = with_scope(this->allocator_, [](TypeParam& inside) -> result<std::size_t> {
    const result<std::byte*> first = inside.allocate({20, 1});
    const result<std::byte*> second = inside.allocate({2000, 1});
    return second.has_value() ? result<std::size_t>(first.has_value() ? 1U : 0U) : second.error();
  });
  EXPECT_TRUE(failed_with(failed, error_code::layout_unsupported)) << "a result is not wrapped in another";
  EXPECT_EQ(this->allocator_.state().used_bytes, 0U);
}

#if defined(__cpp_exceptions)
// SR-MARK-007
TYPED_TEST(scopes, around_a_function_give_back_when_it_throws) {
  struct failure {};
  const auto body = [](TypeParam& inside) -> int {
    EXPECT_TRUE(succeeded(inside.allocate({20, 1})));
    throw failure{};
  };
  EXPECT_THROW(static_cast<void>(with_scope(this->allocator_, body)), failure);
  EXPECT_EQ(this->allocator_.state().used_bytes, 0U);
  EXPECT_EQ(this->allocator_.mark_count(), 0U);
}
#endif

} // namespace
