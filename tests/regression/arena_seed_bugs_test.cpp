// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "arena_rig.hpp"
#include "support.hpp"

// Flaws of arena designs that this kernel's was weighed against. Each probe is shown a design that has the flaw, and
// sees it; and this kernel's arena, and does not.
namespace {

using namespace nebula;
using namespace nebula::test;

/// The smallest arenas that have the one flaw each.
namespace flawed {

/// One chunk, an array that moves when it is full.
class moving_arena {
public:
  std::byte* allocate(std::size_t size) {
    bytes_.resize(bytes_.size() + size);
    return bytes_.data() + bytes_.size() - size;
  }
  [[nodiscard]] const std::byte* first() const { return bytes_.data(); }

private:
  std::vector<std::byte> bytes_;
};

/// Chunks of 64 bytes whose cursor counts bytes, and does not see where one ends.
class straddling_arena {
public:
  static constexpr std::size_t chunk_bytes = 64;
  /// Chunk and offset of the block.
  struct block {
    std::size_t chunk;
    std::size_t offset;
  };
  block allocate(std::size_t size) {
    const block made{cursor_ / chunk_bytes, cursor_ % chunk_bytes};
    cursor_ += size;
    return made;
  }

private:
  std::size_t cursor_ = 0;
};

/// A reset that keeps the chunk that it has at hand, the newest, and forgets the others.
class forgetful_arena {
public:
  explicit forgetful_arena(chunk_source source) : source_(source) {}
  void grow(std::size_t bytes) { newest_ = source_.acquire(source_.context, bytes, chunk_align_bytes).value(); }
  void reset() {}
  void end() { static_cast<void>(source_.release(source_.context, newest_)); }

private:
  chunk_source source_;
  byte_span newest_{};
};

/// The size of the next chunk, computed in numbers that are not whole.
[[maybe_unused]] std::size_t grown(std::size_t bytes) {
  return static_cast<std::size_t>(static_cast<double>(bytes) * 2.0);
}

/// A marker is a place, and nothing else.
class placed_marks {
public:
  [[nodiscard]] std::size_t mark() const { return top_; }
  void allocate(std::size_t size) { top_ += size; }
  bool restore(std::size_t place) {
    const bool is_below = place <= top_;
    top_ = is_below ? place : top_;
    return is_below;
  }
  [[nodiscard]] std::size_t top() const { return top_; }

private:
  std::size_t top_ = 0;
};

} // namespace flawed

TEST(seed_bug, c1_growth_moves_no_block) {
  flawed::moving_arena moving;
  static_cast<void>(moving.allocate(16));
  const auto before = reinterpret_cast<std::uintptr_t>(moving.first());
  static_cast<void>(moving.allocate(100000));
  EXPECT_NE(reinterpret_cast<std::uintptr_t>(moving.first()), before);

  for (const bool tracks : {false, true}) {
    arena_rig rig(tracks, arena_growth::doubling);
    std::vector<std::byte*> blocks;
    for (unsigned index = 0; index < 200; ++index) {
      blocks.push_back(rig.take(100, 8));
      paint(blocks.back(), 100, index);
    }
    EXPECT_GT(rig.chunks.out().size(), 3U);
    for (unsigned index = 0; index < 200; ++index) {
      ASSERT_TRUE(is_painted(blocks[index], 100, index)) << "where it was, as it was";
    }
  }
}

TEST(seed_bug, c1_a_block_lies_in_one_chunk) {
  flawed::straddling_arena straddling;
  bool straddles = false;
  for (int index = 0; index < 4; ++index) {
    const auto block = straddling.allocate(40);
    straddles = straddles || block.offset + 40 > flawed::straddling_arena::chunk_bytes;
  }
  EXPECT_TRUE(straddles);

  arena_rig rig;
  for (std::size_t size = 1; size < 3000; size += 97) {
    const std::byte* const block = rig.take(size, 8);
    bool is_within_one = false;
    for (const byte_span& chunk : rig.chunks.out()) {
      is_within_one = is_within_one || (block >= chunk.data && block + size <= chunk.data + chunk.size);
    }
    EXPECT_TRUE(is_within_one) << size;
  }
}

TEST(seed_bug, c1_a_reset_leaks_no_chunk) {
  recording_source leaking;
  flawed::forgetful_arena forgetful(leaking.source());
  for (int index = 0; index < 5; ++index) {
    forgetful.grow(100);
  }
  forgetful.reset();
  forgetful.end();
  EXPECT_EQ(leaking.out().size(), 4U);

  recording_source whole;
  {
    arena_rig rig;
    rig.made_of.source = whole.source();
    arena subject(rig.made_of.validate().value());
    std::byte* const first = subject.allocate({1000, 1}).value();
    for (int index = 0; index < 4; ++index) {
      ASSERT_TRUE(succeeded(subject.allocate({1000, 1})));
    }
    EXPECT_EQ(whole.out().size(), 5U);
    ASSERT_TRUE(succeeded(subject.reset()));
    ASSERT_EQ(whole.out().size(), 1U);
    EXPECT_TRUE(subject.owns(first)) << "the first is kept, not the newest";
  }
  EXPECT_TRUE(whole.out().empty());
}

TEST(seed_bug, c1_growth_is_computed_in_whole_numbers) {
  if constexpr (std::numeric_limits<std::size_t>::digits == 64) {
    constexpr unsigned shift = std::numeric_limits<std::size_t>::digits > 53 ? 53 : 0; // elsewhere not reached
    constexpr std::size_t odd = (std::size_t{1} << shift) + 1;
    EXPECT_NE(flawed::grown(odd), 2 * odd);
    constexpr chunk_schedule doubling{odd, 0, std::numeric_limits<std::size_t>::max(), arena_growth::doubling};
    EXPECT_EQ(doubling.bytes_of(1), 2 * odd);
    EXPECT_EQ(doubling.bytes_of(3), 8 * odd);
    EXPECT_EQ(doubling.bytes_of(11), std::numeric_limits<std::size_t>::max()) << "and stays at its most";
  }
}

TEST(seed_bug, b6_a_marker_of_an_arena_that_was_discarded_truncates_nothing) {
  flawed::placed_marks placed;
  const std::size_t outer_place = placed.mark();
  placed.allocate(64);
  const std::size_t inner_place = placed.mark();
  ASSERT_TRUE(placed.restore(outer_place));
  placed.allocate(128);
  EXPECT_TRUE(placed.restore(inner_place));
  EXPECT_EQ(placed.top(), 64U) << "half of the block is gone";

  for (const bool tracks : {false, true}) {
    arena_rig rig(tracks);
    const marker outer = rig.take_mark();
    static_cast<void>(rig.take(2000));
    const marker inner = rig.take_mark();
    ASSERT_TRUE(succeeded(rig.subject.restore(outer)));
    static_cast<void>(rig.take(128));
    static_cast<void>(rig.take_mark());
    static_cast<void>(rig.take(5000));
    EXPECT_TRUE(rig.refuses(error_code::spent_marker, [&] { return rig.subject.restore(inner); }));
    EXPECT_TRUE(rig.refuses(error_code::spent_marker, [&] { return rig.subject.restore(outer); }));
  }
}

TEST(seed_bug, b11_a_scope_over_an_arena_that_was_reset_inside_gives_nothing_back_twice) {
  arena_rig rig;
  static_cast<void>(rig.take(10));
  std::byte* kept = nullptr;
  {
    const arena_scope inside(rig.subject);
    static_cast<void>(rig.take(2000));
    ASSERT_TRUE(succeeded(rig.subject.reset()));
    kept = rig.take(500);
    paint(kept, 500, 0x44);
  }
  EXPECT_EQ(rig.log.count(), 1U) << "and it is told";
  EXPECT_EQ(rig.log.last().what.code, error_code::stale_marker);
  EXPECT_EQ(rig.subject.state().used_bytes, 500U);
  EXPECT_TRUE(is_painted(kept, 500, 0x44));
}

TEST(seed_bug, t04a_an_arena_that_could_never_take_its_first_chunk_is_not_made) {
  arena_rig rig;
  rig.made_of.capacity_max_bytes = rig.made_of.chunk_bytes - 1;
  EXPECT_EQ(rig.made_of.validate().error().field, configuration_field::capacity_max_bytes);
  rig.made_of.chunk_bytes = 0;
  EXPECT_EQ(rig.made_of.validate().error().field, configuration_field::chunk_bytes);
}

} // namespace
