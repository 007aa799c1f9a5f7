// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <array>
#include <cstddef>
#include <cstdint>

#include <nebula/services/stream/stream_buffer.hpp>
#include "../../unit/gtest.hpp"

namespace nebula::services {
namespace {

using code = stream_failure_code;

void expect_refused(const stream_config& config, stream_field field, std::size_t value, std::size_t lowest,
                    std::size_t highest) {
  EXPECT_EQ(config.validate().failure(), (stream_failure{code::invalid_configuration, field, value, lowest, highest}));
}

// [SR-STREAM-001]
TEST(stream_configuration, names_the_wrong_field_and_what_would_be_right) {
  std::array<std::byte, 12> bytes{};
  stream_config config;
  config.storage = {bytes.data(), bytes.size()};
  config.capacity_bytes = 10;
  config.contiguous_max_bytes = 3;
  ASSERT_TRUE(config.validate());
  EXPECT_EQ(config.validate().value().capacity_bytes(), 10U);
  EXPECT_EQ(config.validate().value().contiguous_max_bytes(), 3U);

  const std::uintptr_t room = UINTPTR_MAX - reinterpret_cast<std::uintptr_t>(bytes.data());
  stream_config wrong = config;
  wrong.capacity_bytes = 0;
  expect_refused(wrong, stream_field::capacity_bytes, 0, 1, stream_config::capacity_max_bytes);
  wrong.capacity_bytes = stream_config::capacity_max_bytes + 1;
  expect_refused(wrong, stream_field::capacity_bytes, stream_config::capacity_max_bytes + 1, 1,
                 stream_config::capacity_max_bytes);
  wrong = config;
  wrong.contiguous_max_bytes = 0;
  expect_refused(wrong, stream_field::contiguous_max_bytes, 0, 1, 10);
  wrong.contiguous_max_bytes = 11;
  expect_refused(wrong, stream_field::contiguous_max_bytes, 11, 1, 10);
  wrong = config;
  wrong.storage.size = 11;
  expect_refused(wrong, stream_field::storage, 11, 12, room);
  wrong.storage.size = SIZE_MAX;
  expect_refused(wrong, stream_field::storage, SIZE_MAX, 12, room);
  wrong.storage = {nullptr, 12};
  expect_refused(wrong, stream_field::storage, 0, 12, UINTPTR_MAX);
}

TEST(stream_configuration, of_the_largest_ring_does_not_wrap) {
  const std::size_t most = stream_config::capacity_max_bytes;
  EXPECT_EQ(stream_config::storage_bytes(most, most).value(), 2 * most - 1);
  EXPECT_EQ(stream_config::storage_bytes(1, 1).value(), 1U);
}

// [SR-STREAM-001]
TEST(stream_plan_of_nothing, makes_a_buffer_that_has_room_for_nothing) {
  stream_buffer none{stream_plan()};
  EXPECT_EQ(none.reserve(1).failure().code, code::invalid_argument);
  EXPECT_EQ(none.peek(1).failure().code, code::invalid_argument);
  EXPECT_EQ(none.peek().failure().code, code::invalid_argument);
  EXPECT_TRUE(none.commit(0));
  EXPECT_TRUE(none.consume(0));
  EXPECT_EQ(none.state().capacity_bytes, 0U);
}

} // namespace
} // namespace nebula::services
