// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <nebula/construct/make.hpp>
#include <nebula/construct/pooled.hpp>
#include "ledger.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

static_assert(!std::is_copy_constructible_v<pooled<int, pool_allocator>> &&
              !std::is_copy_assignable_v<pooled<int, pool_allocator>>);
static_assert(std::is_nothrow_move_constructible_v<pooled<tracked<>, pool_allocator>> &&
                  std::is_nothrow_move_assignable_v<pooled<tracked<>, pool_allocator>>,
              "of a T that cannot be moved, too");

template <class Pool>
class pooled_objects : public testing::Test {
protected:
  fault_log log_{};
  ledger book_{};
  std::vector<std::string> events_{};
  Pool pool_{log_.hook()};

  /// Notes that it ran, on which object, and whether that was alive and its slot not yet free.
  auto hook() {
    return [this](auto& object) noexcept {
      events_.push_back("hook " + std::to_string(object.id()) + (book_.alive() == 0 ? " on a dead object" : "") +
                        (pool_.state().live_blocks == 0 ? " after the slot was free" : ""));
    };
  }
};
using kinds = testing::Types<static_pool<tracked<64>, 4>, static_local_pool<tracked<64>, 4>,
                             paranoid<static_pool<tracked<64>, 4>>, paranoid<static_local_pool<tracked<64>, 4>>>;
TYPED_TEST_SUITE(pooled_objects, kinds);

// SR-CONS-009
TYPED_TEST(pooled_objects, the_hook_sees_the_object_last_and_once_when_its_owner_ends) {
  {
    const auto object = make_pooled_with_hook<tracked<>>(this->pool_, this->hook(), 4);
    ASSERT_TRUE(object.has_value());
    EXPECT_EQ(object->id(), 4);
    EXPECT_EQ((*object).id(), 4);
    EXPECT_EQ(this->pool_.state().live_blocks, 1U);
    EXPECT_EQ(this->events_.size(), 0U);
  }
  EXPECT_EQ(this->events_, (std::vector<std::string>{"hook 4"}));
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{4}));
  EXPECT_EQ(this->pool_.state().live_blocks, 0U);
}

// SR-CONS-009
TYPED_TEST(pooled_objects, the_hook_runs_once_however_often_one_releases) {
  auto object = make_pooled_with_hook<tracked<>>(this->pool_, this->hook(), 4);
  EXPECT_TRUE(succeeded(object.release()));
  EXPECT_TRUE(succeeded(object.release()));
  EXPECT_FALSE(object.has_value());
  EXPECT_EQ(this->events_, (std::vector<std::string>{"hook 4"}));
  EXPECT_EQ(this->book_.wrong(), 0U);
}

// SR-CONS-009
TYPED_TEST(pooled_objects, the_hook_goes_with_the_object) {
  auto first = make_pooled_with_hook<tracked<>>(this->pool_, this->hook(), 1);
  const tracked<>* const place = first.get().value();
  {
    auto second = std::move(first);
    EXPECT_FALSE(first.has_value()); // NOLINT(bugprone-use-after-move): that is the question
    EXPECT_EQ(second.get().value(), place) << "the object stays where it is";
    auto& same = second;
    second = std::move(same);
    EXPECT_TRUE(second.has_value());
    EXPECT_EQ(this->events_.size(), 0U);
  }
  EXPECT_EQ(this->events_, (std::vector<std::string>{"hook 1"}));
  EXPECT_TRUE(succeeded(first.release()));
  EXPECT_EQ(this->events_.size(), 1U);
}

// SR-CONS-009
TYPED_TEST(pooled_objects, assignment_releases_what_was_held) {
  const auto hook = this->hook();
  auto first = make_pooled_with_hook<tracked<>>(this->pool_, hook, 1);
  auto second = make_pooled_with_hook<tracked<>>(this->pool_, hook, 2);
  first = std::move(second);
  EXPECT_EQ(this->events_, (std::vector<std::string>{"hook 1"}));
  EXPECT_EQ(first->id(), 2);
}

// SR-CONS-009
TYPED_TEST(pooled_objects, a_value_is_moved_out_and_the_hook_sees_what_is_left) {
  auto object = make_pooled_with_hook<movable>(this->pool_, this->hook(), 7);
  const movable value = object.release_value();
  EXPECT_EQ(value.id(), 7);
  EXPECT_FALSE(object.has_value());
  EXPECT_EQ(this->events_, (std::vector<std::string>{"hook -2"}));
  EXPECT_EQ(this->pool_.state().live_blocks, 0U);
  EXPECT_EQ(this->book_.alive(), 1U);
  EXPECT_EQ(this->book_.wrong(), 0U);
}

// SR-CONS-009
TYPED_TEST(pooled_objects, a_slot_that_was_freed_behind_the_owners_back_runs_neither_hook_nor_destructor) {
  {
    auto object = make_pooled_with_hook<tracked<>>(this->pool_, this->hook(), 1);
    tracked<>* const place = object.get().value();
    ASSERT_TRUE(succeeded(destroy(this->pool_, place)));
    const auto next = make_pooled<tracked<>>(this->pool_, 2);
    ASSERT_EQ(next.get().value(), place);
    EXPECT_TRUE(failed_with(object.get(), error_code::stale_handle));
    EXPECT_TRUE(failed_with(object.release(), error_code::stale_handle));
    EXPECT_EQ(next->id(), 2);
  }
  EXPECT_EQ(this->events_.size(), 0U);
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{1, 2}));
  EXPECT_EQ(this->book_.wrong(), 0U);
  EXPECT_EQ(this->log_.count(), 2U);
}

// SR-CONS-009
TYPED_TEST(pooled_objects, a_constructor_that_throws_gives_the_slot_back_without_the_hook) {
  this->book_.fail_after(0);
  EXPECT_THROW(static_cast<void>(make_pooled_with_hook<tracked<>>(this->pool_, this->hook(), 1)), planned_failure);
  EXPECT_EQ(this->pool_.state().live_blocks, 0U);
  EXPECT_EQ(this->events_.size(), 0U);
  EXPECT_EQ(this->log_.count(), 0U);
}

TYPED_TEST(pooled_objects, say_why_there_is_none) {
  std::vector<pooled<tracked<>, TypeParam>> all;
  while (all.empty() || all.back().has_value()) {
    all.push_back(make_pooled<tracked<>>(this->pool_, 1));
  }
  EXPECT_EQ(all.size(), 5U);
  EXPECT_EQ(all.back().code(), error_code::exhausted);
  EXPECT_EQ(all.back().error().during, operation::allocate);
  EXPECT_TRUE(succeeded(all.back().release()));
  EXPECT_TRUE(failed_with(all.back().get(), error_code::null_pointer));
  EXPECT_EQ(this->log_.count(), 1U);
  EXPECT_FALSE(static_cast<bool>(all.back()));
}

TEST(pooled, objects_that_only_move_are_taken_out_whole) {
  static static_pool<std::unique_ptr<int>, 2> pool;
  auto object = make_pooled<std::unique_ptr<int>>(pool, std::make_unique<int>(5));
  const std::unique_ptr<int> taken = object.release_value();
  EXPECT_EQ(*taken, 5);
  EXPECT_EQ(pool.state().live_blocks, 0U);
}

/// Owns the next of its kind, in the same pool.
template <class Pool>
struct pooled_link {
  pooled_link(Pool& memory, int length) {
    if (length > 1) {
      next.emplace(make_pooled<pooled_link>(memory, memory, length - 1));
    }
    ledger::current().begin(this, length);
  }
  ~pooled_link() { ledger::current().end(this); }
  pooled_link(const pooled_link&) = delete;
  pooled_link& operator=(const pooled_link&) = delete;
  std::optional<pooled<pooled_link, Pool>> next{};
};

template <class Pool>
void take_the_first_away(check_level level) {
  ledger book;
  fault_log log;
  storage<4096> room;
  using link = pooled_link<Pool>;
  Pool memory(
      typename Pool::config_type{room.span(), sizeof(link), alignof(link), 8, log.hook(), level}.validate().value());
  {
    auto head = make_pooled<link>(memory, memory, 3);
    link* const second = head->next->get().value();
    head = std::move(*head->next);
    ASSERT_TRUE(head.has_value());
    EXPECT_EQ(head.get().value(), second);
    EXPECT_EQ(book.ended(), (std::vector<int>{3}));
  }
  EXPECT_EQ(book.ended(), (std::vector<int>{3, 2, 1}));
  EXPECT_EQ(book.wrong(), 0U);
  EXPECT_EQ(memory.state().live_blocks, 0U);
  EXPECT_EQ(log.count(), 0U);
}

// SR-CONS-009
TEST(pooled, an_owner_may_be_given_what_the_object_that_it_releases_has_owned) {
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

/// Puts a successor into the owner whose object it sees last.
struct succeeding_hook;
using succeeded_owner = pooled<tracked<>, local_pool_allocator, succeeding_hook>;
struct succeeding_hook {
  succeeded_owner** where;
  local_pool_allocator* memory;
  void operator()(tracked<>& object) const noexcept;
};
void succeeding_hook::operator()(tracked<>& object) const noexcept {
  if (object.id() == 1) {
    **where = make_pooled_with_hook<tracked<>>(*memory, succeeding_hook{*this}, 2);
  }
}

// SR-CONS-009
TEST(pooled, an_owner_keeps_what_its_hook_assigns_to_it) {
  for (const bool by_release : {false, true}) {
    ledger book;
    fault_log log;
    storage<1024> room;
    local_pool_allocator memory(
        local_pool_config{room.span(), sizeof(tracked<>), alignof(tracked<>), 4, log.hook()}.validate().value());
    {
      succeeded_owner* where = nullptr;
      auto owner = make_pooled_with_hook<tracked<>>(memory, succeeding_hook{&where, &memory}, 1);
      where = &owner;
      if (by_release) {
        EXPECT_TRUE(succeeded(owner.release()));
        ASSERT_TRUE(owner.has_value());
        EXPECT_EQ(owner->id(), 2);
      }
    }
    EXPECT_EQ(book.ended(), (std::vector<int>{1, 2}));
    EXPECT_EQ(book.wrong(), 0U);
    EXPECT_EQ(memory.state().live_blocks, 0U);
    EXPECT_EQ(log.count(), 0U);
  }
}

struct counting {
  explicit counting(std::atomic<int>& count) : ends(count) {}
  ~counting() { ends.fetch_add(1); }
  counting(const counting&) = delete;
  counting& operator=(const counting&) = delete;
  std::atomic<int>& ends;
};

#if !defined(NEBULA_ONE_THREAD_AT_A_TIME) // they wait for each other
// SR-CONS-004 SR-LIFE-001
TEST(pooled, of_two_threads_that_end_one_object_exactly_one_runs_the_destructor) {
  constexpr int count = 4000;
  static static_pool<counting, count> pool;
  std::atomic<int> ends = 0;
  std::vector<counting*> objects;
  while (objects.size() < count) {
    objects.push_back(make<counting>(pool, ends).value());
  }
  std::atomic<int> successes = 0;
  std::atomic<int> starters = 0;
  const auto end_all = [&] {
    starters.fetch_add(1);
    while (starters.load() != 2) {
      std::this_thread::yield();
    }
    for (counting* const each : objects) {
      successes.fetch_add(destroy(pool, each).has_value() ? 1 : 0);
    }
  };
  std::thread other(end_all);
  end_all();
  other.join();
  EXPECT_EQ(successes.load(), count);
  EXPECT_EQ(ends.load(), count);
  EXPECT_EQ(pool.state().failures.of(error_code::double_free), static_cast<std::size_t>(count));
  EXPECT_TRUE(succeeded(pool.check_invariants()));
}
#endif

void follow_an_object_that_was_released() {
  static static_pool<int, 2> pool;
  auto object = make_pooled<int>(pool, 1);
  static_cast<void>(object.release());
  static_cast<void>(object.release_value());
}

// SR-CONS-009
TEST(pooled_death_test, following_an_owner_of_nothing_traps) { EXPECT_DEATH(follow_an_object_that_was_released(), ""); }

} // namespace
