// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <vector>

#include "interposed_atomics.hpp"
#include "metadata_access.hpp"
#include "policies.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

constexpr std::size_t size_max = std::numeric_limits<std::size_t>::max();

template <class Pool>
class pools : public testing::Test {
protected:
  pool_rig<Pool> rig_{};
  Pool& pool_ = rig_.pool;
  fault_log& log_ = rig_.log;
  static constexpr layout block_ = pool_rig<Pool>::block;
  static constexpr std::uint32_t count_ = pool_rig<Pool>::block_count;

  std::byte* take() {
    const result<std::byte*> block = pool_.allocate(block_);
    EXPECT_TRUE(succeeded(block));
    return block.value();
  }
};

class kind_names {
public:
  template <class Pool>
  static std::string GetName(int index) { // GoogleTest's spelling
    constexpr const char* names[] = {"shared",       "local",       "static_shared",
                                     "static_local", "narrow_head", "critical_section"};
    return names[index];
  }
};
using kinds = testing::Types<pool_allocator, local_pool_allocator, static_pool<block_of_48, 5>,
                             static_local_pool<block_of_48, 5>, lent_pool<narrow_policy>, lent_pool<section_atomics>>;
TYPED_TEST_SUITE(pools, kinds, kind_names);

/// Those whose list has a tag.
template <class Pool>
class tagged_pools : public pools<Pool> {};
class tagged_kind_names {
public:
  template <class Pool>
  static std::string GetName(int index) { // GoogleTest's spelling
    constexpr const char* names[] = {"shared", "static_shared", "narrow_head", "critical_section"};
    return names[index];
  }
};
using tagged_kinds =
    testing::Types<pool_allocator, static_pool<block_of_48, 5>, lent_pool<narrow_policy>, lent_pool<section_atomics>>;
TYPED_TEST_SUITE(tagged_pools, tagged_kinds, tagged_kind_names);

// SR-POOL-003
TYPED_TEST(pools, give_each_block_once_and_then_are_exhausted) {
  std::set<std::byte*> blocks;
  for (std::uint32_t index = 0; index < this->count_; ++index) {
    std::byte* const block = this->take();
    EXPECT_TRUE(is_aligned(block, this->block_.align));
    EXPECT_GE(block, this->pool_.block_bytes().data);
    EXPECT_LE(block + this->block_.size, this->pool_.block_bytes().data + this->pool_.block_bytes().size);
    EXPECT_TRUE(this->pool_.owns(block));
    paint(block, this->block_.size, index);
    EXPECT_TRUE(succeeded(this->pool_.check_invariants()));
    EXPECT_TRUE(blocks.insert(block).second);
  }
  std::byte* previous = nullptr;
  for (std::byte* const block : blocks) {
    EXPECT_TRUE(previous == nullptr || block - previous >= 48);
    previous = block;
  }
  EXPECT_TRUE(
      refused(this->pool_, this->log_, error_code::exhausted, [&] { return this->pool_.allocate(this->block_); }));
  EXPECT_EQ(this->pool_.state().live_blocks, this->count_);
}

TYPED_TEST(pools, do_not_touch_what_the_caller_wrote) {
  std::vector<std::byte*> blocks;
  for (std::uint32_t index = 0; index < this->count_; ++index) {
    blocks.push_back(this->take());
    paint(blocks.back(), this->block_.size, 0x40 + index);
  }
  EXPECT_TRUE(succeeded(this->pool_.deallocate(blocks[1], this->block_)));
  EXPECT_TRUE(succeeded(this->pool_.deallocate(blocks[3], this->block_)));
  EXPECT_EQ(this->take(), blocks[3]);
  for (std::uint32_t index = 0; index < this->count_; ++index) {
    EXPECT_TRUE(is_painted(blocks[index], this->block_.size, 0x40 + index)) << index;
  }
}

// SR-POOL-003
TYPED_TEST(pools, serve_smaller_layouts_and_refuse_the_others) {
  for (const layout fits : {layout{1, 1}, layout{48, 1}, layout{48, 16}, layout{47, 8}}) {
    const result<std::byte*> block = this->pool_.allocate(fits);
    ASSERT_TRUE(succeeded(block));
    EXPECT_TRUE(succeeded(this->pool_.deallocate(block.value(), fits)));
  }
  for (const layout malformed :
       {layout{0, 1}, layout{0, 0}, layout{8, 0}, layout{8, 3}, layout{8, 24}, layout{size_max, 0}}) {
    EXPECT_TRUE(
        refused(this->pool_, this->log_, error_code::invalid_layout, [&] { return this->pool_.allocate(malformed); }));
  }
  for (const layout beyond :
       {layout{49, 1}, layout{1, 32}, layout{size_max, 1}, layout{size_max - 3, 16}, layout{1, (size_max >> 1U) + 1}}) {
    EXPECT_TRUE(
        refused(this->pool_, this->log_, error_code::layout_unsupported, [&] { return this->pool_.allocate(beyond); }));
  }
}

// SR-STATE-001
TYPED_TEST(pools, say_exactly_how_full_they_are) {
  const allocator_state fresh = this->pool_.state();
  EXPECT_EQ(fresh.capacity_bytes, 5U * 48U);
  EXPECT_EQ(fresh.used_bytes, 0U);
  EXPECT_EQ(fresh.available_bytes, fresh.capacity_bytes);
  EXPECT_EQ(fresh.peak_bytes, 0U);
  EXPECT_EQ(fresh.failures.total(), 0U);
  std::byte* const first = this->take();
  std::byte* const second = this->take();
  ASSERT_TRUE(succeeded(this->pool_.deallocate(first)));
  const allocator_state one = this->pool_.state();
  EXPECT_EQ(one.used_bytes, 48U);
  EXPECT_EQ(one.available_bytes, 4U * 48U);
  EXPECT_EQ(one.peak_bytes, 2U * 48U);
  EXPECT_EQ(one.live_blocks, 1U);
  ASSERT_TRUE(succeeded(this->pool_.deallocate(second)));
  EXPECT_EQ(this->pool_.state().peak_bytes, 2U * 48U) << "a peak does not fall";
  EXPECT_EQ(this->pool_.block_count(), 5U);
  EXPECT_EQ(this->pool_.stride_bytes(), 48U);
  EXPECT_EQ(this->pool_.block_layout(), this->block_);
}

// SR-POOL-005
TYPED_TEST(pools, refuse_a_block_that_was_freed_already) {
  std::byte* const block = this->take();
  ASSERT_TRUE(succeeded(this->pool_.deallocate(block, this->block_)));
  EXPECT_TRUE(refused(this->pool_, this->log_, error_code::double_free,
                      [&] { return this->pool_.deallocate(block, this->block_); }));
  EXPECT_TRUE(refused(this->pool_, this->log_, error_code::double_free, [&] { return this->pool_.deallocate(block); }));
  EXPECT_EQ(this->log_.last().address, block);
}

TYPED_TEST(pools, refuse_a_block_that_was_never_allocated) {
  std::byte* const untouched = this->pool_.block_bytes().data + 4 * this->pool_.stride_bytes();
  EXPECT_TRUE(
      refused(this->pool_, this->log_, error_code::double_free, [&] { return this->pool_.deallocate(untouched); }));
}

TYPED_TEST(pools, refuse_no_pointer) {
  EXPECT_TRUE(
      refused(this->pool_, this->log_, error_code::null_pointer, [&] { return this->pool_.deallocate(nullptr); }));
  EXPECT_TRUE(refused(this->pool_, this->log_, error_code::null_pointer,
                      [&] { return this->pool_.deallocate(nullptr, {0, 3}); }));
}

TYPED_TEST(pools, refuse_every_pointer_that_is_not_the_start_of_a_block) {
  std::byte* const begin = this->pool_.block_bytes().data;
  const auto size = static_cast<std::ptrdiff_t>(this->pool_.block_bytes().size);
  for (std::uint32_t index = 0; index < this->count_; ++index) {
    static_cast<void>(this->take());
  }
  for (std::ptrdiff_t offset = -64; offset < size + 64; ++offset) {
    const bool is_inside = offset >= 0 && offset < size;
    if (is_inside && offset % 48 == 0) {
      continue;
    }
    std::byte* const wrong =
        reinterpret_cast<std::byte*>(reinterpret_cast<std::uintptr_t>(begin) + static_cast<std::uintptr_t>(offset));
    const error_code expected = is_inside ? error_code::misaligned_pointer : error_code::foreign_pointer;
    ASSERT_TRUE(refused(this->pool_, this->log_, expected, [&] { return this->pool_.deallocate(wrong); })) << offset;
    ASSERT_EQ(this->pool_.owns(wrong), is_inside) << offset;
  }
  std::byte on_the_stack{};
  EXPECT_TRUE(refused(this->pool_, this->log_, error_code::foreign_pointer,
                      [&] { return this->pool_.deallocate(&on_the_stack); }));
  EXPECT_FALSE(this->pool_.owns(&on_the_stack));
  EXPECT_FALSE(this->pool_.owns(nullptr));
}

TYPED_TEST(pools, refuse_a_layout_that_no_block_can_have) {
  std::byte* const block = this->take();
  for (const layout wrong :
       {layout{0, 1}, layout{49, 1}, layout{48, 32}, layout{48, 24}, layout{48, 0}, layout{size_max, 1}}) {
    EXPECT_TRUE(refused(this->pool_, this->log_, error_code::layout_mismatch,
                        [&] { return this->pool_.deallocate(block, wrong); }));
  }
  EXPECT_TRUE(succeeded(this->pool_.deallocate(block, {1, 1}))) << "a smaller one it can have";
}

// SR-POOL-005
TYPED_TEST(pools, check_the_pointers_place_then_the_layout_then_the_state) {
  std::byte* const block = this->take();
  ASSERT_TRUE(succeeded(this->pool_.deallocate(block)));
  const layout wrong{49, 1};
  EXPECT_TRUE(refused(this->pool_, this->log_, error_code::null_pointer,
                      [&] { return this->pool_.deallocate(nullptr, wrong); }));
  std::byte foreign{};
  EXPECT_TRUE(refused(this->pool_, this->log_, error_code::foreign_pointer,
                      [&] { return this->pool_.deallocate(&foreign, wrong); }));
  EXPECT_TRUE(refused(this->pool_, this->log_, error_code::misaligned_pointer,
                      [&] { return this->pool_.deallocate(block + 1, wrong); }));
  EXPECT_TRUE(refused(this->pool_, this->log_, error_code::layout_mismatch,
                      [&] { return this->pool_.deallocate(block, wrong); }));
  EXPECT_TRUE(refused(this->pool_, this->log_, error_code::double_free,
                      [&] { return this->pool_.deallocate(block, this->block_); }));
}

// SR-POOL-009
TYPED_TEST(pools, handles_name_one_allocation_and_are_stale_after_it) {
  std::byte* const block = this->take();
  const result<block_handle> handle = this->pool_.handle_of(block);
  ASSERT_TRUE(succeeded(handle));
  EXPECT_EQ(this->pool_.resolve(handle.value()).value(), block);
  ASSERT_TRUE(succeeded(this->pool_.deallocate(block)));
  EXPECT_TRUE(
      refused(this->pool_, this->log_, error_code::stale_handle, [&] { return this->pool_.resolve(handle.value()); }));
  EXPECT_TRUE(refused(this->pool_, this->log_, error_code::stale_handle,
                      [&] { return this->pool_.deallocate(handle.value()); }));
  ASSERT_EQ(this->take(), block) << "the same block again";
  EXPECT_TRUE(
      refused(this->pool_, this->log_, error_code::stale_handle, [&] { return this->pool_.resolve(handle.value()); }));
  EXPECT_TRUE(refused(this->pool_, this->log_, error_code::stale_handle,
                      [&] { return this->pool_.deallocate(handle.value()); }));
  const block_handle present = this->pool_.handle_of(block).value();
  EXPECT_NE(present.generation, handle.value().generation);
  EXPECT_TRUE(succeeded(this->pool_.deallocate(present)));
  EXPECT_TRUE(
      refused(this->pool_, this->log_, error_code::stale_handle, [&] { return this->pool_.deallocate(present); }));
  EXPECT_EQ(this->pool_.state().live_blocks, 0U);
}

TYPED_TEST(pools, handles_are_of_live_blocks_of_this_pool_only) {
  std::byte* const block = this->take();
  std::byte foreign{};
  EXPECT_TRUE(
      refused(this->pool_, this->log_, error_code::null_pointer, [&] { return this->pool_.handle_of(nullptr); }));
  EXPECT_TRUE(
      refused(this->pool_, this->log_, error_code::foreign_pointer, [&] { return this->pool_.handle_of(&foreign); }));
  EXPECT_TRUE(refused(this->pool_, this->log_, error_code::misaligned_pointer,
                      [&] { return this->pool_.handle_of(block + 1); }));
  EXPECT_TRUE(refused(this->pool_, this->log_, error_code::double_free,
                      [&] { return this->pool_.handle_of(block + this->pool_.stride_bytes()); }));
  for (const std::uint32_t index : {5U, 6U, ~0U}) {
    const block_handle beyond{index, 0};
    EXPECT_TRUE(
        refused(this->pool_, this->log_, error_code::foreign_pointer, [&] { return this->pool_.resolve(beyond); }));
    EXPECT_TRUE(
        refused(this->pool_, this->log_, error_code::foreign_pointer, [&] { return this->pool_.deallocate(beyond); }));
  }
  const block_handle never_made{0, 0xFFFFFFFFU};
  EXPECT_TRUE(
      refused(this->pool_, this->log_, error_code::stale_handle, [&] { return this->pool_.resolve(never_made); }));
}

TYPED_TEST(pools, generations_wrap_without_harm_after_their_horizon) {
  std::byte* const block = this->take();
  metadata_access::record(this->pool_, 0)
      .state.store(0xFFFFFFFFU, memory_order::relaxed); // live, in the last generation
  const block_handle last = this->pool_.handle_of(block).value();
  EXPECT_EQ(last.generation, 0x7FFFFFFFU);
  EXPECT_TRUE(succeeded(this->pool_.deallocate(last)));
  EXPECT_TRUE(failed_with(this->pool_.deallocate(block), error_code::double_free));
  EXPECT_EQ(this->take(), block);
  EXPECT_EQ(this->pool_.handle_of(block).value().generation, 0U);
  EXPECT_TRUE(failed_with(this->pool_.resolve(last), error_code::stale_handle));
  EXPECT_TRUE(succeeded(this->pool_.check_invariants()));
}

// SR-POOL-006
TYPED_TEST(pools, reset_refuses_while_a_block_is_live) {
  std::byte* const block = this->take();
  EXPECT_TRUE(refused(this->pool_, this->log_, error_code::blocks_live, [&] { return this->pool_.reset(); }));
  ASSERT_TRUE(succeeded(this->pool_.deallocate(block)));
  EXPECT_TRUE(succeeded(this->pool_.reset()));
}

TYPED_TEST(pools, reset_lists_the_blocks_in_ascending_order) {
  std::vector<std::byte*> blocks;
  for (std::uint32_t index = 0; index < this->count_; ++index) {
    blocks.push_back(this->take());
  }
  const block_handle handle = this->pool_.handle_of(blocks[2]).value();
  for (std::byte* const block : blocks) {
    ASSERT_TRUE(succeeded(this->pool_.deallocate(block)));
  }
  ASSERT_TRUE(succeeded(this->pool_.reset()));
  ASSERT_TRUE(succeeded(this->pool_.check_invariants()));
  EXPECT_EQ(this->pool_.state().live_blocks, 0U);
  std::sort(blocks.begin(), blocks.end());
  for (std::byte* const block : blocks) {
    EXPECT_EQ(this->take(), block);
  }
  EXPECT_TRUE(failed_with(this->pool_.resolve(handle), error_code::stale_handle))
      << "a reset does not make a handle fresh";
}

// SR-INV-002
TYPED_TEST(pools, audit_in_steps_is_the_whole_check) {
  for (std::uint32_t live = 0; live <= this->count_; ++live) {
    audit_cursor whole;
    const result<bool> at_once = this->pool_.audit(whole, 2 * this->count_ + 3);
    ASSERT_TRUE(succeeded(at_once));
    EXPECT_TRUE(at_once.value()) << "the bound on its steps";
    for (std::size_t steps = 1; steps <= 2 * this->count_ + 3; ++steps) {
      audit_cursor cursor;
      std::size_t calls = 1;
      while (!this->pool_.audit(cursor, steps).value()) {
        ASSERT_LT(++calls, 2 * this->count_ + 4);
      }
      EXPECT_LE((calls - 1) * steps, 2 * this->count_ + 3);
      EXPECT_EQ(cursor.phase, 0U) << "ready for the next walk";
    }
    audit_cursor none;
    EXPECT_FALSE(this->pool_.audit(none, 0).value());
    if (live < this->count_) {
      static_cast<void>(this->take());
    }
  }
}

TYPED_TEST(pools, audit_begins_anew_when_the_pool_has_changed) {
  audit_cursor cursor;
  ASSERT_FALSE(this->pool_.audit(cursor, 3).value());
  EXPECT_EQ(cursor.visited, 3U);
  std::byte* const block = this->take();
  ASSERT_FALSE(this->pool_.audit(cursor, 1).value());
  EXPECT_EQ(cursor.visited, 1U);
  ASSERT_TRUE(succeeded(this->pool_.deallocate(block)));
  ASSERT_FALSE(this->pool_.audit(cursor, 1).value());
  EXPECT_EQ(cursor.visited, 1U) << "the same list again, and yet another version";
}

TYPED_TEST(tagged_pools, keep_working_across_the_wrap_of_the_tag) {
  const std::uint64_t last_tag = (std::uint64_t{1} << this->pool_.tag_bits()) - 1;
  metadata_access::set_tag(this->pool_, last_tag - 6);
  for (int round = 0; round < 10; ++round) {
    std::byte* const first = this->take();
    std::byte* const second = this->take();
    EXPECT_NE(first, second);
    ASSERT_TRUE(succeeded(this->pool_.deallocate(first)));
    ASSERT_TRUE(succeeded(this->pool_.deallocate(second)));
    ASSERT_TRUE(succeeded(this->pool_.check_invariants()));
  }
  EXPECT_EQ(metadata_access::tag(this->pool_), 40U - 7U) << "the tag has wrapped, by exactly the changes made";
}

// SR-POOL-007: a narrower tag than tag_bits() says wraps at one of these.
TYPED_TEST(tagged_pools, use_every_bit_of_the_tag) {
  for (unsigned bit = 0; bit < this->pool_.tag_bits(); ++bit) {
    metadata_access::set_tag(this->pool_, (std::uint64_t{1} << bit) - 1);
    std::byte* const block = this->take();
    EXPECT_EQ(metadata_access::tag(this->pool_), std::uint64_t{1} << bit);
    ASSERT_TRUE(succeeded(this->pool_.deallocate(block)));
  }
  metadata_access::set_tag(this->pool_, (std::uint64_t{1} << this->pool_.tag_bits()) - 1);
  static_cast<void>(this->take());
  EXPECT_EQ(metadata_access::tag(this->pool_), 0U);
}

// SR-POOL-009, SR-ERR-003
TYPED_TEST(pools, refuse_a_handle_that_nobody_made) {
  std::byte* const block = this->take();
  const block_handle made = this->pool_.handle_of(block).value();
  EXPECT_TRUE(failed_with(this->pool_.resolve(block_handle{}), error_code::foreign_pointer));
  EXPECT_TRUE(failed_with(this->pool_.deallocate(block_handle{}), error_code::foreign_pointer));
  EXPECT_TRUE(failed_with(this->pool_.deallocate(this->pool_.handle_of(nullptr).value()), error_code::foreign_pointer))
      << "the value of a failed result";
  const block_handle forged{made.index, made.generation | 0x80000000U};
  EXPECT_TRUE(failed_with(this->pool_.resolve(forged), error_code::stale_handle));
  EXPECT_TRUE(failed_with(this->pool_.deallocate(forged), error_code::stale_handle));
  const block_handle all_ones{made.index, 0xFFFFFFFFU};
  EXPECT_TRUE(failed_with(this->pool_.deallocate(all_ones), error_code::stale_handle));
  EXPECT_TRUE(succeeded(this->pool_.deallocate(made)));
  EXPECT_TRUE(failed_with(this->pool_.deallocate(all_ones), error_code::stale_handle));
  EXPECT_TRUE(succeeded(this->pool_.check_invariants()));
}

// SR-FAULT-003
TYPED_TEST(pools, refuse_every_call_when_corrupted) {
  std::byte* const block = this->take();
  const block_handle handle = this->pool_.handle_of(block).value();
  metadata_access::latch(this->pool_).store(1, memory_order::relaxed);
  EXPECT_TRUE(this->pool_.is_corrupted());
  EXPECT_TRUE(failed_with(this->pool_.allocate(this->block_), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->pool_.allocate({0, 0}), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->pool_.try_allocate(this->block_, 1), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->pool_.deallocate(block), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->pool_.deallocate(block, this->block_), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->pool_.deallocate(block, {0, 0}), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->pool_.deallocate(handle), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->pool_.handle_of(block), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->pool_.resolve(handle), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->pool_.reset(), error_code::corrupted));
  EXPECT_TRUE(failed_with(this->pool_.check_invariants(), error_code::corrupted));
  audit_cursor cursor;
  EXPECT_TRUE(failed_with(this->pool_.audit(cursor, 1), error_code::corrupted));
  EXPECT_EQ(this->log_.count(), 0U) << "a latched allocator has been reported";
}

// --- the bounded form ------------------------------------------------------------------------------------------------

struct contended_tag;
using contended_atomics = interposed_atomics<contended_tag>;
using contended_pool = basic_pool<contended_atomics, inline_block_storage<contended_atomics, 48, 16, 5>>;

// SR-POOL-004
TEST(pool, try_allocate_says_contended_and_never_exhausted_when_its_retries_are_used_up) {
  fault_log log;
  contended_pool pool(log.hook());
  contended_atomics::control() = {};
  contended_atomics::control().failures_to_come = 4;
  EXPECT_TRUE(failed_with(pool.try_allocate({48, 16}, 3), error_code::contended));
  EXPECT_EQ(pool.state().live_blocks, 0U);
  EXPECT_EQ(pool.state().failures.of(error_code::contended), 1U);
  EXPECT_EQ(log.count(), 0U) << "contention is no misuse";
  contended_atomics::control().failures_to_come = 3;
  EXPECT_TRUE(succeeded(pool.try_allocate({48, 16}, 3)));
  contended_atomics::control() = {};
}

TEST(pool, try_allocate_says_exhausted_iff_no_block_is_free) {
  pool_rig<pool_allocator> rig;
  for (int index = 0; index < 5; ++index) {
    ASSERT_TRUE(succeeded(rig.pool.try_allocate(rig.block, 0)));
  }
  EXPECT_TRUE(refused(rig.pool, rig.log, error_code::exhausted, [&] { return rig.pool.try_allocate(rig.block, 0); }));
}

// --- the horizon -----------------------------------------------------------------------------------------------------

// SR-POOL-007
TEST(pool, the_tag_has_all_bits_but_ten_for_1000_blocks) {
  std::vector<std::byte> bytes(24 * 1024);
  const pool_allocator pool(pool_config{{bytes.data(), bytes.size()}, 8, 8, 1000, {}}.validate().value());
  EXPECT_EQ(pool.block_count(), 1000U);
  EXPECT_EQ(pool.tag_bits(), NEBULA_HEAD_BITS - 10U);
  EXPECT_EQ(pool.tag_wrap_operations(), std::uint64_t{1} << (NEBULA_HEAD_BITS - 10U));
  const lent_pool<narrow_policy> narrow(
      basic_pool_config<narrow_policy>{{bytes.data(), bytes.size()}, 8, 8, 1000, {}}.validate().value());
  EXPECT_EQ(narrow.tag_bits(), 22U);
  EXPECT_EQ(narrow.tag_wrap_operations(), std::uint64_t{1} << 22U);
}

TEST(pool, with_one_owner_counts_its_changes_in_a_whole_word) {
  const pool_rig<local_pool_allocator> rig;
  EXPECT_EQ(rig.pool.tag_bits(), 64U);
  EXPECT_EQ(rig.pool.tag_wrap_operations(), ~std::uint64_t{0});
}

TEST(pool, the_tag_leaves_the_index_no_bit_too_few) {
  std::vector<std::byte> bytes(24 * 1024);
  for (const std::size_t count : {1U, 2U, 3U, 4U, 7U, 8U, 1023U, 1024U}) {
    pool_allocator pool(pool_config{{bytes.data(), bytes.size()}, 8, 8, count, {}}.validate().value());
    EXPECT_EQ(pool.tag_bits(), NEBULA_HEAD_BITS - bit_width(count));
    for (std::size_t round = 0; round < count; ++round) {
      ASSERT_TRUE(succeeded(pool.allocate({8, 8})));
    }
    EXPECT_TRUE(failed_with(pool.allocate({8, 8}), error_code::exhausted));
    EXPECT_TRUE(succeeded(pool.check_invariants()));
  }
}

// --- the latch, between two looks at it ---------------------------------------------------------------------------------

struct latch_tag {};
using stopped_atomics = interposed_atomics<latch_tag>;

// SR-CHK-002: a corrupted standard pool is not taken for a paranoid one, whose bytes would be mended
TEST(pool, that_another_call_finds_corrupted_mends_nothing) {
  interposition& control = stopped_atomics::control();
  control = {};
  struct rig {
    storage<1024> memory{};
    fault_log log{};
    basic_pool<stopped_atomics, span_block_storage<stopped_atomics>> pool{
        basic_pool_config<stopped_atomics>{memory.span(), 20, 8, 8, log.hook()}.validate().value()};
    std::size_t looks = 0;
  } made;
  for (std::size_t look = 1; look <= 3; ++look) {
    std::byte* const block = made.pool.allocate({20, 8}).value();
    ASSERT_NE(block, nullptr);
    block[20] = std::byte{0x11}; // behind the block, where a paranoid pool has its canary
    made.looks = look;
    control.watched_bytes = 1;
    control.before_load_context = &made;
    control.before_load = [](void* context) {
      auto& stopped = *static_cast<rig*>(context);
      if (--stopped.looks == 0) {
        metadata_access::latch(stopped.pool).store(0xF0, memory_order::relaxed);
        stopped_atomics::control().before_load = nullptr;
      }
    };
    const result<void> freed = made.pool.deallocate_after(block, {20, 8}, []() noexcept {});
    control.before_load = nullptr;
    EXPECT_NE(freed.code(), error_code::overrun);
    EXPECT_EQ(block[20], std::byte{0x11});
    metadata_access::latch(made.pool).store(0, memory_order::relaxed);
    if (!freed.has_value()) {
      ASSERT_TRUE(succeeded(made.pool.deallocate(block)));
    }
  }
  EXPECT_EQ(made.log.count(), 0U);
}

} // namespace
