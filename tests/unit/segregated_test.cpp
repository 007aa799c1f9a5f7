// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <vector>

#include "interposed_atomics.hpp"
#include "metadata_access.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

constexpr std::size_t size_max = std::numeric_limits<std::size_t>::max();
constexpr size_class three_classes[] = {{16, 8, 4}, {64, 16, 3}, {200, 16, 2}};

/// An allocator of these classes with a log.
template <class Segregated>
class segregated_rig {
public:
  explicit segregated_rig(std::size_t fallback_classes, std::size_t offset = 5)
      : allocator(make(fallback_classes, offset)) {}

  fault_log log{};

private:
  storage<8192> storage_{};
  Segregated make(std::size_t fallback_classes, std::size_t offset) {
    return Segregated(
        typename Segregated::config_type{storage_.span(offset), three_classes, 3, fallback_classes, log.hook()}
            .validate()
            .value());
  }

public:
  Segregated allocator;
};

template <class Segregated>
class segregateds : public testing::Test {
protected:
  segregated_rig<Segregated> strict_{0};
  segregated_rig<Segregated> falling_back_{1};
};
class kind_names {
public:
  template <class Segregated>
  static std::string GetName(int index) { // GoogleTest's spelling
    return index == 0 ? "shared" : "local";
  }
};
using kinds = testing::Types<segregated_allocator, local_segregated_allocator>;
TYPED_TEST_SUITE(segregateds, kinds, kind_names);

// SR-SEG-002
TYPED_TEST(segregateds, serve_each_size_from_the_smallest_class_that_holds_it) {
  auto& allocator = this->strict_.allocator;
  ASSERT_EQ(allocator.class_count(), 3U);
  for (std::size_t size = 1; size <= 200; ++size) {
    const result<std::byte*> block = allocator.allocate({size, 8});
    ASSERT_TRUE(succeeded(block));
    const std::size_t expected = size <= 16 ? 0 : (size <= 64 ? 1 : 2);
    for (std::size_t index = 0; index < 3; ++index) {
      ASSERT_EQ(allocator.pool(index).owns(block.value()), index == expected) << size;
    }
    ASSERT_TRUE(allocator.owns(block.value()));
    paint(block.value(), size, 0xCC);
    ASSERT_TRUE(succeeded(allocator.check_invariants()));
    ASSERT_TRUE(succeeded(allocator.deallocate(block.value(), {size, 8})));
  }
  EXPECT_EQ(allocator.state().used_bytes, 0U);
}

TYPED_TEST(segregateds, serve_an_alignment_from_a_larger_class_if_the_smallest_has_it_not) {
  auto& allocator = this->strict_.allocator;
  const result<std::byte*> block = allocator.allocate({8, 16});
  ASSERT_TRUE(succeeded(block));
  EXPECT_TRUE(allocator.pool(1).owns(block.value()));
  EXPECT_TRUE(succeeded(allocator.deallocate(block.value(), {8, 16})));
}

TYPED_TEST(segregateds, refuse_layouts_that_no_class_holds) {
  auto& rig = this->strict_;
  for (const layout malformed : {layout{0, 8}, layout{8, 0}, layout{8, 24}, layout{size_max, 3}}) {
    EXPECT_TRUE(
        refused(rig.allocator, rig.log, error_code::invalid_layout, [&] { return rig.allocator.allocate(malformed); }));
  }
  for (const layout beyond : {layout{201, 8}, layout{8, 32}, layout{size_max, 1}, layout{size_max - 64, 16}}) {
    EXPECT_TRUE(refused(rig.allocator, rig.log, error_code::layout_unsupported,
                        [&] { return rig.allocator.allocate(beyond); }));
  }
}

// SR-SEG-002
TYPED_TEST(segregateds, are_exhausted_when_the_class_is_and_fall_back_as_configured) {
  auto& strict = this->strict_;
  for (int index = 0; index < 4; ++index) {
    ASSERT_TRUE(succeeded(strict.allocator.allocate({16, 8})));
  }
  EXPECT_TRUE(
      refused(strict.allocator, strict.log, error_code::exhausted, [&] { return strict.allocator.allocate({16, 8}); }));
  EXPECT_TRUE(succeeded(strict.allocator.allocate({17, 8}))) << "the next class has blocks still";

  auto& rig = this->falling_back_;
  for (int index = 0; index < 4 + 3; ++index) {
    const result<std::byte*> block = rig.allocator.allocate({16, 8});
    ASSERT_TRUE(succeeded(block));
    EXPECT_EQ(rig.allocator.pool(0).owns(block.value()), index < 4);
    EXPECT_EQ(rig.allocator.pool(1).owns(block.value()), index >= 4);
  }
  EXPECT_TRUE(refused(rig.allocator, rig.log, error_code::exhausted, [&] { return rig.allocator.allocate({16, 8}); }))
      << "one class beyond its own, and not two";
  EXPECT_TRUE(succeeded(rig.allocator.allocate({17, 8})));
}

TYPED_TEST(segregateds, say_exactly_how_full_they_are) {
  auto& allocator = this->falling_back_.allocator;
  EXPECT_EQ(allocator.state().capacity_bytes, 4U * 16U + 3U * 64U + 2U * 208U);
  std::byte* const small = allocator.allocate({1, 1}).value();
  std::byte* const large = allocator.allocate({100, 1}).value();
  allocator_state state = allocator.state();
  EXPECT_EQ(state.used_bytes, 16U + 208U);
  EXPECT_EQ(state.available_bytes, state.capacity_bytes - state.used_bytes);
  EXPECT_EQ(state.live_blocks, 2U);
  ASSERT_TRUE(succeeded(allocator.deallocate(small)));
  ASSERT_TRUE(succeeded(allocator.deallocate(large, {100, 1})));
  state = allocator.state();
  EXPECT_EQ(state.used_bytes, 0U);
  EXPECT_EQ(state.live_blocks, 0U);
  EXPECT_EQ(state.peak_bytes, 16U + 208U);
}

TYPED_TEST(segregateds, refuse_wrong_pointers_each_with_its_reason) {
  auto& allocator = this->strict_.allocator;
  fault_log& log = this->strict_.log;
  std::byte* const block = allocator.allocate({64, 16}).value();
  std::byte foreign{};
  for (const bool with_layout : {false, true}) {
    const auto free = [&](std::byte* wrong) {
      return with_layout ? allocator.deallocate(wrong, {64, 16}) : allocator.deallocate(wrong);
    };
    const auto failed = [&](error_code code, std::byte* wrong) {
      const allocator_state before = allocator.state();
      const std::size_t faults = log.count();
      const result<void> outcome = free(wrong);
      EXPECT_EQ(allocator.state().failures.of(code), before.failures.of(code) + 1);
      EXPECT_EQ(log.count(), faults + 1);
      EXPECT_EQ(log.last().what.code, code);
      EXPECT_EQ(log.last().address, wrong);
      EXPECT_TRUE(same_but_failures(before, allocator.state()));
      EXPECT_TRUE(succeeded(allocator.check_invariants()));
      return failed_with(outcome, code);
    };
    EXPECT_TRUE(failed(error_code::null_pointer, nullptr));
    EXPECT_TRUE(failed(error_code::foreign_pointer, &foreign));
    EXPECT_TRUE(failed(error_code::foreign_pointer, allocator.pool(0).block_bytes().data - 1));
    EXPECT_TRUE(failed(error_code::foreign_pointer,
                       allocator.pool(2).block_bytes().data + allocator.pool(2).block_bytes().size));
    EXPECT_TRUE(failed(error_code::misaligned_pointer, block + 1));
    EXPECT_TRUE(failed(error_code::misaligned_pointer, block + 63));
    EXPECT_TRUE(failed(error_code::double_free, block + 64));
  }
  ASSERT_TRUE(succeeded(allocator.deallocate(block, {64, 16})));
  EXPECT_TRUE(failed_with(allocator.deallocate(block, {64, 16}), error_code::double_free));
}

TYPED_TEST(segregateds, own_the_bytes_of_every_pools_blocks_and_no_others) {
  auto& allocator = this->strict_.allocator;
  const byte_span first = allocator.pool(0).block_bytes();
  const byte_span last = allocator.pool(2).block_bytes();
  for (const std::byte* address = first.data - 64; address < last.data + last.size + 64; ++address) {
    bool is_of_a_pool = false;
    for (std::size_t index = 0; index < 3; ++index) {
      is_of_a_pool = is_of_a_pool || allocator.pool(index).owns(address);
    }
    ASSERT_EQ(allocator.owns(address), is_of_a_pool) << address - first.data;
  }
  EXPECT_TRUE(allocator.owns(first.data));
  EXPECT_FALSE(allocator.owns(first.data - 1)) << "the records are no blocks";
  EXPECT_TRUE(allocator.owns(last.data + last.size - 1));
  EXPECT_FALSE(allocator.owns(last.data + last.size));
  EXPECT_FALSE(allocator.owns(nullptr));
}

TYPED_TEST(segregateds, a_write_past_the_end_of_a_block_meets_no_record) {
  auto& allocator = this->strict_.allocator;
  const byte_span last = allocator.pool(2).block_bytes();
  std::byte* const block = allocator.allocate({16, 8}).value();
  for (std::byte* address = block; address < last.data + last.size; ++address) {
    *address = std::byte{0xFF};
  }
  EXPECT_TRUE(succeeded(allocator.check_invariants()));
  EXPECT_TRUE(succeeded(allocator.deallocate(block, {16, 8})));
}

TYPED_TEST(segregateds, refuse_a_layout_that_the_blocks_class_cannot_have_served) {
  auto& strict = this->strict_;
  std::byte* const block = strict.allocator.allocate({64, 16}).value();
  for (const layout wrong :
       {layout{65, 8}, layout{16, 8}, layout{0, 8}, layout{64, 32}, layout{64, 3}, layout{size_max, 1}}) {
    EXPECT_TRUE(refused(strict.allocator, strict.log, error_code::layout_mismatch, [&] {
      return strict.allocator.deallocate(block, wrong);
    })) << wrong.size;
  }
  EXPECT_TRUE(succeeded(strict.allocator.deallocate(block, {17, 8}))) << "another layout of the same class it can have";

  auto& rig = this->falling_back_;
  std::byte* const large = rig.allocator.allocate({200, 8}).value();
  EXPECT_TRUE(refused(rig.allocator, rig.log, error_code::layout_mismatch, [&] {
    return rig.allocator.deallocate(large, {16, 8});
  })) << "two classes away";
  EXPECT_TRUE(succeeded(rig.allocator.deallocate(large, {64, 8}))) << "one class away, as the fallback allows";
}

// SR-SEG-003
TYPED_TEST(segregateds, check_the_owner_then_the_layout_then_the_blocks_start_then_its_state) {
  auto& rig = this->strict_;
  std::byte* const block = rig.allocator.allocate({64, 16}).value();
  ASSERT_TRUE(succeeded(rig.allocator.deallocate(block)));
  std::byte foreign{};
  const layout wrong{16, 8};
  const auto refuses = [&](error_code code, std::byte* address, layout allocated) {
    return failed_with(rig.allocator.deallocate(address, allocated), code);
  };
  EXPECT_TRUE(refuses(error_code::null_pointer, nullptr, wrong));
  EXPECT_TRUE(refuses(error_code::foreign_pointer, &foreign, wrong));
  EXPECT_TRUE(refuses(error_code::layout_mismatch, block + 1, wrong));
  EXPECT_EQ(rig.log.last().allocator, &rig.allocator);
  EXPECT_TRUE(refuses(error_code::misaligned_pointer, block + 1, {64, 16}));
  EXPECT_EQ(rig.log.last().allocator, &rig.allocator.pool(1)) << "the pool reports what it found";
  EXPECT_TRUE(refuses(error_code::double_free, block, {64, 16}));
  EXPECT_EQ(rig.log.last().allocator, &rig.allocator.pool(1));
  EXPECT_EQ(rig.log.count(), 5U);
}

// SR-SEG-003
TEST(segregated, refuses_a_layout_whose_alignment_the_blocks_class_has_not_though_the_fallback_reaches_it) {
  constexpr size_class classes[] = {{64, 64, 1}, {128, 16, 1}};
  fault_log log;
  storage<4096> lent;
  segregated_allocator allocator(segregated_config{lent.span(), classes, 2, 1, log.hook()}.validate().value());
  std::byte* const block = allocator.allocate({128, 16}).value();
  EXPECT_TRUE(
      refused(allocator, log, error_code::layout_mismatch, [&] { return allocator.deallocate(block, {64, 64}); }));
  ASSERT_TRUE(succeeded(allocator.deallocate(block, {64, 16})));
  ASSERT_TRUE(succeeded(allocator.allocate({64, 64})));
  EXPECT_TRUE(refused(allocator, log, error_code::exhausted, [&] { return allocator.allocate({64, 64}); }))
      << "the next class is reached, and does not serve the alignment";
}

struct contended_tag;
using contended_atomics = interposed_atomics<contended_tag>;

// SR-SEG-006
TEST(segregated, try_allocate_says_contended_iff_a_class_was_and_no_other_served) {
  using segregated = basic_segregated<contended_atomics>;
  segregated_rig<segregated> strict(0);
  contended_atomics::control() = {};
  contended_atomics::control().failures_to_come = 3;
  EXPECT_TRUE(failed_with(strict.allocator.try_allocate({16, 8}, 2), error_code::contended));
  EXPECT_EQ(strict.allocator.state().used_bytes, 0U);
  EXPECT_EQ(strict.allocator.state().failures.of(error_code::contended), 1U);
  EXPECT_EQ(strict.log.count(), 0U);
  contended_atomics::control().failures_to_come = 3;
  EXPECT_TRUE(succeeded(strict.allocator.try_allocate({16, 8}, 3)));
  contended_atomics::control().failures_to_come = 100;
  EXPECT_TRUE(succeeded(strict.allocator.allocate({16, 8}))) << "without a limit it goes on";

  segregated_rig<segregated> falling_back(1);
  contended_atomics::control() = {};
  contended_atomics::control().failures_to_come = 1;
  const result<std::byte*> block = falling_back.allocator.try_allocate({16, 8}, 0);
  ASSERT_TRUE(succeeded(block));
  EXPECT_TRUE(falling_back.allocator.pool(1).owns(block.value())) << "the next class served what the first could not";
  contended_atomics::control() = {};
  for (int index = 0; index < 4 + 2; ++index) {
    ASSERT_TRUE(succeeded(falling_back.allocator.try_allocate({16, 8}, 0)));
  }
  EXPECT_TRUE(failed_with(falling_back.allocator.try_allocate({16, 8}, 0), error_code::exhausted));
}

// SR-SEG-004
TYPED_TEST(segregateds, reset_refuses_while_a_block_is_live) {
  auto& rig = this->strict_;
  std::byte* const block = rig.allocator.allocate({64, 16}).value();
  EXPECT_TRUE(refused(rig.allocator, rig.log, error_code::blocks_live, [&] { return rig.allocator.reset(); }));
  ASSERT_TRUE(succeeded(rig.allocator.deallocate(block)));
  EXPECT_TRUE(succeeded(rig.allocator.reset()));
  EXPECT_EQ(rig.allocator.allocate({64, 16}).value(), rig.allocator.pool(1).block_bytes().data)
      << "ascending order again";
}

TYPED_TEST(segregateds, audit_in_steps_is_the_whole_check) {
  auto& allocator = this->strict_.allocator;
  for (std::size_t live = 0; live < 4; ++live) {
    for (std::size_t steps = 1; steps < 30; ++steps) {
      audit_cursor cursor;
      std::size_t calls = 1;
      while (!allocator.audit(cursor, steps).value()) {
        ASSERT_LE(++calls, 40U);
      }
      EXPECT_EQ(cursor.part, 0U) << "ready for the next walk";
      EXPECT_EQ(cursor.phase, 0U);
    }
    ASSERT_TRUE(succeeded(allocator.allocate({16, 8})));
  }
}

TYPED_TEST(segregateds, refuse_every_call_when_corrupted) {
  auto& allocator = this->strict_.allocator;
  std::byte* const block = allocator.allocate({64, 16}).value();
  metadata_access::latch(allocator).store(1, memory_order::relaxed);
  EXPECT_TRUE(allocator.is_corrupted());
  EXPECT_TRUE(failed_with(allocator.allocate({1, 1}), error_code::corrupted));
  EXPECT_TRUE(failed_with(allocator.try_allocate({1, 1}, 1), error_code::corrupted));
  EXPECT_TRUE(failed_with(allocator.deallocate(block), error_code::corrupted));
  EXPECT_TRUE(failed_with(allocator.deallocate(block, {64, 16}), error_code::corrupted));
  EXPECT_TRUE(failed_with(allocator.reset(), error_code::corrupted));
  EXPECT_TRUE(failed_with(allocator.check_invariants(), error_code::corrupted));
  audit_cursor cursor;
  EXPECT_TRUE(failed_with(allocator.audit(cursor, 1), error_code::corrupted));
}

// --- configuration ---------------------------------------------------------------------------------------------------

testing::AssertionResult field_refused(const error& failure, configuration_field field) {
  const error expected{error_code::invalid_configuration, operation::configure, component::segregated_allocator, field};
  return failure == expected ? testing::AssertionSuccess() : testing::AssertionFailure() << failure;
}

TEST(segregated_config, names_the_field_that_is_wrong) {
  storage<8192> lent;
  const segregated_config good{lent.span(), three_classes, 3, 1, {}};
  ASSERT_TRUE(succeeded(good.validate()));
  segregated_config wrong = good;
  wrong.classes = nullptr;
  EXPECT_TRUE(field_refused(wrong.validate().error(), configuration_field::classes));
  wrong = good;
  wrong.class_count = 0;
  EXPECT_TRUE(field_refused(wrong.validate().error(), configuration_field::classes));
  wrong = good;
  wrong.fallback_classes = 2;
  EXPECT_TRUE(succeeded(wrong.validate()));
  wrong.fallback_classes = 3;
  EXPECT_TRUE(field_refused(wrong.validate().error(), configuration_field::fallback_classes));
  wrong.fallback_classes = size_max;
  EXPECT_TRUE(field_refused(wrong.validate().error(), configuration_field::fallback_classes));
  wrong = good;
  wrong.storage.data = nullptr;
  EXPECT_TRUE(field_refused(wrong.validate().error(), configuration_field::storage));
  wrong = good;
  wrong.storage.size = 100;
  EXPECT_TRUE(field_refused(wrong.validate().error(), configuration_field::storage));
}

TEST(segregated_config, names_the_field_of_the_class_that_is_wrong) {
  const auto failure_of = [](size_class wrong) {
    const size_class classes[] = {{16, 8, 4}, wrong};
    return segregated_config::storage_bytes(classes, 2).error();
  };
  EXPECT_TRUE(field_refused(failure_of({64, 24, 1}), configuration_field::block_align_bytes));
  EXPECT_TRUE(field_refused(failure_of({64, 8, 0}), configuration_field::block_count));
  EXPECT_TRUE(field_refused(failure_of({64, 8, size_max}), configuration_field::block_count));
  EXPECT_TRUE(field_refused(failure_of({size_max, 8, 1}), configuration_field::block_size_bytes));
  EXPECT_TRUE(field_refused(failure_of({16, 8, 1}), configuration_field::classes)) << "does not ascend";
  EXPECT_EQ(failure_of({size_max - 100, 1, 1}).code, error_code::size_overflow);
  EXPECT_EQ(failure_of({size_max / 2, 8, 4}).code, error_code::size_overflow);
  const size_class zero[] = {{0, 8, 1}};
  EXPECT_TRUE(field_refused(segregated_config::storage_bytes(zero, 1).error(), configuration_field::block_size_bytes));
}

// SR-SEG-005
TEST(segregated_config, states_the_storage_that_it_needs_and_needs_no_more) {
  storage<8192> lent;
  const std::size_t bytes = segregated_config::storage_bytes(three_classes, 3).value();
  const std::size_t align = segregated_config::storage_align(three_classes, 3);
  ASSERT_LE(align, 4096U);
  EXPECT_TRUE(succeeded(segregated_config{lent.span(0, bytes), three_classes, 3, 0, {}}.validate()));
  EXPECT_TRUE(field_refused(segregated_config{lent.span(0, bytes - 1), three_classes, 3, 0, {}}.validate().error(),
                            configuration_field::storage));
}

TEST(segregated_config, works_in_storage_of_any_alignment) {
  for (std::size_t offset = 0; offset < 130; offset += 7) {
    segregated_rig<segregated_allocator> rig(1, offset);
    for (const size_class& each : three_classes) {
      const result<std::byte*> block = rig.allocator.allocate({each.block_size_bytes, each.block_align_bytes});
      ASSERT_TRUE(succeeded(block));
      ASSERT_TRUE(is_aligned(block.value(), each.block_align_bytes));
      paint(block.value(), each.block_size_bytes, 0x77);
    }
    ASSERT_TRUE(succeeded(rig.allocator.check_invariants()));
  }
}

TEST(segregated_config, no_plan_makes_an_allocator_that_refuses_everything) {
  segregated_allocator allocator{segregated_plan{}};
  EXPECT_EQ(allocator.class_count(), 0U);
  EXPECT_TRUE(failed_with(allocator.allocate({1, 1}), error_code::layout_unsupported));
  EXPECT_TRUE(failed_with(allocator.deallocate(nullptr), error_code::null_pointer));
  std::byte foreign{};
  EXPECT_TRUE(failed_with(allocator.deallocate(&foreign, {1, 1}), error_code::foreign_pointer));
  EXPECT_TRUE(succeeded(allocator.check_invariants()));
  EXPECT_TRUE(succeeded(allocator.reset()));
}

TEST(segregated_config, a_plan_whose_classes_have_changed_since_makes_an_allocator_that_refuses_everything) {
  storage<4096> lent;
  size_class classes[] = {{16, 8, 4}, {64, 16, 3}};
  const segregated_plan plan = segregated_config{lent.span(), classes, 2, 0, {}}.validate().value();
  classes[1].block_count = 100000;
  segregated_allocator allocator(plan);
  EXPECT_EQ(allocator.class_count(), 0U);
  EXPECT_TRUE(failed_with(allocator.allocate({1, 1}), error_code::layout_unsupported));
}

TEST(segregated_config, reports_which_kind_of_allocator_was_configured) {
  EXPECT_EQ(local_segregated_config{}.validate().error().reporter, component::local_segregated_allocator);
}

TEST(segregated_pools, are_named_by_an_index_that_is_checked) {
  constexpr size_class classes[] = {{16, 8, 2}, {64, 16, 2}};
  static storage<4096> lent;
  const segregated_allocator allocator(segregated_config{lent.span(), classes, 2, 0, {}}.validate().value());
  EXPECT_EQ(allocator.pool(1).block_count(), 2U);
  EXPECT_DEATH(static_cast<void>(allocator.pool(2)), "");
  EXPECT_DEATH(static_cast<void>(segregated_allocator(segregated_plan{}).pool(0)), "");
}

// SR-SEG-004
TEST(segregated_reset, lists_the_blocks_of_every_class_in_ascending_order_again) {
  constexpr size_class classes[] = {{16, 8, 3}, {64, 16, 3}};
  static storage<4096> lent;
  segregated_allocator allocator(segregated_config{lent.span(), classes, 2, 0, {}}.validate().value());
  for (const layout request : {layout{16, 8}, layout{64, 16}}) {
    std::byte* const first = allocator.allocate(request).value();
    std::byte* const second = allocator.allocate(request).value();
    ASSERT_TRUE(allocator.deallocate(first).has_value() && allocator.deallocate(second).has_value());
    ASSERT_TRUE(allocator.reset().has_value());
    EXPECT_EQ(allocator.allocate(request).value(), first);
    EXPECT_EQ(allocator.allocate(request).value(), second);
    ASSERT_TRUE(allocator.deallocate(first).has_value() && allocator.deallocate(second).has_value());
  }
}

} // namespace
