// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include <nebula/verify/stray_write.hpp>

#include "arena_rig.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

constexpr std::size_t size_max = std::numeric_limits<std::size_t>::max();
constexpr std::size_t record = arena::record_bytes();

static_assert(!std::is_copy_constructible_v<arena> && !std::is_move_constructible_v<arena>);
static_assert(std::is_same_v<arena_scope, scope<arena>>);

// --- configuration

testing::AssertionResult field_refused(const arena_config& config, configuration_field field) {
  const error expected{error_code::invalid_configuration, operation::configure, component::arena, field};
  const error got = config.validate().error();
  return got == expected ? testing::AssertionSuccess() : testing::AssertionFailure() << got;
}

// SR-ARENA-001
TEST(arena_config, names_the_field_that_is_wrong) {
  const arena_rig rig;
  const arena_config good = rig.made_of;
  arena_config wrong = good;
  wrong.source.acquire = nullptr;
  EXPECT_TRUE(field_refused(wrong, configuration_field::chunk_source));
  wrong = good;
  wrong.source.release = nullptr;
  EXPECT_TRUE(field_refused(wrong, configuration_field::chunk_source));
  wrong = good;
  wrong.chunk_bytes = 0;
  EXPECT_TRUE(field_refused(wrong, configuration_field::chunk_bytes));
  wrong.chunk_bytes = arena_config::chunk_bytes_min() - 1;
  EXPECT_TRUE(field_refused(wrong, configuration_field::chunk_bytes));
  wrong.chunk_bytes = arena_config::chunk_bytes_min();
  EXPECT_TRUE(succeeded(wrong.validate()));
  wrong = good;
  wrong.growth = arena_growth::incremental;
  wrong.growth_bytes = 0;
  EXPECT_TRUE(field_refused(wrong, configuration_field::growth_bytes));
  wrong.growth = arena_growth::doubling;
  EXPECT_TRUE(succeeded(wrong.validate())) << "not read where growth is not incremental";
  wrong.growth = static_cast<arena_growth>(3);
  EXPECT_TRUE(field_refused(wrong, configuration_field::growth_bytes));
  wrong = good;
  wrong.capacity_max_bytes = 0;
  EXPECT_TRUE(field_refused(wrong, configuration_field::capacity_max_bytes));
  wrong.capacity_max_bytes = good.chunk_bytes - 1;
  EXPECT_TRUE(field_refused(wrong, configuration_field::capacity_max_bytes));
  wrong.capacity_max_bytes = good.chunk_bytes;
  EXPECT_TRUE(succeeded(wrong.validate()));
}

TEST(arena_config, of_the_least_chunk_serves_one_byte_or_one_mark) {
  for (const bool tracks : {false, true}) {
    arena_rig rig(tracks);
    rig.made_of.chunk_bytes = arena_config::chunk_bytes_min();
    rig.made_of.capacity_max_bytes = arena_config::chunk_bytes_min();
    arena tiny(rig.made_of.validate().value());
    const result<std::byte*> block = tiny.allocate({1, 1});
    ASSERT_TRUE(succeeded(block));
    ASSERT_TRUE(succeeded(tiny.deallocate(block.value(), {1, 1})));
    EXPECT_TRUE(succeeded(tiny.mark()));
    EXPECT_EQ(tiny.statistics().chunk_count, 1U);
  }
}

// SR-ARENA-002
TEST(chunk_schedule, grows_as_its_name_says) {
  constexpr chunk_schedule fixed{1000, 7, size_max, arena_growth::fixed};
  constexpr chunk_schedule doubling{1000, 7, size_max, arena_growth::doubling};
  constexpr chunk_schedule incremental{1000, 7, size_max, arena_growth::incremental};
  for (std::size_t index = 0; index < 20; ++index) {
    EXPECT_EQ(fixed.bytes_of(index), 1000U);
    EXPECT_EQ(doubling.bytes_of(index), 1000U << index);
    EXPECT_EQ(incremental.bytes_of(index), 1000U + 7 * index);
  }
}

// SR-ARENA-002
TEST(chunk_schedule, stays_at_the_most_and_does_not_wrap) {
  constexpr std::size_t half = size_max / 2 + 1;
  constexpr chunk_schedule doubling{3, 0, size_max, arena_growth::doubling};
  constexpr chunk_schedule large{half, half, size_max, arena_growth::doubling};
  constexpr chunk_schedule incremental{half, half, size_max, arena_growth::incremental};
  constexpr chunk_schedule nearly{size_max - 10, 10, size_max, arena_growth::incremental};
  std::size_t before = 0;
  for (std::size_t index = 0; index < 200; ++index) {
    ASSERT_GE(doubling.bytes_of(index), before) << index;
    before = doubling.bytes_of(index);
  }
  EXPECT_EQ(before, size_max);
  EXPECT_EQ(doubling.bytes_of(size_max), size_max);
  EXPECT_EQ(large.bytes_of(0), half);
  EXPECT_EQ(large.bytes_of(1), size_max);
  EXPECT_EQ(incremental.bytes_of(1), size_max);
  EXPECT_EQ(incremental.bytes_of(size_max), size_max);
  EXPECT_EQ(nearly.bytes_of(1), size_max);
  EXPECT_EQ(nearly.bytes_of(2), size_max);
}

// SR-ARENA-002
TEST(chunk_schedule, stays_within_the_maximal_capacity_and_gives_what_is_needed) {
  constexpr chunk_schedule schedule{1000, 0, 4000, arena_growth::doubling};
  EXPECT_EQ(schedule.next_bytes(0, 0, {10, true}).value(), 1000U);
  EXPECT_EQ(schedule.next_bytes(0, 0, {1001, true}).value(), 1001U) << "as large as the request";
  EXPECT_EQ(schedule.next_bytes(1, 1000, {10, true}).value(), 2000U);
  EXPECT_EQ(schedule.next_bytes(2, 3000, {10, true}).value(), 1000U) << "what is left";
  EXPECT_EQ(schedule.next_bytes(2, 3000, {1000, true}).value(), 1000U);
  EXPECT_EQ(schedule.next_bytes(2, 3000, {1001, true}).code(), error_code::over_capacity);
  EXPECT_EQ(schedule.next_bytes(2, 5000, {1, true}).code(), error_code::over_capacity);
  EXPECT_EQ(schedule.next_bytes(0, 0, {4001, true}).code(), error_code::layout_unsupported);
  EXPECT_EQ(schedule.next_bytes(0, 0, {0, false}).code(), error_code::layout_unsupported);
}

// --- blocks, with and without records

class arenas : public testing::TestWithParam<bool> {
protected:
  arena_rig rig_{GetParam()};
  arena& arena_ = rig_.subject;

  [[nodiscard]] static bool tracks() { return GetParam(); }
  [[nodiscard]] static std::size_t per_block() { return GetParam() ? record : 0; }
};
INSTANTIATE_TEST_SUITE_P(each, arenas, testing::Bool(),
                         [](const auto& each) { return std::string(each.param ? "tracked" : "untracked"); });

// SR-ARENA-003
TEST_P(arenas, take_a_chunk_when_the_first_request_comes) {
  EXPECT_EQ(rig_.chunks.acquired(), 0U);
  EXPECT_EQ(arena_.state().capacity_bytes, 0U);
  EXPECT_EQ(arena_.state().available_bytes, 0U);
  EXPECT_FALSE(arena_.owns(nullptr));
  EXPECT_TRUE(succeeded(arena_.check_invariants()));
  EXPECT_TRUE(succeeded(arena_.reset()));
  std::byte* const block = rig_.take(10);
  EXPECT_EQ(rig_.chunks.acquired(), 1U);
  EXPECT_EQ(arena_.state().capacity_bytes, chunk_for(1024));
  EXPECT_EQ(arena_.state().used_bytes, 10U);
  EXPECT_EQ(arena_.state().available_bytes, 1014U - 2 * per_block());
  EXPECT_TRUE(arena_.owns(block));
}

// SR-ARENA-003
TEST_P(arenas, fill_a_chunk_to_the_last_byte_before_they_take_the_next) {
  const std::size_t whole = 1024 - per_block();
  std::byte* const first = rig_.take(whole);
  paint(first, whole, 0x11);
  EXPECT_EQ(arena_.state().available_bytes, 0U);
  EXPECT_EQ(arena_.statistics().chunk_count, 1U);
  std::byte* const second = rig_.take(1);
  EXPECT_EQ(arena_.statistics().chunk_count, 2U);
  EXPECT_TRUE(is_painted(first, whole, 0x11));
  EXPECT_TRUE(arena_.owns(first) && arena_.owns(second));
}

// SR-ARENA-003
TEST_P(arenas, never_let_a_block_lie_in_two_chunks) {
  // chunks side by side, so that a block over the border would be contiguous
  static storage<65536> lent;
  span_chunk_source chunks(stack_config{lent.span(), rig_.log.hook()}.validate().value());
  rig_.made_of.source = chunks.source();
  rig_.made_of.chunk_bytes = chunk_for(128);
  arena subject(rig_.made_of.validate().value());
  std::vector<std::byte*> blocks;
  for (int index = 0; index < 100; ++index) {
    const result<std::byte*> block = subject.allocate({50, 1});
    ASSERT_TRUE(succeeded(block));
    const auto offset = static_cast<std::size_t>(block.value() - lent.span().data) % chunk_for(128);
    ASSERT_GE(offset, arena::header_bytes());
    ASSERT_LE(offset + 50, chunk_for(128));
    paint(block.value(), 50, static_cast<unsigned>(index));
    blocks.push_back(block.value());
  }
  for (unsigned index = 0; index < 100; ++index) {
    ASSERT_TRUE(is_painted(blocks[index], 50, index));
  }
  EXPECT_TRUE(succeeded(subject.check_invariants()));
}

// SR-ARENA-003
TEST_P(arenas, serve_a_request_beyond_the_next_chunk_from_a_chunk_that_is_large_enough) {
  std::byte* const small = rig_.take(8);
  std::byte* const large = rig_.take(100000, 8);
  paint(large, 100000, 0x77);
  EXPECT_EQ(rig_.chunks.asked_bytes(), chunk_for(100000 + per_block())) << "and no larger";
  EXPECT_EQ(arena_.statistics().largest_chunk_bytes, chunk_for(100000 + per_block()));
  EXPECT_EQ(arena_.statistics().chunk_count, 2U);
  static_cast<void>(rig_.take(8));
  EXPECT_EQ(rig_.chunks.asked_bytes(), chunk_for(1024)) << "the next is of the schedule again";
  EXPECT_TRUE(succeeded(arena_.check_invariants()));
  EXPECT_TRUE(arena_.owns(small) && arena_.owns(large));
}

TEST_P(arenas, align_blocks_up_to_a_page_wherever_the_chunk_is) {
  for (std::size_t shift = 0; shift < 8; ++shift) {
    rig_.chunks.instead = [shift](byte_span chunk) {
      return byte_span{chunk.data + shift % 3 * chunk_align_bytes, chunk.size};
    };
    for (std::size_t align = 4096; align != 0; align /= 2) {
      std::byte* const block = rig_.take(align / 2 + 1, align);
      paint(block, align / 2 + 1, 0x3C);
    }
  }
  EXPECT_TRUE(succeeded(arena_.check_invariants()));
}

TEST_P(arenas, stay_whole_over_a_hundred_chunks) {
  std::vector<std::byte*> blocks;
  for (unsigned index = 0; index < 100; ++index) {
    blocks.push_back(rig_.take(700, 16));
    paint(blocks.back(), 700, index);
  }
  EXPECT_EQ(arena_.statistics().chunk_count, 100U);
  for (unsigned index = 0; index < 100; ++index) {
    EXPECT_TRUE(is_painted(blocks[index], 700, index));
    EXPECT_TRUE(arena_.owns(blocks[index]));
  }
  EXPECT_EQ(arena_.state().live_blocks, 100U);
  if constexpr (sizeof(void*) == 8) { // elsewhere the chunks' headers are no multiples of 16, and padding follows them
    EXPECT_EQ(arena_.state().used_bytes, 70000U);
  }
  EXPECT_EQ(arena_.state().capacity_bytes, 100 * chunk_for(1024));
  ASSERT_TRUE(succeeded(arena_.reset()));
  EXPECT_EQ(rig_.chunks.out().size(), 1U);
  EXPECT_TRUE(rig_.chunks.was_last_in_first_out());
}

TEST_P(arenas, refuse_malformed_layouts_and_those_that_can_never_fit) {
  for (const layout malformed : {layout{0, 1}, layout{0, 0}, layout{8, 0}, layout{8, 24}, layout{size_max, 3}}) {
    EXPECT_TRUE(rig_.refuses(error_code::invalid_layout, [&] { return arena_.allocate(malformed); }));
  }
  for (int round = 0; round < 2; ++round) { // without a chunk, and with one
    for (std::size_t k = 0; k < arena::header_bytes(); ++k) {
      for (std::size_t align = 1; align <= 64; align *= 2) {
        ASSERT_TRUE(
            rig_.refuses(error_code::layout_unsupported, [&] { return arena_.allocate({size_max - k, align}); }));
      }
    }
    EXPECT_TRUE(rig_.refuses(error_code::layout_unsupported,
                             [&] { return arena_.allocate({size_max / 2 + 1, size_max / 2 + 1}); }));
    static_cast<void>(rig_.take(1));
  }
  EXPECT_EQ(rig_.chunks.acquired(), 1U) << "the source was not even asked";
}

// SR-ARENA-002
TEST_P(arenas, refuse_what_exceeds_the_maximal_capacity) {
  arena_rig rig(tracks(), arena_growth::doubling, chunk_for(1024) + 3000);
  static_cast<void>(rig.take(1000 - per_block()));
  EXPECT_TRUE(rig.refuses(error_code::over_capacity, [&] { return rig.subject.allocate({3000, 1}); }));
  const std::size_t most = chunk_for(1024) + 3000 - arena::header_bytes() - per_block();
  EXPECT_TRUE(rig.refuses(error_code::over_capacity, [&] { return rig.subject.allocate({most, 1}); }));
  EXPECT_TRUE(rig.refuses(error_code::layout_unsupported, [&] { return rig.subject.allocate({most + 1, 1}); }));
  EXPECT_EQ(rig.chunks.acquired(), 1U);
  static_cast<void>(rig.take(3000 - arena::header_bytes() - per_block()));
  EXPECT_EQ(rig.subject.state().capacity_bytes, chunk_for(1024) + 3000) << "all of it";
  EXPECT_TRUE(rig.refuses(error_code::over_capacity, [&] { return rig.subject.allocate({1000, 1}); }));
  ASSERT_TRUE(succeeded(rig.subject.reset()));
  static_cast<void>(rig.take(1000 - per_block()));
  static_cast<void>(rig.take(1000));
  EXPECT_EQ(rig.chunks.asked_bytes(), 2 * chunk_for(1024)) << "the schedule again";
}

TEST_P(arenas, of_no_plan_have_no_memory_to_give) {
  arena nothing{arena_plan{}};
  EXPECT_TRUE(failed_with(nothing.allocate({1, 1}), error_code::layout_unsupported));
  EXPECT_TRUE(failed_with(nothing.mark(), error_code::layout_unsupported));
  EXPECT_TRUE(succeeded(nothing.reset()));
  EXPECT_TRUE(succeeded(nothing.check_invariants()));
}

// --- growth

// SR-ARENA-002
TEST(arena, grows_by_the_schedule_and_falls_back_along_it) {
  for (const arena_growth growth : {arena_growth::fixed, arena_growth::doubling, arena_growth::incremental}) {
    arena_rig rig(true, growth);
    const chunk_schedule expected{chunk_for(1024), 100, size_max, growth};
    const auto fill_chunks = [&] {
      for (std::size_t index = rig.subject.statistics().chunk_count; index < 8; ++index) {
        static_cast<void>(rig.take(rig.subject.state().available_bytes + 1));
        EXPECT_EQ(rig.chunks.asked_bytes(), expected.bytes_of(index));
      }
    };
    static_cast<void>(rig.take(1));
    const marker point = rig.take_mark();
    fill_chunks();
    ASSERT_TRUE(succeeded(rig.subject.restore(point)));
    EXPECT_EQ(rig.subject.statistics().chunk_count, 1U);
    fill_chunks();
  }
}

// --- marks

// SR-ARENA-009, SR-ARENA-010
TEST_P(arenas, a_restore_gives_back_exactly_what_came_after_the_mark) {
  std::byte* const kept = rig_.take(100);
  paint(kept, 100, 0x22);
  const allocator_state before = arena_.state();
  const marker point = rig_.take_mark();
  EXPECT_EQ(arena_.mark_count(), 1U);
  for (int index = 0; index < 20; ++index) {
    static_cast<void>(rig_.take(500, 8));
  }
  EXPECT_GT(rig_.chunks.out().size(), 5U);
  ASSERT_TRUE(succeeded(arena_.restore(point)));
  EXPECT_EQ(rig_.chunks.out().size(), 1U);
  EXPECT_TRUE(rig_.chunks.was_last_in_first_out());
  const allocator_state after = arena_.state();
  EXPECT_EQ(after.capacity_bytes, before.capacity_bytes);
  EXPECT_EQ(after.used_bytes, before.used_bytes);
  EXPECT_EQ(after.available_bytes, before.available_bytes);
  EXPECT_EQ(after.live_blocks, before.live_blocks);
  EXPECT_EQ(arena_.mark_count(), 0U);
  EXPECT_TRUE(is_painted(kept, 100, 0x22));
  EXPECT_TRUE(succeeded(arena_.check_invariants()));
}

// SR-ARENA-010
TEST_P(arenas, nested_marks_over_chunk_borders_come_back_one_by_one) {
  std::vector<marker> points;
  std::vector<allocator_state> states;
  for (int depth = 0; depth < 12; ++depth) {
    states.push_back(arena_.state());
    points.push_back(rig_.take_mark());
    static_cast<void>(rig_.take(400));
    static_cast<void>(rig_.take(90, 64));
  }
  EXPECT_EQ(arena_.mark_count(), 12U);
  for (std::size_t depth = 11; depth < 12; depth = depth == 0 ? 12 : depth - 1) {
    ASSERT_TRUE(succeeded(arena_.restore(points[depth])));
    EXPECT_EQ(arena_.state().used_bytes, states[depth].used_bytes);
    EXPECT_EQ(arena_.state().live_blocks, states[depth].live_blocks);
    EXPECT_EQ(arena_.state().capacity_bytes, states[depth].capacity_bytes);
    EXPECT_EQ(arena_.mark_count(), depth);
    ASSERT_TRUE(succeeded(arena_.check_invariants()));
  }
  EXPECT_EQ(rig_.chunks.out().size(), 0U) << "the first chunk came with the first mark";
}

// SR-ARENA-009
TEST_P(arenas, a_chunk_that_was_taken_for_a_mark_goes_with_it) {
  static_cast<void>(rig_.take(1024 - per_block())); // no room for a record
  const allocator_state before = arena_.state();
  const marker point = rig_.take_mark();
  EXPECT_EQ(rig_.chunks.out().size(), 2U);
  EXPECT_EQ(arena_.state().used_bytes, before.used_bytes);
  static_cast<void>(rig_.take(10));
  static_cast<void>(rig_.take(1000));
  ASSERT_TRUE(succeeded(arena_.restore(point)));
  EXPECT_EQ(rig_.chunks.out().size(), 1U);
  EXPECT_TRUE(same_but_failures(arena_.state(), [&] {
    allocator_state expected = before;
    expected.peak_bytes = arena_.state().peak_bytes;
    return expected;
  }()));
}

TEST_P(arenas, a_chunk_that_was_there_before_the_mark_stays) {
  static_cast<void>(rig_.take(1));
  ASSERT_TRUE(succeeded(arena_.reset()));
  const marker point = rig_.take_mark(); // in a chunk that is empty
  static_cast<void>(rig_.take(5000));
  ASSERT_TRUE(succeeded(arena_.restore(point)));
  EXPECT_EQ(rig_.chunks.out().size(), 1U);
}

// SR-ARENA-009
TEST_P(arenas, refuse_a_mark_that_the_source_has_no_chunk_for) {
  rig_.chunks.refusal = error_code::exhausted;
  EXPECT_TRUE(rig_.refuses(error_code::exhausted, [&] { return arena_.mark(); }));
  arena_rig full(tracks(), arena_growth::fixed, chunk_for(1024));
  static_cast<void>(full.take(1024 - per_block()));
  EXPECT_TRUE(full.refuses(error_code::over_capacity, [&] { return full.subject.mark(); }));
}

// SR-MARK-001, SR-ARENA-010
TEST_P(arenas, refuse_markers_that_are_spent_foreign_or_stale) {
  arena_rig other(tracks());
  const marker foreign = other.take_mark();
  EXPECT_TRUE(rig_.refuses(error_code::foreign_marker, [&] { return arena_.restore(foreign); }));
  EXPECT_TRUE(rig_.refuses(error_code::foreign_marker, [&] { return arena_.restore(marker{}); }));
  const marker outer = rig_.take_mark();
  static_cast<void>(rig_.take(640));
  static_cast<void>(rig_.take(640));
  const marker inner = rig_.take_mark();
  ASSERT_TRUE(succeeded(arena_.restore(outer)));
  EXPECT_TRUE(rig_.refuses(error_code::spent_marker, [&] { return arena_.restore(inner); })) << "nothing is there";
  for (int index = 0; index < 5; ++index) {
    static_cast<void>(rig_.take(600));
    static_cast<void>(rig_.take_mark());
  }
  EXPECT_TRUE(rig_.refuses(error_code::spent_marker, [&] { return arena_.restore(inner); }));
  EXPECT_TRUE(rig_.refuses(error_code::spent_marker, [&] { return arena_.restore(outer); }));
  marker forged = rig_.take_mark();
  const marker good = forged;
  forged.depth = size_max;
  EXPECT_TRUE(rig_.refuses(error_code::spent_marker, [&] { return arena_.restore(forged); }));
  forged.depth = good.depth - 1;
  EXPECT_TRUE(rig_.refuses(error_code::spent_marker, [&] { return arena_.restore(forged); }));
  ASSERT_TRUE(succeeded(arena_.reset()));
  EXPECT_TRUE(rig_.refuses(error_code::stale_marker, [&] { return arena_.restore(good); }));
  static_cast<void>(rig_.take_mark());
  EXPECT_TRUE(rig_.refuses(error_code::stale_marker, [&] { return arena_.restore(good); }));
}

TEST_P(arenas, give_back_at_the_end_of_a_scope_the_chunks_taken_inside) {
  static_cast<void>(rig_.take(10));
  {
    const arena_scope outer(arena_);
    static_cast<void>(rig_.take(2000));
    {
      const scope inner(arena_);
      static_cast<void>(rig_.take(3000));
      EXPECT_EQ(rig_.chunks.out().size(), 4U) << "one was taken for the inner mark";
    }
    EXPECT_EQ(rig_.chunks.out().size(), 2U);
  }
  EXPECT_EQ(rig_.chunks.out().size(), 1U);
  EXPECT_EQ(arena_.state().used_bytes, 10U);
  EXPECT_EQ(rig_.log.count(), 0U);
}

TEST_P(arenas, serve_frames) {
  frame<arena> outer(arena_);
  ASSERT_TRUE(succeeded(outer.allocate({3000, 8})));
  {
    frame<arena> inner(arena_);
    ASSERT_TRUE(succeeded(inner.allocate({3000, 8})));
    EXPECT_TRUE(failed_with(outer.allocate({1, 1}), error_code::lifo_violation)) << "not the innermost";
  }
  EXPECT_TRUE(succeeded(outer.allocate({1, 1})));
  EXPECT_TRUE(succeeded(arena_.check_invariants()));
}

// --- everything back

// SR-ARENA-005
TEST_P(arenas, reset_gives_back_everything_but_the_first_chunk) {
  std::byte* const first = rig_.take(100);
  const byte_span first_chunk = rig_.chunks.out().front();
  for (int index = 0; index < 10; ++index) {
    static_cast<void>(rig_.take(1000));
    static_cast<void>(rig_.take_mark());
  }
  const std::size_t peak = arena_.state().used_bytes;
  ASSERT_TRUE(succeeded(arena_.reset()));
  ASSERT_EQ(rig_.chunks.out().size(), 1U);
  EXPECT_EQ(rig_.chunks.out().front().data, first_chunk.data);
  EXPECT_TRUE(rig_.chunks.was_last_in_first_out());
  const allocator_state state = arena_.state();
  EXPECT_EQ(state.used_bytes, 0U);
  EXPECT_EQ(state.live_blocks, 0U);
  EXPECT_EQ(state.peak_bytes, peak);
  EXPECT_EQ(state.capacity_bytes, first_chunk.size);
  EXPECT_EQ(state.available_bytes, 1024 - per_block());
  EXPECT_EQ(arena_.mark_count(), 0U);
  EXPECT_TRUE(rig_.refuses(error_code::double_free, [&] { return arena_.deallocate(first, {100, 1}); }));
  const std::size_t acquired = rig_.chunks.acquired();
  EXPECT_EQ(rig_.take(100), first);
  EXPECT_EQ(rig_.chunks.acquired(), acquired) << "the source was not asked again";
}

// SR-ARENA-006
TEST_P(arenas, give_all_chunks_back_when_they_end) {
  for (const std::size_t blocks : {0U, 1U, 30U}) {
    recording_source chunks;
    {
      arena_config made_of = rig_.made_of;
      made_of.source = chunks.source();
      arena subject(made_of.validate().value());
      for (std::size_t index = 0; index < blocks; ++index) {
        ASSERT_TRUE(succeeded(subject.allocate({700, 1})));
      }
      EXPECT_EQ(chunks.out().size(), blocks);
    }
    EXPECT_TRUE(chunks.out().empty());
    EXPECT_TRUE(chunks.was_last_in_first_out());
  }
}

// --- statistics

// SR-ARENA-008
TEST_P(arenas, say_what_they_hold_and_what_they_have_ever_given) {
  static_cast<void>(rig_.take(10));
  std::byte* const block = rig_.take(20, 16);
  ASSERT_TRUE(succeeded(arena_.deallocate(block, {20, 16})));
  static_cast<void>(rig_.take(5000));
  arena_statistics said = arena_.statistics();
  EXPECT_EQ(said.total_allocated_bytes, 5030U);
  EXPECT_EQ(said.current_used_bytes, 5010U);
  EXPECT_EQ(said.chunk_count, 2U);
  EXPECT_EQ(said.largest_chunk_bytes, chunk_for(5000 + per_block()));
  ASSERT_TRUE(succeeded(arena_.reset()));
  said = arena_.statistics();
  EXPECT_EQ(said.total_allocated_bytes, 5030U);
  EXPECT_EQ(said.current_used_bytes, 0U);
  EXPECT_EQ(said.chunk_count, 1U);
  EXPECT_EQ(said.largest_chunk_bytes, chunk_for(1024));
}

// --- frees, not tracked

// SR-ARENA-004
TEST(arena_untracked, takes_back_the_last_block_and_no_other) {
  arena_rig rig(false);
  std::byte* const first = rig.take(10);
  std::byte* const second = rig.take(20, 16);
  const auto refuses = [&](error_code code, std::byte* block, layout allocated) {
    return rig.refuses(code, [&] { return rig.subject.deallocate(block, allocated); });
  };
  EXPECT_TRUE(refuses(error_code::null_pointer, nullptr, {10, 1}));
  EXPECT_TRUE(refuses(error_code::foreign_pointer, rig.chunks.out().front().data - 1, {10, 1}));
  EXPECT_TRUE(refuses(error_code::foreign_pointer, rig.chunks.out().front().data + chunk_for(1024), {10, 1}));
  EXPECT_TRUE(refuses(error_code::double_free, second + 20, {20, 16}));
  EXPECT_TRUE(refuses(error_code::layout_mismatch, second, {19, 16}));
  EXPECT_TRUE(refuses(error_code::layout_mismatch, second, {20, 8}));
  EXPECT_TRUE(refuses(error_code::misaligned_pointer, second + 1, {20, 16}));
  EXPECT_TRUE(refuses(error_code::not_last_block, first, {10, 1}));
  EXPECT_TRUE(refuses(error_code::not_last_block, rig.chunks.out().front().data, {10, 1})) << "the header";
  ASSERT_TRUE(succeeded(rig.subject.deallocate(second, {20, 16})));
  EXPECT_EQ(rig.subject.state().used_bytes, 10U) << "the padding, too";
  EXPECT_TRUE(refuses(error_code::double_free, second, {20, 16}));
  EXPECT_TRUE(refuses(error_code::not_last_block, first, {10, 1})) << "one level";
  std::byte* const third = rig.take(5);
  static_cast<void>(rig.take(1020));
  EXPECT_TRUE(refuses(error_code::not_last_block, third, {5, 1})) << "in an older chunk";
  std::byte* const fourth = rig.take(3);
  static_cast<void>(rig.take_mark());
  EXPECT_TRUE(refuses(error_code::not_last_block, fourth, {3, 1})) << "below a mark";
}

// --- frees, tracked

// SR-ARENA-004
TEST(arena_tracked, frees_each_block_once_in_any_order) {
  arena_rig rig;
  std::vector<std::byte*> blocks;
  for (std::size_t index = 0; index < 60; ++index) {
    blocks.push_back(rig.take(1 + index * 7 % 200, std::size_t{1} << (index % 7)));
  }
  const auto shape = [](std::size_t index) { return layout{1 + index * 7 % 200, std::size_t{1} << (index % 7)}; };
  EXPECT_GT(rig.chunks.out().size(), 3U);
  for (std::size_t step = 0; step < 60; ++step) {
    const std::size_t index = step * 37 % 60;
    ASSERT_TRUE(succeeded(rig.subject.deallocate(blocks[index], shape(index)))) << index;
    EXPECT_EQ(rig.subject.state().live_blocks, 59 - step);
    ASSERT_TRUE(rig.refuses(error_code::double_free, [&] {
      return rig.subject.deallocate(blocks[index], shape(index));
    })) << index;
  }
  ASSERT_TRUE(succeeded(rig.subject.reset()));
  EXPECT_EQ(rig.subject.state().live_blocks, 0U);
}

// SR-ARENA-004
TEST(arena_tracked, judges_every_address_of_its_chunks) {
  if constexpr (sizeof(void*) != 8) {
    GTEST_SKIP() << "with smaller records these blocks fit in one chunk";
  }
  arena_rig rig;
  std::vector<std::byte*> starts{rig.take(5), rig.take(8, 64), rig.take(8, 8), rig.take(900), rig.take(3)};
  const layout shapes[] = {{5, 1}, {8, 64}, {8, 8}, {900, 1}, {3, 1}};
  ASSERT_EQ(rig.chunks.out().size(), 2U);
  ASSERT_TRUE(succeeded(rig.subject.deallocate(starts[1], shapes[1])));
  const std::byte* const tops[] = {starts[2] + 8, starts[4] + 3};
  for (std::size_t chunk = 0; chunk < 2; ++chunk) {
    const byte_span span = rig.chunks.out()[chunk];
    for (std::byte* each = span.data; each < span.data + span.size; ++each) {
      error_code expected = error_code::misaligned_pointer;
      for (std::size_t index = 0; index < 5; ++index) {
        expected =
            each == starts[index] ? index == 1 ? error_code::double_free : error_code::layout_mismatch : expected;
      }
      expected = each >= tops[chunk] ? error_code::double_free : expected;
      ASSERT_TRUE(rig.refuses(expected, [&] { return rig.subject.deallocate(each, {77, 2}); }))
          << chunk << ' ' << each - span.data;
    }
    EXPECT_TRUE(
        rig.refuses(error_code::foreign_pointer, [&] { return rig.subject.deallocate(span.data - 1, {1, 1}); }));
    EXPECT_TRUE(rig.refuses(error_code::foreign_pointer,
                            [&] { return rig.subject.deallocate(span.data + span.size, {1, 1}); }));
  }
  EXPECT_TRUE(rig.refuses(error_code::null_pointer, [&] { return rig.subject.deallocate(nullptr, {1, 1}); }));
  for (const layout wrong : {layout{4, 1}, layout{6, 1}, layout{5, 2}, layout{0, 1}, layout{5, 0}}) {
    EXPECT_TRUE(rig.refuses(error_code::layout_mismatch, [&] { return rig.subject.deallocate(starts[0], wrong); }));
  }
}

// SR-ARENA-004
TEST(arena_tracked, gives_the_bytes_of_the_last_block_back_at_once) {
  arena_rig rig;
  std::byte* const first = rig.take(10);
  const std::size_t used = rig.subject.state().used_bytes;
  std::byte* const second = rig.take(20, 64);
  std::byte* const third = rig.take(30);
  ASSERT_TRUE(succeeded(rig.subject.deallocate(third, {30, 1})));
  ASSERT_TRUE(succeeded(rig.subject.deallocate(second, {20, 64})));
  EXPECT_EQ(rig.subject.state().used_bytes, used);
  EXPECT_EQ(rig.take(20, 64), second) << "its place is free again";
  ASSERT_TRUE(succeeded(rig.subject.deallocate(first, {10, 1})));
  EXPECT_GT(rig.subject.state().used_bytes, used) << "not the last: its bytes stay until a restore or a reset";
  EXPECT_EQ(rig.subject.state().live_blocks, 1U);
}

// SR-ARENA-010
TEST(arena_tracked, counts_what_was_freed_below_a_mark) {
  arena_rig rig;
  std::byte* const below = rig.take(10);
  static_cast<void>(rig.take(1000));
  const marker point = rig.take_mark();
  static_cast<void>(rig.take(500));
  std::byte* const above = rig.take(600);
  static_cast<void>(rig.take(700));
  ASSERT_TRUE(succeeded(rig.subject.deallocate(below, {10, 1})));
  ASSERT_TRUE(succeeded(rig.subject.deallocate(above, {600, 1})));
  EXPECT_EQ(rig.subject.state().live_blocks, 3U);
  ASSERT_TRUE(succeeded(rig.subject.restore(point)));
  EXPECT_EQ(rig.subject.state().live_blocks, 1U);
  EXPECT_TRUE(succeeded(rig.subject.check_invariants()));
  EXPECT_TRUE(rig.refuses(error_code::double_free, [&] { return rig.subject.deallocate(below, {10, 1}); }));
}

TEST(arena_tracked, an_overrun_of_a_block_meets_the_next_block_or_free_space_and_no_metadata) {
  arena_rig rig;
  std::byte* const first = rig.take(16);
  std::byte* const second = rig.take(16);
  for (std::size_t place = 0; place < 16 + 64; ++place) {
    verify::write_astray(first + 16 + place);
    verify::write_astray(second + 16 + place);
  }
  EXPECT_TRUE(succeeded(rig.subject.check_invariants()));
  EXPECT_TRUE(succeeded(rig.subject.deallocate(first, {16, 1})));
  EXPECT_TRUE(succeeded(rig.subject.deallocate(second, {16, 1})));
}

// --- sources that refuse or misbehave

// SR-ARENA-003
TEST_P(arenas, pass_on_the_code_of_a_source_that_refuses) {
  for (const error_code code : {error_code::exhausted, error_code::contended, error_code::over_budget,
                                error_code::layout_unsupported, error_code::corrupted}) {
    rig_.chunks.refusal = code;
    EXPECT_TRUE(rig_.refuses(code, [&] { return arena_.allocate({8, 8}); }));
    EXPECT_TRUE(rig_.refuses(code, [&] { return arena_.mark(); }));
  }
  EXPECT_FALSE(arena_.is_corrupted()) << "the source is, not the arena";
  rig_.chunks.refusal = error_code::lifo_violation; // a misuse, by whomever
  EXPECT_TRUE(rig_.refuses(error_code::lifo_violation, [&] { return arena_.allocate({8, 8}); }));
  rig_.chunks.refusal = error_code::none;
  static_cast<void>(rig_.take(8, 8));
  EXPECT_EQ(arena_.statistics().chunk_count, 1U);
}

// SR-CHUNK-001
TEST_P(arenas, give_back_a_chunk_that_is_not_as_they_asked) {
  static_cast<void>(rig_.take(8));
  const auto refuses = [&](error_code code, std::function<byte_span(byte_span)> instead) {
    rig_.chunks.instead = std::move(instead);
    const testing::AssertionResult as_expected = rig_.refuses(code, [&] { return arena_.allocate({5000, 8}); });
    rig_.chunks.instead = nullptr;
    return as_expected;
  };
  EXPECT_TRUE(
      refuses(error_code::layout_mismatch, [](byte_span chunk) { return byte_span{chunk.data, chunk.size - 1}; }));
  EXPECT_TRUE(refuses(error_code::layout_mismatch, [](byte_span chunk) { return byte_span{chunk.data, 0}; }));
  EXPECT_TRUE(refuses(error_code::layout_mismatch, [](byte_span chunk) { return byte_span{chunk.data, size_max}; }));
  EXPECT_TRUE(
      refuses(error_code::misaligned_pointer, [](byte_span chunk) { return byte_span{chunk.data + 1, chunk.size}; }));
  EXPECT_TRUE(refuses(error_code::misaligned_pointer,
                      [](byte_span chunk) { return byte_span{chunk.data + chunk_align_bytes / 2, chunk.size}; }));
  EXPECT_EQ(rig_.chunks.out().size(), 1U) << "each went back";
  EXPECT_TRUE(refuses(error_code::null_pointer, [](byte_span chunk) { return byte_span{nullptr, chunk.size}; }));
  EXPECT_EQ(rig_.chunks.out().size(), 2U) << "there was nothing to go back";
}

// SR-CHUNK-001
TEST_P(arenas, use_all_of_a_chunk_that_is_larger_than_asked_within_the_maximal_capacity) {
  arena_rig rig(tracks(), arena_growth::fixed, chunk_for(1024) + chunk_for(2000));
  rig.chunks.instead = [](byte_span chunk) { return byte_span{chunk.data, chunk.size + chunk_align_bytes}; };
  static_cast<void>(rig.take(8));
  static_cast<void>(rig.take(rig.subject.state().available_bytes));
  EXPECT_EQ(rig.subject.state().capacity_bytes, chunk_for(1024) + chunk_align_bytes);
  EXPECT_EQ(rig.subject.statistics().chunk_count, 1U);
  const std::size_t most = 2000 - per_block() - chunk_align_bytes;
  EXPECT_TRUE(rig.refuses(error_code::over_capacity, [&] { return rig.subject.allocate({most, 1}); }));
  EXPECT_EQ(rig.chunks.out().size(), 1U) << "it went back";
  rig.chunks.instead = nullptr;
  static_cast<void>(rig.take(most));
}

// --- audits

TEST_P(arenas, an_audit_in_steps_is_the_whole_check) {
  for (std::size_t round = 0; round < 10; ++round) {
    const std::size_t records = (tracks() ? arena_.state().live_blocks : 0) + arena_.mark_count();
    const std::size_t whole = arena_.statistics().chunk_count + records + 1;
    for (std::size_t steps = 1; steps <= whole + 1; ++steps) {
      audit_cursor cursor;
      std::size_t calls = 1;
      while (!arena_.audit(cursor, steps).value()) {
        ASSERT_LE(++calls, whole);
      }
      EXPECT_EQ(calls, (whole + steps - 1) / steps);
    }
    audit_cursor none;
    EXPECT_FALSE(arena_.audit(none, 0).value());
    if (round % 3 == 1) {
      static_cast<void>(rig_.take_mark());
    } else {
      static_cast<void>(rig_.take(300, 8));
    }
  }
}

TEST_P(arenas, an_audit_begins_anew_when_records_or_chunks_have_changed) {
  std::vector<std::byte*> blocks;
  for (int index = 0; index < 8; ++index) {
    blocks.push_back(rig_.take(300));
    static_cast<void>(rig_.take_mark());
  }
  audit_cursor cursor;
  ASSERT_FALSE(arena_.audit(cursor, 6).value());
  static_cast<void>(rig_.take_mark());
  ASSERT_FALSE(arena_.audit(cursor, 6).value());
  if (tracks()) {
    ASSERT_TRUE(succeeded(arena_.deallocate(blocks[6], {300, 1}))); // one that was counted as live
    ASSERT_FALSE(arena_.audit(cursor, 6).value());
  }
  ASSERT_TRUE(succeeded(arena_.reset()));
  EXPECT_TRUE(arena_.audit(cursor, 6).value());
}

TEST(arena, an_audit_with_the_cursor_of_a_larger_one_begins_anew) {
  arena_rig large;
  arena_rig small;
  for (int index = 0; index < 30; ++index) {
    static_cast<void>(large.take(500));
    std::byte* const block = small.take(500);
    if (index < 29) {
      ASSERT_TRUE(succeeded(small.subject.deallocate(block, {500, 1})));
    }
  }
  audit_cursor cursor;
  ASSERT_FALSE(large.subject.audit(cursor, 40).value());
  EXPECT_TRUE(small.subject.audit(cursor, 100).value());
  EXPECT_EQ(small.log.count(), 0U);
}

} // namespace
