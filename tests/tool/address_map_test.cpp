// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "tools/trace/address_map.hpp"

#include <cstdint>
#include <random>
#include <unordered_map>

#include <gtest/gtest.h>

namespace nebula::trace {
namespace {

TEST(address_map, knows_nothing_at_first) {
  address_map<int> map;
  EXPECT_EQ(map.find(16), nullptr);
  EXPECT_EQ(map.size(), 0U);
}

TEST(address_map, makes_a_new_value_once) {
  address_map<int> map;
  EXPECT_EQ(map[4096], 0);
  map[4096] = 7;
  EXPECT_EQ(map[4096], 7);
  ASSERT_NE(map.find(4096), nullptr);
  EXPECT_EQ(*map.find(4096), 7);
  EXPECT_EQ(map.find(4097), nullptr);
  EXPECT_EQ(map.size(), 1U);
}

// Blocks of one size, of pages, and addresses of no order, each until the map has grown several times.
TEST(address_map, is_what_the_standard_map_is) {
  constexpr std::uint64_t seed = 20'011;
  std::mt19937_64 random(seed);
  address_map<std::uint64_t> map;
  std::unordered_map<std::uint64_t, std::uint64_t> standard;
  for (std::uint64_t round = 0; round < 60'000; ++round) {
    const std::uint64_t drawn = random();
    const std::uint64_t address = round % 3 == 0   ? 0x5555'0000'0000U + drawn % 20'000 * 16
                                  : round % 3 == 1 ? 0x7f00'0000'0000U + drawn % 5'000 * 4096
                                                   : (drawn | 1U);
    std::uint64_t* const found = map.find(address);
    const auto expected = standard.find(address);
    ASSERT_EQ(found != nullptr, expected != standard.end()) << "seed " << seed << ", round " << round;
    if (found != nullptr) {
      ASSERT_EQ(*found, expected->second);
    }
    map[address] = round;
    standard[address] = round;
  }
  EXPECT_EQ(map.size(), standard.size());
  for (const auto& [address, value] : standard) {
    ASSERT_NE(map.find(address), nullptr) << address;
    ASSERT_EQ(map[address], value) << address;
  }
}

} // namespace
} // namespace nebula::trace
