// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <vector>

#include <nebula/verify/stray_write.hpp>
#include "interposed_atomics.hpp"
#include "metadata_access.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

constexpr std::size_t size_max = ~std::size_t{0};
constexpr std::uint32_t magazine = 4; // half of it: 2

/// A pool of nine blocks and two slots, with a log; caches are made by the tests.
template <class Pool>
class cached_rig {
public:
  static constexpr std::uint32_t block_count = 9;
  static constexpr layout block = {48, 16};

  fault_log log{};

private:
  storage<4096> storage_{};

  Pool make() {
    if constexpr (std::is_constructible_v<Pool, fault_hook>) {
      return Pool(log.hook());
    } else {
      return Pool(
          pool_config{storage_.span(3), block.size, block.align, block_count, log.hook(), check_level::standard, 2}
              .validate()
              .value());
    }
  }

public:
  Pool pool = make();
};

template <class Pool>
class pool_caches : public testing::Test {
protected:
  using cache_type = pool_cache<Pool, magazine>;
  cached_rig<Pool> rig_{};
  Pool& pool_ = rig_.pool;
  fault_log& log_ = rig_.log;
  static constexpr layout block_ = cached_rig<Pool>::block;
  static constexpr std::uint32_t count_ = cached_rig<Pool>::block_count;

  template <class Front>
  std::byte* take(Front& front) {
    const result<std::byte*> block = front.allocate(block_);
    EXPECT_TRUE(succeeded(block));
    return block.value();
  }
  /// The pool has so many blocks live and so many in caches, and is sound.
  testing::AssertionResult holds(std::size_t live, std::size_t cached) const {
    const allocator_state now = pool_.state();
    if (now.live_blocks != live || now.cached_blocks != cached) {
      return testing::AssertionFailure() << now.live_blocks << " live, " << now.cached_blocks << " cached";
    }
    if (now.used_bytes != live * 48 || now.available_bytes != (count_ - live) * 48) {
      return testing::AssertionFailure() << now.used_bytes << " used, " << now.available_bytes << " available";
    }
    return succeeded(pool_.check_invariants());
  }
};
using kinds = testing::Types<pool_allocator, static_pool<block_of_48, 9, 2>>;
class kind_names {
public:
  template <class Pool>
  static std::string GetName(int index) { // GoogleTest's spelling
    return index == 0 ? "lent" : "inside";
  }
};
TYPED_TEST_SUITE(pool_caches, kinds, kind_names);

// SR-CACHE-001
TYPED_TEST(pool_caches, refill_half_a_magazine_at_once_and_only_when_empty) {
  typename TestFixture::cache_type cache(this->pool_);
  ASSERT_TRUE(cache.is_attached());
  EXPECT_EQ(cache.error().code, error_code::none);
  EXPECT_TRUE(this->holds(0, 0));
  const std::uint64_t untouched = metadata_access::tag(this->pool_);
  std::byte* const first = this->take(cache);
  EXPECT_TRUE(this->holds(1, 1));
  EXPECT_EQ(metadata_access::tag(this->pool_), untouched + 1) << "one exchange";
  std::byte* const second = this->take(cache);
  EXPECT_TRUE(this->holds(2, 0));
  EXPECT_EQ(metadata_access::tag(this->pool_), untouched + 1) << "and none for the next block";
  EXPECT_NE(first, second);
  EXPECT_EQ(first, this->pool_.block_bytes().data) << "in the pool's order";
  static_cast<void>(this->take(cache));
  EXPECT_TRUE(this->holds(3, 1));
  EXPECT_EQ(metadata_access::tag(this->pool_), untouched + 2);
  EXPECT_EQ(cache.kept_blocks(), 1U);
  EXPECT_TRUE(succeeded(cache.check_invariants()));
}

// SR-CACHE-001
TYPED_TEST(pool_caches, give_each_block_once_and_are_exhausted_with_the_list) {
  typename TestFixture::cache_type cache(this->pool_);
  std::set<std::byte*> blocks;
  for (std::uint32_t index = 0; index < this->count_; ++index) {
    std::byte* const block = this->take(cache);
    EXPECT_TRUE(is_aligned(block, 16));
    EXPECT_TRUE(cache.owns(block));
    paint(block, 48, index);
    EXPECT_TRUE(blocks.insert(block).second);
    EXPECT_TRUE(succeeded(cache.check_invariants()));
  }
  EXPECT_TRUE(this->holds(9, 0));
  EXPECT_TRUE(refused(cache, this->log_, error_code::exhausted, [&] { return cache.allocate(this->block_); }));
}

TYPED_TEST(pool_caches, are_exhausted_while_another_cache_keeps_blocks) {
  typename TestFixture::cache_type hoarder(this->pool_);
  typename TestFixture::cache_type other(this->pool_);
  std::vector<std::byte*> blocks;
  for (std::uint32_t index = 0; index < this->count_; ++index) {
    blocks.push_back(this->take(this->pool_));
  }
  ASSERT_TRUE(succeeded(hoarder.deallocate(blocks.back())));
  EXPECT_TRUE(this->holds(8, 1));
  EXPECT_TRUE(refused(other, this->log_, error_code::exhausted, [&] { return other.allocate(this->block_); }));
  EXPECT_TRUE(failed_with(this->pool_.allocate(this->block_), error_code::exhausted));
  ASSERT_TRUE(succeeded(hoarder.flush()));
  EXPECT_EQ(this->take(other), blocks.back());
}

// SR-CACHE-002
TYPED_TEST(pool_caches, give_back_the_older_half_when_full_with_one_exchange) {
  typename TestFixture::cache_type cache(this->pool_);
  std::vector<std::byte*> blocks;
  for (std::uint32_t index = 0; index < 8; ++index) {
    blocks.push_back(this->take(this->pool_));
  }
  const std::uint64_t before = metadata_access::tag(this->pool_);
  for (std::uint32_t index = 0; index < magazine; ++index) {
    ASSERT_TRUE(succeeded(cache.deallocate(blocks[index])));
  }
  EXPECT_EQ(metadata_access::tag(this->pool_), before);
  EXPECT_TRUE(this->holds(4, 4));
  ASSERT_TRUE(succeeded(cache.deallocate(blocks[4])));
  EXPECT_EQ(metadata_access::tag(this->pool_), before + 1);
  EXPECT_TRUE(this->holds(3, 3));
  EXPECT_EQ(this->take(this->pool_), blocks[1]) << "the younger of the older half";
  EXPECT_EQ(this->take(this->pool_), blocks[0]);
  for (const std::size_t kept : {4U, 3U, 2U}) {
    EXPECT_EQ(this->take(cache), blocks[kept]) << "the newest comes out first";
  }
  EXPECT_TRUE(succeeded(cache.check_invariants()));
}

// SR-CACHE-002, SR-CACHE-005
TYPED_TEST(pool_caches, give_everything_back_by_flush_and_at_their_end) {
  std::vector<std::byte*> blocks;
  for (std::uint32_t index = 0; index < 3; ++index) {
    blocks.push_back(this->take(this->pool_));
  }
  {
    typename TestFixture::cache_type cache(this->pool_);
    for (std::byte* const block : blocks) {
      ASSERT_TRUE(succeeded(cache.deallocate(block)));
    }
    EXPECT_TRUE(this->holds(0, 3));
    const std::uint64_t before = metadata_access::tag(this->pool_);
    ASSERT_TRUE(succeeded(cache.flush()));
    EXPECT_EQ(metadata_access::tag(this->pool_), before + 1);
    EXPECT_TRUE(this->holds(0, 0));
    ASSERT_TRUE(succeeded(cache.flush()));
    EXPECT_EQ(metadata_access::tag(this->pool_), before + 1) << "an empty magazine has nothing to give";
    EXPECT_EQ(this->take(cache), blocks[2]) << "the newest comes out first";
    EXPECT_TRUE(this->holds(1, 1));
  }
  EXPECT_TRUE(this->holds(1, 0));
  EXPECT_EQ(this->log_.count(), 0U);
  EXPECT_TRUE(succeeded(this->pool_.deallocate(blocks[2])));
}

TYPED_TEST(pool_caches, serve_and_refuse_the_layouts_that_the_pool_does) {
  typename TestFixture::cache_type cache(this->pool_);
  for (const layout fits : {layout{1, 1}, layout{48, 16}, layout{47, 8}}) {
    const result<std::byte*> block = cache.allocate(fits);
    ASSERT_TRUE(succeeded(block));
    EXPECT_TRUE(succeeded(cache.deallocate(block.value(), fits)));
  }
  for (const layout malformed : {layout{0, 1}, layout{8, 0}, layout{8, 24}, layout{size_max, 0}}) {
    EXPECT_TRUE(refused(cache, this->log_, error_code::invalid_layout, [&] { return cache.allocate(malformed); }));
  }
  for (const layout beyond : {layout{49, 1}, layout{1, 32}, layout{size_max, 1}}) {
    EXPECT_TRUE(refused(cache, this->log_, error_code::layout_unsupported, [&] { return cache.allocate(beyond); }));
  }
  std::byte* const block = this->take(cache);
  for (const layout wrong : {layout{0, 1}, layout{49, 1}, layout{48, 32}, layout{48, 24}, layout{size_max, 1}}) {
    EXPECT_TRUE(
        refused(cache, this->log_, error_code::layout_mismatch, [&] { return cache.deallocate(block, wrong); }));
  }
}

// SR-CACHE-002
TYPED_TEST(pool_caches, refuse_wrong_frees_in_the_pools_order) {
  typename TestFixture::cache_type cache(this->pool_);
  std::byte* const block = this->take(cache);
  ASSERT_TRUE(succeeded(cache.deallocate(block)));
  const layout wrong{49, 1};
  std::byte foreign{};
  EXPECT_TRUE(refused(cache, this->log_, error_code::null_pointer, [&] { return cache.deallocate(nullptr, wrong); }));
  EXPECT_TRUE(
      refused(cache, this->log_, error_code::foreign_pointer, [&] { return cache.deallocate(&foreign, wrong); }));
  EXPECT_TRUE(
      refused(cache, this->log_, error_code::misaligned_pointer, [&] { return cache.deallocate(block + 1, wrong); }));
  EXPECT_TRUE(refused(cache, this->log_, error_code::layout_mismatch, [&] { return cache.deallocate(block, wrong); }));
  EXPECT_TRUE(refused(cache, this->log_, error_code::double_free, [&] { return cache.deallocate(block); }));
  EXPECT_EQ(this->log_.last().address, block);
  EXPECT_TRUE(refused(cache, this->log_, error_code::double_free, [&] { return cache.try_deallocate(block, 0); }));
  EXPECT_TRUE(refused(cache, this->log_, error_code::null_pointer, [&] { return cache.deallocate(nullptr); }));
}

// SR-CACHE-002
TYPED_TEST(pool_caches, see_a_double_free_at_once_by_whatever_way_it_comes) {
  typename TestFixture::cache_type mine(this->pool_);
  typename TestFixture::cache_type other(this->pool_);
  std::byte* const block = this->take(mine);
  ASSERT_TRUE(succeeded(mine.deallocate(block)));
  EXPECT_TRUE(refused(mine, this->log_, error_code::double_free, [&] { return mine.deallocate(block); }));
  EXPECT_TRUE(refused(other, this->log_, error_code::double_free, [&] { return other.deallocate(block); }));
  EXPECT_TRUE(refused(this->pool_, this->log_, error_code::double_free, [&] { return this->pool_.deallocate(block); }));
  ASSERT_TRUE(succeeded(mine.flush()));
  EXPECT_TRUE(refused(mine, this->log_, error_code::double_free, [&] { return mine.deallocate(block); }));
  std::byte* const direct = this->take(this->pool_);
  ASSERT_TRUE(succeeded(this->pool_.deallocate(direct)));
  EXPECT_TRUE(refused(mine, this->log_, error_code::double_free, [&] { return mine.deallocate(direct); }));
}

TYPED_TEST(pool_caches, take_back_blocks_of_other_caches_and_of_the_pool) {
  typename TestFixture::cache_type mine(this->pool_);
  typename TestFixture::cache_type other(this->pool_);
  std::byte* const from_mine = this->take(mine);
  std::byte* const from_pool = this->take(this->pool_);
  EXPECT_TRUE(succeeded(other.deallocate(from_mine)));
  EXPECT_TRUE(succeeded(other.deallocate(from_pool)));
  EXPECT_TRUE(this->holds(0, 3));
  EXPECT_EQ(this->take(other), from_pool);
  EXPECT_TRUE(succeeded(this->pool_.deallocate(from_pool)));
  EXPECT_TRUE(this->holds(0, 2));
}

// SR-CACHE-002, SR-POOL-009
TYPED_TEST(pool_caches, handles_name_one_allocation_from_a_cache_too) {
  typename TestFixture::cache_type cache(this->pool_);
  std::byte* const block = this->take(cache);
  const block_handle handle = this->pool_.handle_of(block).value();
  EXPECT_EQ(this->pool_.resolve(handle).value(), block);
  ASSERT_TRUE(succeeded(cache.deallocate(handle)));
  EXPECT_TRUE(refused(cache, this->log_, error_code::stale_handle, [&] { return cache.deallocate(handle); }));
  EXPECT_EQ(this->log_.last().address, block);
  EXPECT_TRUE(failed_with(this->pool_.resolve(handle), error_code::stale_handle));
  ASSERT_EQ(this->take(cache), block) << "the same block again";
  EXPECT_TRUE(refused(cache, this->log_, error_code::stale_handle, [&] { return cache.deallocate(handle); }));
  const block_handle present = this->pool_.handle_of(block).value();
  EXPECT_NE(present.generation, handle.generation);
  const block_handle forged{present.index, present.generation | 0x80000000U};
  EXPECT_TRUE(refused(cache, this->log_, error_code::stale_handle, [&] { return cache.deallocate(forged); }));
  EXPECT_TRUE(
      refused(cache, this->log_, error_code::foreign_pointer, [&] { return cache.deallocate(block_handle{}); }));
  EXPECT_TRUE(
      refused(cache, this->log_, error_code::foreign_pointer, [&] { return cache.deallocate(block_handle{9, 0}); }));
  EXPECT_TRUE(succeeded(cache.deallocate(present)));
}

TYPED_TEST(pool_caches, a_stale_handle_does_not_make_a_full_magazine_flush) {
  typename TestFixture::cache_type cache(this->pool_);
  std::vector<std::byte*> blocks;
  for (std::uint32_t index = 0; index < magazine; ++index) {
    blocks.push_back(this->take(this->pool_));
  }
  const block_handle handle = this->pool_.handle_of(blocks[0]).value();
  for (std::byte* const block : blocks) {
    ASSERT_TRUE(succeeded(cache.deallocate(block)));
  }
  EXPECT_TRUE(refused(cache, this->log_, error_code::stale_handle, [&] { return cache.deallocate(handle); }));
  EXPECT_TRUE(refused(cache, this->log_, error_code::double_free, [&] { return cache.deallocate(blocks[0]); }));
  EXPECT_EQ(cache.kept_blocks(), magazine);
}

// SR-CACHE-004: the peak is of the blocks off the list.
TYPED_TEST(pool_caches, say_in_the_pools_peak_how_many_blocks_were_off_the_list) {
  typename TestFixture::cache_type cache(this->pool_);
  EXPECT_EQ(this->pool_.state().peak_bytes, 0U);
  std::byte* const block = this->take(cache);
  EXPECT_EQ(this->pool_.state().peak_bytes, 2U * 48U) << "one live, one kept";
  ASSERT_TRUE(succeeded(cache.deallocate(block)));
  ASSERT_TRUE(succeeded(cache.flush()));
  EXPECT_EQ(this->pool_.state().peak_bytes, 2U * 48U);
  for (std::uint32_t index = 0; index < this->count_; ++index) {
    static_cast<void>(this->take(cache));
  }
  EXPECT_EQ(this->pool_.state().peak_bytes, 9U * 48U);
}

// SR-CACHE-004, SR-POOL-006
TYPED_TEST(pool_caches, keep_the_pool_from_being_reset_while_they_keep_blocks) {
  typename TestFixture::cache_type cache(this->pool_);
  ASSERT_TRUE(succeeded(cache.deallocate(this->take(cache))));
  EXPECT_TRUE(refused(this->pool_, this->log_, error_code::blocks_live, [&] { return this->pool_.reset(); }));
  ASSERT_TRUE(succeeded(cache.flush()));
  EXPECT_TRUE(succeeded(this->pool_.reset()));
  EXPECT_EQ(this->take(cache), this->pool_.block_bytes().data);
}

// SR-CACHE-005
TYPED_TEST(pool_caches, serve_from_the_list_without_a_slot) {
  typename TestFixture::cache_type first(this->pool_);
  typename TestFixture::cache_type second(this->pool_);
  typename TestFixture::cache_type third(this->pool_);
  EXPECT_FALSE(third.is_attached());
  EXPECT_EQ(third.error(), (error{error_code::no_cache_slot, operation::attach, component::pool_cache}));
  EXPECT_EQ(third.state().failures.of(error_code::no_cache_slot), 1U);
  EXPECT_EQ(this->log_.count(), 0U) << "no misuse";
  std::byte* const block = this->take(third);
  EXPECT_TRUE(this->holds(1, 0));
  EXPECT_EQ(third.kept_blocks(), 0U);
  EXPECT_TRUE(succeeded(third.check_invariants()));
  EXPECT_TRUE(refused(third, this->log_, error_code::misaligned_pointer, [&] { return third.deallocate(block + 1); }));
  EXPECT_TRUE(succeeded(third.deallocate(block)));
  EXPECT_TRUE(this->holds(0, 0));
  EXPECT_TRUE(refused(third, this->log_, error_code::double_free, [&] { return third.deallocate(block); }));
  EXPECT_TRUE(succeeded(third.flush()));
  for (std::uint32_t index = 0; index < this->count_; ++index) {
    static_cast<void>(this->take(third));
  }
  EXPECT_TRUE(refused(third, this->log_, error_code::exhausted, [&] { return third.allocate(this->block_); }));
}

// SR-CACHE-005
TYPED_TEST(pool_caches, leave_their_slot_to_the_next) {
  for (int round = 0; round < 5; ++round) {
    typename TestFixture::cache_type first(this->pool_);
    typename TestFixture::cache_type second(this->pool_);
    EXPECT_TRUE(first.is_attached() && second.is_attached());
    ASSERT_TRUE(succeeded(first.deallocate(this->take(first))));
    ASSERT_TRUE(succeeded(second.deallocate(this->take(second))));
    EXPECT_TRUE(this->holds(0, 4));
  }
  EXPECT_TRUE(this->holds(0, 0));
}

TYPED_TEST(pool_caches, report_to_their_own_hook_if_they_have_one) {
  fault_log own;
  typename TestFixture::cache_type cache(this->pool_, own.hook());
  EXPECT_TRUE(refused(cache, own, error_code::null_pointer, [&] { return cache.deallocate(nullptr); }));
  EXPECT_EQ(this->log_.count(), 0U);
  EXPECT_EQ(this->pool_.state().failures.total(), 0U) << "counted where it was made";
}

// SR-FAULT-003
TYPED_TEST(pool_caches, refuse_every_call_when_the_pool_is_corrupted) {
  typename TestFixture::cache_type cache(this->pool_);
  std::byte* const block = this->take(cache);
  const block_handle handle = this->pool_.handle_of(block).value();
  metadata_access::latch(this->pool_).store(1, memory_order::relaxed);
  EXPECT_TRUE(cache.is_corrupted());
  EXPECT_TRUE(failed_with(cache.allocate(this->block_), error_code::corrupted));
  EXPECT_TRUE(failed_with(cache.try_allocate({0, 0}, 1), error_code::corrupted));
  EXPECT_TRUE(failed_with(cache.deallocate(block), error_code::corrupted));
  EXPECT_TRUE(failed_with(cache.deallocate(block, {0, 0}), error_code::corrupted));
  EXPECT_TRUE(failed_with(cache.try_deallocate(nullptr, 1), error_code::corrupted));
  EXPECT_TRUE(failed_with(cache.deallocate(handle), error_code::corrupted));
  EXPECT_TRUE(failed_with(cache.flush(), error_code::corrupted));
  EXPECT_TRUE(failed_with(cache.try_flush(1), error_code::corrupted));
  EXPECT_TRUE(failed_with(cache.check_invariants(), error_code::corrupted));
  EXPECT_EQ(cache.state().failures.of(error_code::corrupted), 9U);
  typename TestFixture::cache_type late(this->pool_);
  EXPECT_FALSE(late.is_attached());
  EXPECT_EQ(late.error().code, error_code::corrupted);
  EXPECT_EQ(this->log_.count(), 0U) << "a latched pool has been reported";
}

// SR-INV-002: a cache changes blocks and leaves the list as it is.
TYPED_TEST(pool_caches, make_an_audit_in_steps_of_the_pool_begin_anew) {
  typename TestFixture::cache_type cache(this->pool_);
  std::vector<std::byte*> blocks{this->take(cache), this->take(cache), this->take(cache)};
  ASSERT_TRUE(succeeded(cache.deallocate(blocks[0])));
  const std::uint64_t tag = metadata_access::tag(this->pool_);
  for (std::size_t steps = 1; steps < 24; ++steps) {
    audit_cursor cursor;
    ASSERT_TRUE(succeeded(this->pool_.audit(cursor, steps)));
    std::byte* const block = this->take(cache);
    ASSERT_TRUE(succeeded(this->pool_.audit(cursor, 24)));
    ASSERT_TRUE(succeeded(this->pool_.audit(cursor, steps)));
    ASSERT_TRUE(succeeded(cache.deallocate(block)));
    ASSERT_TRUE(succeeded(this->pool_.audit(cursor, 24)));
  }
  EXPECT_EQ(metadata_access::tag(this->pool_), tag) << "all of it in the magazine";
}

// --- what is not typed -----------------------------------------------------------------------------------------------

TEST(pool_cache, of_one_block_works_as_well) {
  cached_rig<pool_allocator> rig;
  pool_cache<pool_allocator, 1> cache(rig.pool);
  std::vector<std::byte*> blocks;
  for (std::uint32_t index = 0; index < rig.block_count; ++index) {
    blocks.push_back(cache.allocate(rig.block).value());
  }
  EXPECT_TRUE(failed_with(cache.allocate(rig.block), error_code::exhausted));
  for (std::byte* const block : blocks) {
    ASSERT_TRUE(succeeded(cache.deallocate(block)));
    EXPECT_EQ(cache.kept_blocks(), 1U);
    ASSERT_TRUE(succeeded(cache.check_invariants()));
  }
  EXPECT_EQ(rig.pool.state().cached_blocks, 1U);
  EXPECT_EQ(rig.pool.state().live_blocks, 0U);
}

TEST(pool_cache, larger_than_its_pool_takes_what_there_is) {
  cached_rig<pool_allocator> rig;
  pool_cache<> cache(rig.pool);
  EXPECT_EQ(cache.capacity(), 64U);
  EXPECT_TRUE(succeeded(cache.allocate(rig.block)));
  EXPECT_EQ(cache.kept_blocks(), 8U);
  EXPECT_TRUE(failed_with(rig.pool.allocate(rig.block), error_code::exhausted));
  EXPECT_EQ(rig.pool.state().live_blocks, 1U);
  EXPECT_EQ(rig.pool.state().peak_bytes, 9U * 48U);
}

// SR-CACHE-005
TEST(pool_cache, that_outlives_its_pool_is_reported) {
  fault_log log;
  storage<4096> lent;
  std::optional<pool_allocator> pool;
  pool.emplace(pool_config{lent.span(), 48, 16, 5, log.hook(), check_level::standard, 2}.validate().value());
  {
    const pool_cache<> in_time(*pool);
  }
  pool.reset();
  EXPECT_EQ(log.count(), 0U);

  pool.emplace(pool_config{lent.span(), 48, 16, 5, log.hook(), check_level::standard, 2}.validate().value());
  alignas(pool_cache<>) std::byte place[sizeof(pool_cache<>)];
  ::new (static_cast<void*>(place)) pool_cache<>(*pool); // never ended: it would touch what is no more
  const void* const ended = &*pool;
  pool.reset();
  ASSERT_EQ(log.count(), 1U);
  EXPECT_EQ(log.last().what, (error{error_code::caches_attached, operation::destroy, component::pool_allocator}));
  EXPECT_EQ(log.last().allocator, ended);
}

TEST(pool_cache, over_a_pool_without_slots_is_no_cache) {
  pool_rig<static_pool<block_of_48, 5>> rig;
  pool_cache<static_pool<block_of_48, 5>> cache(rig.pool);
  EXPECT_FALSE(cache.is_attached());
  EXPECT_EQ(cache.error().code, error_code::no_cache_slot);
  const result<std::byte*> block = cache.allocate(rig.block);
  ASSERT_TRUE(succeeded(block));
  EXPECT_EQ(rig.pool.state().live_blocks, 1U);
  EXPECT_TRUE(succeeded(cache.deallocate(block.value())));
}

TEST(pool_cache, over_a_pool_of_no_plan_refuses_everything) {
  pool_allocator nothing{pool_plan{}};
  pool_cache<> cache(nothing);
  std::byte foreign{};
  EXPECT_FALSE(cache.is_attached());
  EXPECT_TRUE(failed_with(cache.allocate({1, 1}), error_code::layout_unsupported));
  EXPECT_TRUE(failed_with(cache.deallocate(&foreign), error_code::foreign_pointer));
  EXPECT_TRUE(failed_with(cache.deallocate(nullptr), error_code::null_pointer));
  EXPECT_TRUE(failed_with(cache.deallocate(block_handle{0, 0}), error_code::foreign_pointer));
  EXPECT_TRUE(succeeded(cache.flush()));
  EXPECT_TRUE(succeeded(cache.check_invariants()));
}

// SR-STATE-001: what is read while blocks move is at most what there is.
TEST(pool_cache, shown_more_blocks_than_are_off_the_list_the_pool_does_not_wrap) {
  cached_rig<pool_allocator> rig;
  pool_cache<pool_allocator, magazine> cache(rig.pool);
  ASSERT_TRUE(succeeded(cache.allocate(rig.block)));
  metadata_access::cache_slot_of(rig.pool, 0).show(7); // as a reader sees a block twice
  const allocator_state now = rig.pool.state();
  EXPECT_EQ(now.cached_blocks, 2U);
  EXPECT_EQ(now.live_blocks, 0U);
  EXPECT_EQ(now.used_bytes + now.available_bytes, now.capacity_bytes);
  metadata_access::cache_slot_of(rig.pool, 0).show(1);
}

TEST(pool_cache, slots_tell_each_change_apart_until_they_wrap) {
  cache_slot<shared_atomics> slot;
  EXPECT_FALSE(slot.is_owned());
  EXPECT_TRUE(slot.claim());
  EXPECT_FALSE(slot.claim());
  EXPECT_TRUE(slot.is_owned());
  std::uint64_t before = slot.version();
  constexpr std::uint32_t most = cache_slot<shared_atomics>::blocks_max;
  for (const std::uint32_t blocks : std::initializer_list<std::uint32_t>{5, 4, 5, 0, 0, most, 0}) {
    slot.show(blocks);
    EXPECT_EQ(slot.blocks(), blocks);
    EXPECT_GT(slot.version(), before);
    before = slot.version();
  }
  slot.release();
  EXPECT_FALSE(slot.is_owned());
  EXPECT_TRUE(slot.claim());
  EXPECT_EQ(slot.version(), before) << "an owner's coming and going is no change of blocks";
}

// --- the paranoid level ----------------------------------------------------------------------------------------------

/// A block whose stride has room for a canary, in a paranoid pool with one slot.
class paranoid_rig {
public:
  static constexpr layout block{40, 8};
  fault_log log{};
  storage<4096> lent{};
  pool_allocator pool{
      pool_config{lent.span(), block.size, block.align, 5, log.hook(), check_level::paranoid, 1}.validate().value()};
  pool_cache<pool_allocator, 4> cache{pool};
};

// SR-CHK-002, SR-CACHE-002
TEST(pool_cache, of_a_paranoid_pool_finds_a_write_after_free_and_keeps_the_mended_block) {
  paranoid_rig rig;
  std::byte* const block = rig.cache.allocate(rig.block).value();
  ASSERT_TRUE(succeeded(rig.cache.deallocate(block)));
  verify::write_astray(block + 7);
  EXPECT_TRUE(failed_with(rig.cache.allocate(rig.block), error_code::written_after_free));
  ASSERT_EQ(rig.log.count(), 1U);
  EXPECT_EQ(rig.log.last().address, block + 7);
  EXPECT_EQ(rig.log.last().allocator, &rig.cache);
  EXPECT_EQ(rig.cache.kept_blocks(), 2U);
  EXPECT_EQ(rig.cache.allocate(rig.block).value(), block) << "mended";
  EXPECT_TRUE(succeeded(rig.pool.check_invariants()));
}

// SR-CHK-002, SR-CACHE-002
TEST(pool_cache, of_a_paranoid_pool_finds_an_overrun_and_leaves_the_block_live) {
  paranoid_rig rig;
  std::byte* const block = rig.cache.allocate(rig.block).value();
  const block_handle handle = rig.pool.handle_of(block).value();
  verify::write_astray(block + 40);
  EXPECT_TRUE(refused(rig.cache, rig.log, error_code::overrun, [&] { return rig.cache.deallocate(block); }));
  EXPECT_EQ(rig.log.last().address, block + 40);
  EXPECT_EQ(rig.pool.resolve(handle).value(), block);
  verify::write_astray(block + 41);
  EXPECT_TRUE(refused(rig.cache, rig.log, error_code::overrun, [&] { return rig.cache.deallocate(handle); }));
  EXPECT_TRUE(succeeded(rig.cache.deallocate(handle)));
  EXPECT_TRUE(succeeded(rig.pool.check_invariants())) << "what is kept is free, and holds the pattern";
}

TEST(pool_cache, without_a_slot_puts_a_block_that_was_written_to_back_on_the_list) {
  paranoid_rig rig;
  pool_cache<pool_allocator, 4> none(rig.pool);
  ASSERT_FALSE(none.is_attached());
  verify::write_astray(rig.pool.block_bytes().data);
  EXPECT_TRUE(failed_with(none.allocate(rig.block), error_code::written_after_free));
  EXPECT_TRUE(succeeded(none.check_invariants()));
  EXPECT_EQ(rig.pool.state().live_blocks, 0U);
  EXPECT_EQ(none.allocate(rig.block).value(), rig.pool.block_bytes().data);
}

// --- the bounded forms -----------------------------------------------------------------------------------------------

struct contended_cache_tag;
using contended_atomics = interposed_atomics<contended_cache_tag>;
using contended_storage = inline_block_storage<contended_atomics, 48, 16, 5, 1>;
using contended_pool = basic_pool<contended_atomics, contended_storage>;

class contended_rig {
public:
  contended_rig() { contended_atomics::control() = {}; }
  ~contended_rig() { contended_atomics::control() = {}; }
  contended_rig(const contended_rig&) = delete;
  contended_rig& operator=(const contended_rig&) = delete;
  static void spoil(std::size_t tries) { contended_atomics::control().failures_to_come = tries; }

  fault_log log{};
  contended_pool pool{log.hook()};
  basic_pool_cache<contended_atomics, contended_storage, 2> cache{pool};
};

// SR-CACHE-003
TEST(pool_cache, a_bounded_refill_says_contended_and_never_exhausted) {
  contended_rig rig;
  rig.spoil(4);
  EXPECT_TRUE(refused(rig.cache, rig.log, error_code::contended, [&] { return rig.cache.try_allocate({48, 16}, 3); }));
  EXPECT_EQ(rig.cache.kept_blocks(), 0U);
  rig.spoil(3);
  EXPECT_TRUE(succeeded(rig.cache.try_allocate({48, 16}, 3)));
  rig.spoil(1000);
  EXPECT_TRUE(succeeded(rig.cache.allocate({48, 16}))) << "without a bound it goes on";
  rig.spoil(0);
  while (rig.cache.allocate({48, 16}).has_value()) {
  }
  rig.spoil(9);
  EXPECT_TRUE(failed_with(rig.cache.try_allocate({48, 16}, 0), error_code::exhausted));
}

// SR-CACHE-003
TEST(pool_cache, a_bounded_free_that_finds_no_room_leaves_the_block_live) {
  contended_rig rig;
  std::byte* blocks[3] = {};
  for (std::byte*& block : blocks) {
    block = rig.pool.allocate({48, 16}).value();
  }
  ASSERT_TRUE(succeeded(rig.cache.try_deallocate(blocks[0], 0)));
  ASSERT_TRUE(succeeded(rig.cache.try_deallocate(blocks[1], 0)));
  const block_handle handle = rig.pool.handle_of(blocks[2]).value();
  rig.spoil(2);
  EXPECT_TRUE(
      refused(rig.cache, rig.log, error_code::contended, [&] { return rig.cache.try_deallocate(blocks[2], 1); }));
  EXPECT_EQ(rig.cache.kept_blocks(), 2U);
  EXPECT_EQ(rig.pool.resolve(handle).value(), blocks[2]) << "live, in the same generation";
  rig.spoil(5);
  EXPECT_TRUE(refused(rig.cache, rig.log, error_code::double_free, [&] {
    return rig.cache.try_deallocate(blocks[1], 0);
  })) << "a misuse is told before contention";
  rig.spoil(1);
  EXPECT_TRUE(succeeded(rig.cache.try_deallocate(blocks[2], 1)));
  EXPECT_EQ(rig.pool.state().live_blocks, 0U);
}

// SR-CACHE-003
TEST(pool_cache, a_bounded_flush_that_is_contended_keeps_all) {
  contended_rig rig;
  ASSERT_TRUE(succeeded(rig.cache.deallocate(rig.cache.allocate({48, 16}).value())));
  rig.spoil(3);
  EXPECT_TRUE(refused(rig.cache, rig.log, error_code::contended, [&] { return rig.cache.try_flush(2); }));
  EXPECT_EQ(rig.pool.state().cached_blocks, rig.cache.kept_blocks());
  rig.spoil(2);
  EXPECT_TRUE(succeeded(rig.cache.try_flush(2)));
  EXPECT_EQ(rig.pool.state().cached_blocks, 0U);
}

// SR-CACHE-001: the fast path exchanges nothing but, when it frees, the block's own word; and when it allocates, nothing.
TEST(pool_cache, the_fast_path_locks_nothing_but_the_freed_blocks_own_word) {
  contended_rig rig;
  std::byte* const block = rig.cache.allocate({48, 16}).value();
  ASSERT_TRUE(succeeded(rig.cache.deallocate(block)));
  using kind = interposition::event::kind;
  const auto exchanges = [] {
    const auto& events = contended_atomics::control().events;
    return std::count_if(events.begin(), events.end(),
                         [](const auto& each) { return each.what == kind::exchanged || each.what == kind::failed; });
  };
  contended_atomics::control().keeps_events = true;
  ASSERT_EQ(rig.cache.allocate({48, 16}).value(), block);
  EXPECT_EQ(exchanges(), 0);
  contended_atomics::control().events.clear();
  ASSERT_TRUE(succeeded(rig.cache.deallocate(block)));
  EXPECT_EQ(exchanges(), 1);
  for (const auto& each : contended_atomics::control().events) {
    EXPECT_TRUE(each.what != kind::exchanged || each.word_bytes == sizeof(std::uint32_t))
        << "a state word, not the head";
  }
}

} // namespace
