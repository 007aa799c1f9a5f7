// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>

#include "metadata_access.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

using small_pool = static_pool<block_of_48, 2>;

struct rig {
  fault_log log{};
  small_pool pool{log.hook()};
  static_bump<256> bump{log.hook()};
  fallback<small_pool, static_bump<256>> both{pool, bump, log.hook()};
};

// SR-ADAPT-006
TEST(fallback, serves_from_the_second_what_the_first_refuses) {
  rig made;
  std::byte* const first = made.both.allocate({48, 16}).value();
  std::byte* const large = made.both.allocate({49, 1}).value();
  std::byte* const second = made.both.try_allocate({1, 1}, 10).value();
  std::byte* const third = made.both.try_allocate({1, 1}, 10).value();
  EXPECT_TRUE(made.pool.owns(first) && made.pool.owns(second));
  EXPECT_TRUE(made.bump.owns(large)) << "no block of the pool holds it";
  EXPECT_TRUE(made.bump.owns(third)) << "the pool is exhausted";
  EXPECT_EQ(made.both.state().failures.total(), 0U) << "no call of this one failed";
  EXPECT_EQ(made.pool.state().failures.total(), 2U) << "the first counts what it refused";
}

// SR-ADAPT-005
TEST(fallback, frees_where_the_block_is_owned_and_nowhere_else) {
  rig made;
  std::byte* const first = made.both.allocate({48, 16}).value();
  std::byte* const large = made.both.allocate({49, 1}).value();
  EXPECT_TRUE(made.both.owns(first) && made.both.owns(large) && !made.both.owns(nullptr));
  EXPECT_TRUE(succeeded(made.both.deallocate(large, {49, 1})));
  EXPECT_TRUE(succeeded(made.both.deallocate(first, {48, 16})));
  EXPECT_EQ(made.both.state().live_blocks, 0U);
  EXPECT_TRUE(
      refused(made.both, made.log, error_code::null_pointer, [&] { return made.both.deallocate(nullptr, {1, 1}); }));
  std::byte elsewhere{};
  EXPECT_TRUE(refused(made.both, made.log, error_code::foreign_pointer,
                      [&] { return made.both.deallocate(&elsewhere, {1, 1}); }));
  EXPECT_EQ(made.log.last().address, &elsewhere);
  EXPECT_TRUE(failed_with(made.both.deallocate(first, {48, 16}), error_code::double_free));
  EXPECT_EQ(made.log.last().allocator, &made.pool) << "the owner reports";
  EXPECT_EQ(made.both.state().failures.of(error_code::double_free), 1U) << "and both count";
}

// SR-ADAPT-006
TEST(fallback, says_why_neither_serves) {
  rig made;
  EXPECT_TRUE(refused(made.both, made.log, error_code::invalid_layout, [&] { return made.both.allocate({0, 1}); }));
  EXPECT_TRUE(
      refused(made.both, made.log, error_code::invalid_layout, [&] { return made.both.try_allocate({0, 1}, 1); }));
  EXPECT_EQ(made.pool.state().failures.total(), 0U);
  EXPECT_TRUE(
      refused(made.both, made.log, error_code::layout_unsupported, [&] { return made.both.allocate({300, 1}); }));
  ASSERT_TRUE(succeeded(made.both.allocate({250, 1})));
  EXPECT_TRUE(refused(made.both, made.log, error_code::exhausted, [&] { return made.both.allocate({250, 1}); }))
      << "the second's reason: it could serve it later";
  ASSERT_TRUE(succeeded(made.both.allocate({48, 16})));
  ASSERT_TRUE(succeeded(made.both.allocate({48, 16})));
  // the other way about: the first could, later; the second never
  fallback<small_pool, static_bump<16>> narrow_both(
      made.pool, *[] {
        static static_bump<16> narrow;
        return &narrow;
      }());
  EXPECT_TRUE(failed_with(narrow_both.allocate({48, 16}), error_code::exhausted));
}

// SR-ADAPT-006
TEST(fallback, does_not_go_round_a_corrupt_first) {
  rig made;
  metadata_access::set_head_index(made.pool, 3);
  EXPECT_TRUE(failed_with(made.both.allocate({48, 16}), error_code::corrupted));
  EXPECT_TRUE(failed_with(made.both.try_allocate({48, 16}, 1), error_code::corrupted));
  EXPECT_EQ(made.bump.state().live_blocks, 0U);
  EXPECT_TRUE(failed_with(made.both.check_invariants(), error_code::corrupted));
  fallback<small_pool, static_bump<256>>::audit_cursor_type cursor;
  EXPECT_TRUE(failed_with(made.both.audit(cursor, 5), error_code::corrupted));
  EXPECT_TRUE(failed_with(made.both.reset(), error_code::corrupted));
}

TEST(fallback, resets_both_or_neither) {
  rig made;
  std::byte* const block = made.both.allocate({48, 16}).value();
  std::byte* const large = made.both.allocate({49, 1}).value();
  EXPECT_TRUE(refused(made.both, made.log, error_code::blocks_live, [&] { return made.both.reset(); }));
  EXPECT_TRUE(succeeded(made.both.deallocate(block, {48, 16})));
  EXPECT_TRUE(refused(made.both, made.log, error_code::blocks_live, [&] { return made.both.reset(); }))
      << "though the bump alone would drop it";
  EXPECT_TRUE(succeeded(made.both.deallocate(large, {49, 1})));
  EXPECT_TRUE(succeeded(made.both.reset()));
}

TEST(fallback, states_sums) {
  rig made;
  ASSERT_TRUE(succeeded(made.both.allocate({48, 16})));
  ASSERT_TRUE(succeeded(made.both.allocate({49, 1})));
  const allocator_state now = made.both.state();
  EXPECT_EQ(now.capacity_bytes, 96U + 256U);
  EXPECT_EQ(now.used_bytes, 48U + 49U);
  EXPECT_EQ(now.available_bytes, 48U + 207U);
  EXPECT_EQ(now.peak_bytes, 48U + 49U);
  EXPECT_EQ(now.live_blocks, 2U);
}

TEST(fallback, a_walk_in_steps_goes_through_both) {
  rig made;
  using cursor_type = fallback<small_pool, static_bump<256>>::audit_cursor_type;
  cursor_type cursor;
  int calls = 0;
  while (!made.both.audit(cursor, 1).value()) {
    ASSERT_LT(++calls, 20);
  }
  EXPECT_GE(calls, 2);
  EXPECT_FALSE(made.both.audit(cursor, 0).value());
  EXPECT_FALSE(made.both.audit(cursor, 100).value()) << "the first; then the second";
  rig other;
  EXPECT_FALSE(other.both.audit(cursor, 100).value()) << "a cursor of another walk begins anew";
  metadata_access::peak(made.bump) = 10000;
  EXPECT_FALSE(made.both.audit(cursor, 100).value());
  EXPECT_TRUE(failed_with(made.both.audit(cursor, 100), error_code::corrupted));
}

// SR-ADAPT-005
TEST(fallback, chains) {
  fault_log log;
  small_pool first(log.hook());
  static_pool<block_of_48, 1> second(log.hook());
  static_bump<64> third(log.hook());
  using inner_pair = fallback<static_pool<block_of_48, 1>, static_bump<64>>;
  inner_pair later(second, third, log.hook());
  fallback<small_pool, inner_pair> chain(first, later, log.hook());
  std::byte* blocks[4] = {};
  for (std::byte*& each : blocks) {
    each = chain.allocate({48, 16}).value();
    ASSERT_NE(each, nullptr);
  }
  EXPECT_TRUE(first.owns(blocks[1]) && second.owns(blocks[2]) && third.owns(blocks[3]));
  EXPECT_TRUE(failed_with(chain.allocate({48, 16}), error_code::exhausted));
  for (std::byte* const each : blocks) {
    EXPECT_TRUE(succeeded(chain.deallocate(each, {48, 16})));
  }
  EXPECT_EQ(chain.state().live_blocks, 0U);
  fallback<small_pool, inner_pair>::audit_cursor_type cursor;
  int calls = 0;
  while (!chain.audit(cursor, 100).value()) {
    ASSERT_LT(++calls, 10);
  }
  EXPECT_EQ(calls, 2) << "one for each of three";
}

TEST(fallback, of_pools_frees_without_a_layout) {
  fault_log log;
  small_pool first(log.hook());
  static_pool<block_of_48, 1> second(log.hook());
  fallback<small_pool, static_pool<block_of_48, 1>> both(first, second, log.hook());
  for (int round = 0; round < 2; ++round) {
    std::byte* blocks[3] = {};
    for (std::byte*& each : blocks) {
      each = both.allocate({48, 16}).value();
    }
    for (std::byte* const each : blocks) {
      EXPECT_TRUE(succeeded(both.deallocate(each)));
    }
  }
  EXPECT_TRUE(failed_with(both.deallocate(nullptr), error_code::null_pointer));
  EXPECT_EQ(log.count(), 1U);
}

// SR-ADAPT-006: a budget's refusal is one
TEST(fallback, goes_on_when_a_budget_is_spent) {
  fault_log log;
  small_pool pool(log.hook());
  budget limit(budget_config{48}.validate().value());
  budgeted<small_pool> charged(pool, limit);
  static_bump<256> bump(log.hook());
  fallback<budgeted<small_pool>, static_bump<256>> both(charged, bump, log.hook());
  std::byte* const first = both.allocate({48, 16}).value();
  std::byte* const second = both.allocate({48, 16}).value();
  EXPECT_TRUE(pool.owns(first) && bump.owns(second));
  EXPECT_TRUE(succeeded(both.deallocate(second, {48, 16})));
  EXPECT_TRUE(succeeded(both.deallocate(first, {48, 16})));
  EXPECT_EQ(limit.state().used_bytes, 0U);
}

// SR-ADAPT-006: a failed reset changes neither, whichever would have refused
TEST(fallback, resets_neither_while_a_cache_keeps_blocks) {
  using cached_pool = static_pool<block_of_48, 4, 1>;
  fault_log log;
  static_stack<512> stack(log.hook());
  cached_pool pool(log.hook());
  pool_cache<cached_pool, 2> cache(pool);
  fallback<static_stack<512>, cached_pool> both(stack, pool, log.hook());
  std::byte* const block = cache.allocate({8, 8}).value();
  ASSERT_TRUE(succeeded(cache.deallocate(block)));
  const marker point = stack.mark().value();
  EXPECT_TRUE(failed_with(both.reset(), error_code::blocks_live));
  EXPECT_TRUE(stack.is_open(point));
  ASSERT_TRUE(succeeded(cache.flush()));
  EXPECT_TRUE(succeeded(both.reset()));
}

// SR-ADAPT-006: bounded where there are retries, through adaptors too
TEST(fallback, bounds_the_retries_of_those_that_have_them) {
  static_pool<block_of_48, 1> pool;
  static_bump<256> bump;
  observed<static_pool<block_of_48, 1>> first(pool, observer_config{}.validate().value());
  observed<static_bump<256>> second(bump, observer_config{}.validate().value());
  fallback<observed<static_pool<block_of_48, 1>>, observed<static_bump<256>>> both(first, second);
  EXPECT_TRUE(pool.owns(both.try_allocate({8, 8}, 1).value()));
  EXPECT_TRUE(bump.owns(both.try_allocate({8, 8}, 1).value()));
}

} // namespace
