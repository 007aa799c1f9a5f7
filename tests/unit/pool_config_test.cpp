// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <limits>

#include "metadata_access.hpp"
#include "policies.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

constexpr std::size_t size_max = std::numeric_limits<std::size_t>::max();

template <class Value>
testing::AssertionResult field_refused(const result<Value>& outcome, configuration_field field) {
  const error expected{error_code::invalid_configuration, operation::configure, component::pool_allocator, field};
  return outcome.error() == expected ? testing::AssertionSuccess() : testing::AssertionFailure() << outcome.error();
}

// SR-CFG-001
TEST(pool_config, names_the_field_that_is_wrong) {
  storage<4096> lent;
  const pool_config good{lent.span(), 40, 16, 5, {}};
  ASSERT_TRUE(succeeded(good.validate()));

  pool_config wrong = good;
  wrong.storage = {nullptr, 4096};
  EXPECT_TRUE(field_refused(wrong.validate(), configuration_field::storage));
  wrong = good;
  wrong.storage.size = 4 * 48;
  EXPECT_TRUE(field_refused(wrong.validate(), configuration_field::storage));
  wrong = good;
  wrong.block_size_bytes = 0;
  EXPECT_TRUE(field_refused(wrong.validate(), configuration_field::block_size_bytes));
  wrong.block_size_bytes = size_max - 8;
  EXPECT_TRUE(field_refused(wrong.validate(), configuration_field::block_size_bytes));
  wrong = good;
  for (const std::size_t align : {std::size_t{0}, std::size_t{3}, std::size_t{24}, size_max}) {
    wrong.block_align_bytes = align;
    EXPECT_TRUE(field_refused(wrong.validate(), configuration_field::block_align_bytes));
  }
  wrong = good;
  wrong.block_count = pool_config::block_count_max + 1;
  EXPECT_TRUE(field_refused(wrong.validate(), configuration_field::block_count));
  wrong.block_count = size_max;
  EXPECT_TRUE(field_refused(wrong.validate(), configuration_field::block_count));
  if constexpr (sizeof(std::size_t) == 8) {
    wrong.block_count = pool_config::block_count_max;
    EXPECT_TRUE(field_refused(wrong.validate(), configuration_field::storage)) << "allowed, but not in this storage";
  }
  wrong = good;
  wrong.block_size_bytes = size_max / 4;
  EXPECT_TRUE(field_refused(wrong.validate(), configuration_field::storage)) << "the product wraps";
}

// SR-POOL-002
TEST(pool_config, states_the_storage_that_it_needs_and_needs_no_more) {
  static storage<8192> lent;
  for (const std::size_t align : {1U, 2U, 8U, 16U, 64U, 256U}) {
    for (const std::size_t size : {1U, 7U, 16U, 40U, 100U}) {
      for (const std::size_t count : {1U, 2U, 5U, 9U}) {
        const result<std::size_t> bytes = pool_config::storage_bytes(size, align, count);
        ASSERT_TRUE(succeeded(bytes));
        ASSERT_LE(bytes.value(), 8192U);
        const std::size_t begin = pool_config::storage_align(align) == 4096 ? 0 : pool_config::storage_align(align);
        EXPECT_TRUE(succeeded(pool_config{lent.span(begin, bytes.value()), size, align, count, {}}.validate()));
        EXPECT_TRUE(field_refused(pool_config{lent.span(begin, bytes.value() - 1), size, align, count, {}}.validate(),
                                  configuration_field::storage))
            << size << ' ' << align << ' ' << count;
      }
    }
  }
}

// SR-CACHE-004
TEST(pool_config, states_the_storage_of_caches_too_and_gives_each_a_line_of_its_own) {
  constexpr std::size_t line = shared_atomics::contention_align_bytes;
  static storage<8192> lent;
  for (const std::size_t caches : {1U, 2U, 7U}) {
    for (const std::size_t align : {1U, 16U, 128U}) {
      const result<std::size_t> bytes = pool_config::storage_bytes(40, align, 5, check_level::standard, caches);
      ASSERT_TRUE(succeeded(bytes));
      EXPECT_EQ(pool_config::storage_align(align, caches), align < line ? line : align);
      const std::size_t begin = pool_config::storage_align(align, caches);
      const pool_config exact{lent.span(begin, bytes.value()), 40, align, 5, {}, check_level::standard, caches};
      const result<pool_plan> plan = exact.validate();
      ASSERT_TRUE(succeeded(plan));
      EXPECT_EQ(plan.value().cache_count(), caches);
      pool_allocator pool(plan.value());
      EXPECT_EQ(pool.cache_count(), caches);
      for (std::uint32_t index = 0; index < caches; ++index) {
        EXPECT_TRUE(is_aligned(
            static_cast<std::byte*>(static_cast<void*>(&metadata_access::cache_slot_of(pool, index))), line));
      }
      EXPECT_TRUE(succeeded(pool.check_invariants()));
      pool_config less = exact;
      less.storage.size -= 1;
      EXPECT_TRUE(field_refused(less.validate(), configuration_field::storage));
    }
  }
}

TEST(pool_config, refuses_more_caches_than_a_pool_can_have) {
  storage<4096> lent;
  const auto with = [&](std::size_t caches) {
    return pool_config{lent.span(), 40, 8, 5, {}, check_level::standard, caches}.validate();
  };
  EXPECT_TRUE(succeeded(with(50)));
  EXPECT_TRUE(field_refused(with(pool_config::cache_count_max), configuration_field::storage))
      << "allowed, but not here";
  EXPECT_TRUE(field_refused(with(pool_config::cache_count_max + 1), configuration_field::cache_count));
  EXPECT_TRUE(field_refused(with(size_max), configuration_field::cache_count));
  EXPECT_TRUE(field_refused(pool_config::storage_bytes(8, 8, 5, check_level::standard, size_max),
                            configuration_field::cache_count));
  const local_pool_config local{lent.span(), 40, 8, 5, {}, check_level::standard, 1};
  EXPECT_EQ(local.validate().error(), (error{error_code::invalid_configuration, operation::configure,
                                             component::local_pool_allocator, configuration_field::cache_count}))
      << "a pool with one owner needs none";
}

/// For every size and offset, with caches: without a count the pool holds as many blocks as can be.
TEST(pool_config, lays_out_storage_with_caches) {
  static storage<8192> lent;
  for (const std::size_t align : {1U, 8U, 64U}) {
    for (std::size_t offset = 0; offset < 66; offset += 1 + offset / 8) {
      for (std::size_t size = 1; size < 700; size += 1 + size / 64) {
        const byte_span span = lent.span(offset, size);
        const pool_config config{span, 20, align, 0, {}, check_level::standard, 2};
        const result<pool_plan> plan = config.validate();
        const std::size_t count = plan.has_value() ? plan.value().block_count() : 0;
        pool_config more = config;
        more.block_count = count + 1;
        ASSERT_TRUE(field_refused(more.validate(), configuration_field::storage))
            << "it could have held one more: size " << size << " offset " << offset << " align " << align;
        if (plan.has_value()) {
          const pool_allocator pool(plan.value());
          const byte_span blocks = pool.block_bytes();
          ASSERT_TRUE(is_aligned(blocks.data, align));
          ASSERT_GE(blocks.data, span.data + 2 * sizeof(cache_slot<shared_atomics>)) << "the slots come first";
          ASSERT_LE(blocks.data + blocks.size, span.data + size);
        }
      }
    }
  }
}

TEST(pool_config, storage_bytes_refuses_what_is_out_of_range) {
  EXPECT_TRUE(field_refused(pool_config::storage_bytes(0, 8, 5), configuration_field::block_size_bytes));
  EXPECT_TRUE(field_refused(pool_config::storage_bytes(size_max, 8, 5), configuration_field::block_size_bytes));
  EXPECT_TRUE(field_refused(pool_config::storage_bytes(8, 0, 5), configuration_field::block_align_bytes));
  EXPECT_TRUE(field_refused(pool_config::storage_bytes(8, 24, 5), configuration_field::block_align_bytes));
  EXPECT_TRUE(field_refused(pool_config::storage_bytes(8, 8, 0), configuration_field::block_count));
  EXPECT_TRUE(field_refused(pool_config::storage_bytes(8, 8, size_max), configuration_field::block_count));
  EXPECT_TRUE(failed_with(pool_config::storage_bytes(size_max / 4, 8, 5), error_code::size_overflow));
  EXPECT_TRUE(failed_with(pool_config::storage_bytes(size_max - 15, 8, 1), error_code::size_overflow))
      << "with its record";
}

// SR-ATOM-002
TEST(pool_config, a_narrow_head_leaves_the_tag_sixteen_bits) {
  using narrow_config = basic_pool_config<narrow_policy>;
  static_assert(narrow_config::block_count_max == 65535);
  EXPECT_TRUE(succeeded(narrow_config::storage_bytes(1, 1, 65535)));
  EXPECT_TRUE(field_refused(narrow_config::storage_bytes(1, 1, 65536), configuration_field::block_count));
  storage<64> lent;
  EXPECT_TRUE(field_refused(narrow_config{lent.span(), 1, 1, 65536, {}}.validate(), configuration_field::block_count));
}

// SR-ATOM-002
TEST(pool_config, as_many_blocks_as_fit_are_no_more_than_a_narrow_head_can_index) {
  if constexpr (sizeof(void*) < 8) {
    GTEST_SKIP() << "needs a megabyte";
  } else {
    static storage<(std::size_t{1} << 20U)> lent;
    lent_pool<narrow_policy> pool(basic_pool_config<narrow_policy>{lent.span(), 1, 1, 0, {}}.validate().value());
    ASSERT_EQ(pool.block_count(), 65535U);
    EXPECT_EQ(pool.tag_bits(), 16U);
    EXPECT_EQ(pool.tag_wrap_operations(), 65536U);
    for (std::uint32_t index = 0; index < 65535; ++index) {
      ASSERT_TRUE(succeeded(pool.allocate({1, 1})));
    }
    EXPECT_TRUE(failed_with(pool.allocate({1, 1}), error_code::exhausted));
    EXPECT_TRUE(succeeded(pool.check_invariants()));
  }
}

/// For every size and offset: the pool is within the storage and aligned, and without a count it holds as many as can
/// be.
TEST(pool_config, lays_out_storage_of_any_alignment_and_size) {
  static storage<8192> lent;
  for (const std::size_t align : {1U, 8U, 64U}) {
    for (std::size_t offset = 0; offset < 66; offset += 1 + offset / 8) {
      for (std::size_t size = 1; size < 700; size += 1 + size / 64) {
        const byte_span span = lent.span(offset, size);
        const result<pool_plan> plan = pool_config{span, 20, align, 0, {}}.validate();
        const std::size_t count = plan.has_value() ? plan.value().block_count() : 0;
        ASSERT_TRUE(field_refused(pool_config{span, 20, align, count + 1, {}}.validate(), configuration_field::storage))
            << "it could have held one more: size " << size << " offset " << offset << " align " << align;
        if (!plan.has_value()) {
          ASSERT_TRUE(field_refused(plan, configuration_field::storage));
          continue;
        }
        ASSERT_TRUE(succeeded(pool_config{span, 20, align, count, {}}.validate()));
        ASSERT_EQ(plan.value().stride_bytes(), checked_align_up(20, align).value);
        ASSERT_EQ(plan.value().overhead_bytes(), size - count * plan.value().stride_bytes());
        const pool_allocator pool(plan.value());
        const byte_span blocks = pool.block_bytes();
        ASSERT_TRUE(is_aligned(blocks.data, align));
        ASSERT_GE(blocks.data, span.data + count * sizeof(block_record<shared_atomics>)) << "the records come first";
        ASSERT_LE(blocks.data + blocks.size, span.data + size);
      }
    }
  }
}

TEST(pool_config, the_blocks_of_storage_at_every_misalignment_are_aligned) {
  static storage<8192> lent;
  for (std::size_t offset = 0; offset < 130; ++offset) {
    local_pool_allocator pool(local_pool_config{lent.span(offset, 2000), 33, 64, 4, {}}.validate().value());
    for (int index = 0; index < 4; ++index) {
      const result<std::byte*> block = pool.allocate({33, 64});
      ASSERT_TRUE(succeeded(block));
      ASSERT_TRUE(is_aligned(block.value(), 64));
    }
    ASSERT_TRUE(succeeded(pool.check_invariants()));
  }
}

TEST(pool_config, reports_which_kind_of_pool_was_configured) {
  EXPECT_EQ(local_pool_config{}.validate().error().reporter, component::local_pool_allocator);
  EXPECT_EQ(pool_config{}.validate().error().reporter, component::pool_allocator);
}

TEST(pool_config, refuses_storage_that_runs_past_the_end_of_the_address_space) {
  storage<64> lent;
  EXPECT_TRUE(
      field_refused(pool_config{{lent.span().data, size_max}, 8, 8, 1, {}}.validate(), configuration_field::storage));
  EXPECT_TRUE(
      field_refused(pool_config{{lent.span().data, size_max}, 8, 8, 0, {}}.validate(), configuration_field::storage));
}

template <class Pool>
class empty_plans : public testing::Test {};
using lent_pools = testing::Types<pool_allocator, local_pool_allocator>;
TYPED_TEST_SUITE(empty_plans, lent_pools);

// SR-CFG-001
TYPED_TEST(empty_plans, make_a_pool_that_refuses_everything) {
  const typename TypeParam::plan_type nothing;
  EXPECT_EQ(nothing.block_count(), 0U);
  EXPECT_EQ(nothing.stride_bytes(), 0U);
  EXPECT_EQ(nothing.overhead_bytes(), 0U);
  TypeParam pool(nothing);
  std::byte foreign{};
  EXPECT_TRUE(failed_with(pool.allocate({1, 1}), error_code::layout_unsupported));
  EXPECT_TRUE(failed_with(pool.allocate({0, 1}), error_code::invalid_layout));
  EXPECT_TRUE(failed_with(pool.deallocate(nullptr), error_code::null_pointer));
  EXPECT_TRUE(failed_with(pool.deallocate(&foreign), error_code::foreign_pointer));
  EXPECT_TRUE(failed_with(pool.resolve({0, 0}), error_code::foreign_pointer));
  EXPECT_FALSE(pool.owns(&foreign));
  EXPECT_FALSE(pool.owns(nullptr));
  EXPECT_EQ(pool.state().capacity_bytes, 0U);
  EXPECT_EQ(pool.block_bytes().size, 0U);
  constexpr unsigned head_bits = std::numeric_limits<typename TypeParam::atomics_type::head_word>::digits;
  EXPECT_EQ(pool.tag_wrap_operations(), head_bits == 64 ? ~std::uint64_t{0} : power_of_two(head_bits));
  EXPECT_TRUE(succeeded(pool.check_invariants()));
  EXPECT_TRUE(succeeded(pool.reset()));
}

} // namespace
