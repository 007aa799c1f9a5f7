// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <array>
#include <cstddef>
#include <cstdint>

#include <nebula/services/stream/stream_allocator.hpp>
#include "../../unit/gtest.hpp"

namespace nebula::services {
namespace {

// [SR-STREAM-010]
TEST(stream_allocator_configuration, names_the_wrong_field) {
  std::array<std::byte, 1000> bytes{};
  stream_allocator_config config;
  config.storage = {bytes.data(), bytes.size()};
  config.capacity_bytes = 100;
  config.block_count_max = 4;
  EXPECT_TRUE(config.validate());
  const auto field_of = [](const stream_allocator_config& wrong) { return wrong.validate().error().field; };

  stream_allocator_config wrong = config;
  wrong.capacity_bytes = 0;
  EXPECT_EQ(field_of(wrong), configuration_field::storage);
  wrong = config;
  wrong.block_count_max = 0;
  EXPECT_EQ(field_of(wrong), configuration_field::block_count);
  wrong = config;
  wrong.storage.data = nullptr;
  EXPECT_EQ(field_of(wrong), configuration_field::storage);
  wrong = config;
  wrong.storage.size = stream_allocator_config::storage_bytes(100, 4).value() - 1;
  EXPECT_EQ(field_of(wrong), configuration_field::storage);
  wrong.storage.size = SIZE_MAX;
  EXPECT_EQ(field_of(wrong), configuration_field::storage);
}

TEST(stream_allocator_configuration, that_exceeds_the_address_space_does_not_wrap) {
  const std::size_t most = SIZE_MAX / sizeof(stream_block_record);
  EXPECT_EQ(stream_allocator_config::storage_bytes(1, most + 1).code(), error_code::size_overflow);
  EXPECT_EQ(stream_allocator_config::storage_bytes(SIZE_MAX, 1).code(), error_code::size_overflow);
  EXPECT_EQ(stream_allocator_config::storage_bytes(SIZE_MAX, most).code(), error_code::size_overflow);
  EXPECT_EQ(stream_allocator_config::storage_bytes(8, 2).value(),
            8 + 2 * sizeof(stream_block_record) + alignof(stream_block_record) - 1);
}

// [SR-STREAM-010] Exact, wherever the storage begins: as many blocks, and as many bytes, as were asked for.
TEST(stream_allocator_storage, is_enough_at_any_address) {
  for (std::size_t offset = 0; offset < 16; ++offset) {
    alignas(64) std::array<std::byte, 400> bytes{};
    stream_allocator_config config;
    config.capacity_bytes = 64;
    config.block_count_max = 3;
    config.storage = {bytes.data() + offset, stream_allocator_config::storage_bytes(64, 3).value()};
    stream_allocator ring(config.validate().value());
    EXPECT_TRUE(ring.allocate({62, 1}));
    EXPECT_TRUE(ring.allocate({1, 1}));
    const auto last = ring.allocate({1, 1});
    ASSERT_TRUE(last);
    EXPECT_LT(last.value(), config.storage.data + config.storage.size);
    EXPECT_EQ(ring.allocate({1, 1}).code(), error_code::exhausted);
    EXPECT_EQ(ring.state().available_bytes, 0U);
    EXPECT_EQ(ring.block_count_max(), 3U);
    EXPECT_TRUE(ring.check_invariants());
  }
}

TEST(stream_allocator_plan_of_nothing, makes_an_allocator_without_memory) {
  stream_allocator none{stream_allocator_plan()};
  EXPECT_EQ(none.allocate({1, 1}).code(), error_code::layout_unsupported);
  std::byte other{};
  EXPECT_EQ(none.deallocate(&other, {1, 1}).code(), error_code::foreign_pointer);
  EXPECT_FALSE(none.owns(&other));
  EXPECT_TRUE(none.reset());
  EXPECT_TRUE(none.check_invariants());
}

} // namespace
} // namespace nebula::services
