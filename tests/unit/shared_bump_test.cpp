// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <limits>

#include "interposed_atomics.hpp"
#include "metadata_access.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

constexpr std::size_t size_max = std::numeric_limits<std::size_t>::max();

struct lent_rig {
  fault_log log{};
  storage<4096> lent{};
  shared_bump_allocator bump{shared_bump_config{lent.span(1, 101), log.hook()}.validate().value()};
};

// SR-SBUMP-001
TEST(shared_bump, cuts_aligned_blocks_off_one_after_the_other) {
  lent_rig rig;
  std::byte* const first = rig.bump.allocate({10, 1}).value();
  EXPECT_EQ(first, rig.lent.span(1).data);
  std::byte* const second = rig.bump.allocate({8, 32}).value();
  EXPECT_EQ(second, rig.lent.span(32).data) << "by the address, not the offset";
  paint(first, 10, 1);
  paint(second, 8, 2);
  EXPECT_TRUE(is_painted(first, 10, 1));
  const allocator_state now = rig.bump.state();
  EXPECT_EQ(now.capacity_bytes, 101U);
  EXPECT_EQ(now.used_bytes, 39U);
  EXPECT_EQ(now.available_bytes, 62U);
  EXPECT_EQ(now.peak_bytes, 39U);
  EXPECT_EQ(now.live_blocks, 2U);
  EXPECT_TRUE(rig.bump.owns(first + 100));
  EXPECT_FALSE(rig.bump.owns(first + 101));
  EXPECT_FALSE(rig.bump.owns(nullptr));
}

// SR-SBUMP-001
TEST(shared_bump, refuses_what_is_malformed_what_never_fits_and_what_does_not_fit_now) {
  lent_rig rig;
  for (const layout malformed : {layout{0, 1}, layout{8, 0}, layout{8, 3}, layout{size_max, 0}}) {
    EXPECT_TRUE(refused(rig.bump, rig.log, error_code::invalid_layout, [&] { return rig.bump.allocate(malformed); }));
  }
  for (const layout beyond : {layout{102, 1}, layout{size_max, 1}, layout{size_max - 3, 16},
                              layout{1, (size_max >> 1U) + 1}, layout{71, 32}}) {
    EXPECT_TRUE(refused(rig.bump, rig.log, error_code::layout_unsupported, [&] { return rig.bump.allocate(beyond); }));
  }
  ASSERT_TRUE(succeeded(rig.bump.allocate({100, 1})));
  EXPECT_TRUE(refused(rig.bump, rig.log, error_code::exhausted, [&] { return rig.bump.allocate({2, 1}); }));
  EXPECT_TRUE(refused(rig.bump, rig.log, error_code::exhausted, [&] { return rig.bump.allocate({1, 64}); }));
  EXPECT_TRUE(succeeded(rig.bump.allocate({1, 1}))) << "the last byte";
  EXPECT_EQ(rig.bump.state().available_bytes, 0U);
}

// SR-SBUMP-003
TEST(shared_bump, takes_nothing_back_and_says_why) {
  lent_rig rig;
  std::byte* const block = rig.bump.allocate({10, 1}).value();
  std::byte foreign{};
  EXPECT_TRUE(
      refused(rig.bump, rig.log, error_code::null_pointer, [&] { return rig.bump.deallocate(nullptr, {1, 1}); }));
  EXPECT_TRUE(
      refused(rig.bump, rig.log, error_code::foreign_pointer, [&] { return rig.bump.deallocate(&foreign, {1, 1}); }));
  EXPECT_TRUE(
      refused(rig.bump, rig.log, error_code::foreign_pointer, [&] { return rig.bump.deallocate(block - 1, {1, 1}); }));
  EXPECT_TRUE(
      refused(rig.bump, rig.log, error_code::double_free, [&] { return rig.bump.deallocate(block + 10, {1, 1}); }));
  EXPECT_EQ(rig.log.last().address, block + 10);
  EXPECT_TRUE(
      refused(rig.bump, rig.log, error_code::not_last_block, [&] { return rig.bump.deallocate(block, {10, 1}); }));
}

// SR-SBUMP-004
TEST(shared_bump, gives_everything_back_by_reset_and_remembers_the_peak) {
  lent_rig rig;
  std::byte* const first = rig.bump.allocate({60, 1}).value();
  ASSERT_TRUE(succeeded(rig.bump.reset()));
  EXPECT_EQ(rig.bump.state().used_bytes, 0U);
  EXPECT_EQ(rig.bump.state().live_blocks, 0U);
  EXPECT_EQ(rig.bump.state().peak_bytes, 60U);
  EXPECT_EQ(rig.bump.allocate({10, 1}).value(), first);
  EXPECT_EQ(rig.bump.state().peak_bytes, 60U);
  ASSERT_TRUE(succeeded(rig.bump.allocate({70, 1})));
  EXPECT_EQ(rig.bump.state().peak_bytes, 80U);
  ASSERT_TRUE(succeeded(rig.bump.reset()));
  EXPECT_EQ(rig.bump.state().peak_bytes, 80U);
}

// SR-INV-002
TEST(shared_bump, is_audited_in_one_step) {
  lent_rig rig;
  audit_cursor cursor;
  EXPECT_FALSE(rig.bump.audit(cursor, 0).value());
  EXPECT_TRUE(rig.bump.audit(cursor, 1).value());
}

// SR-FAULT-003
TEST(shared_bump, refuses_every_call_when_corrupted) {
  lent_rig rig;
  std::byte* const block = rig.bump.allocate({10, 1}).value();
  metadata_access::latch(rig.bump).store(1, memory_order::relaxed);
  audit_cursor cursor;
  EXPECT_TRUE(failed_with(rig.bump.allocate({1, 1}), error_code::corrupted));
  EXPECT_TRUE(failed_with(rig.bump.try_allocate({0, 0}, 1), error_code::corrupted));
  EXPECT_TRUE(failed_with(rig.bump.deallocate(block, {10, 1}), error_code::corrupted));
  EXPECT_TRUE(failed_with(rig.bump.reset(), error_code::corrupted));
  EXPECT_TRUE(failed_with(rig.bump.check_invariants(), error_code::corrupted));
  EXPECT_TRUE(failed_with(rig.bump.audit(cursor, 0), error_code::corrupted));
  EXPECT_EQ(rig.log.count(), 0U);
}

// SR-CFG-001
TEST(shared_bump, refuses_storage_that_is_none) {
  storage<64> lent;
  const error expected{error_code::invalid_configuration, operation::configure, component::shared_bump_allocator,
                       configuration_field::storage};
  EXPECT_EQ((shared_bump_config{{nullptr, 64}, {}}.validate().error()), expected);
  EXPECT_EQ((shared_bump_config{{lent.span().data, 0}, {}}.validate().error()), expected);
  EXPECT_EQ((shared_bump_config{{lent.span().data, size_max}, {}}.validate().error()), expected);
  shared_bump_allocator nothing{shared_bump_plan{}};
  EXPECT_TRUE(failed_with(nothing.allocate({1, 1}), error_code::layout_unsupported));
  EXPECT_TRUE(failed_with(nothing.deallocate(lent.span().data, {1, 1}), error_code::foreign_pointer));
  EXPECT_TRUE(succeeded(nothing.reset()));
  EXPECT_TRUE(succeeded(nothing.check_invariants()));
}

// SR-SBUMP-006
TEST(shared_bump, works_inside_an_object) {
  static_shared_bump<100> inside;
  EXPECT_TRUE(succeeded(inside.allocate({60, 16})));
  EXPECT_TRUE(failed_with(inside.allocate({60, 16}), error_code::exhausted));
  fault_log log;
  static_shared_bump<100> with_hook(log.hook());
  EXPECT_TRUE(failed_with(with_hook.deallocate(nullptr, {1, 1}), error_code::null_pointer));
  EXPECT_EQ(log.count(), 1U);
}

struct contended_bump_tag;
using contended_atomics = interposed_atomics<contended_bump_tag>;

// SR-SBUMP-002
TEST(shared_bump, tries_as_often_as_it_was_allowed_and_then_says_contended) {
  for (std::size_t spoilt_tries = 0; spoilt_tries <= 4; ++spoilt_tries) {
    for (std::size_t retries = 0; retries <= 4; ++retries) {
      fault_log log;
      basic_shared_bump<contended_atomics, inline_byte_storage<64>> bump(log.hook());
      contended_atomics::control() = {};
      contended_atomics::control().failures_to_come = spoilt_tries;
      const result<std::byte*> block = bump.try_allocate({8, 8}, retries);
      EXPECT_EQ(block.code(), spoilt_tries <= retries ? error_code::none : error_code::contended);
      EXPECT_EQ(bump.state().used_bytes, spoilt_tries <= retries ? 8U : 0U);
      contended_atomics::control().failures_to_come = 1000;
      EXPECT_TRUE(succeeded(bump.allocate({8, 8})));
      contended_atomics::control() = {};
    }
  }
}

} // namespace
