// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/tracking_table.hpp>

#include <cstdint>
#include <map>
#include <random>
#include <utility>

#include "heap_watch.hpp"
#include "lifecycle_rig.hpp"

namespace nebula::services {
namespace {

const std::byte* address_of(std::uintptr_t number) {
  return reinterpret_cast<const std::byte*>(number * 64); // NOLINT(performance-no-int-to-ptr): never read
}

using contents = std::map<const std::byte*, std::uint64_t>;

contents contents_of(const tracking_table& table) {
  contents found;
  table.visit({[](void* context, const tracked_block& block) noexcept {
                 static_cast<contents*>(context)->emplace(block.address, block.sequence);
               },
               &found});
  return found;
}

TEST(tracking, refuses_sizes_out_of_range) {
  EXPECT_EQ(tracking_table::make(0).failure(), out_of_range(lifecycle_field::live_blocks_max, 0, 1, 1U << 24U));
  EXPECT_EQ(tracking_table::make((1U << 24U) + 1).failure().field, lifecycle_field::live_blocks_max);
}

TEST(tracking, of_more_than_the_address_space_says_that_there_is_no_memory) {
  if (sizeof(std::size_t) > 4) GTEST_SKIP() << "there is room for each";
  EXPECT_EQ(tracking_table::make(1U << 24U).failure().code, lifecycle_failure_code::out_of_memory);
}

TEST(tracking, says_that_there_is_no_memory) {
  if (!heap_is_watched()) {
    GTEST_SKIP() << "a checker has replaced the heap";
  }
  const heap_refusal refusing;
  EXPECT_EQ(tracking_table::make(8).failure().code, lifecycle_failure_code::out_of_memory);
}

TEST(tracking, in_no_table_fails_and_finds_nothing) {
  tracking_table none;
  EXPECT_FALSE(none.insert(address_of(1), {1, 1}, 1, {}));
  EXPECT_FALSE(none.erase(address_of(1)));
  none.clear();
  EXPECT_TRUE(contents_of(none).empty());
}

// [SR-LC-008]
TEST(tracking, holds_as_many_blocks_as_it_was_made_for) {
  tracking_table table = tracking_table::make(3).value();
  for (std::uintptr_t number = 1; number <= 3; ++number) {
    EXPECT_TRUE(table.insert(address_of(number), {number, 8}, number, {}));
  }
  EXPECT_FALSE(table.insert(address_of(4), {4, 8}, 4, {}));
  EXPECT_TRUE(table.insert(address_of(2), {2, 8}, 5, {})) << "the place that is there already";
  EXPECT_EQ(table.count(), 3U);
  EXPECT_EQ(contents_of(table), (contents{{address_of(1), 1}, {address_of(2), 5}, {address_of(3), 3}}));
  EXPECT_TRUE(table.erase(address_of(1)));
  EXPECT_TRUE(table.insert(address_of(4), {4, 8}, 6, {}));
  EXPECT_FALSE(table.erase(nullptr));
}

TEST(tracking, is_what_a_map_is_through_many_changes) {
  const std::uint32_t seed = testing::UnitTest::GetInstance()->random_seed() != 0
                                 ? static_cast<std::uint32_t>(testing::UnitTest::GetInstance()->random_seed())
                                 : 20261130U;
  RecordProperty("seed", static_cast<int>(seed));
  std::mt19937 numbers(seed);
  tracking_table table = tracking_table::make(24).value();
  contents expected;
  for (std::uint64_t sequence = 1; sequence <= 20'000; ++sequence) {
    const std::byte* const address = address_of(1 + numbers() % 40);
    if (numbers() % 2 == 0) {
      const bool fits = expected.count(address) != 0 || expected.size() < 24;
      ASSERT_EQ(table.insert(address, {8, 8}, sequence, {}), fits) << "seed " << seed;
      if (fits) {
        expected[address] = sequence;
      }
    } else {
      ASSERT_EQ(table.erase(address), expected.erase(address) != 0) << "seed " << seed;
    }
    ASSERT_EQ(table.count(), expected.size()) << "seed " << seed;
    if (sequence % 64 == 0) {
      ASSERT_EQ(contents_of(table), expected) << "seed " << seed;
    }
  }
}

TEST(tracking, forgets_all_and_can_be_moved) {
  tracking_table table = tracking_table::make(3).value();
  ASSERT_TRUE(table.insert(address_of(1), {1, 8}, 1, {}));
  tracking_table moved(std::move(table));
  EXPECT_EQ(moved.count(), 1U);
  EXPECT_EQ(moved.live_blocks_max(), 3U);
  table = std::move(moved);
  EXPECT_EQ(table.count(), 1U);
  table.clear();
  EXPECT_TRUE(contents_of(table).empty());
  EXPECT_TRUE(table.insert(address_of(2), {1, 8}, 2, {}));
}

} // namespace
} // namespace nebula::services
