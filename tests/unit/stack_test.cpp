// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "metadata_access.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

constexpr std::size_t size_max = std::numeric_limits<std::size_t>::max();
constexpr std::size_t storage_size = 512;
constexpr std::size_t record = static_stack<storage_size>::record_bytes();
constexpr std::size_t capacity = storage_size - record;

template <class Stack>
class stacks : public testing::Test {
protected:
  fault_log log_{};

private:
  storage<1024> storage_{};
  Stack make() {
    if constexpr (std::is_constructible_v<Stack, fault_hook>) {
      return Stack(log_.hook());
    } else {
      return Stack(stack_config{storage_.span(64, storage_size), log_.hook()}.validate().value());
    }
  }

protected:
  Stack stack_ = make();

  std::byte* take(std::size_t size, std::size_t align = 1) {
    const result<std::byte*> block = stack_.allocate({size, align});
    EXPECT_TRUE(succeeded(block));
    return block.value();
  }
  marker take_mark() {
    const result<marker> point = stack_.mark();
    EXPECT_TRUE(succeeded(point));
    return point.value();
  }
};

class kind_names {
public:
  template <class Stack>
  static std::string GetName(int index) { // GoogleTest's spelling
    return index == 0 ? "lent" : "static_storage";
  }
};
using kinds = testing::Types<stack_allocator, static_stack<storage_size>>;
TYPED_TEST_SUITE(stacks, kinds, kind_names);

// SR-STACK-001, SR-STACK-002
TYPED_TEST(stacks, free_in_reverse_order_and_restore_exactly_what_was) {
  struct taken {
    std::byte* block;
    layout request;
    std::size_t used_before;
  };
  std::vector<taken> blocks;
  for (const layout request : {layout{1, 1}, layout{8, 8}, layout{3, 64}, layout{5, 2}, layout{16, 32}}) {
    const std::size_t used = this->stack_.state().used_bytes;
    std::byte* const block = this->take(request.size, request.align);
    EXPECT_TRUE(is_aligned(block, request.align));
    paint(block, request.size, 0xEE);
    blocks.push_back({block, request, used});
    ASSERT_TRUE(succeeded(this->stack_.check_invariants()));
  }
  EXPECT_EQ(this->stack_.state().live_blocks, 5U);
  for (; !blocks.empty(); blocks.pop_back()) {
    EXPECT_TRUE(succeeded(this->stack_.deallocate(blocks.back().block, blocks.back().request)));
    EXPECT_EQ(this->stack_.state().used_bytes, blocks.back().used_before);
    ASSERT_TRUE(succeeded(this->stack_.check_invariants()));
  }
  EXPECT_EQ(this->stack_.state().live_blocks, 0U);
}

// SR-STACK-002
TYPED_TEST(stacks, refuse_any_other_order) {
  std::byte* const first = this->take(8);
  std::byte* const second = this->take(8);
  std::byte* const third = this->take(8);
  EXPECT_TRUE(refused(this->stack_, this->log_, error_code::lifo_violation,
                      [&] { return this->stack_.deallocate(first, {8, 1}); }));
  EXPECT_TRUE(refused(this->stack_, this->log_, error_code::lifo_violation,
                      [&] { return this->stack_.deallocate(second, {8, 1}); }));
  EXPECT_TRUE(succeeded(this->stack_.deallocate(third, {8, 1})));
  EXPECT_TRUE(refused(this->stack_, this->log_, error_code::lifo_violation,
                      [&] { return this->stack_.deallocate(first, {8, 1}); }));
  EXPECT_TRUE(succeeded(this->stack_.deallocate(second, {8, 1})));
  EXPECT_TRUE(succeeded(this->stack_.deallocate(first, {8, 1})));
}

// SR-STACK-002
TYPED_TEST(stacks, refuse_wrong_pointers_each_with_its_reason) {
  std::byte* const first = this->take(5);
  std::byte* const second = this->take(8, 64); // 59 bytes of padding before it
  std::byte* const third = this->take(8, 8);
  std::byte foreign{};
  const layout right{8, 8};
  const auto refuses = [&](error_code code, std::byte* block) {
    return refused(this->stack_, this->log_, code, [&] { return this->stack_.deallocate(block, right); });
  };
  EXPECT_TRUE(refuses(error_code::null_pointer, nullptr));
  EXPECT_TRUE(refuses(error_code::foreign_pointer, &foreign));
  EXPECT_TRUE(refuses(error_code::foreign_pointer, first - 1));
  EXPECT_TRUE(refuses(error_code::foreign_pointer, first + storage_size));
  EXPECT_TRUE(refuses(error_code::double_free, third + 8));
  EXPECT_TRUE(refuses(error_code::double_free, first + storage_size - 1)) << "the records are no blocks";
  for (std::byte* inside = first; inside < third + 8; ++inside) {
    if (inside == third) {
      continue;
    }
    const bool is_block = inside == first || inside == second;
    ASSERT_TRUE(refuses(is_block ? error_code::lifo_violation : error_code::misaligned_pointer, inside))
        << inside - first;
  }
}

TYPED_TEST(stacks, refuse_a_block_that_was_freed_already) {
  std::byte* const block = this->take(8);
  ASSERT_TRUE(succeeded(this->stack_.deallocate(block, {8, 1})));
  EXPECT_TRUE(refused(this->stack_, this->log_, error_code::double_free,
                      [&] { return this->stack_.deallocate(block, {8, 1}); }));
}

TYPED_TEST(stacks, refuse_a_layout_that_is_not_the_blocks_own) {
  std::byte* const block = this->take(32, 8);
  for (const layout wrong :
       {layout{31, 8}, layout{33, 8}, layout{32, 4}, layout{32, 16}, layout{0, 8}, layout{32, 0}, layout{8, 8}}) {
    EXPECT_TRUE(refused(this->stack_, this->log_, error_code::layout_mismatch,
                        [&] { return this->stack_.deallocate(block, wrong); }));
  }
  EXPECT_TRUE(succeeded(this->stack_.deallocate(block, {32, 8})));
}

TYPED_TEST(stacks, refuse_malformed_layouts_and_those_that_can_never_fit) {
  for (const layout malformed : {layout{0, 1}, layout{0, 0}, layout{8, 0}, layout{8, 24}, layout{size_max, 3}}) {
    EXPECT_TRUE(refused(this->stack_, this->log_, error_code::invalid_layout,
                        [&] { return this->stack_.allocate(malformed); }));
  }
  for (std::size_t k = 0; k <= 64; ++k) {
    for (std::size_t align = 1; align <= 64; align *= 2) {
      ASSERT_TRUE(refused(this->stack_, this->log_, error_code::layout_unsupported,
                          [&] { return this->stack_.allocate({size_max - k, align}); }));
    }
  }
  EXPECT_TRUE(refused(this->stack_, this->log_, error_code::layout_unsupported,
                      [&] { return this->stack_.allocate({capacity + 1, 1}); }));
  EXPECT_TRUE(refused(this->stack_, this->log_, error_code::layout_unsupported,
                      [&] { return this->stack_.allocate({1, (size_max >> 1U) + 1}); }));
}

TYPED_TEST(stacks, give_all_that_a_record_leaves) {
  EXPECT_EQ(this->stack_.state().capacity_bytes, capacity);
  EXPECT_EQ(this->stack_.state().available_bytes, capacity);
  std::byte* const block = this->take(capacity);
  paint(block, capacity, 0xFF);
  EXPECT_TRUE(succeeded(this->stack_.check_invariants()));
  EXPECT_EQ(this->stack_.state().available_bytes, 0U);
  EXPECT_TRUE(refused(this->stack_, this->log_, error_code::exhausted, [&] { return this->stack_.allocate({1, 1}); }));
  EXPECT_TRUE(refused(this->stack_, this->log_, error_code::exhausted, [&] { return this->stack_.mark(); }));
  EXPECT_TRUE(succeeded(this->stack_.deallocate(block, {capacity, 1})));
}

TYPED_TEST(stacks, serve_what_they_say_is_available_and_not_one_byte_more) {
  static_cast<void>(this->take(10));
  while (this->stack_.state().available_bytes > 0) {
    const std::size_t available = this->stack_.state().available_bytes;
    ASSERT_TRUE(refused(this->stack_, this->log_, error_code::exhausted,
                        [&] { return this->stack_.allocate({available + 1, 1}); }));
    std::byte* const whole = this->take(available);
    ASSERT_TRUE(succeeded(this->stack_.deallocate(whole, {available, 1})));
    static_cast<void>(this->take(1));
  }
  EXPECT_TRUE(refused(this->stack_, this->log_, error_code::exhausted, [&] { return this->stack_.allocate({1, 1}); }));
}

// SR-MARK-005
TYPED_TEST(stacks, a_mark_lies_on_top_of_the_blocks_below_it) {
  std::byte* const below = this->take(8);
  const marker point = this->take_mark();
  EXPECT_EQ(this->stack_.mark_count(), 1U);
  EXPECT_TRUE(refused(this->stack_, this->log_, error_code::lifo_violation,
                      [&] { return this->stack_.deallocate(below, {8, 1}); }));
  EXPECT_TRUE(refused(this->stack_, this->log_, error_code::misaligned_pointer,
                      [&] { return this->stack_.deallocate(below + 1, {8, 1}); }));
  std::byte* const above = this->take(8, 8);
  EXPECT_TRUE(succeeded(this->stack_.deallocate(above, {8, 8}))) << "blocks above it are freed as ever";
  ASSERT_TRUE(succeeded(this->stack_.restore(point)));
  EXPECT_EQ(this->stack_.mark_count(), 0U);
  EXPECT_TRUE(succeeded(this->stack_.deallocate(below, {8, 1})));
}

// SR-MARK-006
TYPED_TEST(stacks, a_restore_frees_what_lies_above_the_mark) {
  std::byte* const kept = this->take(10);
  paint(kept, 10, 0x22);
  const marker outer = this->take_mark();
  static_cast<void>(this->take(20, 16));
  const marker inner = this->take_mark();
  static_cast<void>(this->take(30));
  EXPECT_EQ(this->stack_.state().live_blocks, 3U);
  ASSERT_TRUE(succeeded(this->stack_.check_invariants()));
  ASSERT_TRUE(succeeded(this->stack_.restore(inner)));
  EXPECT_EQ(this->stack_.state().live_blocks, 2U);
  ASSERT_TRUE(succeeded(this->stack_.restore(outer)));
  EXPECT_EQ(this->stack_.state().live_blocks, 1U);
  EXPECT_EQ(this->stack_.state().used_bytes, 10U);
  EXPECT_EQ(this->stack_.state().available_bytes, storage_size - 10 - 2 * record);
  EXPECT_TRUE(is_painted(kept, 10, 0x22));
  EXPECT_TRUE(succeeded(this->stack_.deallocate(kept, {10, 1})));
}

// SR-MARK-001, SR-MARK-006
TYPED_TEST(stacks, refuse_markers_that_are_spent_foreign_or_stale) {
  static_stack<256> other;
  const marker foreign = other.mark().value();
  EXPECT_TRUE(
      refused(this->stack_, this->log_, error_code::foreign_marker, [&] { return this->stack_.restore(foreign); }));
  EXPECT_TRUE(
      refused(this->stack_, this->log_, error_code::foreign_marker, [&] { return this->stack_.restore(marker{}); }));
  const marker outer = this->take_mark();
  static_cast<void>(this->take(64));
  const marker inner = this->take_mark();
  ASSERT_TRUE(succeeded(this->stack_.restore(outer)));
  static_cast<void>(this->take(128));
  static_cast<void>(this->take(8));
  EXPECT_TRUE(refused(this->stack_, this->log_, error_code::spent_marker, [&] { return this->stack_.restore(inner); }));
  EXPECT_TRUE(refused(this->stack_, this->log_, error_code::spent_marker, [&] { return this->stack_.restore(outer); }));
  marker forged = this->take_mark();
  const marker good = forged;
  forged.depth = size_max;
  EXPECT_TRUE(
      refused(this->stack_, this->log_, error_code::spent_marker, [&] { return this->stack_.restore(forged); }));
  ASSERT_TRUE(succeeded(this->stack_.reset()));
  EXPECT_TRUE(refused(this->stack_, this->log_, error_code::stale_marker, [&] { return this->stack_.restore(good); }));
  static_cast<void>(this->take_mark());
  EXPECT_TRUE(refused(this->stack_, this->log_, error_code::stale_marker, [&] { return this->stack_.restore(good); }));
}

// SR-STACK-003
TYPED_TEST(stacks, reset_frees_everything_and_keeps_the_peak) {
  std::byte* const block = this->take(100);
  static_cast<void>(this->take_mark());
  ASSERT_TRUE(succeeded(this->stack_.reset()));
  const allocator_state state = this->stack_.state();
  EXPECT_EQ(state.used_bytes, 0U);
  EXPECT_EQ(state.live_blocks, 0U);
  EXPECT_EQ(state.available_bytes, capacity);
  EXPECT_EQ(state.peak_bytes, 100U);
  EXPECT_EQ(this->stack_.mark_count(), 0U);
  EXPECT_TRUE(refused(this->stack_, this->log_, error_code::double_free,
                      [&] { return this->stack_.deallocate(block, {100, 1}); }));
}

TYPED_TEST(stacks, an_overrun_of_the_top_block_meets_free_space) {
  std::byte* const below = this->take(16);
  std::byte* const block = this->take(16);
  paint(block, 16 + 64, 0x5A); // 64 bytes too many
  EXPECT_TRUE(succeeded(this->stack_.check_invariants()));
  EXPECT_TRUE(succeeded(this->stack_.deallocate(block, {16, 1})));
  EXPECT_TRUE(succeeded(this->stack_.deallocate(below, {16, 1})));
}

TYPED_TEST(stacks, own_all_of_their_storage_and_nothing_else) {
  std::byte* const begin = this->take(1);
  EXPECT_TRUE(this->stack_.owns(begin));
  EXPECT_TRUE(this->stack_.owns(begin + storage_size - 1));
  EXPECT_FALSE(this->stack_.owns(begin + storage_size));
  EXPECT_FALSE(this->stack_.owns(begin - 1));
  EXPECT_FALSE(this->stack_.owns(nullptr));
}

TYPED_TEST(stacks, audit_in_steps_is_the_whole_check) {
  for (std::size_t records = 0; records < 8; ++records) {
    for (std::size_t steps = 1; steps <= records + 2; ++steps) {
      audit_cursor cursor;
      std::size_t calls = 1;
      while (!this->stack_.audit(cursor, steps).value()) {
        ASSERT_LE(++calls, records + 1);
      }
      EXPECT_EQ(calls, (records + 1 + steps - 1) / steps) << "one step for each block and mark, and one";
    }
    audit_cursor none;
    EXPECT_FALSE(this->stack_.audit(none, 0).value());
    if (records % 3 == 1) {
      static_cast<void>(this->take_mark());
    } else {
      static_cast<void>(this->take(records + 1, 8));
    }
  }
}

TYPED_TEST(stacks, audit_begins_anew_when_the_stack_has_changed) {
  for (int block = 0; block < 4; ++block) {
    static_cast<void>(this->take(4));
  }
  std::byte* const top = this->take(4);
  audit_cursor cursor;
  ASSERT_FALSE(this->stack_.audit(cursor, 4).value());
  EXPECT_EQ(cursor.position, 4U);
  ASSERT_TRUE(succeeded(this->stack_.deallocate(top, {4, 1})));
  ASSERT_FALSE(this->stack_.audit(cursor, 1).value());
  EXPECT_EQ(cursor.position, 1U);
  ASSERT_EQ(this->take(4), top);
  ASSERT_FALSE(this->stack_.audit(cursor, 1).value());
  EXPECT_EQ(cursor.position, 1U) << "the same block again, and yet another record";
}

TYPED_TEST(stacks, refuse_every_call_when_corrupted) {
  std::byte* const block = this->take(8);
  const marker point = this->take_mark();
  metadata_access::latch(this->stack_).store(1, memory_order::relaxed);
  EXPECT_TRUE(this->stack_.is_corrupted());
  EXPECT_TRUE(failed_with(this->stack_.allocate({1, 1}), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->stack_.deallocate(block, {8, 1}), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->stack_.mark(), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->stack_.restore(point), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->stack_.reset(), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->stack_.check_invariants(), error_code::corrupted));
  audit_cursor cursor;
  EXPECT_TRUE(failed_with(this->stack_.audit(cursor, 1), error_code::corrupted));
}

TEST(stack_config, refuses_no_storage_too_little_and_storage_that_wraps) {
  storage<64> lent;
  const error wrong{error_code::invalid_configuration, operation::configure, component::stack_allocator,
                    configuration_field::storage};
  EXPECT_EQ((stack_config{{nullptr, 64}, {}}.validate().error()), wrong);
  EXPECT_EQ((stack_config{{lent.span().data, 0}, {}}.validate().error()), wrong);
  EXPECT_EQ((stack_config{{lent.span().data, record}, {}}.validate().error()), wrong);
  EXPECT_EQ((stack_config{{lent.span().data, size_max}, {}}.validate().error()), wrong);
  EXPECT_TRUE(succeeded(stack_config{{lent.span().data, record + 1}, {}}.validate()));
}

TEST(stack_config, no_plan_makes_an_allocator_that_refuses_everything) {
  stack_allocator stack{stack_plan{}};
  EXPECT_TRUE(failed_with(stack.allocate({1, 1}), error_code::layout_unsupported));
  EXPECT_TRUE(failed_with(stack.mark(), error_code::exhausted));
  EXPECT_TRUE(failed_with(stack.deallocate(nullptr, {1, 1}), error_code::null_pointer));
  EXPECT_EQ(stack.state().capacity_bytes, 0U);
  EXPECT_TRUE(succeeded(stack.check_invariants()));
}

TEST(stack_config, blocks_are_aligned_in_storage_of_any_alignment) {
  storage<1024> lent;
  for (std::size_t offset = 0; offset < 130; ++offset) {
    stack_allocator stack(stack_config{lent.span(offset, 800), {}}.validate().value());
    for (std::size_t align = 1; align <= 128; align *= 2) {
      const result<std::byte*> block = stack.allocate({1, align});
      ASSERT_TRUE(succeeded(block));
      ASSERT_TRUE(is_aligned(block.value(), align));
    }
    ASSERT_TRUE(succeeded(stack.check_invariants()));
  }
}

// A marker of an allocator that stood here before, or of nobody, may have the place and serial of a block's record.
TEST(stack_marker, refuses_one_that_names_a_block) {
  static storage<512> lent;
  stack_allocator stack(stack_config{lent.span(), {}}.validate().value());
  ASSERT_TRUE(stack.allocate({16, 8}).has_value());
  EXPECT_EQ(stack.restore(marker{&stack, 0, 1, 0}).code(), error_code::spent_marker);
  EXPECT_FALSE(stack.is_corrupted());
  EXPECT_EQ(stack.state().live_blocks, 1U);
}

// SR-STACK-005
TEST(stack_resize, grows_and_shrinks_the_top_in_its_place_and_keeps_what_both_sizes_have) {
  fault_log log;
  static_stack<400> stack(log.hook());
  std::byte* const below = stack.allocate({10, 1}).value();
  std::byte* const top = stack.allocate({8, 8}).value();
  top[7] = std::byte{7};
  ASSERT_TRUE(succeeded(stack.resize_top(top, {8, 8}, 100)));
  EXPECT_EQ(top[7], std::byte{7});
  EXPECT_EQ(stack.state().used_bytes, static_cast<std::size_t>(top - below) + 100);
  EXPECT_EQ(stack.deallocate(top, {8, 8}).code(), error_code::layout_mismatch);
  ASSERT_TRUE(succeeded(stack.resize_top(top, {100, 8}, 1)));
  EXPECT_EQ(stack.state().used_bytes, static_cast<std::size_t>(top - below) + 1);
  EXPECT_EQ(stack.state().peak_bytes, static_cast<std::size_t>(top - below) + 100);
  ASSERT_TRUE(succeeded(stack.deallocate(top, {1, 8})));
  EXPECT_EQ(stack.state().used_bytes, 10U);
}

// SR-STACK-005
TEST(stack_resize, refuses_what_does_not_fit_and_what_is_not_the_top) {
  fault_log log;
  static_stack<400> stack(log.hook());
  std::byte* const below = stack.allocate({10, 1}).value();
  std::byte* const top = stack.allocate({8, 8}).value();
  const std::size_t record_size = static_stack<400>::record_bytes();
  const std::size_t most = 400 - 2 * record_size - static_cast<std::size_t>(top - below);
  EXPECT_EQ(stack.resize_top(top, {8, 8}, most + 1).code(), error_code::exhausted);
  EXPECT_EQ(stack.resize_top(top, {8, 8}, 400 - record_size + 1).code(), error_code::layout_unsupported);
  EXPECT_EQ(stack.resize_top(top, {8, 8}, ~std::size_t{0}).code(), error_code::layout_unsupported);
  EXPECT_EQ(stack.resize_top(top, {8, 8}, 0).code(), error_code::invalid_layout);
  EXPECT_EQ(log.count(), 0U);
  EXPECT_EQ(stack.resize_top(below, {10, 1}, 11).code(), error_code::lifo_violation);
  EXPECT_EQ(stack.resize_top(top, {9, 8}, 11).code(), error_code::layout_mismatch);
  EXPECT_EQ(stack.resize_top(top + 1, {8, 8}, 11).code(), error_code::misaligned_pointer);
  EXPECT_EQ(stack.resize_top(nullptr, {8, 8}, 11).code(), error_code::null_pointer);
  EXPECT_EQ(stack.resize_top(top + 8, {8, 8}, 11).code(), error_code::double_free);
  EXPECT_EQ(log.count(), 5U);
  EXPECT_EQ(log.last().what.during, operation::resize);
  ASSERT_TRUE(succeeded(stack.resize_top(top, {8, 8}, most))) << "to the last byte";
  EXPECT_EQ(stack.state().available_bytes, 0U);
}

} // namespace
