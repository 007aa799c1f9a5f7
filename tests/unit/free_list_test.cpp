// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <vector>

#include "interposed_atomics.hpp"
#include "policies.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

/// A list over `count` all-zero records.
template <class Atomics>
class listed {
public:
  explicit listed(std::uint32_t count) : records_(count) {}
  [[nodiscard]] typename free_list<Atomics>::records records() {
    const auto count = static_cast<std::uint32_t>(records_.size());
    return {records_.data(), count, free_list<Atomics>::index_mask_for(count)};
  }
  free_list<Atomics> list{};

private:
  std::vector<block_record<Atomics>> records_;
};

template <class Atomics>
class free_lists : public testing::Test {};
TYPED_TEST_SUITE(free_lists, policies);

constexpr std::size_t no_limit = free_list<plain_atomics>::unlimited_retries;

TYPED_TEST(free_lists, zeroes_are_all_blocks_in_ascending_order) {
  listed<TypeParam> all(4);
  EXPECT_EQ(all.list.size(all.records()), 4U);
  EXPECT_EQ(all.list.first(all.records()), 0U);
  for (std::uint32_t index = 0; index < 4; ++index) {
    EXPECT_EQ(all.list.successor(all.records(), index), index + 1);
    EXPECT_EQ(all.list.depth_of(all.records(), index), 4 - index);
    const list_outcome popped = all.list.pop(all.records(), no_limit);
    ASSERT_EQ(popped.verdict, list_verdict::done);
    EXPECT_EQ(popped.index, index);
    EXPECT_EQ(popped.free_before, 4 - index);
    EXPECT_EQ(popped.broken, invariant::none);
  }
  EXPECT_EQ(all.list.pop(all.records(), no_limit).verdict, list_verdict::empty);
  EXPECT_EQ(all.list.size(all.records()), 0U);
  EXPECT_EQ(all.list.first(all.records()), 4U);
}

TYPED_TEST(free_lists, each_block_has_a_record_of_its_own) {
  for (std::uint32_t count = 1; count <= 100; ++count) {
    listed<TypeParam> all(count);
    const auto records = all.records();
    std::vector<bool> has_block(count, false);
    for (std::uint32_t index = 0; index < count; ++index) {
      const auto place = static_cast<std::size_t>(&free_list<TypeParam>::record(records, index) - records.first);
      ASSERT_LT(place, count);
      EXPECT_FALSE(has_block[place]) << "of " << count << ", the record of " << index;
      has_block[place] = true;
    }
  }
}

TYPED_TEST(free_lists, records_of_neighbours_share_no_line_where_there_are_lines) {
  listed<TypeParam> all(64);
  const auto records = all.records();
  for (std::uint32_t index = 0; index + 1 < 64; ++index) {
    const auto* const here = &free_list<TypeParam>::record(records, index);
    const auto* const next = &free_list<TypeParam>::record(records, index + 1);
    const std::size_t apart = sizeof(*here) * static_cast<std::size_t>(here < next ? next - here : here - next);
    if (TypeParam::contention_align_bytes > sizeof(*here)) {
      EXPECT_GE(apart, TypeParam::contention_align_bytes) << "blocks " << index << " and the next";
    } else {
      EXPECT_EQ(apart, sizeof(*here));
    }
  }
}

// SR-POOL-001
TYPED_TEST(free_lists, gives_what_was_pushed_last) {
  listed<TypeParam> all(4);
  for (int round = 0; round < 4; ++round) {
    ASSERT_EQ(all.list.pop(all.records(), no_limit).verdict, list_verdict::done);
  }
  for (const std::uint32_t index : {2U, 0U, 3U}) {
    ASSERT_EQ(all.list.push(all.records(), index).verdict, list_verdict::done);
  }
  EXPECT_EQ(all.list.size(all.records()), 3U);
  EXPECT_EQ(all.list.pop(all.records(), no_limit).index, 3U);
  EXPECT_EQ(all.list.pop(all.records(), no_limit).index, 0U);
  EXPECT_EQ(all.list.pop(all.records(), no_limit).index, 2U);
  EXPECT_EQ(all.list.pop(all.records(), no_limit).verdict, list_verdict::empty);
}

// SR-POOL-001
TYPED_TEST(free_lists, tells_how_many_were_free_before_each_change) {
  listed<TypeParam> all(3);
  EXPECT_EQ(all.list.pop(all.records(), no_limit).free_before, 3U);
  EXPECT_EQ(all.list.pop(all.records(), no_limit).free_before, 2U);
  EXPECT_EQ(all.list.push(all.records(), 0).free_before, 1U);
  EXPECT_EQ(all.list.push(all.records(), 1).free_before, 2U);
}

// SR-POOL-007
TYPED_TEST(free_lists, never_shows_the_same_version_twice) {
  listed<TypeParam> all(3);
  std::uint64_t before = all.list.version();
  EXPECT_EQ(all.list.version(), before);
  for (int round = 0; round < 5; ++round) {
    const list_outcome popped = all.list.pop(all.records(), no_limit);
    EXPECT_GT(all.list.version() >> 2U, before >> 2U);
    before = all.list.version();
    ASSERT_EQ(all.list.push(all.records(), popped.index).verdict, list_verdict::done);
    EXPECT_GT(all.list.version() >> 2U, before >> 2U);
    before = all.list.version();
  }
  all.list.refill(all.records());
  EXPECT_GT(all.list.version() >> 2U, before >> 2U) << "a call that was stalled across a refill must not succeed";
}

TYPED_TEST(free_lists, refill_lists_all_in_ascending_order) {
  listed<TypeParam> all(5);
  for (int round = 0; round < 5; ++round) {
    ASSERT_EQ(all.list.pop(all.records(), no_limit).verdict, list_verdict::done);
  }
  all.list.refill(all.records());
  EXPECT_EQ(all.list.size(all.records()), 5U);
  for (std::uint32_t index = 0; index < 5; ++index) {
    EXPECT_EQ(all.list.pop(all.records(), no_limit).index, index);
  }
}

TYPED_TEST(free_lists, a_push_to_a_full_list_is_found_broken) {
  listed<TypeParam> all(3);
  const list_outcome pushed = all.list.push(all.records(), 1);
  EXPECT_EQ(pushed.verdict, list_verdict::broken);
  EXPECT_EQ(pushed.broken, invariant::depth_in_range);
}

// SR-CACHE-001
TYPED_TEST(free_lists, pops_many_at_once_in_the_order_of_single_pops) {
  for (const std::uint32_t most : {1U, 2U, 3U, 5U, 9U}) {
    listed<TypeParam> all(5);
    const std::uint64_t before = all.list.version();
    std::uint32_t indices[9] = {};
    const list_outcome popped = all.list.pop_many(all.records(), indices, most, no_limit);
    ASSERT_EQ(popped.verdict, list_verdict::done);
    EXPECT_EQ(popped.free_before, 5U);
    const std::uint32_t taken = most < 5 ? most : 5;
    for (std::uint32_t place = 0; place < taken; ++place) {
      EXPECT_EQ(indices[place], taken - 1 - place) << "a stack: what pop() would take is the last";
    }
    EXPECT_EQ(all.list.size(all.records()), 5 - taken);
    EXPECT_EQ(all.list.first(all.records()), taken);
    EXPECT_EQ(all.list.version() >> 3U, (before >> 3U) + 1) << "one change of the head";
    EXPECT_EQ(all.list.push_many(all.records(), indices, taken, no_limit).verdict, list_verdict::done);
    EXPECT_EQ(all.list.size(all.records()), 5U);
    for (std::uint32_t index = 0; index < 5; ++index) {
      EXPECT_EQ(all.list.depth_of(all.records(), index), 5 - index);
      EXPECT_EQ(all.list.pop(all.records(), no_limit).index, index);
    }
    EXPECT_EQ(all.list.pop_many(all.records(), indices, most, no_limit).verdict, list_verdict::empty);
  }
}

TYPED_TEST(free_lists, pushes_many_on_what_is_there) {
  listed<TypeParam> all(5);
  std::uint32_t indices[3] = {};
  ASSERT_EQ(all.list.pop_many(all.records(), indices, 3, no_limit).verdict, list_verdict::done);
  const std::uint32_t shuffled[3] = {1, 2, 0};
  const list_outcome pushed = all.list.push_many(all.records(), shuffled, 3, no_limit);
  ASSERT_EQ(pushed.verdict, list_verdict::done);
  EXPECT_EQ(pushed.free_before, 2U);
  for (const std::uint32_t index : {0U, 2U, 1U, 3U, 4U}) {
    EXPECT_EQ(all.list.size(all.records()), all.list.depth_of(all.records(), index));
    EXPECT_EQ(all.list.pop(all.records(), no_limit).index, index);
  }
}

TYPED_TEST(free_lists, a_push_of_more_than_there_can_be_is_found_broken) {
  listed<TypeParam> all(3);
  std::uint32_t indices[4] = {};
  ASSERT_EQ(all.list.pop(all.records(), no_limit).verdict, list_verdict::done);
  const list_outcome pushed = all.list.push_many(all.records(), indices, 2, no_limit);
  EXPECT_EQ(pushed.verdict, list_verdict::broken);
  EXPECT_EQ(pushed.broken, invariant::depth_in_range);
  listed<TypeParam> other(3);
  EXPECT_EQ(other.list.push_many(other.records(), indices, 4, no_limit).broken, invariant::depth_in_range);
}

TEST(free_list, the_tag_takes_every_bit_that_the_index_leaves) {
  static_assert(free_list<plain_atomics>::tag_bits(bit_width(1000)) == 54);
  static_assert(free_list<plain_atomics>::tag_bits(bit_width(1)) == 63);
  static_assert(free_list<plain_atomics>::tag_bits(32) == 32);
  static_assert(free_list<narrow_policy>::tag_bits(bit_width(1000)) == 22);
  static_assert(free_list<narrow_policy>::tag_bits(bit_width(free_list<narrow_policy>::count_max)) == 16);
  static_assert(free_list<plain_atomics>::index_mask_for(0) == 0);
  static_assert(free_list<plain_atomics>::index_mask_for(4) == 7);
  static_assert(free_list<plain_atomics>::index_mask_for(free_list<plain_atomics>::count_max) == 0xFFFFFFFFU);
  SUCCEED();
}

struct spoilt_tag;
using spoilt = interposed_atomics<spoilt_tag>;

// SR-POOL-004
TEST(free_list, a_pop_retries_as_often_as_it_was_allowed_and_then_says_contended) {
  for (std::size_t spoilt_tries = 0; spoilt_tries <= 6; ++spoilt_tries) {
    for (std::size_t retries = 0; retries <= 6; ++retries) {
      listed<spoilt> all(4);
      spoilt::control() = {};
      spoilt::control().failures_to_come = spoilt_tries;
      const list_outcome popped = all.list.pop(all.records(), retries);
      EXPECT_EQ(popped.verdict, spoilt_tries <= retries ? list_verdict::done : list_verdict::contended);
      EXPECT_EQ(all.list.size(all.records()), spoilt_tries <= retries ? 3U : 4U);
    }
  }
  spoilt::control() = {};
}

TEST(free_list, a_pop_without_limit_and_a_push_go_on_until_they_are_done) {
  listed<spoilt> all(4);
  spoilt::control() = {};
  spoilt::control().failures_to_come = 1000;
  EXPECT_EQ(all.list.pop(all.records(), no_limit).verdict, list_verdict::done);
  spoilt::control().failures_to_come = 1000;
  EXPECT_EQ(all.list.push(all.records(), 0).verdict, list_verdict::done);
  EXPECT_EQ(all.list.size(all.records()), 4U);
  spoilt::control() = {};
}

// SR-CACHE-003
TEST(free_list, calls_for_many_retry_as_often_as_they_were_allowed_and_then_have_changed_nothing) {
  for (std::size_t spoilt_tries = 0; spoilt_tries <= 4; ++spoilt_tries) {
    for (std::size_t retries = 0; retries <= 4; ++retries) {
      const list_verdict expected = spoilt_tries <= retries ? list_verdict::done : list_verdict::contended;
      listed<spoilt> all(4);
      std::uint32_t indices[2] = {};
      spoilt::control() = {};
      spoilt::control().failures_to_come = spoilt_tries;
      EXPECT_EQ(all.list.pop_many(all.records(), indices, 2, retries).verdict, expected);
      EXPECT_EQ(all.list.size(all.records()), spoilt_tries <= retries ? 2U : 4U);
      spoilt::control() = {};
      listed<spoilt> fewer(4);
      ASSERT_EQ(fewer.list.pop_many(fewer.records(), indices, 2, 0).verdict, list_verdict::done);
      spoilt::control().failures_to_come = spoilt_tries;
      EXPECT_EQ(fewer.list.push_many(fewer.records(), indices, 2, retries).verdict, expected);
      EXPECT_EQ(fewer.list.size(fewer.records()), spoilt_tries <= retries ? 4U : 2U);
    }
  }
  spoilt::control() = {};
}

TEST(free_list, an_empty_list_is_empty_and_never_contended) {
  listed<spoilt> all(1);
  spoilt::control() = {};
  ASSERT_EQ(all.list.pop(all.records(), 0).verdict, list_verdict::done);
  spoilt::control().failures_to_come = 9;
  EXPECT_EQ(all.list.pop(all.records(), 0).verdict, list_verdict::empty);
  spoilt::control() = {};
}

} // namespace
