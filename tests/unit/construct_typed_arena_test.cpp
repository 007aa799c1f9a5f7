// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <forward_list>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include <nebula/construct/typed_arena.hpp>
#include <nebula/construct/unique_handle.hpp>
#include <nebula/verify/stray_write.hpp>
#include "ledger.hpp"
#include "metadata_access.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

using bump = static_bump<32768>;
using stack = static_stack<32768>;

static_assert(!std::is_copy_constructible_v<typed_arena<int, bump>> &&
              !std::is_move_constructible_v<typed_arena<int, bump>>);

template <class Allocator>
class typed_arenas : public testing::Test {
protected:
  fault_log log_{};
  ledger book_{};
  Allocator allocator_{log_.hook()};
  using arena_type = typed_arena<tracked<>, Allocator>;

  /// All that was taken has come back, and nobody complained.
  [[nodiscard]] testing::AssertionResult is_untouched() {
    const allocator_state now = allocator_.state();
    if (now.used_bytes != 0 || now.live_blocks != 0 || allocator_.mark_count() != 0) {
      return testing::AssertionFailure() << now.used_bytes << " bytes, " << now.live_blocks << " blocks, "
                                         << allocator_.mark_count() << " marks";
    }
    if (book_.wrong() != 0 || log_.count() != 0) {
      return testing::AssertionFailure() << book_.wrong() << " wrong, " << log_.count() << " faults";
    }
    return succeeded(allocator_.check_invariants());
  }
};
using kinds = testing::Types<bump, stack, paranoid<bump>, paranoid<stack>>;
class kind_names {
public:
  template <class Allocator>
  static std::string GetName(int index) { // GoogleTest's spelling
    constexpr const char* names[] = {"bump", "stack", "paranoid_bump", "paranoid_stack"};
    return names[index];
  }
};
TYPED_TEST_SUITE(typed_arenas, kinds, kind_names);

// SR-CONS-010 SR-CONS-012
TYPED_TEST(typed_arenas, objects_end_in_reverse_when_cleared_and_the_bytes_come_back) {
  typename TestFixture::arena_type arena(this->allocator_);
  EXPECT_TRUE(this->is_untouched()) << "an empty one takes nothing";
  for (int round = 0; round < 3; ++round) {
    for (int id = 0; id < 5; ++id) {
      const result<tracked<>*> made = arena.emplace(id);
      ASSERT_TRUE(succeeded(made));
      EXPECT_EQ(made.value()->id(), id);
    }
    EXPECT_EQ(arena.size(), 5U);
    this->book_.forget_ended();
    EXPECT_TRUE(succeeded(arena.clear()));
    EXPECT_EQ(this->book_.ended(), (std::vector<int>{4, 3, 2, 1, 0}));
    EXPECT_TRUE(arena.empty());
    EXPECT_TRUE(this->is_untouched());
  }
}

// SR-CONS-012
TYPED_TEST(typed_arenas, objects_end_with_their_arena) {
  {
    typename TestFixture::arena_type arena(this->allocator_);
    ASSERT_TRUE(succeeded(arena.emplace(1)));
    ASSERT_TRUE(succeeded(arena.emplace(2)));
  }
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{2, 1}));
  EXPECT_TRUE(this->is_untouched());
}

// SR-CONS-011
TYPED_TEST(typed_arenas, a_range_lies_in_a_row_and_ends_in_reverse) {
  typename TestFixture::arena_type arena(this->allocator_);
  const std::vector<int> ids = {1, 2, 3, 4};
  ASSERT_TRUE(succeeded(arena.emplace(0)));
  const result<array_view<tracked<>>> made = arena.emplace_range(ids.begin(), ids.end());
  ASSERT_TRUE(succeeded(made));
  ASSERT_EQ(made.value().size(), 4U);
  for (std::size_t index = 0; index < 4; ++index) {
    EXPECT_EQ(made.value()[index].id(), ids[index]);
    EXPECT_EQ(&made.value()[index], made.value().data + index);
  }
  ASSERT_TRUE(succeeded(arena.emplace(5)));
  EXPECT_EQ(arena.size(), 6U);
  EXPECT_TRUE(succeeded(arena.clear()));
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{5, 4, 3, 2, 1, 0}));
  EXPECT_TRUE(this->is_untouched());
}

// SR-CONS-011
TYPED_TEST(typed_arenas, an_empty_range_takes_nothing) {
  typename TestFixture::arena_type arena(this->allocator_);
  const std::forward_list<int> none;
  const auto made = arena.emplace_range(none.begin(), none.end());
  ASSERT_TRUE(succeeded(made));
  EXPECT_TRUE(made.value().empty());
  EXPECT_TRUE(this->is_untouched());
}

// SR-CONS-010
TYPED_TEST(typed_arenas, objects_never_move) {
  typename TestFixture::arena_type arena(this->allocator_);
  std::vector<tracked<>*> places;
  for (int id = 0; id < 200; ++id) {
    places.push_back(arena.emplace(id).value());
  }
  for (int id = 0; id < 200; ++id) {
    EXPECT_EQ(places[static_cast<std::size_t>(id)]->id(), id);
  }
}

// SR-CONS-010 SR-CONS-011
TYPED_TEST(typed_arenas, a_constructor_that_throws_leaves_everything_as_it_was_whichever_it_is) {
  typename TestFixture::arena_type arena(this->allocator_);
  const std::vector<int> ids = {0, 1, 2, 3, 4};
  for (const bool is_first : {true, false}) {
    for (std::size_t failing = 0; failing < ids.size(); ++failing) {
      const allocator_state before = this->allocator_.state();
      const std::size_t marks = this->allocator_.mark_count();
      this->book_.forget_ended();
      this->book_.fail_after(failing);
      EXPECT_THROW(static_cast<void>(arena.emplace_range(ids.begin(), ids.end())), planned_failure);
      std::vector<int> prefix;
      for (std::size_t index = failing; index != 0; --index) {
        prefix.push_back(ids[index - 1]);
      }
      EXPECT_EQ(this->book_.ended(), prefix);
      this->book_.fail_after(0);
      EXPECT_THROW(static_cast<void>(arena.emplace(1)), planned_failure);
      EXPECT_TRUE(same_but_failures(
          [&] {
            allocator_state expected = before;
            expected.peak_bytes = this->allocator_.state().peak_bytes;
            return expected;
          }(),
          this->allocator_.state()));
      EXPECT_EQ(this->allocator_.mark_count(), marks);
      EXPECT_EQ(arena.size(), is_first ? 0U : 1U);
    }
    if (is_first) {
      ASSERT_TRUE(succeeded(arena.emplace(9))); // and once more with an anchor that is there already
    }
  }
  this->book_.forget_ended();
  EXPECT_TRUE(succeeded(arena.clear()));
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{9}));
  EXPECT_TRUE(this->is_untouched());
}

// SR-CONS-010 SR-CONS-011
TYPED_TEST(typed_arenas, what_does_not_fit_is_refused_and_nothing_has_changed) {
  typename TestFixture::arena_type arena(this->allocator_);
  const std::vector<int> too_many(20000, 1);
  EXPECT_TRUE(failed_with(arena.emplace_range(too_many.begin(), too_many.end()), error_code::layout_unsupported));
  EXPECT_TRUE(this->is_untouched()) << "the anchor, too, is gone";
  std::size_t made = 0;
  while (arena.emplace(1).has_value()) {
    ++made;
  }
  EXPECT_EQ(arena.size(), made);
  EXPECT_TRUE(failed_with(arena.emplace(1), error_code::exhausted));
  EXPECT_TRUE(succeeded(arena.clear()));
  EXPECT_EQ(this->book_.ended().size(), made);
  EXPECT_TRUE(this->is_untouched());
}

/// As long as it says, which is longer than any memory.
class endless {
public:
  using iterator_category = std::random_access_iterator_tag;
  using value_type = int;
  using difference_type = std::ptrdiff_t;
  using pointer = const int*;
  using reference = int;
  explicit endless(std::ptrdiff_t place) : place_(place) {}
  int operator*() const { return 1; }
  endless& operator++() {
    ++place_;
    return *this;
  }
  friend std::ptrdiff_t operator-(const endless& left, const endless& right) { return left.place_ - right.place_; }

private:
  std::ptrdiff_t place_;
};

// SR-CONS-011
TYPED_TEST(typed_arenas, a_range_whose_bytes_wrap_is_refused) {
  typename TestFixture::arena_type arena(this->allocator_);
  const endless last(std::numeric_limits<std::ptrdiff_t>::max());
  EXPECT_TRUE(failed_with(arena.emplace_range(endless(0), last), error_code::size_overflow));
  typed_arena<std::string, TypeParam> wide(this->allocator_);
  EXPECT_TRUE(this->is_untouched());
}

// SR-CONS-010
TYPED_TEST(typed_arenas, over_aligned_objects_are_aligned) {
  typed_arena<tracked<64>, TypeParam> lines(this->allocator_);
  typed_arena<tracked<4096>, TypeParam> pages(this->allocator_);
  for (int id = 0; id < 2; ++id) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(lines.emplace(id).value()) % 64, 0U);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(pages.emplace(id + 2).value()) % 4096, 0U);
  }
  EXPECT_TRUE(succeeded(lines.clear()));
  EXPECT_TRUE(succeeded(pages.clear()));
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{1, 0, 3, 2}));
}

TYPED_TEST(typed_arenas, trivial_objects_take_no_more_than_their_alignment_beside_themselves) {
  typed_arena<int, TypeParam> numbers(this->allocator_);
  EXPECT_EQ(numbers.record_bytes(), alignof(int));
  ASSERT_TRUE(succeeded(numbers.emplace(1)));
  const std::size_t used = this->allocator_.state().used_bytes;
  ASSERT_TRUE(succeeded(numbers.emplace(2)));
  const std::size_t canary = this->allocator_.level() == check_level::paranoid ? canary_bytes : 0;
  EXPECT_EQ(this->allocator_.state().used_bytes, used + sizeof(int) + alignof(int) + canary);
  EXPECT_TRUE(succeeded(numbers.clear()));
  EXPECT_TRUE(this->is_untouched());
}

// --- sharing ----------------------------------------------------------------------------------------------------------

// SR-CONS-012
TYPED_TEST(typed_arenas, several_take_turns_and_none_discards_what_is_anothers) {
  const marker point = this->allocator_.mark().value();
  typename TestFixture::arena_type first(this->allocator_);
  typename TestFixture::arena_type second(this->allocator_);
  for (int id = 0; id < 4; ++id) {
    ASSERT_TRUE(succeeded(first.emplace(id)));
    ASSERT_TRUE(succeeded(second.emplace(10 + id)));
  }
  EXPECT_TRUE(succeeded(first.clear()));
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{3, 2, 1, 0}));
  EXPECT_EQ(this->book_.alive(), 4U);
  EXPECT_TRUE(succeeded(second.clear()));
  EXPECT_EQ(this->book_.alive(), 0U);
  ASSERT_TRUE(succeeded(this->allocator_.restore(point))) << "each lies above the other: their bytes come back so";
  EXPECT_TRUE(this->is_untouched());
  ASSERT_TRUE(succeeded(second.emplace(5)));
  EXPECT_TRUE(succeeded(second.clear()));
  EXPECT_TRUE(this->is_untouched());
}

// SR-CONS-012
TYPED_TEST(typed_arenas, bytes_that_somebody_else_is_above_stay_until_he_has_gone) {
  typename TestFixture::arena_type arena(this->allocator_);
  ASSERT_TRUE(succeeded(arena.emplace(1)));
  std::byte* const above = this->allocator_.allocate({8, 8}).value();
  EXPECT_TRUE(succeeded(arena.clear()));
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{1}));
  EXPECT_EQ(this->allocator_.state().live_blocks, 2U);
  ASSERT_TRUE(succeeded(this->allocator_.deallocate(above, {8, 8})));
  EXPECT_TRUE(succeeded(arena.clear()));
  EXPECT_TRUE(this->is_untouched());
}

TYPED_TEST(typed_arenas, a_mark_of_somebody_else_is_not_discarded) {
  typename TestFixture::arena_type arena(this->allocator_);
  ASSERT_TRUE(succeeded(arena.emplace(1)));
  const marker point = this->allocator_.mark().value();
  EXPECT_TRUE(succeeded(arena.clear()));
  EXPECT_TRUE(this->allocator_.is_open(point));
  EXPECT_TRUE(succeeded(this->allocator_.restore(point)));
  EXPECT_EQ(this->log_.count(), 0U);
}

// SR-CONS-012
TYPED_TEST(typed_arenas, a_reset_of_the_allocator_is_caught_and_no_destructor_runs) {
  typename TestFixture::arena_type arena(this->allocator_);
  ASSERT_TRUE(succeeded(arena.emplace(1)));
  ASSERT_TRUE(succeeded(this->allocator_.reset()));
  this->book_.discard_all();
  EXPECT_TRUE(failed_with(arena.emplace(2), error_code::stale_handle));
  ASSERT_EQ(this->log_.count(), 1U);
  EXPECT_EQ(this->log_.last().what, (error{error_code::stale_handle, operation::construct, component::typed_arena}));
  EXPECT_EQ(this->log_.last().allocator, &this->allocator_);
  EXPECT_TRUE(arena.empty());
  ASSERT_TRUE(succeeded(arena.emplace(3))) << "it begins anew";
  ASSERT_TRUE(succeeded(this->allocator_.reset()));
  this->book_.discard_all();
  EXPECT_TRUE(failed_with(arena.clear(), error_code::stale_handle));
  EXPECT_EQ(this->log_.last().what.during, operation::destroy);
  EXPECT_TRUE(succeeded(arena.clear()));
  EXPECT_EQ(this->log_.count(), 2U);
  EXPECT_EQ(this->book_.ended().size(), 0U);
  EXPECT_EQ(this->book_.wrong(), 0U);
}

// SR-CONS-012
TYPED_TEST(typed_arenas, a_restore_below_some_objects_is_caught_whatever_was_allocated_since) {
  typename TestFixture::arena_type arena(this->allocator_);
  typename TestFixture::arena_type other(this->allocator_);
  ASSERT_TRUE(succeeded(arena.emplace(1)));
  const marker point = this->allocator_.mark().value();
  tracked<>* const gone = arena.emplace(2).value();
  ASSERT_TRUE(succeeded(this->allocator_.restore(point)));
  this->book_.discard(gone, sizeof(tracked<>));
  EXPECT_EQ(other.emplace(3).value(), gone) << "or this test shows less than it says";
  EXPECT_TRUE(failed_with(arena.clear(), error_code::stale_handle));
  EXPECT_TRUE(succeeded(other.clear()));
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{3}));
  EXPECT_EQ(this->book_.wrong(), 0U);
  EXPECT_EQ(this->log_.count(), 1U);
}

TYPED_TEST(typed_arenas, a_reset_beneath_an_arena_that_is_empty_is_nobodys_misuse) {
  {
    typename TestFixture::arena_type arena(this->allocator_);
    ASSERT_TRUE(succeeded(arena.emplace(1)));
    ASSERT_TRUE(succeeded(this->allocator_.allocate({8, 8}))); // so that the anchor stays
    ASSERT_TRUE(succeeded(arena.clear()));
    ASSERT_TRUE(succeeded(this->allocator_.reset()));
    ASSERT_TRUE(succeeded(arena.emplace(2)));
  }
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{1, 2}));
  EXPECT_TRUE(this->is_untouched());
}

// SR-CONS-012
TYPED_TEST(typed_arenas, a_record_that_was_overwritten_is_not_followed) {
  for (std::size_t word = 0; word < 3; ++word) {
    typename TestFixture::arena_type arena(this->allocator_);
    ASSERT_TRUE(succeeded(arena.emplace(1)));
    tracked<>* const second = arena.emplace(2).value();
    ASSERT_TRUE(succeeded(arena.emplace(3)));
    this->book_.forget_ended();
    const std::size_t faults = this->log_.count();
    paint(reinterpret_cast<std::byte*>(second) - TestFixture::arena_type::record_bytes() + word * sizeof(void*),
          sizeof(void*), 0x41);
    EXPECT_TRUE(failed_with(arena.clear(), error_code::overrun));
    EXPECT_EQ(this->book_.ended(), (std::vector<int>{3})) << "what came before the damage was found";
    EXPECT_EQ(this->log_.count(), faults + 1);
    EXPECT_EQ(this->log_.last().what, (error{error_code::overrun, operation::destroy, component::typed_arena}));
    this->book_.discard_all();
    ASSERT_TRUE(succeeded(this->allocator_.reset()));
  }
  EXPECT_EQ(this->book_.wrong(), 0U);
}

// SR-CONS-012
TYPED_TEST(typed_arenas, an_objects_address_frees_no_block_of_the_arena) {
  typename TestFixture::arena_type arena(this->allocator_);
  auto* const block = reinterpret_cast<std::byte*>(arena.emplace(1).value());
  EXPECT_TRUE(failed_with(this->allocator_.deallocate(block, layout::of<tracked<>>()), error_code::misaligned_pointer));
  EXPECT_TRUE(succeeded(arena.clear()));
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{1}));
}

// SR-CONS-012
TYPED_TEST(typed_arenas, a_trivial_objects_address_frees_no_block_of_the_arena_either) {
  typed_arena<long, TypeParam> numbers(this->allocator_);
  auto* const block = reinterpret_cast<std::byte*>(numbers.emplace(1).value());
  EXPECT_TRUE(failed_with(this->allocator_.deallocate(block, layout::of<long>()), error_code::misaligned_pointer));
  std::byte* const others = this->allocator_.allocate({64, 8}).value();
  EXPECT_TRUE(succeeded(numbers.clear()));
  EXPECT_EQ(this->allocator_.state().live_blocks, 2U) << "somebody else's is above";
  const result<std::byte*> next = this->allocator_.allocate({64, 8});
  EXPECT_NE(next.value(), others) << "it is live";
  ASSERT_TRUE(succeeded(this->allocator_.deallocate(next.value(), {64, 8})));
}

// SR-CONS-010
TYPED_TEST(typed_arenas, what_is_refused_leaves_everybodys_last_block_the_last) {
  const layout most{this->allocator_.state().available_bytes - sizeof(tracked<>) - 60, 1};
  std::byte* const last = this->allocator_.allocate(most).value();
  typed_arena<tracked<1024>, TypeParam> objects(this->allocator_);
  EXPECT_TRUE(failed_with(objects.emplace(1), error_code::exhausted));
  EXPECT_TRUE(succeeded(this->allocator_.deallocate(last, most)));
  EXPECT_TRUE(this->is_untouched());
}

// SR-CONS-012
TYPED_TEST(typed_arenas, of_a_corrupted_allocator_destroy_nothing_and_report_no_misuse) {
  {
    typename TestFixture::arena_type arena(this->allocator_);
    ASSERT_TRUE(succeeded(arena.emplace(1)));
    metadata_access::latch(this->allocator_).store(1, memory_order::relaxed);
    EXPECT_TRUE(failed_with(arena.clear(), error_code::corrupted));
    EXPECT_TRUE(failed_with(arena.emplace(2), error_code::corrupted));
    EXPECT_EQ(arena.size(), 1U) << "nothing has changed";
  }
  EXPECT_EQ(this->log_.count(), 0U) << "who latched has reported it";
  EXPECT_EQ(this->book_.ended().size(), 0U);
}

/// Clears the arena that it is in: at its end, or while it is being made.
template <class Allocator>
class clearing {
public:
  using arena_type = typed_arena<clearing, Allocator>;
  enum class moment { at_the_end, at_the_beginning, never };
  inline static error_code said = error_code::none; ///< what the arena said to that

  clearing(arena_type& home, int id, moment when) : home_(&home), when_(when), id_(id) {
    ledger::current().begin(this, id);
    if (when == moment::at_the_beginning) {
      said = home.clear().code();
    }
  }
  ~clearing() {
    ledger::current().end(this);
    if (when_ == moment::at_the_end) {
      said = home_->clear().code();
    }
    id_ = -1;
  }
  clearing(const clearing&) = delete;
  clearing& operator=(const clearing&) = delete;

private:
  arena_type* home_;
  moment when_;
  int id_;
};

// SR-CONS-012
TYPED_TEST(typed_arenas, a_destructor_may_clear_and_its_own_bytes_stay_until_it_has_returned) {
  using object = clearing<TypeParam>;
  object::said = error_code::corrupted;
  typename object::arena_type arena(this->allocator_);
  for (int id = 0; id < 3; ++id) {
    ASSERT_TRUE(succeeded(arena.emplace(arena, id, id == 1 ? object::moment::at_the_end : object::moment::never)));
  }
  EXPECT_TRUE(succeeded(arena.clear())); // what the destructor writes after its own call is no write after a free
  EXPECT_EQ(object::said, error_code::none);
  EXPECT_TRUE(arena.empty());
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{2, 1, 0})) << "each once";
  EXPECT_TRUE(this->is_untouched());
}

// SR-CONS-012
TYPED_TEST(typed_arenas, a_constructor_may_not_clear_the_arena_that_it_is_in) {
  using object = clearing<TypeParam>;
  object::said = error_code::none;
  typename object::arena_type arena(this->allocator_);
  ASSERT_TRUE(succeeded(arena.emplace(arena, 1, object::moment::never)));
  ASSERT_TRUE(succeeded(arena.emplace(arena, 2, object::moment::at_the_beginning)));
  EXPECT_EQ(object::said, error_code::blocks_live);
  ASSERT_EQ(this->log_.count(), 1U);
  EXPECT_EQ(this->log_.last().what, (error{error_code::blocks_live, operation::destroy, component::typed_arena}));
  EXPECT_EQ(arena.size(), 2U);
  EXPECT_EQ(this->book_.ended().size(), 0U) << "nothing has changed";
  EXPECT_TRUE(succeeded(arena.clear()));
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{2, 1}));
  EXPECT_EQ(this->allocator_.state().live_blocks, 0U);
}

template <class Allocator>
class watched_arenas : public typed_arenas<Allocator> {};
using watched_kinds = testing::Types<paranoid<bump>, paranoid<stack>>;
TYPED_TEST_SUITE(watched_arenas, watched_kinds);

// SR-CONS-012
TYPED_TEST(watched_arenas, in_spite_of_a_stray_write_objects_end_and_the_bytes_come_back) {
  typename TestFixture::arena_type arena(this->allocator_);
  std::byte* const place = reinterpret_cast<std::byte*>(arena.emplace(1).value());
  nebula::verify::write_astray(place + 64);
  EXPECT_TRUE(succeeded(arena.clear()));
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{1}));
  EXPECT_EQ(this->allocator_.state().used_bytes, 0U);
  ASSERT_EQ(this->log_.count(), 1U);
  EXPECT_EQ(this->log_.last().what.code, error_code::written_after_free);
}

/// Puts others of its kind into its own arena while it is made, and may fail then.
template <class Allocator>
struct tree {
  tree(typed_arena<tree, Allocator>& arena, int depth, bool fails) : id(depth) {
    if (depth != 0) {
      static_cast<void>(arena.emplace(arena, depth - 1, false));
    }
    ledger::current().begin(this, depth);
    if (fails) {
      ledger::current().end(this);
      throw planned_failure{};
    }
  }
  ~tree() { ledger::current().end(this); }
  tree(const tree&) = delete;
  tree& operator=(const tree&) = delete;
  int id;
};

TYPED_TEST(typed_arenas, a_constructor_may_use_the_arena_that_it_is_called_by) {
  typed_arena<tree<TypeParam>, TypeParam> arena(this->allocator_);
  ASSERT_TRUE(succeeded(arena.emplace(arena, 3, false)));
  EXPECT_EQ(arena.size(), 4U);
  EXPECT_TRUE(succeeded(arena.clear()));
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{3, 2, 1, 0})) << "the reverse of the order in which they were whole";
  EXPECT_TRUE(this->is_untouched());
}

TYPED_TEST(typed_arenas, a_constructor_that_fails_leaves_what_it_has_put_into_the_arena) {
  {
    typed_arena<tree<TypeParam>, TypeParam> arena(this->allocator_);
    EXPECT_THROW(static_cast<void>(arena.emplace(arena, 2, true)), planned_failure);
    EXPECT_EQ(arena.size(), 2U);
    this->book_.forget_ended();
  }
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{1, 0}));
  EXPECT_EQ(this->book_.wrong(), 0U);
  EXPECT_EQ(this->allocator_.state().live_blocks, 0U);
  EXPECT_EQ(this->allocator_.mark_count(), 0U);
}

TYPED_TEST(typed_arenas, handles_and_arenas_share_an_allocator) {
  typename TestFixture::arena_type arena(this->allocator_);
  {
    ASSERT_TRUE(succeeded(arena.emplace(1)));
    const auto held = make_handle<tracked<>>(this->allocator_, 2);
    ASSERT_TRUE(held.has_value());
  }
  EXPECT_TRUE(succeeded(arena.clear()));
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{2, 1}));
  EXPECT_TRUE(this->is_untouched());
}

} // namespace
