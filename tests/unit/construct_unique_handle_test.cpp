// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nebula/construct/make.hpp>
#include <nebula/construct/unique_handle.hpp>
#include <nebula/verify/stray_write.hpp>
#include "ledger.hpp"
#include "metadata_access.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

using bump = static_bump<2048>;
using stack = static_stack<2048>;
using pool = static_pool<tracked<64>, 4>;
using local_pool = static_local_pool<tracked<64>, 4>;

static_assert(!std::is_copy_constructible_v<unique_handle<int, bump>> &&
              !std::is_copy_assignable_v<unique_handle<int, bump>>);
static_assert(std::is_nothrow_move_constructible_v<unique_handle<int, bump>> &&
              std::is_nothrow_move_assignable_v<unique_handle<int, bump>>);
static_assert(std::is_same_v<block_claim_of<pool>::type, generation_claim<pool>>);
static_assert(std::is_same_v<block_claim_of<bump_allocator>::type, mark_claim<bump_allocator>>);
static_assert(std::is_same_v<block_claim_of<stack_allocator>::type, top_claim<stack_allocator>>);
static_assert(std::is_void_v<block_claim_of<segregated_allocator>::type>, "it names no allocation");

template <class Allocator>
class handles : public testing::Test {
protected:
  fault_log log_{};
  ledger book_{};
  Allocator allocator_{log_.hook()};
  using handle = unique_handle<tracked<>, Allocator>;

  handle take(int id) {
    handle made = make_handle<tracked<>>(allocator_, id);
    EXPECT_TRUE(made.has_value());
    return made;
  }
  /// A stale handle was met once more, and by the hook.
  [[nodiscard]] testing::AssertionResult heard_of_stale_handles(std::size_t count) {
    if (log_.count() != count) {
      return testing::AssertionFailure() << log_.count() << " faults";
    }
    if (count != 0 && (log_.last().what.code != error_code::stale_handle || log_.last().allocator != &allocator_)) {
      return testing::AssertionFailure() << log_.last().what;
    }
    return testing::AssertionSuccess();
  }
};
using kinds = testing::Types<bump, stack, pool, local_pool, paranoid<bump>, paranoid<stack>, paranoid<pool>,
                             paranoid<local_pool>>;
class kind_names {
public:
  template <class Allocator>
  static std::string GetName(int index) { // GoogleTest's spelling
    constexpr const char* names[] = {"bump",          "stack",          "pool",          "local_pool",
                                     "paranoid_bump", "paranoid_stack", "paranoid_pool", "paranoid_local_pool"};
    return names[index];
  }
};
TYPED_TEST_SUITE(handles, kinds, kind_names);

// SR-CONS-008
TYPED_TEST(handles, an_object_ends_with_its_handle_and_the_block_is_free) {
  const std::size_t used = this->allocator_.state().used_bytes;
  {
    const auto held = this->take(3);
    EXPECT_EQ(held->id(), 3);
    EXPECT_EQ((*held).id(), 3);
    ASSERT_TRUE(succeeded(held.get()));
    EXPECT_EQ(held.get().value(), &*held);
    EXPECT_EQ(this->allocator_.state().live_blocks, 1U);
  }
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{3}));
  EXPECT_EQ(this->allocator_.state().live_blocks, 0U);
  EXPECT_EQ(this->allocator_.state().used_bytes, used);
  EXPECT_EQ(this->log_.count(), 0U);
  EXPECT_TRUE(succeeded(this->allocator_.check_invariants()));
}

// SR-CONS-008
TYPED_TEST(handles, in_reverse_order_all_of_the_memory_comes_back) {
  const allocator_state before = this->allocator_.state();
  for (int round = 0; round < 100; ++round) {
    const auto first = this->take(1);
    const auto second = this->take(2);
    const auto third = this->take(3);
  }
  EXPECT_EQ(this->book_.ended().size(), 300U);
  EXPECT_EQ(this->book_.wrong(), 0U);
  EXPECT_EQ(this->allocator_.state().used_bytes, before.used_bytes);
  EXPECT_EQ(this->allocator_.state().available_bytes, before.available_bytes) << "records of claims included";
  EXPECT_EQ(this->log_.count(), 0U);
}

TYPED_TEST(handles, moving_hands_the_object_over) {
  auto first = this->take(1);
  const tracked<>* const place = &*first;
  auto second = std::move(first);
  EXPECT_FALSE(first.has_value()); // NOLINT(bugprone-use-after-move): that is the question
  EXPECT_EQ(&*second, place);
  EXPECT_TRUE(succeeded(first.reset()));
  EXPECT_EQ(this->book_.alive(), 1U);
  typename TestFixture::handle none;
  second = std::move(none);
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{1})) << "assignment ends what was held";
  EXPECT_FALSE(second.has_value());
  EXPECT_EQ(this->log_.count(), 0U);
}

TYPED_TEST(handles, moving_to_itself_changes_nothing) {
  auto held = this->take(1);
  auto& same = held;
  held = std::move(same);
  ASSERT_TRUE(held.has_value());
  EXPECT_EQ(held->id(), 1);
  EXPECT_EQ(this->book_.alive(), 1U);
}

TYPED_TEST(handles, reset_ends_the_object_once) {
  auto held = this->take(1);
  EXPECT_TRUE(succeeded(held.reset()));
  EXPECT_TRUE(succeeded(held.reset()));
  EXPECT_FALSE(held.has_value());
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{1}));
  EXPECT_EQ(this->book_.wrong(), 0U);
}

// SR-CONS-008
TYPED_TEST(handles, say_why_they_hold_nothing) {
  std::vector<typename TestFixture::handle> held;
  held.reserve(1000);
  while (held.empty() || held.back().has_value()) {
    const allocator_state before = this->allocator_.state();
    held.push_back(make_handle<tracked<>>(this->allocator_, 1));
    if (!held.back().has_value()) {
      EXPECT_EQ(this->allocator_.state().used_bytes, before.used_bytes);
      EXPECT_EQ(this->allocator_.state().available_bytes, before.available_bytes);
      EXPECT_EQ(this->allocator_.state().live_blocks, before.live_blocks);
    }
  }
  EXPECT_EQ(held.back().code(), error_code::exhausted);
  EXPECT_FALSE(held.front().error().code != error_code::none);
  while (!held.empty()) {
    held.pop_back();
  }
  EXPECT_EQ(this->book_.alive(), 0U);
  EXPECT_EQ(this->log_.count(), 0U);
  EXPECT_TRUE(succeeded(this->allocator_.check_invariants()));
}

// SR-CONS-008
TYPED_TEST(handles, a_constructor_that_throws_gives_block_and_claim_back) {
  const allocator_state before = this->allocator_.state();
  this->book_.fail_after(0);
  EXPECT_THROW(static_cast<void>(make_handle<tracked<>>(this->allocator_, 1)), planned_failure);
  EXPECT_EQ(this->allocator_.state().live_blocks, 0U);
  EXPECT_EQ(this->allocator_.state().used_bytes, before.used_bytes);
  EXPECT_EQ(this->allocator_.state().available_bytes, before.available_bytes);
  EXPECT_EQ(this->book_.wrong(), 0U);
  EXPECT_EQ(this->log_.count(), 0U);
}

TYPED_TEST(handles, an_empty_one_is_a_null_pointer_and_is_heard_of) {
  auto held = this->take(1);
  ASSERT_TRUE(succeeded(held.reset()));
  EXPECT_TRUE(failed_with(held.get(), error_code::null_pointer));
  ASSERT_EQ(this->log_.count(), 1U);
  EXPECT_EQ(this->log_.last().what,
            (error{error_code::null_pointer, operation::resolve_handle, component::object_handle}));
}

/// One that owns itself, as a cycle of owners does in the end.
struct own_owner {
  explicit own_owner(int& count) : ends(count) {}
  ~own_owner() { ++ends; }
  own_owner(const own_owner&) = delete;
  own_owner& operator=(const own_owner&) = delete;
  int& ends;
  unique_handle<own_owner, local_pool_allocator> self{};
};
TEST(handle, an_object_that_owns_itself_ends_once) {
  storage<1024> room;
  local_pool_allocator memory(
      local_pool_config{room.span(), sizeof(own_owner), alignof(own_owner), 2, {}}.validate().value());
  int ends = 0;
  auto held = make_handle<own_owner>(memory, ends);
  own_owner* const object = &*held;
  object->self = std::move(held);
  EXPECT_TRUE(succeeded(object->self.reset()));
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(memory.state().live_blocks, 0U);
}

/// Owns the next of its kind, in the same pool.
template <class Pool>
struct chained {
  chained(Pool& memory, int length) {
    if (length > 1) {
      next = make_handle<chained>(memory, memory, length - 1);
    }
    ledger::current().begin(this, length);
  }
  ~chained() { ledger::current().end(this); }
  chained(const chained&) = delete;
  chained& operator=(const chained&) = delete;
  unique_handle<chained, Pool> next{};
};

template <class Pool>
void end_a_chain(check_level level) {
  ledger book;
  fault_log log;
  storage<4096> room;
  using link = chained<Pool>;
  Pool memory(
      typename Pool::config_type{room.span(), sizeof(link), alignof(link), 8, log.hook(), level}.validate().value());
  {
    const auto first = make_handle<link>(memory, memory, 5);
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(memory.state().live_blocks, 5U);
  }
  EXPECT_EQ(book.ended(), (std::vector<int>{5, 4, 3, 2, 1}));
  EXPECT_EQ(memory.state().live_blocks, 0U);
  EXPECT_EQ(log.count(), 0U);
  EXPECT_TRUE(succeeded(memory.check_invariants()));
}

// SR-LIFE-001
TEST(handle, an_object_may_own_others_in_the_same_pool_at_either_level) {
  for (const check_level level : {check_level::standard, check_level::paranoid}) {
    end_a_chain<pool_allocator>(level);
    end_a_chain<local_pool_allocator>(level);
  }
}

/// The first of a list is taken away by assigning its rest to it, as with std::unique_ptr.
template <class Pool>
void take_the_first_away(check_level level) {
  ledger book;
  fault_log log;
  storage<4096> room;
  using link = chained<Pool>;
  Pool memory(
      typename Pool::config_type{room.span(), sizeof(link), alignof(link), 8, log.hook(), level}.validate().value());
  auto head = make_handle<link>(memory, memory, 3);
  link* const second = head->next.get().value();
  head = std::move(head->next);
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head.get().value(), second);
  EXPECT_EQ(book.ended(), (std::vector<int>{3}));
  head = std::move(head->next);
  head = std::move(head->next);
  EXPECT_FALSE(head.has_value());
  EXPECT_EQ(book.ended(), (std::vector<int>{3, 2, 1}));
  EXPECT_EQ(book.wrong(), 0U);
  EXPECT_EQ(memory.state().live_blocks, 0U);
  EXPECT_EQ(log.count(), 0U);
}

// SR-CONS-008
TEST(handle, may_be_given_what_the_object_that_it_ends_has_owned) {
  for (const check_level level : {check_level::standard, check_level::paranoid}) {
    take_the_first_away<pool_allocator>(level);
    if (HasFatalFailure()) {
      return; // what is left of the list is not to be touched
    }
    take_the_first_away<local_pool_allocator>(level);
    if (HasFatalFailure()) {
      return;
    }
  }
}

/// Leaves a successor in the handle that it was in.
struct succeeded_by {
  using handle = unique_handle<succeeded_by, local_pool_allocator>;
  succeeded_by(handle& where, local_pool_allocator& memory, int id) : where_(where), memory_(memory), id_(id) {
    ledger::current().begin(this, id);
  }
  ~succeeded_by() {
    ledger::current().end(this);
    if (id_ == 1) {
      where_ = make_handle<succeeded_by>(memory_, where_, memory_, 2);
    }
  }
  succeeded_by(const succeeded_by&) = delete;
  succeeded_by& operator=(const succeeded_by&) = delete;
  handle& where_;
  local_pool_allocator& memory_;
  int id_;
};

// SR-CONS-008
TEST(handle, keeps_what_the_destructor_of_its_object_assigns_to_it) {
  enum class end_by { reset, assignment, destructor };
  for (const end_by way : {end_by::reset, end_by::assignment, end_by::destructor}) {
    ledger book;
    fault_log log;
    storage<1024> room;
    local_pool_allocator memory(
        local_pool_config{room.span(), sizeof(succeeded_by), alignof(succeeded_by), 4, log.hook()}.validate().value());
    std::vector<int> ids = {1, 2};
    {
      succeeded_by::handle held;
      held = make_handle<succeeded_by>(memory, held, memory, 1);
      if (way == end_by::reset) {
        EXPECT_TRUE(succeeded(held.reset()));
        ASSERT_TRUE(held.has_value());
        EXPECT_EQ(held->id_, 2);
      } else if (way == end_by::assignment) {
        held = make_handle<succeeded_by>(memory, held, memory, 3);
        ASSERT_TRUE(held.has_value());
        EXPECT_EQ(held->id_, 2) << "the last that was assigned";
        ids = {1, 3, 2};
      }
    }
    EXPECT_EQ(book.ended(), ids);
    EXPECT_EQ(book.wrong(), 0U);
    EXPECT_EQ(memory.state().live_blocks, 0U);
    EXPECT_EQ(log.count(), 0U);
  }
}

// --- handles that outlive their block -------------------------------------------------------------------------------

/// Bump and stack.
template <class Allocator>
class outliving : public handles<Allocator> {};
using marking_kinds = testing::Types<bump, stack, paranoid<bump>, paranoid<stack>>;
TYPED_TEST_SUITE(outliving, marking_kinds);

// SR-CONS-007 SR-CONS-008
TYPED_TEST(outliving, a_reset_is_caught_and_no_destructor_runs) {
  {
    auto held = this->take(1);
    ASSERT_TRUE(succeeded(this->allocator_.reset()));
    this->book_.discard_all();
    EXPECT_TRUE(failed_with(held.get(), error_code::stale_handle));
    ASSERT_TRUE(this->heard_of_stale_handles(1));
    EXPECT_EQ(this->log_.last().what.reporter, component::object_handle);
    EXPECT_TRUE(failed_with(held.reset(), error_code::stale_handle));
    EXPECT_FALSE(held.has_value()) << "there is nothing to be held";
    EXPECT_TRUE(this->heard_of_stale_handles(2));
  }
  EXPECT_TRUE(this->heard_of_stale_handles(2)) << "said once, not again at its end";
  {
    const auto held = this->take(2);
    ASSERT_TRUE(succeeded(this->allocator_.reset()));
    this->book_.discard_all();
  }
  EXPECT_TRUE(this->heard_of_stale_handles(3)) << "its end says it too";
  EXPECT_EQ(this->book_.ended().size(), 0U);
  EXPECT_EQ(this->book_.wrong(), 0U);
}

// SR-CONS-007 SR-CONS-008
TYPED_TEST(outliving, a_restore_below_is_caught_though_the_same_place_is_taken_again) {
  const marker point = this->allocator_.mark().value();
  auto held = this->take(1);
  const tracked<>* const place = held.get().value();
  ASSERT_TRUE(succeeded(this->allocator_.restore(point)));
  this->book_.discard_all();
  auto next = this->take(2);
  EXPECT_EQ(next.get().value(), place) << "or this test shows less than it says";
  EXPECT_TRUE(failed_with(held.reset(), error_code::stale_handle));
  EXPECT_EQ(this->book_.alive(), 1U);
  EXPECT_EQ(next->id(), 2);
  EXPECT_EQ(this->book_.wrong(), 0U);
  EXPECT_TRUE(this->heard_of_stale_handles(1));
}

// SR-CONS-007
TYPED_TEST(outliving, a_restore_below_is_caught_at_every_depth_and_those_under_it_live_on) {
  std::vector<typename TestFixture::handle> held;
  std::vector<marker> points;
  for (int id = 0; id < 5; ++id) {
    points.push_back(this->allocator_.mark().value());
    held.push_back(this->take(id));
  }
  ASSERT_TRUE(succeeded(this->allocator_.restore(points[2])));
  EXPECT_EQ(held[0]->id(), 0);
  EXPECT_EQ(held[1]->id(), 1);
  for (std::size_t index = 2; index < 5; ++index) {
    EXPECT_TRUE(failed_with(held[index].get(), error_code::stale_handle));
  }
  EXPECT_TRUE(this->heard_of_stale_handles(3));
}

// SR-CONS-007
TYPED_TEST(outliving, a_restore_to_a_later_mark_leaves_the_object_alone) {
  auto held = this->take(1);
  const marker point = this->allocator_.mark().value();
  ASSERT_TRUE(succeeded(this->allocator_.allocate({8, 8})));
  ASSERT_TRUE(succeeded(this->allocator_.restore(point)));
  EXPECT_EQ(held->id(), 1);
  EXPECT_TRUE(succeeded(held.reset()));
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{1}));
}

// SR-CONS-007
TYPED_TEST(outliving, nobody_can_free_the_block_by_its_address) {
  const auto held = this->take(1);
  auto* const block = reinterpret_cast<std::byte*>(held.get().value());
  EXPECT_FALSE(this->allocator_.deallocate(block, layout::of<tracked<>>()).has_value());
  EXPECT_FALSE(destroy(this->allocator_, held.get().value()).has_value());
  EXPECT_EQ(this->book_.alive(), 1U);
  EXPECT_EQ(held->id(), 1);
}

// SR-CONS-007
TYPED_TEST(outliving, a_corrupted_allocator_is_believed_nothing_and_no_misuse_is_reported) {
  {
    auto held = this->take(1);
    metadata_access::latch(this->allocator_).store(1, memory_order::relaxed);
    EXPECT_TRUE(failed_with(held.get(), error_code::corrupted));
    EXPECT_TRUE(failed_with(held.reset(), error_code::corrupted));
    EXPECT_TRUE(held.has_value()) << "nothing has changed";
  }
  EXPECT_EQ(this->log_.count(), 0U) << "who latched has reported it";
  EXPECT_EQ(this->book_.ended().size(), 0U);
  EXPECT_EQ(this->book_.wrong(), 0U);
}

// SR-CONS-008
TYPED_TEST(outliving, a_handle_for_which_there_is_no_room_leaves_everybodys_last_block_the_last) {
  const std::size_t room = this->allocator_.state().available_bytes;
  const layout most{room - sizeof(tracked<>) - 40, 1}; // not for an object, its claim and its canary
  std::byte* const last = this->allocator_.allocate(most).value();
  const auto refused_one = make_handle<tracked<1024>>(this->allocator_, 1);
  EXPECT_EQ(refused_one.code(), error_code::exhausted);
  EXPECT_TRUE(succeeded(this->allocator_.deallocate(last, most)));
  EXPECT_EQ(this->log_.count(), 0U);
}

template <class Pool>
class outliving_in_pools : public handles<Pool> {};
using pool_kinds = testing::Types<pool, local_pool, paranoid<pool>, paranoid<local_pool>>;
TYPED_TEST_SUITE(outliving_in_pools, pool_kinds);

// SR-CONS-007 SR-CONS-008
TYPED_TEST(outliving_in_pools, a_free_behind_the_handles_back_is_caught_though_the_block_is_taken_again) {
  {
    auto held = this->take(1);
    tracked<>* const object = held.get().value();
    ASSERT_TRUE(succeeded(destroy(this->allocator_, object)));
    EXPECT_TRUE(failed_with(held.get(), error_code::stale_handle));
    const auto next = this->take(2);
    ASSERT_EQ(next.get().value(), object);
    EXPECT_TRUE(failed_with(held.get(), error_code::stale_handle));
    EXPECT_TRUE(failed_with(held.reset(), error_code::stale_handle));
    EXPECT_TRUE(this->heard_of_stale_handles(3));
    EXPECT_EQ(next->id(), 2);
  }
  EXPECT_TRUE(this->heard_of_stale_handles(3));
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{1, 2}));
  EXPECT_EQ(this->book_.wrong(), 0U);
}

// SR-CONS-008
TYPED_TEST(outliving_in_pools, a_pool_whose_objects_are_held_is_not_reset) {
  const auto held = this->take(1);
  EXPECT_TRUE(failed_with(this->allocator_.reset(), error_code::blocks_live));
  EXPECT_EQ(held->id(), 1);
}

// --- stray writes, at the paranoid level ------------------------------------------------------------------------------

template <class Allocator>
class watched_handles : public handles<Allocator> {};
using watched_kinds = testing::Types<paranoid<bump>, paranoid<stack>, paranoid<local_pool>>;
TYPED_TEST_SUITE(watched_handles, watched_kinds);

// SR-CONS-008
TYPED_TEST(watched_handles, an_object_ends_all_the_same_and_the_write_is_heard_of) {
  for (const bool by_reset : {false, true}) {
    this->book_.forget_ended();
    const std::size_t faults = this->log_.count();
    {
      auto held = this->take(1);
      nebula::verify::write_astray(reinterpret_cast<std::byte*>(&*held) +
                                   sizeof(tracked<64>)); // a canary, or free bytes
      if (by_reset) {
        EXPECT_TRUE(succeeded(held.reset()));
      }
    }
    EXPECT_EQ(this->book_.ended(), (std::vector<int>{1}));
    EXPECT_EQ(this->allocator_.state().live_blocks, 0U);
    ASSERT_EQ(this->log_.count(), faults + 1);
    EXPECT_TRUE(is_stray_write(this->log_.last().what.code));
  }
  EXPECT_TRUE(succeeded(this->allocator_.check_invariants()));
}

// SR-LIFE-001
TYPED_TEST(watched_handles, a_destroy_that_finds_a_stray_write_has_destroyed_nothing_yet) {
  tracked<>* const object = make<tracked<>>(this->allocator_, 1).value();
  nebula::verify::write_astray(reinterpret_cast<std::byte*>(object) + sizeof(tracked<64>));
  EXPECT_TRUE(is_stray_write(destroy(this->allocator_, object).code()));
  EXPECT_EQ(this->book_.alive(), 1U);
  EXPECT_TRUE(succeeded(destroy(this->allocator_, object)));
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{1}));
}

// SR-CONS-008
TEST(handle, an_object_that_has_written_beyond_its_block_in_a_shared_pool_ends_all_the_same) {
  ledger book;
  fault_log log;
  storage<1024> room;
  pool_allocator memory(pool_config{room.span(), 24, 8, 4, log.hook(), check_level::paranoid}.validate().value());
  {
    const auto held = make_handle<tracked<>>(memory, 1);
    nebula::verify::write_astray(reinterpret_cast<std::byte*>(&*held) + 24);
  }
  EXPECT_EQ(book.ended(), (std::vector<int>{1}));
  EXPECT_EQ(memory.state().live_blocks, 0U);
  ASSERT_EQ(log.count(), 1U);
  EXPECT_EQ(log.last().what.code, error_code::overrun);
}

// --- order ------------------------------------------------------------------------------------------------------------

// SR-CONS-008
TEST(handles_of_a_stack, out_of_order_a_reset_is_refused_and_an_end_is_reported_and_ends_the_object) {
  fault_log log;
  ledger book;
  stack memory(log.hook());
  auto below = std::make_optional(make_handle<tracked<>>(memory, 1));
  auto above = std::make_optional(make_handle<tracked<>>(memory, 2));
  EXPECT_TRUE(failed_with(below->reset(), error_code::lifo_violation));
  EXPECT_EQ((*below)->id(), 1) << "nothing has changed";
  EXPECT_EQ(log.count(), 1U);
  below.reset();
  EXPECT_EQ(log.count(), 2U);
  EXPECT_EQ(log.last().what.code, error_code::lifo_violation);
  EXPECT_EQ(book.ended(), (std::vector<int>{1})) << "the object was there: it has ended";
  EXPECT_EQ(memory.state().live_blocks, 2U) << "the bytes stay";
  above.reset();
  EXPECT_EQ(book.ended(), (std::vector<int>{1, 2}));
  EXPECT_EQ(memory.state().live_blocks, 1U);
  ASSERT_TRUE(succeeded(memory.reset()));
  EXPECT_EQ(memory.state().live_blocks, 0U);
}

// SR-CONS-008
TEST(handles_of_a_bump, out_of_order_the_object_ends_and_the_bytes_come_back_with_those_above) {
  fault_log log;
  ledger book;
  bump memory(log.hook());
  const marker point = memory.mark().value();
  const std::size_t used = memory.state().used_bytes;
  auto below = std::make_optional(make_handle<tracked<>>(memory, 1));
  auto above = std::make_optional(make_handle<tracked<>>(memory, 2));
  below.reset();
  EXPECT_EQ(book.ended(), (std::vector<int>{1}));
  EXPECT_EQ((*above)->id(), 2);
  above.reset();
  EXPECT_EQ(book.ended(), (std::vector<int>{1, 2}));
  EXPECT_EQ(memory.state().live_blocks, 1U);
  ASSERT_TRUE(succeeded(memory.restore(point)));
  EXPECT_EQ(memory.state().used_bytes, used);
  EXPECT_EQ(log.count(), 0U);
}

/// Leaves a block on its stack when it ends.
struct leaving {
  explicit leaving(stack& memory, int* ends) : memory_(memory), ends_(ends) {}
  ~leaving() {
    ++*ends_;
    static_cast<void>(memory_.allocate({8, 8}));
  }
  leaving(const leaving&) = delete;
  leaving& operator=(const leaving&) = delete;
  stack& memory_;
  int* ends_;
};

TEST(handles_of_a_stack, a_destructor_that_leaves_a_block_above_runs_once_and_its_own_block_stays) {
  fault_log log;
  stack memory(log.hook());
  int ends = 0;
  {
    auto held = make_handle<leaving>(memory, memory, &ends);
    EXPECT_TRUE(failed_with(held.reset(), error_code::lifo_violation));
    EXPECT_FALSE(held.has_value()) << "the object has ended";
  }
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(memory.state().live_blocks, 2U);
  EXPECT_EQ(log.count(), 1U);
}

void follow_a_stale_handle() {
  ledger book;
  static bump memory;
  const auto held = make_handle<tracked<>>(memory, 1);
  static_cast<void>(memory.reset());
  static_cast<void>(held->id());
}
void follow_an_empty_handle() {
  const unique_handle<int, bump> nothing;
  static_cast<void>(*nothing);
}

// SR-CONS-008
TEST(handle_death_test, following_a_handle_to_nothing_traps) {
  EXPECT_DEATH(follow_a_stale_handle(), "");
  EXPECT_DEATH(follow_an_empty_handle(), "");
}

} // namespace
