// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstring>
#include <vector>

#include <nebula/services/bulk_copy.hpp>
#include "../unit/gtest.hpp"

namespace nebula::services {
namespace {

constexpr copy_way ways[] = {copy_way::scalar, copy_way::avx2, copy_way::streaming};
constexpr std::byte untouched{0xEE};

/// Two buffers that are compared with what memcpy() makes of a third.
class copy_bench {
public:
  explicit copy_bench(std::size_t bytes) : from_(bytes), to_(bytes), expected_(bytes) {
    for (std::size_t index = 0; index < bytes; ++index) {
      from_[index] = static_cast<std::byte>(index * 7 + index / 256);
    }
  }

  /// True iff the copy changes exactly the bytes that it should.
  bool is_exact(std::size_t to, std::size_t from, std::size_t bytes, copy_way way) {
    std::memset(to_.data(), 0xEE, to_.size());
    std::memset(expected_.data(), 0xEE, expected_.size());
    if (bytes != 0) {
      std::memcpy(expected_.data() + to, from_.data() + from, bytes);
    }
    const auto copied = bulk_copy(to_.data() + to, from_.data() + from, bytes, way);
    return copied && copied.value() == way && to_ == expected_;
  }

  std::vector<std::byte>& to() { return to_; }
  std::vector<std::byte>& from() { return from_; }

private:
  std::vector<std::byte> from_;
  std::vector<std::byte> to_;
  std::vector<std::byte> expected_;
};

// [SR-SYS-012]
TEST(bulk_copies, are_exact_for_every_length_and_alignment) {
  constexpr std::size_t lengths = 301;
  constexpr std::size_t alignments = 64;
  copy_bench bench(lengths + alignments + 32);
  for (const copy_way way : ways) {
    if (!is_available(way)) continue;
    for (std::size_t length = 0; length < lengths; ++length) {
      for (std::size_t to = 0; to < alignments; ++to) {
        // Each alignment of the destination meets each of the source over 64 lengths.
        ASSERT_TRUE(bench.is_exact(to, (to * 5 + length) % alignments, length, way))
            << name(way) << ' ' << length << " bytes to +" << to;
      }
    }
  }
}

TEST(bulk_copies, are_exact_at_the_end_of_a_buffer) {
  for (const copy_way way : ways) {
    if (!is_available(way)) continue;
    for (const std::size_t length : {1U, 31U, 32U, 33U, 127U, 128U, 129U, 300U}) {
      std::vector<std::byte> from(length, std::byte{3}); // of exactly this length, so that a checker sees one byte more
      std::vector<std::byte> to(length);
      ASSERT_TRUE(bulk_copy(to.data(), from.data(), length, way));
      EXPECT_EQ(to, from);
    }
  }
}

TEST(bulk_copies, stream_from_a_size_on) {
  copy_bench bench(streaming_bytes_min + 64);
  const copy_way small = is_available(copy_way::avx2) ? copy_way::avx2 : copy_way::scalar;
  const copy_way large = is_available(copy_way::streaming) ? copy_way::streaming : copy_way::scalar;
  const auto below = bulk_copy(bench.to().data() + 1, bench.from().data() + 3, streaming_bytes_min - 1);
  EXPECT_EQ(below.value(), small);
  EXPECT_EQ(std::memcmp(bench.to().data() + 1, bench.from().data() + 3, streaming_bytes_min - 1), 0);
  const auto above = bulk_copy(bench.to().data() + 5, bench.from().data() + 2, streaming_bytes_min);
  EXPECT_EQ(above.value(), large);
  EXPECT_EQ(std::memcmp(bench.to().data() + 5, bench.from().data() + 2, streaming_bytes_min), 0);
  EXPECT_TRUE(bench.is_exact(33, 7, streaming_bytes_min - 11, large));
}

TEST(bulk_copies, refuse_ranges_that_overlap) {
  std::byte buffer[64] = {};
  for (std::size_t distance = 0; distance < 16; ++distance) {
    const copy_failure expected{copy_rule::no_overlap, 16, distance};
    EXPECT_EQ(bulk_copy(buffer + distance, buffer, 16).failure(), expected);
    EXPECT_EQ(bulk_copy(buffer, buffer + distance, 16).failure(), expected);
  }
  EXPECT_TRUE(bulk_copy(buffer + 16, buffer, 16)) << "ranges that touch do not overlap";
  EXPECT_TRUE(bulk_copy(buffer, buffer + 16, 16));
}

TEST(bulk_copies, refuse_what_is_no_range) {
  std::byte here[4] = {};
  auto* const end = reinterpret_cast<std::byte*>(UINTPTR_MAX - 2);
  EXPECT_EQ(bulk_copy(nullptr, here, 4).failure(), (copy_failure{copy_rule::destination_not_null, 4, 0}));
  EXPECT_EQ(bulk_copy(here, nullptr, 4).failure(), (copy_failure{copy_rule::source_not_null, 4, 0}));
  EXPECT_EQ(bulk_copy(here, end, 4).failure(), (copy_failure{copy_rule::within_address_space, 4, 0}));
  EXPECT_EQ(bulk_copy(end, here, SIZE_MAX).failure(), (copy_failure{copy_rule::within_address_space, SIZE_MAX, 0}));
  EXPECT_TRUE(bulk_copy(nullptr, nullptr, 0)) << "nothing is copied from nowhere to nowhere";
}

TEST(bulk_copies, refuse_a_way_that_there_is_not) {
  std::byte to[1] = {untouched};
  std::byte from[1] = {};
  const auto none = static_cast<copy_way>(9);
  EXPECT_FALSE(is_available(none));
  EXPECT_EQ(bulk_copy(to, from, 1, none).failure(), (copy_failure{copy_rule::way_available, 1, 0}));
  EXPECT_EQ(to[0], untouched);
}

TEST(bulk_copies, say_why_they_are_refused) {
  char text[80];
  std::byte buffer[20] = {};
  describe(bulk_copy(buffer + 3, buffer, 16).failure(), text, sizeof text);
  EXPECT_STREQ(text, "no_overlap: 16 bytes at a distance of 3");
  describe(bulk_copy(buffer, nullptr, 16).failure(), text, sizeof text);
  EXPECT_STREQ(text, "source_not_null: 16 bytes");
}

TEST(bulk_copies, have_names) {
  EXPECT_STREQ(name(copy_way::scalar), "scalar");
  EXPECT_STREQ(name(copy_way::avx2), "avx2");
  EXPECT_STREQ(name(copy_way::streaming), "streaming");
  EXPECT_STREQ(name(static_cast<copy_way>(9)), "unknown");
  EXPECT_STREQ(name(copy_rule::none), "none");
  EXPECT_STREQ(name(copy_rule::destination_not_null), "destination_not_null");
  EXPECT_STREQ(name(copy_rule::source_not_null), "source_not_null");
  EXPECT_STREQ(name(copy_rule::within_address_space), "within_address_space");
  EXPECT_STREQ(name(copy_rule::no_overlap), "no_overlap");
  EXPECT_STREQ(name(copy_rule::way_available), "way_available");
  EXPECT_STREQ(name(static_cast<copy_rule>(9)), "unknown");
}

} // namespace
} // namespace nebula::services
