// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>

#include <nebula/services/compression/compressed_store.hpp>
#include "../../unit/gtest.hpp"
#include "compression_rig.hpp"

namespace nebula::services {
namespace {

using code = compression_failure_code;
using field = compression_field;
using config_type = compressed_store_config;

void expect_refused(const config_type& config, field which, std::uint64_t value, std::uint64_t lowest,
                    std::uint64_t highest) {
  const compression_failure failure = config.validate().failure();
  EXPECT_EQ(failure, (compression_failure{code::invalid_configuration, which, {}, {}, value, lowest, highest}));
}

// [SR-COMPRESS-001]
TEST(compression_configuration, names_the_wrong_field_and_what_would_be_right) {
  constexpr std::uint64_t count_max = local_pool_config::block_count_max;
  test::bytes storage(config_type::storage_bytes(test::small_config()).value());
  config_type right = test::small_config();
  right.storage = {storage.data(), storage.size()};
  ASSERT_TRUE(right.validate());
  const std::uint64_t room = UINTPTR_MAX - reinterpret_cast<std::uintptr_t>(storage.data());

  config_type wrong = right;
  wrong.value_count_max = 0;
  expect_refused(wrong, field::value_count_max, 0, 1, count_max);
  wrong.value_count_max = local_pool_config::block_count_max;
  ++wrong.value_count_max;
  expect_refused(wrong, field::value_count_max, count_max + 1, 1, count_max);
  wrong = right;
  wrong.value_max_bytes = 0;
  expect_refused(wrong, field::value_max_bytes, 0, 1, config_type::value_bytes_max);
  wrong.value_max_bytes = config_type::value_bytes_max + 1;
  expect_refused(wrong, field::value_max_bytes, config_type::value_bytes_max + 1, 1, config_type::value_bytes_max);
  wrong = right;
  wrong.block_bytes = 15;
  expect_refused(wrong, field::block_bytes, 15, 16, config_type::value_bytes_max);
  wrong.block_bytes = config_type::value_bytes_max + 1;
  expect_refused(wrong, field::block_bytes, config_type::value_bytes_max + 1, 16, config_type::value_bytes_max);
  wrong = right;
  wrong.block_count = 0;
  expect_refused(wrong, field::block_count, 0, 1, count_max);
  wrong = right;
  wrong.pin_count_max = local_pool_config::block_count_max;
  ++wrong.pin_count_max;
  expect_refused(wrong, field::pin_count_max, count_max + 1, 0, count_max);
  wrong = right;
  wrong.storage.size -= 1;
  expect_refused(wrong, field::storage, storage.size() - 1, storage.size(), room);
  wrong.storage.data = nullptr;
  expect_refused(wrong, field::storage, 0, storage.size(), UINTPTR_MAX);
}

// [SR-COMPRESS-001]
TEST(compression_configuration, that_exceeds_the_address_space_does_not_wrap) {
  config_type wanted = test::small_config();
  wanted.value_max_bytes = config_type::value_bytes_max;
  wanted.block_bytes = config_type::value_bytes_max;
  wanted.block_count = local_pool_config::block_count_max;
  wanted.pin_count_max = local_pool_config::block_count_max;
  wanted.value_count_max = local_pool_config::block_count_max;
  const auto needed = config_type::storage_bytes(wanted);
  if (needed) { // with 64 bits there is room for that
    EXPECT_GT(needed.value(), wanted.block_count * (wanted.block_bytes / 1024) * 1024);
  } else {
    EXPECT_EQ(needed.failure().field, field::value_max_bytes);
    EXPECT_LT(needed.failure().highest, needed.failure().lowest);
  }
}

// [SR-COMPRESS-001] Exact, wherever the storage begins: nothing is written outside of it, and all blocks and places are there.
TEST(compression_storage, is_enough_at_any_address) {
  for (std::size_t offset = 0; offset < 64; ++offset) {
    test::compression_rig store(test::small_config(), offset);
    for (int value = 0; value < 7; ++value) {
      EXPECT_TRUE(store->put(test::random_bytes(512)));
    }
    EXPECT_TRUE(store->put(test::random_bytes(512)));
    EXPECT_EQ(store->statistics().blocks_used, 64U);
    const auto first = store->pin({0, 0});
    const auto second = store->pin({7, 0});
    EXPECT_TRUE(first && second);
    EXPECT_TRUE(store->check_invariants());
    EXPECT_TRUE(store.guards_are_whole());
  }
}

TEST(compressed_store_plan_of_nothing, makes_a_store_that_takes_nothing) {
  compressed_store none{compressed_store_plan()};
  EXPECT_EQ(none.put({}).failure().code, code::too_many_values);
  EXPECT_EQ(none.statistics().block_count, 0U);
}

} // namespace
} // namespace nebula::services
