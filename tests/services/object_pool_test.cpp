// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <nebula/verify/stray_write.hpp>
#include "../unit/gtest.hpp"
#include "object_rig.hpp"

namespace nebula::services {
namespace {

using namespace std::chrono_literals;
using test::fault_log;
using test::item;
using test::item_config;
using test::item_handle;
using test::item_life;
using test::item_pool;
using test::manual_clock;
using test::pool_rig;
using test::turn;

class object_pool_test : public ::testing::Test {
protected:
  void TearDown() override { EXPECT_EQ(item::alive, 0); }

  /// With these hooks, and a fault hook that is heard.
  [[nodiscard]] item_config config() {
    item_config made;
    made.hooks = life.hooks();
    made.hook = faults.hook();
    return made;
  }

  manual_clock clock;
  item_life life;
  fault_log faults;
};

void expect_adds_up(const object_pool_state& state) {
  EXPECT_EQ(
      state.absent_objects + state.idle_objects + state.leased_objects + state.detached_objects + state.busy_objects,
      state.object_count);
}

// [SR-OBJ-002]
TEST_F(object_pool_test, makes_objects_when_they_are_asked_for_and_keeps_them) {
  pool_rig pool(2, clock, config());
  EXPECT_EQ(pool->state().absent_objects, 2U);
  const item* place = nullptr;
  {
    const auto first = pool->try_acquire();
    ASSERT_TRUE(first);
    place = first.value().get();
    EXPECT_EQ(first.value()->number, 1);
    EXPECT_TRUE(pool->owns(place));
    EXPECT_EQ(pool->state().leased_objects, 1U);
  }
  EXPECT_EQ(pool->state().idle_objects, 1U);
  EXPECT_EQ(item::alive, 1);
  const auto again = pool->try_acquire();
  EXPECT_EQ(again.value().get(), place) << "never moved";
  expect_adds_up(pool->state());
}

// [SR-OBJ-002]
TEST_F(object_pool_test, gives_the_object_that_came_back_last) {
  pool_rig pool(3, clock, config());
  auto first = pool->try_acquire();
  auto second = pool->try_acquire();
  ASSERT_TRUE(first.value().release());
  ASSERT_TRUE(second.value().release());
  EXPECT_EQ(pool->try_acquire().value()->number, 2);
}

// [SR-OBJ-003]
TEST_F(object_pool_test, runs_each_hook_at_its_turn) {
  {
    pool_rig pool(1, clock, config());
    auto lease = pool->try_acquire();
    EXPECT_EQ(life.news(), "make 1, on_create 1, on_acquire 1, ");
    ASSERT_TRUE(lease.value().release());
    EXPECT_EQ(life.news(), "on_release 1, reset 1, ");
    lease = pool->try_acquire();
    EXPECT_EQ(life.news(), "validate 1, on_acquire 1, ");
    ASSERT_TRUE(lease.value().release());
    EXPECT_EQ(life.news(), "on_release 1, reset 1, ");
  }
  EXPECT_EQ(life.news(), "on_destroy 1, ");
}

TEST_F(object_pool_test, needs_no_hooks) {
  struct plain {
    int value = 7;
  };
  std::vector<std::byte> bytes(object_pool_config<plain>::storage_bytes(1).value());
  object_pool_config<plain> wanted;
  wanted.object_count = 1;
  wanted.storage = {bytes.data(), bytes.size()};
  object_pool<plain> pool(wanted.validate().value());
  {
    const auto lease = pool.acquire();
    EXPECT_EQ(lease.value()->value, 7);
    lease.value()->value = 8;
    EXPECT_EQ(pool.acquire_for(1us).failure().code, object_failure_code::timed_out) << "by the machine's clock";
  }
  EXPECT_EQ(pool.acquire_for(std::chrono::nanoseconds::max()).value()->value, 8);
}

// [SR-OBJ-003]
TEST_F(object_pool_test, destroys_what_is_not_valid_and_makes_another) {
  pool_rig pool(1, clock, config());
  pool->try_acquire().value()->is_broken = true;
  static_cast<void>(life.news());
  auto lease = pool->try_acquire();
  EXPECT_EQ(life.news(), "validate 1, on_destroy 1, make 2, on_create 2, on_acquire 2, ");
  EXPECT_EQ(lease.value()->number, 2);
  EXPECT_EQ(pool->state().found_invalid, 1U);
  EXPECT_EQ(pool->state().destroyed, 1U);
}

// [SR-OBJ-003]
TEST_F(object_pool_test, destroys_what_cannot_be_reset) {
  pool_rig pool(1, clock, config());
  auto lease = pool->try_acquire();
  life.resets = false;
  static_cast<void>(life.news());
  ASSERT_TRUE(lease.value().release());
  EXPECT_EQ(life.news(), "on_release 1, reset 1, on_destroy 1, ");
  EXPECT_EQ(pool->state().absent_objects, 1U);
  EXPECT_EQ(pool->state().not_reset, 1U);
}

// [SR-OBJ-002] [SR-OBJ-011]
TEST_F(object_pool_test, says_that_none_is_free) {
  pool_rig pool(1, clock, config());
  const auto held = pool->try_acquire();
  const auto refused = pool->try_acquire();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.failure().code, object_failure_code::none_free);
  EXPECT_EQ(refused.failure().value, 1U);
  EXPECT_FALSE(refused.value().has_value());
  EXPECT_EQ(pool->state().refusals, 1U);
}

// [SR-OBJ-007]
TEST_F(object_pool_test, waits_until_the_deadline_of_its_clock) {
  clock.jump_to_deadlines();
  pool_rig pool(1, clock, config());
  const auto held = pool->try_acquire();
  const auto before = clock.now();
  EXPECT_EQ(pool->acquire_for(5s).failure().code, object_failure_code::timed_out);
  EXPECT_EQ(clock.now() - before, 5s);
  EXPECT_EQ(pool->acquire_until(before).failure().code, object_failure_code::timed_out);
  EXPECT_EQ(pool->acquire_for(-1s).failure().code, object_failure_code::timed_out);
  EXPECT_EQ(clock.now() - before, 5s) << "a deadline that has passed is not waited for";
  EXPECT_EQ(pool->state().timeouts, 3U);
  EXPECT_EQ(pool->state().waiting_threads, 0U);
}

TEST_F(object_pool_test, refuses_a_priority_that_there_is_not) {
  pool_rig pool(1, clock, config());
  const auto refused = pool->acquire(static_cast<wait_priority>(4));
  EXPECT_EQ(refused.failure(), out_of_range(object_field::priority, 4, 0, 3));
}

// --- misuse --------------------------------------------------------------------------------------------------------

// [SR-OBJ-004]
TEST_F(object_pool_test, refuses_a_double_release) {
  pool_rig pool(1, clock, config());
  const object_lease<item> lease = pool->try_acquire().value().let_go();
  ASSERT_TRUE(pool->release(lease));
  EXPECT_EQ(pool->release(lease).code(), error_code::double_free);
  const auto next = pool->try_acquire();
  EXPECT_EQ(pool->release(lease).code(), error_code::stale_handle) << "of the same object, leased to somebody else";
  EXPECT_EQ(pool->state().leased_objects, 1U);
  EXPECT_EQ(pool->state().misuses, 2U);
  EXPECT_EQ(faults.codes, (std::vector{error_code::double_free, error_code::stale_handle}));
}

// [SR-OBJ-004]
TEST_F(object_pool_test, refuses_a_release_after_the_object_has_ended) {
  pool_rig pool(1, clock, config());
  const object_lease<item> lease = pool->try_acquire().value().let_go();
  life.resets = false;
  ASSERT_TRUE(pool->release(lease));
  EXPECT_EQ(pool->release(lease).code(), error_code::double_free);
  EXPECT_EQ(pool->detach(lease).code(), error_code::double_free);
  EXPECT_EQ(pool->state().misuses, 2U);
}

// [SR-OBJ-004]
TEST_F(object_pool_test, refuses_what_is_foreign) {
  pool_rig pool(1, clock, config());
  pool_rig other(1, clock, config());
  item_handle theirs = other->try_acquire().value();
  const object_lease<item> lease{theirs.get(), 1};
  EXPECT_EQ(pool->release(lease).code(), error_code::foreign_pointer);
  EXPECT_EQ(pool->detach(lease).code(), error_code::foreign_pointer);
  EXPECT_EQ(pool->release({}).code(), error_code::null_pointer);
  item_handle ours = pool->try_acquire().value();
  void* const byte_inside = reinterpret_cast<std::byte*>(ours.get()) + 1;
  item* const inside = static_cast<item*>(byte_inside);
  EXPECT_EQ(pool->release({inside, 1}).code(), error_code::misaligned_pointer);
  EXPECT_EQ(pool->detach({ours.get(), 2}).code(), error_code::stale_handle);
  EXPECT_EQ(pool->state().leased_objects, 1U);
  EXPECT_EQ(other->state().leased_objects, 1U);
}

// [SR-OBJ-004]
TEST_F(object_pool_test, refuses_a_release_from_within_a_release) {
  pool_rig pool(1, clock, config());
  struct again {
    item_pool* pool;
    object_lease<item> lease;
    error_code said = error_code::none;
  } context{&*pool, {}, {}};
  item_config wanted;
  wanted.hooks.make = [](void*, object_place<item>& place) { place.emplace(1); };
  wanted.hooks.context = &context;
  wanted.hooks.on_release = [](void* self, item&) {
    auto& now = *static_cast<again*>(self);
    now.said = now.pool->release(now.lease).code();
  };
  pool_rig tested(1, clock, wanted);
  context.pool = &*tested;
  context.lease = tested->try_acquire().value().let_go();
  EXPECT_TRUE(tested->release(context.lease));
  EXPECT_EQ(context.said, error_code::double_free);
  EXPECT_EQ(tested->state().idle_objects, 1U);
}

// --- handles -------------------------------------------------------------------------------------------------------

TEST_F(object_pool_test, handles_move_and_objects_do_not) {
  pool_rig pool(2, clock, config());
  item_handle first = pool->try_acquire().value();
  item_handle second = pool->try_acquire().value();
  const item* const place = first.get();
  item_handle moved = std::move(first);
  EXPECT_EQ(moved.get(), place);
  EXPECT_FALSE(first.has_value()); // NOLINT(bugprone-use-after-move): what is left is what is tested
  EXPECT_EQ(first.get(), nullptr);
  EXPECT_TRUE(first.release());
  EXPECT_TRUE(first.detach());
  second = std::move(moved);
  EXPECT_EQ(second.get(), place);
  EXPECT_EQ(pool->state().idle_objects, 1U) << "what it held has gone back";
  item_handle& same = second;
  second = std::move(same);
  EXPECT_EQ((*second).number, 1);
}

TEST_F(object_pool_test, an_empty_handle_traps) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const item_handle nothing;
  EXPECT_DEATH(static_cast<void>(*nothing), "");
}

// --- detaching, warming up, growing old ----------------------------------------------------------------------------

// [SR-OBJ-008]
TEST_F(object_pool_test, a_detached_object_is_not_reused) {
  pool_rig pool(1, clock, config());
  item_handle lease = pool->try_acquire().value();
  ASSERT_TRUE(lease.detach());
  static_cast<void>(life.news());
  EXPECT_EQ(lease->number, 1) << "it stays where it is";
  EXPECT_EQ(pool->state().detached_objects, 1U);
  EXPECT_EQ(pool->try_acquire().failure().code, object_failure_code::none_free) << "its place is taken";
  ASSERT_TRUE(lease.release());
  EXPECT_EQ(life.news(), "on_destroy 1, ");
  EXPECT_EQ(pool->state().absent_objects, 1U);
  EXPECT_EQ(pool->state().released, 1U);
}

// [SR-OBJ-008]
TEST_F(object_pool_test, prewarms_as_many_as_are_asked_for) {
  pool_rig pool(3, clock, config());
  EXPECT_EQ(pool->prewarm(2).value(), 2U);
  EXPECT_EQ(life.news(), "make 1, on_create 1, make 2, on_create 2, ");
  EXPECT_EQ(pool->prewarm(2).value(), 0U);
  const auto held = pool->try_acquire();
  EXPECT_EQ(pool->prewarm(3).value(), 1U) << "there is no room for more";
  const object_pool_state state = pool->state();
  EXPECT_EQ(state.idle_objects, 2U);
  EXPECT_EQ(state.acquired, 1U);
  EXPECT_EQ(state.leased_peak, 1U);
}

// [SR-OBJ-008]
TEST_F(object_pool_test, prewarming_keeps_what_it_has_made_when_it_fails) {
  pool_rig pool(3, clock, config());
  ASSERT_TRUE(pool->prewarm(1));
  life.makes = false;
  EXPECT_EQ(pool->prewarm(2).failure().code, object_failure_code::not_made);
  life.makes = true;
  life.throws = turn::on_create;
  EXPECT_THROW(static_cast<void>(pool->prewarm(2)), std::runtime_error);
  EXPECT_EQ(pool->state().idle_objects, 1U);
  EXPECT_EQ(pool->state().absent_objects, 2U);
  EXPECT_EQ(pool->state().acquired, 0U);
  EXPECT_EQ(item::alive, 1);
}

// [SR-OBJ-008]
TEST_F(object_pool_test, objects_that_were_idle_for_too_long_are_destroyed) {
  item_config wanted = config();
  wanted.idle_time_to_live = 10s;
  pool_rig pool(3, clock, wanted);
  ASSERT_TRUE(pool->prewarm(1));
  clock.advance(6s);
  ASSERT_TRUE(pool->prewarm(2));
  clock.advance(3s);
  EXPECT_EQ(pool->evict_expired(), 0U);
  clock.advance(1s);
  EXPECT_EQ(pool->evict_expired(), 1U);
  EXPECT_EQ(pool->state().idle_objects, 1U);
  EXPECT_EQ(pool->state().expired, 1U);
}

// [SR-OBJ-008]
TEST_F(object_pool_test, an_object_that_is_too_old_is_replaced_when_it_is_asked_for) {
  item_config wanted = config();
  wanted.idle_time_to_live = 10s;
  pool_rig pool(1, clock, wanted);
  ASSERT_TRUE(pool->prewarm(1));
  clock.advance(10s);
  static_cast<void>(life.news());
  const auto lease = pool->try_acquire();
  EXPECT_EQ(life.news(), "on_destroy 1, make 2, on_create 2, on_acquire 2, ") << "nobody validates what has expired";
  EXPECT_EQ(pool->state().expired, 1U);
}

TEST_F(object_pool_test, without_a_lifetime_objects_stay) {
  pool_rig pool(1, clock, config());
  ASSERT_TRUE(pool->prewarm(1));
  clock.advance(1000h);
  EXPECT_EQ(pool->evict_expired(), 0U);
  EXPECT_EQ(pool->try_acquire().value()->number, 1);
}

// --- exceptions ----------------------------------------------------------------------------------------------------

// [SR-OBJ-003]
TEST_F(object_pool_test, nothing_is_lost_when_a_hook_of_an_acquisition_throws) {
  for (const turn each : {turn::make, turn::on_create, turn::on_acquire}) {
    pool_rig pool(1, clock, config());
    life.throws = each;
    EXPECT_THROW(static_cast<void>(pool->try_acquire()), std::runtime_error);
    const object_pool_state state = pool->state();
    EXPECT_EQ(state.leased_objects + state.busy_objects, 0U);
    EXPECT_EQ(state.idle_objects, each == turn::on_acquire ? 1U : 0U);
    EXPECT_EQ(state.acquired, 0U);
    EXPECT_EQ(state.failed_hooks, 1U);
    EXPECT_EQ(item::alive, each == turn::on_acquire ? 1 : 0);
    life.throws.reset();
    EXPECT_TRUE(pool->try_acquire());
  }
}

// [SR-OBJ-003]
TEST_F(object_pool_test, an_object_whose_validation_throws_stays) {
  pool_rig pool(1, clock, config());
  ASSERT_TRUE(pool->prewarm(1));
  life.throws = turn::validate;
  EXPECT_THROW(static_cast<void>(pool->try_acquire()), std::runtime_error);
  EXPECT_EQ(pool->state().idle_objects, 1U);
  life.throws.reset();
  EXPECT_EQ(pool->try_acquire().value()->number, 1);
}

// [SR-OBJ-003]
TEST_F(object_pool_test, a_lease_goes_on_when_a_hook_of_its_release_throws) {
  for (const turn each : {turn::on_release, turn::reset}) {
    pool_rig pool(1, clock, config());
    item_handle lease = pool->try_acquire().value();
    const int number = lease->number;
    life.throws = each;
    EXPECT_THROW(static_cast<void>(lease.release()), std::runtime_error);
    ASSERT_TRUE(lease.has_value());
    EXPECT_EQ(lease->number, number);
    EXPECT_EQ(pool->state().leased_objects, 1U);
    EXPECT_EQ(pool->state().released, 0U);
    life.throws.reset();
    EXPECT_TRUE(lease.release());
    EXPECT_EQ(pool->state().idle_objects, 1U);
  }
}

// [SR-OBJ-003]
TEST_F(object_pool_test, a_handle_that_ends_while_hooks_throw_destroys_the_object) {
  pool_rig pool(1, clock, config());
  {
    const auto lease = pool->try_acquire();
    life.throws = turn::on_release;
  }
  EXPECT_EQ(item::alive, 0);
  EXPECT_EQ(pool->state().absent_objects, 1U);
  EXPECT_EQ(pool->state().failed_hooks, 1U);
  EXPECT_EQ(pool->state().misuses, 0U);
}

TEST_F(object_pool_test, says_that_the_hook_has_made_none) {
  pool_rig pool(1, clock, config());
  life.makes = false;
  EXPECT_EQ(pool->try_acquire().failure().code, object_failure_code::not_made);
  EXPECT_EQ(pool->state().absent_objects, 1U);
  life.makes = true;
  EXPECT_TRUE(pool->try_acquire());
}

TEST_F(object_pool_test, a_second_object_in_a_place_replaces_the_first) {
  alignas(item) std::array<std::byte, sizeof(item)> block{};
  object_place<item> place(block.data());
  EXPECT_EQ(place.object(), nullptr);
  place.emplace(1);
  place.emplace(2);
  EXPECT_EQ(item::alive, 1);
  EXPECT_EQ(place.object()->number, 2);
}

// --- parents -------------------------------------------------------------------------------------------------------

// [SR-OBJ-006]
TEST_F(object_pool_test, borrows_from_its_parent_when_it_has_none) {
  pool_rig parent(1, clock, config());
  item_config wanted = config();
  wanted.parent = &*parent;
  pool_rig child(1, clock, wanted);
  EXPECT_EQ(child->level(), 1U);
  const auto own = child->try_acquire();
  EXPECT_TRUE(child->owns(own.value().get()));
  auto borrowed = child->try_acquire();
  EXPECT_TRUE(parent->owns(borrowed.value().get()));
  EXPECT_EQ(child->state().borrowed_objects, 1U);
  EXPECT_EQ(parent->state().leased_objects, 1U);
  std::array<object_lease_record, 1> records{};
  clock.advance(1s);
  EXPECT_EQ(parent->leases_older_than(0s, records), 1U);
  EXPECT_TRUE(records[0].is_lent);
  EXPECT_EQ(child->try_acquire().failure().code, object_failure_code::none_free);
  EXPECT_TRUE(child->release(borrowed.value().let_go())) << "by the pool that it was borrowed through";
  EXPECT_EQ(child->state().borrowed_objects, 0U);
  EXPECT_EQ(parent->state().idle_objects, 1U);
}

// [SR-OBJ-006]
TEST_F(object_pool_test, an_object_that_was_borrowed_and_detached_is_no_loan) {
  pool_rig parent(1, clock, config());
  item_config wanted = config();
  wanted.parent = &*parent;
  std::optional<pool_rig> child;
  child.emplace(1, clock, wanted);
  const auto own = child->operator*().try_acquire();
  item_handle borrowed = child->operator*().try_acquire().value();
  ASSERT_TRUE(borrowed.detach());
  EXPECT_EQ((*child)->state().borrowed_objects, 0U);
  EXPECT_EQ(parent->state().detached_objects, 1U);
}

TEST_F(object_pool_test, nothing_is_borrowed_from_a_parent_that_was_shut_down) {
  pool_rig parent(1, clock, config());
  item_config wanted = config();
  wanted.parent = &*parent;
  pool_rig child(1, clock, wanted);
  EXPECT_EQ(parent->shutdown(), 0U);
  const auto own = child->try_acquire();
  EXPECT_TRUE(own);
  EXPECT_EQ(child->try_acquire().failure().code, object_failure_code::none_free);
}

// --- the end -------------------------------------------------------------------------------------------------------

// [SR-OBJ-005]
TEST_F(object_pool_test, gives_nothing_after_it_was_shut_down) {
  pool_rig pool(3, clock, config());
  ASSERT_TRUE(pool->prewarm(2));
  item_handle held = pool->try_acquire().value();
  static_cast<void>(life.news());
  EXPECT_EQ(pool->shutdown(), 1U);
  EXPECT_EQ(life.news(), "on_destroy 1, ") << "the idle one";
  EXPECT_EQ(pool->try_acquire().failure().code, object_failure_code::shut_down);
  EXPECT_EQ(pool->acquire().failure().code, object_failure_code::shut_down);
  EXPECT_EQ(pool->prewarm(1).failure().code, object_failure_code::shut_down);
  ASSERT_TRUE(held.release());
  EXPECT_EQ(life.news(), "on_release 2, reset 2, on_destroy 2, ");
  EXPECT_EQ(pool->shutdown(), 0U);
  EXPECT_EQ(item::alive, 0);
  EXPECT_TRUE(pool->state().is_shut_down);
}

// [SR-OBJ-010]
TEST_F(object_pool_test, reports_objects_that_are_out_when_it_ends) {
  pool_rig pool(1, clock, config());
  const object_lease<item> lost = pool->try_acquire().value().let_go();
  pool.end();
  EXPECT_EQ(faults.codes, std::vector{error_code::blocks_live});
  EXPECT_EQ(item::alive, 1) << "whoever has it may still use it";
  std::destroy_at(lost.object);
}

// [SR-OBJ-010]
TEST_F(object_pool_test, reports_a_pool_that_ends_before_those_below_it) {
  pool_rig parent(1, clock, config());
  item_config wanted = config();
  wanted.parent = &*parent;
  {
    pool_rig child(1, clock, wanted);
  }
  parent.end();
  EXPECT_TRUE(faults.codes.empty());
}

// --- reports -------------------------------------------------------------------------------------------------------

// [SR-OBJ-010]
TEST_F(object_pool_test, lists_who_has_had_an_object_for_too_long) {
  item_config wanted = config();
  wanted.lease_time_max = 10s;
  pool_rig pool(3, clock, wanted);
  const auto old = pool->try_acquire();
  const unsigned line = __LINE__ - 1;
  item_handle also_old = pool->try_acquire().value();
  ASSERT_TRUE(also_old.detach());
  clock.advance(6s);
  const auto young = pool->try_acquire();
  clock.advance(5s);
  std::array<object_lease_record, 1> records{};
  EXPECT_EQ(pool->overdue_leases(records), 2U) << "of which there was room for one";
  EXPECT_EQ(records[0].held, 11s);
  EXPECT_EQ(records[0].object, old.value().get());
  EXPECT_EQ(records[0].where.line, line);
  EXPECT_NE(std::string(records[0].where.file).find("object_pool_test.cpp"), std::string::npos);
  std::array<object_lease_record, 3> all{};
  EXPECT_EQ(pool->leases_older_than(5s - 1ns, all), 3U);
  EXPECT_TRUE(all[1].is_detached);
}

// [SR-OBJ-010]
TEST_F(object_pool_test, judges_its_health_by_the_configured_thresholds) {
  item_config wanted = config();
  wanted.lease_time_max = 10s;
  wanted.utilization_high_per_mille = 750;
  wanted.failure_high_per_mille = 300;
  pool_rig pool(4, clock, wanted);
  std::vector<item_handle> held;
  EXPECT_EQ(pool->health().complaint, pool_complaint::none);
  held.push_back(pool->try_acquire().value());
  held.push_back(pool->try_acquire().value());
  EXPECT_EQ(pool->health().health, pool_health::healthy);
  held.push_back(pool->try_acquire().value());
  EXPECT_EQ(pool->health().health, pool_health::degraded);
  EXPECT_EQ(pool->health().complaint, pool_complaint::nearly_all_in_use);
  clock.advance(11s);
  EXPECT_EQ(pool->health().complaint, pool_complaint::objects_overdue);
  EXPECT_EQ(pool->health().objects_overdue, 3U);
  life.makes = false;
  EXPECT_FALSE(pool->try_acquire());
  EXPECT_EQ(pool->health().complaint, pool_complaint::objects_overdue) << "one of four attempts";
  EXPECT_FALSE(pool->try_acquire());
  EXPECT_EQ(pool->health().complaint, pool_complaint::objects_failing) << "two of five";
  EXPECT_EQ(pool->health().failures, 2U);
  EXPECT_EQ(pool->health().attempts, 5U);
  EXPECT_EQ(pool->shutdown(), 3U);
  EXPECT_EQ(pool->health().health, pool_health::failed);
  EXPECT_EQ(pool->health().complaint, pool_complaint::shut_down);
}

// [SR-OBJ-010]
TEST_F(object_pool_test, forgets_failures_of_long_ago) {
  pool_rig pool(1, clock, config());
  life.makes = false;
  EXPECT_FALSE(pool->try_acquire());
  life.makes = true;
  EXPECT_EQ(pool->health().complaint, pool_complaint::objects_failing);
  for (int time = 0; time < 200; ++time) {
    EXPECT_TRUE(pool->try_acquire());
  }
  EXPECT_EQ(pool->health().failures, 0U);
  EXPECT_LT(pool->health().attempts, 128U);
  EXPECT_EQ(pool->health().health, pool_health::healthy);
}

// [SR-OBJ-001]
TEST_F(object_pool_test, objects_lie_in_a_kernels_pool_that_can_be_paranoid) {
  item_config wanted = config();
  wanted.level = check_level::paranoid;
  pool_rig pool(1, clock, wanted);
  item_handle lease = pool->try_acquire().value();
  verify::write_astray(reinterpret_cast<std::byte*>(lease.get()) + sizeof(item));
  ASSERT_TRUE(lease.detach());
  ASSERT_TRUE(lease.release());
  EXPECT_EQ(faults.codes, std::vector{error_code::overrun}) << "told when the block goes back";
  EXPECT_EQ(pool->state().absent_objects, 1U) << "and not lost";
  EXPECT_TRUE(pool->try_acquire());
}

// [SR-OBJ-010] [SR-OBJ-011]
TEST_F(object_pool_test, says_that_the_kernels_pool_is_corrupted) {
  item_config wanted = config();
  wanted.object_count = 2;
  std::vector<std::byte> bytes(item_config::storage_bytes(2).value());
  wanted.storage = {bytes.data(), bytes.size()};
  item_pool pool(wanted.validate().value(), test::manual_waiting(clock));
  for (std::size_t offset = 2 * sizeof(object_slot); offset < bytes.size(); ++offset) {
    verify::write_astray(bytes.data() + offset, 0xff); // the records of free blocks
  }
  const auto refused = pool.try_acquire();
  EXPECT_EQ(refused.failure().code, object_failure_code::refused_by_kernel);
  EXPECT_EQ(refused.failure().kernel.code, error_code::corrupted);
  EXPECT_EQ(pool.health().health, pool_health::failed);
  EXPECT_EQ(pool.health().complaint, pool_complaint::corrupted);
  EXPECT_EQ(faults.codes, std::vector{error_code::corrupted});
}

} // namespace
} // namespace nebula::services
