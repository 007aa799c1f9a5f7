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
constexpr std::size_t capacity = 512;

template <class Bump>
class bumps : public testing::Test {
protected:
  fault_log log_{};

private:
  storage<1024> storage_{};
  Bump make() {
    if constexpr (std::is_constructible_v<Bump, fault_hook>) {
      return Bump(log_.hook());
    } else {
      return Bump(bump_config{storage_.span(64, capacity), log_.hook()}.validate().value());
    }
  }

protected:
  Bump bump_ = make();

  std::byte* take(std::size_t size, std::size_t align = 1) {
    const result<std::byte*> block = bump_.allocate({size, align});
    EXPECT_TRUE(succeeded(block));
    return block.value();
  }
  marker take_mark() {
    const result<marker> point = bump_.mark();
    EXPECT_TRUE(succeeded(point));
    return point.value();
  }
};

class kind_names {
public:
  template <class Bump>
  static std::string GetName(int index) { // GoogleTest's spelling
    return index == 0 ? "lent" : "static_storage";
  }
};
using kinds = testing::Types<bump_allocator, static_bump<capacity>>;
TYPED_TEST_SUITE(bumps, kinds, kind_names);

// SR-BUMP-001
TYPED_TEST(bumps, give_aligned_blocks_one_after_the_other) {
  std::byte* end = nullptr;
  for (const std::size_t align : {1U, 16U, 2U, 64U, 8U, 32U}) {
    std::byte* const block = this->take(3, align);
    EXPECT_TRUE(is_aligned(block, align));
    EXPECT_TRUE(end == nullptr || block >= end);
    EXPECT_TRUE(this->bump_.owns(block));
    paint(block, 3, 0xFF);
    end = block + 3;
    EXPECT_TRUE(succeeded(this->bump_.check_invariants()));
  }
  EXPECT_EQ(this->bump_.state().live_blocks, 6U);
}

TYPED_TEST(bumps, give_all_of_their_bytes_and_not_one_more) {
  std::byte* const block = this->take(capacity);
  paint(block, capacity, 0xA5);
  EXPECT_EQ(this->bump_.state().used_bytes, capacity);
  EXPECT_EQ(this->bump_.state().available_bytes, 0U);
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::exhausted, [&] { return this->bump_.allocate({1, 1}); }));
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::exhausted, [&] { return this->bump_.mark(); }));
}

// SR-BUMP-001
TYPED_TEST(bumps, tell_what_can_never_fit_from_what_does_not_fit_now) {
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::layout_unsupported,
                      [&] { return this->bump_.allocate({capacity + 1, 1}); }));
  for (std::size_t k = 0; k <= 64; ++k) {
    for (std::size_t align = 1; align <= 64; align *= 2) {
      ASSERT_TRUE(refused(this->bump_, this->log_, error_code::layout_unsupported,
                          [&] { return this->bump_.allocate({size_max - k, align}); }));
    }
  }
  static_cast<void>(this->take(1));
  EXPECT_TRUE(
      refused(this->bump_, this->log_, error_code::exhausted, [&] { return this->bump_.allocate({capacity, 1}); }));
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::layout_unsupported,
                      [&] { return this->bump_.allocate({1, (size_max >> 1U) + 1}); }));
}

TYPED_TEST(bumps, refuse_malformed_layouts) {
  for (const layout malformed : {layout{0, 1}, layout{0, 0}, layout{8, 0}, layout{8, 24}, layout{size_max, 3}}) {
    EXPECT_TRUE(
        refused(this->bump_, this->log_, error_code::invalid_layout, [&] { return this->bump_.allocate(malformed); }));
  }
}

// SR-BUMP-002
TYPED_TEST(bumps, take_back_the_last_block_with_its_padding) {
  static_cast<void>(this->take(1));
  std::byte* const last = this->take(8, 8); // 8: what every machine aligns storage to
  EXPECT_EQ(this->bump_.state().used_bytes, 16U);
  ASSERT_TRUE(succeeded(this->bump_.deallocate(last, {8, 8})));
  EXPECT_EQ(this->bump_.state().used_bytes, 1U);
  EXPECT_EQ(this->bump_.state().peak_bytes, 16U);
  EXPECT_EQ(this->bump_.state().live_blocks, 1U);
  EXPECT_EQ(this->take(8, 8), last);
}

TYPED_TEST(bumps, take_back_one_level_only) {
  std::byte* const first = this->take(8);
  std::byte* const second = this->take(8);
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::not_last_block,
                      [&] { return this->bump_.deallocate(first, {8, 1}); }));
  ASSERT_TRUE(succeeded(this->bump_.deallocate(second, {8, 1})));
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::not_last_block,
                      [&] { return this->bump_.deallocate(first, {8, 1}); }));
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::double_free,
                      [&] { return this->bump_.deallocate(second, {8, 1}); }));
}

// SR-BUMP-002
TYPED_TEST(bumps, refuse_wrong_pointers_each_with_its_reason) {
  std::byte* const first = this->take(8);
  std::byte* const last = this->take(8, 8);
  std::byte foreign{};
  const layout right{8, 8};
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::null_pointer,
                      [&] { return this->bump_.deallocate(nullptr, right); }));
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::foreign_pointer,
                      [&] { return this->bump_.deallocate(&foreign, right); }));
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::foreign_pointer,
                      [&] { return this->bump_.deallocate(first + capacity, right); }));
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::double_free,
                      [&] { return this->bump_.deallocate(last + 8, right); }));
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::double_free,
                      [&] { return this->bump_.deallocate(first + capacity - 1, right); }));
  for (const layout wrong : {layout{7, 8}, layout{9, 8}, layout{8, 4}, layout{8, 16}, layout{0, 0}}) {
    EXPECT_TRUE(refused(this->bump_, this->log_, error_code::layout_mismatch,
                        [&] { return this->bump_.deallocate(last, wrong); }));
  }
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::misaligned_pointer,
                      [&] { return this->bump_.deallocate(last + 1, right); }));
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::misaligned_pointer,
                      [&] { return this->bump_.deallocate(last + 7, right); }));
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::not_last_block,
                      [&] { return this->bump_.deallocate(first + 3, right); }));
  EXPECT_TRUE(succeeded(this->bump_.deallocate(last, right)));
}

TYPED_TEST(bumps, have_no_last_block_after_a_mark_a_restore_or_a_reset) {
  std::byte* block = this->take(8);
  const marker point = this->take_mark();
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::not_last_block,
                      [&] { return this->bump_.deallocate(block, {8, 1}); }));
  ASSERT_TRUE(succeeded(this->bump_.restore(point)));
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::not_last_block,
                      [&] { return this->bump_.deallocate(block, {8, 1}); }));
  ASSERT_TRUE(succeeded(this->bump_.reset()));
  EXPECT_TRUE(
      refused(this->bump_, this->log_, error_code::double_free, [&] { return this->bump_.deallocate(block, {8, 1}); }));
}

// SR-MARK-003
TYPED_TEST(bumps, restore_what_a_mark_saw) {
  std::byte* const kept = this->take(10);
  paint(kept, 10, 0x11);
  const marker point = this->take_mark();
  EXPECT_EQ(this->bump_.mark_count(), 1U);
  EXPECT_EQ(this->bump_.state().available_bytes, capacity - 10 - this->bump_.mark_bytes());
  std::byte* const given_back = this->take(20, 8);
  static_cast<void>(this->take(30));
  ASSERT_TRUE(succeeded(this->bump_.restore(point)));
  EXPECT_EQ(this->bump_.state().used_bytes, 10U);
  EXPECT_EQ(this->bump_.state().live_blocks, 1U);
  EXPECT_EQ(this->bump_.state().available_bytes, capacity - 10);
  EXPECT_EQ(this->bump_.mark_count(), 0U);
  EXPECT_EQ(this->take(20, 8), given_back);
  EXPECT_TRUE(is_painted(kept, 10, 0x11));
  EXPECT_TRUE(succeeded(this->bump_.check_invariants()));
}

TYPED_TEST(bumps, discard_the_later_marks_with_an_older_one) {
  const marker outer = this->take_mark();
  static_cast<void>(this->take(64));
  const marker inner = this->take_mark();
  ASSERT_TRUE(succeeded(this->bump_.restore(outer)));
  static_cast<void>(this->take(128));
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::spent_marker, [&] { return this->bump_.restore(inner); }));
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::spent_marker, [&] { return this->bump_.restore(outer); }));
  static_cast<void>(this->take_mark());
  static_cast<void>(this->take_mark());
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::spent_marker, [&] { return this->bump_.restore(inner); }))
      << "a mark at the same depth is not the same mark";
}

// SR-MARK-001
TYPED_TEST(bumps, refuse_markers_that_are_foreign_or_stale) {
  static_bump<256> other;
  const marker foreign = other.mark().value();
  static_cast<void>(this->take(8));
  EXPECT_TRUE(
      refused(this->bump_, this->log_, error_code::foreign_marker, [&] { return this->bump_.restore(foreign); }));
  EXPECT_TRUE(
      refused(this->bump_, this->log_, error_code::foreign_marker, [&] { return this->bump_.restore(marker{}); }));
  const marker old = this->take_mark();
  ASSERT_TRUE(succeeded(this->bump_.reset()));
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::stale_marker, [&] { return this->bump_.restore(old); }));
  static_cast<void>(this->take_mark());
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::stale_marker, [&] { return this->bump_.restore(old); }));
  marker foreign_and_stale = old;
  foreign_and_stale.owner = &other;
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::foreign_marker,
                      [&] { return this->bump_.restore(foreign_and_stale); }));
  marker forged = this->take_mark();
  forged.depth = size_max;
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::spent_marker, [&] { return this->bump_.restore(forged); }));
}

// SR-MARK-002
TYPED_TEST(bumps, marks_take_room_until_there_is_none) {
  std::size_t marks = 0;
  while (this->bump_.mark().has_value()) {
    ++marks;
    ASSERT_LE(marks, capacity);
  }
  EXPECT_EQ(marks, capacity / this->bump_.mark_bytes());
  EXPECT_EQ(this->bump_.mark_count(), marks);
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::exhausted, [&] { return this->bump_.mark(); }));
  EXPECT_TRUE(refused(this->bump_, this->log_, error_code::exhausted, [&] {
    return this->bump_.allocate({capacity, 1});
  })) << "it would fit in the empty storage";
}

// SR-BUMP-003
TYPED_TEST(bumps, reset_gives_everything_back_and_keeps_the_peak) {
  static_cast<void>(this->take(100));
  static_cast<void>(this->take_mark());
  ASSERT_TRUE(succeeded(this->bump_.reset()));
  const allocator_state state = this->bump_.state();
  EXPECT_EQ(state.capacity_bytes, capacity);
  EXPECT_EQ(state.used_bytes, 0U);
  EXPECT_EQ(state.available_bytes, capacity);
  EXPECT_EQ(state.live_blocks, 0U);
  EXPECT_EQ(state.peak_bytes, 100U);
  EXPECT_EQ(this->bump_.mark_count(), 0U);
}

TYPED_TEST(bumps, own_all_of_their_storage_and_nothing_else) {
  std::byte* const begin = this->take(1);
  for (std::size_t offset = 0; offset < capacity; ++offset) {
    ASSERT_TRUE(this->bump_.owns(begin + offset));
  }
  EXPECT_FALSE(this->bump_.owns(begin + capacity));
  EXPECT_FALSE(this->bump_.owns(begin - 1));
  EXPECT_FALSE(this->bump_.owns(nullptr));
}

TYPED_TEST(bumps, audit_in_steps_is_the_whole_check) {
  for (std::size_t marks = 0; marks < 6; ++marks) {
    for (std::size_t steps = 1; steps <= marks + 2; ++steps) {
      audit_cursor cursor;
      std::size_t calls = 1;
      while (!this->bump_.audit(cursor, steps).value()) {
        ASSERT_LE(++calls, marks + 1);
      }
      EXPECT_EQ(calls, (marks + 1 + steps - 1) / steps) << "one step for each mark, and one";
    }
    audit_cursor none;
    EXPECT_FALSE(this->bump_.audit(none, 0).value());
    static_cast<void>(this->take(5));
    static_cast<void>(this->take_mark());
  }
}

TYPED_TEST(bumps, audit_begins_anew_when_the_marks_have_changed) {
  static_cast<void>(this->take_mark());
  static_cast<void>(this->take_mark());
  audit_cursor cursor;
  ASSERT_FALSE(this->bump_.audit(cursor, 2).value());
  EXPECT_EQ(cursor.position, 2U);
  static_cast<void>(this->take_mark());
  ASSERT_FALSE(this->bump_.audit(cursor, 1).value());
  EXPECT_EQ(cursor.position, 1U);
}

TYPED_TEST(bumps, refuse_every_call_when_corrupted) {
  std::byte* const block = this->take(8);
  const marker point = this->take_mark();
  metadata_access::latch(this->bump_).store(1, memory_order::relaxed);
  EXPECT_TRUE(this->bump_.is_corrupted());
  EXPECT_TRUE(failed_with(this->bump_.allocate({1, 1}), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->bump_.deallocate(block, {8, 1}), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->bump_.mark(), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->bump_.restore(point), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->bump_.reset(), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->bump_.check_invariants(), error_code::corrupted));
  audit_cursor cursor;
  EXPECT_TRUE(failed_with(this->bump_.audit(cursor, 1), error_code::corrupted));
}

TEST(bump_config, refuses_no_storage_and_storage_that_wraps) {
  storage<64> lent;
  const error wrong{error_code::invalid_configuration, operation::configure, component::bump_allocator,
                    configuration_field::storage};
  EXPECT_EQ((bump_config{{nullptr, 64}, {}}.validate().error()), wrong);
  EXPECT_EQ((bump_config{{lent.span().data, 0}, {}}.validate().error()), wrong);
  EXPECT_EQ((bump_config{{lent.span().data, size_max}, {}}.validate().error()), wrong);
  EXPECT_TRUE(succeeded(bump_config{{lent.span().data, 1}, {}}.validate()));
}

TEST(bump_config, no_plan_makes_an_allocator_that_refuses_everything) {
  bump_allocator bump{bump_plan{}};
  EXPECT_TRUE(failed_with(bump.allocate({1, 1}), error_code::layout_unsupported));
  EXPECT_TRUE(failed_with(bump.mark(), error_code::exhausted));
  EXPECT_TRUE(failed_with(bump.deallocate(nullptr, {1, 1}), error_code::null_pointer));
  EXPECT_FALSE(bump.owns(nullptr));
  EXPECT_TRUE(succeeded(bump.check_invariants()));
}

TEST(bump_config, blocks_are_aligned_in_storage_of_any_alignment) {
  storage<1024> lent;
  for (std::size_t offset = 0; offset < 130; ++offset) {
    bump_allocator bump(bump_config{lent.span(offset, 500), {}}.validate().value());
    for (std::size_t align = 1; align <= 128; align *= 2) {
      const result<std::byte*> block = bump.allocate({1, align});
      ASSERT_TRUE(succeeded(block));
      ASSERT_TRUE(is_aligned(block.value(), align));
      ASSERT_TRUE(succeeded(bump.mark())) << "records at any alignment, too";
    }
    ASSERT_TRUE(succeeded(bump.check_invariants()));
  }
}

TEST(bump_config, a_layout_fits_iff_it_fits_with_the_padding_of_its_address) {
  storage<1024> lent;
  for (std::size_t offset = 0; offset < 64; ++offset) {
    bump_allocator bump(bump_config{lent.span(offset, 100), {}}.validate().value());
    const std::size_t padding = offset == 0 ? 0 : 64 - offset;
    EXPECT_TRUE(failed_with(bump.allocate({100 - padding + 1, 64}), error_code::layout_unsupported));
    EXPECT_TRUE(succeeded(bump.allocate({100 - padding, 64})));
    EXPECT_TRUE(failed_with(bump.allocate({100 - padding, 64}), error_code::exhausted));
  }
}

} // namespace
