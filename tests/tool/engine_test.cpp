// SPDX-License-Identifier: Apache-2.0 OR MIT
// The replay must notice an allocator that is wrong. Each of these is, in one way.
#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

#include "tests/tool/support.hpp"
#include "tools/replay/engine.hpp"

namespace nebula::tool_test {
namespace {

constexpr error exhausted{error_code::exhausted, operation::allocate, component::none};

/// Hands out fresh memory each time, correctly; the twins break one thing.
class plain_allocator {
public:
  result<std::byte*> allocate(layout asked) {
    const std::size_t start = (used_ + asked.align - 1) / asked.align * asked.align;
    if (start + asked.size > sizeof storage_) return exhausted;
    used_ = start + asked.size;
    ++state_.live_blocks;
    return storage_ + start;
  }
  result<void> deallocate(std::byte* block, layout) {
    for (const std::byte* freed : freed_) {
      if (freed == block) return error{error_code::double_free, operation::deallocate, component::none};
    }
    freed_.push_back(block);
    --state_.live_blocks;
    return {};
  }
  bool owns(const std::byte* address) const { return address >= storage_ && address < storage_ + sizeof storage_; }
  allocator_state state() const { return state_; }
  result<void> check_invariants() const { return {}; }

protected:
  alignas(4096) std::byte storage_[1 << 16] = {};
  std::size_t used_ = 0;
  std::vector<const std::byte*> freed_;
  allocator_state state_{};
};

struct overlapping_twin : plain_allocator {
  result<std::byte*> allocate(layout asked) {
    const auto block = plain_allocator::allocate(asked);
    used_ -= 1; // the next block begins in this one's last byte
    return block;
  }
};
struct misaligned_twin : plain_allocator {
  result<std::byte*> allocate(layout asked) {
    return plain_allocator::allocate({asked.size + 1, asked.align}).value() + 1;
  }
};
struct scribbling_twin : plain_allocator {
  result<void> deallocate(std::byte* block, layout asked) {
    storage_[200] ^= std::byte{1}; // as a free list inside of blocks would
    return plain_allocator::deallocate(block, asked);
  }
};
struct too_small_twin : plain_allocator {
  result<std::byte*> allocate(layout asked) { return ++count_ > 3 ? exhausted : plain_allocator::allocate(asked); }
  int count_ = 0;
};
struct forgetful_twin : plain_allocator {
  result<void> deallocate(std::byte*, layout) { return {}; } // takes any block, as often as one likes
};
struct corrupted_twin : plain_allocator {
  result<void> check_invariants() const {
    return error{error_code::corrupted, operation::check_invariants, component::none};
  }
};
struct leaking_twin : plain_allocator {
  allocator_state state() const {
    allocator_state state = plain_allocator::state();
    state.used_bytes = 16;
    return state;
  }
};

trace::trace_writer busy_trace() {
  trace::trace_writer writer;
  for (std::uint64_t at = 1; at <= 8; ++at) writer.add(0, birth(at * 0x1000, 60 + at, trace::event_kind::memalign, 32));
  for (std::uint64_t at = 1; at <= 4; ++at) writer.add(0, release(at * 0x1000));
  writer.add(0, release(5 * 0x1000, trace::event_kind::realloc_begin));
  writer.add(0, birth(9 * 0x1000, 500, trace::event_kind::realloc_end));
  return writer;
}

template <class Allocator>
replay::findings replay_on(Allocator& allocator, const trace::trace_writer& writer) {
  const auto bytes = writer.file(trace::ending::exited);
  const trace::trace_image image(bytes);
  replay::engine<Allocator> engine(allocator, 100, replay::contents::verified);
  trace::operation_reader reader(image);
  for (trace::operation item{}; reader.next(item);) engine.perform(item);
  engine.finish();
  return engine.found();
}

template <class Allocator>
replay::findings replay_on_new(const trace::trace_writer& writer = busy_trace()) {
  const auto allocator = std::make_unique<Allocator>();
  return replay_on(*allocator, writer);
}

trace::trace_writer double_free_trace() {
  trace::trace_writer writer;
  writer.add(0, birth(0x1000, 60));
  writer.add(0, release(0x1000));
  writer.add(0, release(0x1000));
  return writer;
}

TEST(engine, a_correct_allocator_is_intact) { EXPECT_TRUE(replay_on_new<plain_allocator>().is_intact()); }

TEST(engine, overlapping_blocks_are_caught) { EXPECT_GT(replay_on_new<overlapping_twin>().damaged_blocks, 0U); }

TEST(engine, a_misaligned_block_is_caught) { EXPECT_EQ(replay_on_new<misaligned_twin>().misplaced_blocks, 9U); }

TEST(engine, a_write_into_a_live_block_is_caught) { EXPECT_GT(replay_on_new<scribbling_twin>().damaged_blocks, 0U); }

TEST(engine, a_refusal_is_caught) {
  const replay::findings found = replay_on_new<too_small_twin>();
  EXPECT_EQ(found.refused, 6U);
  EXPECT_EQ(found.misuse + found.damaged_blocks, 0U) << "blocks that were refused are not freed";
}

TEST(engine, broken_invariants_are_caught) { EXPECT_EQ(replay_on_new<corrupted_twin>().corruption, 1U); }

TEST(engine, wrong_totals_are_caught) { EXPECT_EQ(replay_on_new<leaking_twin>().accounting_errors, 1U); }

TEST(engine, a_double_free_is_misuse) {
  const replay::findings found = replay_on_new<plain_allocator>(double_free_trace());
  EXPECT_EQ(found.misuse, 1U);
  EXPECT_EQ(found.corruption, 0U);
}

TEST(engine, a_double_free_that_goes_through_is_corruption) {
  EXPECT_EQ(replay_on_new<forgetful_twin>(double_free_trace()).corruption, 1U);
}

TEST(engine, patterns_differ_by_block_and_place) {
  std::vector<std::byte> data(1000);
  for (std::size_t size = 1; size < 100; ++size) {
    replay::block_pattern(7).fill(data.data(), 0, size);
    ASSERT_TRUE(replay::block_pattern(7).matches(data.data(), size));
    for (std::size_t at = 0; at < size; ++at) {
      data[at] ^= std::byte{0x20};
      ASSERT_FALSE(replay::block_pattern(7).matches(data.data(), size)) << size << " at " << at;
      data[at] ^= std::byte{0x20};
    }
  }
  replay::block_pattern(7).fill(data.data(), 0, 1000);
  EXPECT_FALSE(replay::block_pattern(8).matches(data.data(), 1000));
  EXPECT_FALSE(replay::block_pattern(7).matches(data.data() + 8, 900));
  for (std::size_t words = 1; words <= 100; ++words) { // nor is it a neighbour's, moved
    ASSERT_FALSE(replay::block_pattern(8).matches(data.data() + 8 * words, 100)) << words;
    ASSERT_FALSE(replay::block_pattern(6).matches(data.data() + 8 * words, 100)) << words;
  }
}

// A realloc keeps the first bytes and fills the rest: both halves have to come out as if filled at once.
TEST(engine, a_pattern_can_be_filled_in_parts) {
  for (std::size_t kept = 0; kept <= 70; ++kept) {
    std::vector<std::byte> data(70);
    replay::block_pattern(3).fill(data.data(), 0, kept);
    replay::block_pattern(3).fill(data.data(), kept, 70);
    ASSERT_TRUE(replay::block_pattern(3).matches(data.data(), 70)) << kept;
  }
}

} // namespace
} // namespace nebula::tool_test
