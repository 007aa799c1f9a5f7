// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <set>
#include <vector>

#include <nebula/services/prefetch.hpp>
#include "../unit/gtest.hpp"

namespace nebula::services {
namespace {

std::vector<std::uintptr_t> lines_of(std::uintptr_t begin, std::size_t bytes, std::size_t line_bytes) {
  std::vector<std::uintptr_t> lines;
  const std::size_t count =
      for_each_line(begin, bytes, line_bytes, [&](std::uintptr_t line) { lines.push_back(line); });
  EXPECT_EQ(count, lines.size());
  return lines;
}

// [SR-SYS-013]
TEST(prefetching, visits_each_line_of_a_range_once) {
  constexpr std::size_t line_bytes = 16;
  for (std::uintptr_t begin = 1000; begin < 1000 + 2 * line_bytes; ++begin) {
    for (std::size_t bytes = 0; bytes < 5 * line_bytes; ++bytes) {
      std::set<std::uintptr_t> expected;
      for (std::uintptr_t address = begin; address < begin + bytes; ++address) {
        expected.insert(address / line_bytes * line_bytes);
      }
      const std::vector<std::uintptr_t> lines = lines_of(begin, bytes, line_bytes);
      EXPECT_EQ(lines, std::vector<std::uintptr_t>(expected.begin(), expected.end())) << begin << '+' << bytes;
    }
  }
}

TEST(prefetching, ends_at_the_end_of_the_address_space_and_at_its_bound) {
  EXPECT_EQ(lines_of(UINTPTR_MAX - 100, 1000, 64).size(), 2U);
  EXPECT_EQ(lines_of(UINTPTR_MAX, 1, 64).size(), 1U);
  EXPECT_EQ(lines_of(0, SIZE_MAX, 64).size(), prefetch_lines_max);
  EXPECT_TRUE(lines_of(1000, 10, 0).empty());
  EXPECT_TRUE(lines_of(1000, 10, 48).empty());
}

TEST(prefetching, never_faults) {
  const std::byte here[200] = {};
  EXPECT_GE(prefetch(here, sizeof here, 64), 4U);
  EXPECT_GE(prefetch(here, sizeof here, 64, prefetch_for::writing), 4U);
  EXPECT_EQ(prefetch(nullptr, 0, 64), 0U);
  EXPECT_EQ(prefetch(reinterpret_cast<const std::byte*>(std::uintptr_t{64}), 64, 64), 1U) << "nothing is mapped there";
}

} // namespace
} // namespace nebula::services
