// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstring>
#include <set>
#include <utility>

#include <nebula/services/compression/content_checksum.hpp>
#include "../../unit/gtest.hpp"
#include "compression_rig.hpp"

namespace nebula::services {
namespace {

using test::bytes;
using test::random_bytes;

// [SR-COMPRESS-004] Each bit of each size, and each wrong byte in each place.
TEST(content_checksum, sees_any_change_of_one_byte) {
  for (const std::size_t size : {1U, 7U, 8U, 9U, 31U, 32U, 33U, 64U, 100U}) {
    bytes content = random_bytes(size);
    const std::uint64_t right = content_checksum(content);
    for (std::byte& each : content) {
      const std::byte kept = each;
      for (unsigned change = 1; change < 256; ++change) {
        each = kept ^ static_cast<std::byte>(change);
        ASSERT_NE(content_checksum(content), right) << size << ' ' << change;
      }
      each = kept;
    }
    EXPECT_EQ(content_checksum(content), right);
  }
}
// [SR-COMPRESS-004]
TEST(content_checksum, sees_any_change_within_eight_bytes) {
  bytes content = random_bytes(72);
  const std::uint64_t right = content_checksum(content);
  std::uint64_t seed = 1;
  for (int round = 0; round < 20'000; ++round) {
    const std::size_t group = static_cast<std::size_t>(round) % 9 * 8;
    bytes other = content;
    const bytes wrong = random_bytes(8, ++seed);
    std::copy(wrong.begin(), wrong.end(), other.begin() + static_cast<std::ptrdiff_t>(group));
    ASSERT_NE(content_checksum(other), right);
  }
}
// [SR-COMPRESS-004] Each bit of a word with each bit of the lane's next word, 32 bytes further on: the one must not take the other back.
TEST(content_checksum, sees_any_two_bits_of_a_lane) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    bytes content = random_bytes(seed % 2 == 0 ? 64 : 200, seed);
    const std::uint64_t right = content_checksum(content);
    const auto flip = [&](std::size_t group, unsigned bit) {
      std::uint64_t word = 0;
      std::memcpy(&word, content.data() + group * 8, sizeof word);
      word ^= std::uint64_t{1} << bit;
      std::memcpy(content.data() + group * 8, &word, sizeof word);
    };
    for (std::size_t group = 0; group < 4; ++group) {
      for (unsigned first = 0; first < 64; ++first) {
        flip(group, first);
        for (unsigned second = 0; second < 64; ++second) {
          flip(group + 4, second);
          ASSERT_NE(content_checksum(content), right)
              << "seed " << seed << ": " << group << ' ' << first << ' ' << second;
          flip(group + 4, second);
        }
        flip(group, first);
      }
    }
  }
}
// [SR-COMPRESS-004]
TEST(content_checksum, sees_groups_that_change_places) {
  for (const std::size_t groups : {4U, 12U}) {
    const bytes content = random_bytes(groups * 8);
    std::set<std::uint64_t> seen{content_checksum(content)};
    for (std::size_t left = 0; left < groups; ++left) {
      for (std::size_t right = left + 1; right < groups; ++right) {
        bytes other = content;
        for (std::size_t index = 0; index < 8; ++index) {
          std::swap(other[left * 8 + index], other[right * 8 + index]);
        }
        EXPECT_TRUE(seen.insert(content_checksum(other)).second) << left << ' ' << right;
      }
    }
  }
}
// [SR-COMPRESS-004] Zeros at the end are content.
TEST(content_checksum, tells_sizes_apart) {
  std::set<std::uint64_t> seen;
  for (std::size_t size = 0; size < 200; ++size) {
    EXPECT_TRUE(seen.insert(content_checksum(bytes(size))).second) << size;
  }
}

} // namespace
} // namespace nebula::services
