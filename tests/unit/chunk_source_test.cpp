// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <optional>
#include <type_traits>

#include "arena_rig.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

static_assert(std::is_trivially_copyable_v<chunk_source> && sizeof(chunk_source) == 3 * sizeof(void*));
static_assert(!std::is_copy_constructible_v<span_chunk_source>);

class span_source : public testing::Test {
protected:
  fault_log log_{};
  storage<4096> storage_{};
  span_chunk_source span_{stack_config{storage_.span(5), log_.hook()}.validate().value()};

  [[nodiscard]] byte_span acquire(std::size_t bytes) {
    const chunk_source source = span_.source();
    const result<byte_span> chunk = source.acquire(source.context, bytes, chunk_align_bytes);
    EXPECT_TRUE(succeeded(chunk));
    return chunk.value();
  }
  [[nodiscard]] result<void> release(byte_span chunk) {
    const chunk_source source = span_.source();
    return source.release(source.context, chunk);
  }
};

// SR-CHUNK-002
TEST_F(span_source, gives_chunks_one_after_the_other_and_takes_them_back_in_reverse) {
  const byte_span first = acquire(100);
  const byte_span second = acquire(200);
  EXPECT_EQ(first.size, 100U);
  EXPECT_EQ(second.size, 200U);
  EXPECT_TRUE(is_aligned(first.data, chunk_align_bytes) && is_aligned(second.data, chunk_align_bytes));
  EXPECT_GE(second.data, first.data + first.size);
  EXPECT_EQ(span_.chunks().state().live_blocks, 2U);
  EXPECT_TRUE(succeeded(release(second)));
  EXPECT_TRUE(succeeded(release(first)));
  EXPECT_EQ(span_.chunks().state().used_bytes, 0U);
  EXPECT_EQ(acquire(100).data, first.data);
}

// SR-CHUNK-002
TEST_F(span_source, refuses_to_take_back_what_is_not_the_youngest_chunk) {
  const byte_span first = acquire(100);
  const byte_span second = acquire(200);
  EXPECT_TRUE(failed_with(release(first), error_code::lifo_violation));
  EXPECT_TRUE(failed_with(release({second.data, 199}), error_code::layout_mismatch));
  EXPECT_TRUE(failed_with(release({second.data + chunk_align_bytes, 100}), error_code::misaligned_pointer));
  EXPECT_EQ(log_.count(), 3U);
  EXPECT_TRUE(succeeded(release(second)));
  EXPECT_TRUE(failed_with(release(second), error_code::double_free));
  EXPECT_TRUE(succeeded(release(first)));
  EXPECT_TRUE(succeeded(span_.chunks().check_invariants()));
}

// SR-CHUNK-002
TEST_F(span_source, refuses_what_it_has_no_room_for) {
  const chunk_source source = span_.source();
  EXPECT_TRUE(failed_with(source.acquire(source.context, 4096, chunk_align_bytes), error_code::layout_unsupported));
  EXPECT_TRUE(failed_with(source.acquire(source.context, 64, 2 * chunk_align_bytes), error_code::layout_unsupported));
  const byte_span most = acquire(3000);
  EXPECT_TRUE(failed_with(source.acquire(source.context, 3000, chunk_align_bytes), error_code::exhausted));
  EXPECT_TRUE(succeeded(release(most)));
  EXPECT_EQ(log_.count(), 0U);
}

// SR-CHUNK-002
TEST_F(span_source, serves_an_arena_until_its_storage_is_used_up) {
  arena_rig rig;
  rig.made_of.source = span_.source();
  {
    arena subject(rig.made_of.validate().value());
    std::size_t blocks = 0;
    while (subject.allocate({500, 8}).has_value()) {
      ++blocks;
    }
    EXPECT_EQ(blocks, 3U) << "one in each of as many chunks of 1,024 bytes and a header as fit";
    EXPECT_TRUE(failed_with(subject.allocate({500, 8}), error_code::exhausted));
    EXPECT_TRUE(failed_with(subject.allocate({50000, 8}), error_code::layout_unsupported));
    EXPECT_EQ(span_.chunks().state().live_blocks, 3U);
    ASSERT_TRUE(succeeded(subject.reset()));
    EXPECT_EQ(span_.chunks().state().live_blocks, 1U);
  }
  EXPECT_EQ(span_.chunks().state().live_blocks, 0U);
}

// SR-CHUNK-002
TEST_F(span_source, that_two_arenas_share_reports_the_one_that_breaks_the_order) {
  arena_rig rig;
  rig.made_of.source = span_.source();
  std::optional<arena> one(std::in_place, rig.made_of.validate().value());
  std::optional<arena> other(std::in_place, rig.made_of.validate().value());
  ASSERT_TRUE(succeeded(one->allocate({1, 1})) && succeeded(other->allocate({1, 1})));
  one.reset();
  EXPECT_EQ(log_.count(), 1U) << "the source saw that it was not the youngest chunk";
  EXPECT_EQ(log_.last().what.code, error_code::lifo_violation);
  ASSERT_EQ(rig.log.count(), 1U);
  EXPECT_EQ(rig.log.last().broken, invariant::arena_source_takes_chunks_back);
  other.reset();
  EXPECT_EQ(rig.log.count(), 1U);
}

// --- pools

template <class Pool>
class pool_source : public testing::Test {
protected:
  fault_log log_{};
  storage<8192> storage_{};
  using config = typename Pool::config_type;
  Pool pool_{config{storage_.span(3), 1000, 64, 4, log_.hook()}.validate().value()};
};
using pools = testing::Types<pool_allocator, local_pool_allocator>;
TYPED_TEST_SUITE(pool_source, pools);

// SR-CHUNK-003
TYPED_TEST(pool_source, gives_whole_blocks_and_passes_on_the_pools_errors) {
  const chunk_source source = pool_chunk_source(this->pool_);
  byte_span chunks[4];
  for (byte_span& chunk : chunks) {
    const result<byte_span> got = source.acquire(source.context, 500, chunk_align_bytes);
    ASSERT_TRUE(succeeded(got));
    chunk = got.value();
    EXPECT_EQ(chunk.size, 1000U);
  }
  const result<byte_span> none = source.acquire(source.context, 500, chunk_align_bytes);
  EXPECT_TRUE(failed_with(none, error_code::exhausted));
  EXPECT_TRUE(failed_with(source.acquire(source.context, 1001, chunk_align_bytes), error_code::layout_unsupported));
  EXPECT_TRUE(succeeded(source.release(source.context, chunks[1])));
  EXPECT_TRUE(failed_with(source.release(source.context, chunks[1]), error_code::double_free));
  EXPECT_TRUE(succeeded(source.release(source.context, chunks[3]))) << "in any order";
  EXPECT_EQ(this->pool_.state().live_blocks, 2U);
}

// SR-CHUNK-003
TYPED_TEST(pool_source, is_shared_by_arenas_that_end_in_any_order) {
  arena_rig rig;
  rig.made_of.source = pool_chunk_source(this->pool_);
  rig.made_of.chunk_bytes = 1000;
  std::optional<arena> one(std::in_place, rig.made_of.validate().value());
  std::optional<arena> other(std::in_place, rig.made_of.validate().value());
  ASSERT_TRUE(succeeded(one->allocate({700, 1})) && succeeded(other->allocate({700, 1})));
  ASSERT_TRUE(succeeded(one->allocate({700, 1})) && succeeded(other->allocate({700, 1})));
  EXPECT_TRUE(failed_with(one->allocate({700, 1}), error_code::exhausted));
  EXPECT_TRUE(failed_with(other->allocate({7000, 1}), error_code::layout_unsupported));
  one.reset();
  EXPECT_EQ(this->pool_.state().live_blocks, 2U);
  ASSERT_TRUE(succeeded(other->allocate({700, 1})));
  EXPECT_TRUE(succeeded(other->check_invariants()));
  other.reset();
  EXPECT_EQ(this->pool_.state().live_blocks, 0U);
  EXPECT_EQ(this->log_.count() + rig.log.count(), 0U);
}

/// Two arenas over one paranoid pool, or a paranoid stack, whose clients write beyond their chunks.
constexpr std::size_t chunk_of_pool = 1024;

// SR-ARENA-003 SR-FAULT-002: a stray write into what one arena has is no fault of another
TEST(arena_over_a_paranoid_source, gives_back_its_chunks_past_stray_writes_of_others) {
  storage<8 * chunk_of_pool> memory;
  fault_log log_of_pool;
  local_pool_config blocks;
  blocks.storage = memory.span();
  blocks.block_size_bytes = chunk_of_pool;
  blocks.block_align_bytes = chunk_align_bytes;
  blocks.block_count = 6;
  blocks.hook = log_of_pool.hook();
  blocks.level = check_level::paranoid;
  local_pool_allocator pool(blocks.validate().value());
  arena_rig rig;
  rig.made_of.source = pool_chunk_source(pool);
  rig.made_of.chunk_bytes = chunk_of_pool;
  arena careless(rig.made_of.validate().value());
  arena innocent(rig.made_of.validate().value());
  std::byte* const block = careless.allocate({500, 1}).value();
  ASSERT_TRUE(succeeded(innocent.allocate({900, 1})) && succeeded(innocent.allocate({900, 1})));
  // the chunk is where its one block is
  std::byte* const chunk = block - arena::header_bytes();
  chunk[chunk_of_pool] ^= std::byte{0xFF};

  EXPECT_TRUE(succeeded(innocent.reset()));
  EXPECT_FALSE(innocent.is_corrupted());
  EXPECT_EQ(innocent.statistics().chunk_count, 1U);
  EXPECT_EQ(log_of_pool.count(), 1U);
  EXPECT_EQ(log_of_pool.last().what.code, error_code::overrun);
  EXPECT_EQ(rig.log.count(), 0U);
  EXPECT_TRUE(succeeded(innocent.check_invariants()));
}

// SR-CHUNK-001: a source that finds stray writes without end does not take the chunk back
TEST(arena_over_a_defective_source, stops_asking_it_to_take_a_chunk_back) {
  arena_rig rig;
  ASSERT_TRUE(succeeded(rig.subject.allocate({rig.made_of.chunk_bytes / 2, 1})));
  ASSERT_TRUE(succeeded(rig.subject.allocate({rig.made_of.chunk_bytes / 2, 1})));
  rig.chunks.release_refusal = error_code::overrun;
  EXPECT_TRUE(failed_with(rig.subject.reset(), error_code::corrupted));
  rig.chunks.release_refusal = error_code::none;
}

// SR-CHUNK-001: memory that the arena holds is not given back while blocks are in it, whatever else is wrong with it
TEST(arena_over_a_defective_source, does_not_give_back_what_overlaps_and_is_too_large) {
  arena_rig rig(true, arena_growth::fixed, 3000);
  ASSERT_TRUE(succeeded(rig.subject.allocate({rig.made_of.chunk_bytes / 2, 1})));
  const byte_span held = rig.chunks.out().front();
  rig.chunks.instead = [&](byte_span) { return byte_span{held.data, 8000}; };
  EXPECT_TRUE(failed_with(rig.subject.allocate({rig.made_of.chunk_bytes / 2, 1}), error_code::corrupted));
  ASSERT_NE(rig.log.count(), 0U);
  EXPECT_EQ(rig.log.last().broken, invariant::arena_chunks_disjoint);
  EXPECT_EQ(rig.chunks.out().size(), 2U) << "nothing went back";
}

} // namespace
