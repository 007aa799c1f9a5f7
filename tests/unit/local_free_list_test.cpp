// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <vector>

#include "metadata_access.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;
using access = metadata_access;

/// A list over `count` all-zero records.
class listed {
public:
  explicit listed(std::uint32_t count) : records_(count) {}
  [[nodiscard]] local_free_list::records records() {
    const auto count = static_cast<std::uint32_t>(records_.size());
    return {records_.data(), count, local_free_list::index_mask_for(count)};
  }
  [[nodiscard]] list_outcome pop() { return list.pop(records(), local_free_list::unlimited_retries); }
  [[nodiscard]] list_outcome push(std::uint32_t index) { return list.push(records(), index); }
  void take(int blocks) {
    for (int block = 0; block < blocks; ++block) {
      ASSERT_EQ(pop().verdict, list_verdict::done);
    }
  }
  void set_successor(std::uint32_t index, std::uint32_t next) {
    records_[index].link.store(next - (index + 1), memory_order::relaxed);
  }
  local_free_list list{};

private:
  std::vector<local_block_record> records_;
};

TEST(local_free_list_order, zeroes_are_all_blocks_in_ascending_order) {
  listed all(4);
  EXPECT_EQ(all.list.size(all.records()), 4U);
  for (std::uint32_t index = 0; index < 4; ++index) {
    EXPECT_EQ(all.list.first(all.records()), index);
    EXPECT_EQ(all.list.successor(all.records(), index), index + 1);
    const list_outcome popped = all.pop();
    ASSERT_EQ(popped.verdict, list_verdict::done);
    EXPECT_EQ(popped.index, index);
    EXPECT_EQ(popped.free_before, 4 - index);
    EXPECT_EQ(popped.broken, invariant::none);
  }
  EXPECT_EQ(all.pop().verdict, list_verdict::empty);
  EXPECT_EQ(all.list.size(all.records()), 0U);
  EXPECT_EQ(all.list.first(all.records()), 4U);
}

TEST(local_free_list_order, gives_what_was_pushed_last) {
  listed all(4);
  all.take(4);
  for (const std::uint32_t index : {2U, 0U, 3U}) {
    ASSERT_EQ(all.push(index).verdict, list_verdict::done);
  }
  EXPECT_EQ(all.list.size(all.records()), 3U);
  EXPECT_EQ(all.pop().index, 3U);
  EXPECT_EQ(all.pop().index, 0U);
  EXPECT_EQ(all.pop().index, 2U);
  EXPECT_EQ(all.pop().verdict, list_verdict::empty);
}

TEST(local_free_list_order, tells_how_many_were_free_before_each_change) {
  listed all(3);
  EXPECT_EQ(all.pop().free_before, 3U);
  EXPECT_EQ(all.pop().free_before, 2U);
  EXPECT_EQ(all.push(0).free_before, 1U);
  EXPECT_EQ(all.push(1).free_before, 2U);
}

TEST(local_free_list_order, never_shows_the_same_version_twice) {
  listed all(3);
  std::uint64_t before = all.list.version();
  for (int round = 0; round < 5; ++round) {
    const list_outcome popped = all.pop();
    EXPECT_GT(all.list.version(), before);
    before = all.list.version();
    ASSERT_EQ(all.push(popped.index).verdict, list_verdict::done);
    EXPECT_GT(all.list.version(), before);
    before = all.list.version();
  }
  all.list.refill(all.records());
  EXPECT_GT(all.list.version(), before);
}

TEST(local_free_list_order, refill_lists_all_in_ascending_order) {
  listed all(5);
  all.take(5);
  ASSERT_EQ(all.push(3).verdict, list_verdict::done);
  all.list.refill(all.records());
  EXPECT_EQ(all.list.size(all.records()), 5U);
  for (std::uint32_t index = 0; index < 5; ++index) {
    EXPECT_EQ(all.pop().index, index);
  }
}

TEST(local_free_list_damage, a_push_to_a_full_list_is_found) {
  listed all(3);
  EXPECT_EQ(all.push(1).broken, invariant::depth_in_range);
}

TEST(local_free_list_damage, a_head_beyond_the_end_is_found_by_both) {
  listed all(3);
  all.take(1);
  access::list_head(all.list) = 4;
  EXPECT_EQ(all.pop().broken, invariant::head_index_in_range);
  EXPECT_EQ(all.push(0).broken, invariant::head_index_in_range);
}

TEST(local_free_list_damage, a_link_beyond_the_end_or_to_its_own_block_is_found) {
  listed all(3);
  all.set_successor(0, 4);
  EXPECT_EQ(all.pop().broken, invariant::link_in_range);
  all.set_successor(0, 0);
  EXPECT_EQ(all.pop().broken, invariant::link_not_to_itself);
}

TEST(local_free_list_damage, a_list_that_ends_before_its_counter_says_so_is_found) {
  listed all(3);
  all.set_successor(0, 3);
  EXPECT_EQ(all.pop().verdict, list_verdict::done);
  EXPECT_EQ(all.pop().broken, invariant::list_length_is_depth);
}

TEST(local_free_list_damage, a_list_that_goes_on_beyond_its_counter_is_found) {
  listed all(3);
  all.take(2);
  all.set_successor(2, 1); // and 1 to 2 again
  ASSERT_EQ(all.pop().verdict, list_verdict::done);
  EXPECT_EQ(all.pop().broken, invariant::list_length_is_depth);
}

TEST(local_free_list_damage, a_counter_out_of_range_is_found_and_never_shows_as_a_size) {
  listed all(3);
  all.take(1);
  access::list_taken(all.list) = 4;
  EXPECT_EQ(all.pop().broken, invariant::list_length_is_depth);
  EXPECT_EQ(all.push(0).broken, invariant::depth_in_range);
  EXPECT_EQ(all.list.size(all.records()), 0U);
  EXPECT_GT(all.list.length(all.records()), 3U);
}

} // namespace
