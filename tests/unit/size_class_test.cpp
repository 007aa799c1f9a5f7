// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <nebula/kernel/size_class.hpp>
#include "gtest.hpp"

namespace {

using namespace nebula;

constexpr std::size_t size_max = std::numeric_limits<std::size_t>::max();

std::vector<size_class> classes_of(std::initializer_list<std::size_t> sizes) {
  std::vector<size_class> classes;
  for (const std::size_t size : sizes) {
    classes.push_back({size, 8, 1});
  }
  return classes;
}
bool accepts(std::initializer_list<std::size_t> sizes) {
  const std::vector<size_class> classes = classes_of(sizes);
  return size_class_table::accepts(classes.data(), classes.size());
}

void candidate_is_the_smallest_or_the_one_before(const std::vector<size_class>& classes, std::size_t size) {
  size_class_table table;
  table.fill(classes.data(), classes.size());
  std::size_t smallest = 0;
  while (smallest < classes.size() && classes[smallest].block_size_bytes < size) {
    ++smallest;
  }
  const std::size_t candidate = table.candidate(size);
  ASSERT_TRUE(candidate == smallest || candidate + 1 == smallest) << "size " << size << ": candidate " << candidate;
}

TEST(size_class, accepts_no_classes_that_are_none_or_too_many) {
  EXPECT_FALSE(size_class_table::accepts(nullptr, 3));
  EXPECT_FALSE(accepts({}));
  std::vector<size_class> many;
  for (std::size_t size = 1; size < 16; ++size) {
    many.push_back({size, 1, 1});
  }
  for (std::size_t index = 0; many.size() < size_class_table::class_count_max; ++index) {
    many.push_back({(8 + index % 8) << (1 + index / 8), 1, 1}); // as close as they may be
  }
  ASSERT_EQ(many.size(), size_class_table::class_count_max);
  EXPECT_TRUE(size_class_table::accepts(many.data(), many.size()));
  many.push_back({many.back().block_size_bytes * 2, 1, 1});
  EXPECT_FALSE(size_class_table::accepts(many.data(), many.size()));
}

// SR-SEG-001
TEST(size_class, accepts_classes_that_ascend_and_are_not_too_close) {
  EXPECT_TRUE(accepts({8, 16, 32, 64}));
  EXPECT_TRUE(accepts({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}));
  EXPECT_TRUE(accepts({64, 72, 80}));
  EXPECT_FALSE(accepts({64, 65}));
  EXPECT_FALSE(accepts({64, 71}));
  EXPECT_FALSE(accepts({64, 64}));
  EXPECT_FALSE(accepts({64, 32}));
  EXPECT_TRUE(accepts({size_max / 2, size_max}));
}

// SR-SEG-001
TEST(size_class, finds_the_class_of_every_size_with_at_most_one_step) {
  const std::vector<size_class> classes = classes_of({3, 8, 16, 24, 33, 70, 128, 500, 4096, 10000});
  ASSERT_TRUE(size_class_table::accepts(classes.data(), classes.size()));
  for (std::size_t size = 1; size <= 12000; ++size) {
    candidate_is_the_smallest_or_the_one_before(classes, size);
  }
  for (std::size_t size = size_max; size > size_max - 100; --size) {
    candidate_is_the_smallest_or_the_one_before(classes, size);
  }
}

TEST(size_class, finds_the_class_in_random_tables) {
  std::mt19937_64 random(7); // NOLINT(cert-msc32-c,cert-msc51-cpp): the seed is the test's
  const auto up_to = [&random](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<size_class> classes;
    std::size_t size = 1 + up_to(40);
    const std::size_t count = 1 + up_to(20);
    while (classes.size() < count) {
      classes.push_back({size, 8, 1});
      size += size / 7 + 1 + up_to(size * 2);
    }
    if (!size_class_table::accepts(classes.data(), classes.size())) {
      continue; // two small ones in a bucket
    }
    for (const size_class& each : classes) {
      for (std::size_t near = each.block_size_bytes - 1; near <= each.block_size_bytes + 1; ++near) {
        candidate_is_the_smallest_or_the_one_before(classes, near == 0 ? 1 : near);
      }
    }
  }
}

} // namespace
