// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <nebula/services/cache/cache_config.hpp>
#include <nebula/services/cache/lru_policy.hpp>
#include "../../unit/gtest.hpp"
#include "cache_rig.hpp"

namespace nebula::services {
namespace {

using namespace std::chrono_literals;
using plain = cache<std::uint64_t, std::uint64_t>;
using timed = cache<std::uint64_t, std::uint64_t, lru_policy, steady_cache_clock>;

struct alignas(256) wide {
  std::byte bytes[300];
};

// [SR-CACHE-101]
TEST(cache_configuration, names_the_first_field_that_is_out_of_range) {
  std::vector<std::byte> bytes(plain::config_type::storage_bytes(10).value());
  plain::config_type config;
  EXPECT_EQ(config.validate().failure(),
            out_of_range(cache_field::entry_count, 0, 1, plain::config_type::entry_count_max));
  config.entry_count = plain::config_type::entry_count_max + 1;
  EXPECT_EQ(config.validate().failure().value, plain::config_type::entry_count_max + 1);
  config.entry_count = 10;
  EXPECT_EQ(config.validate().failure(), out_of_range(cache_field::storage, 0, bytes.size(), SIZE_MAX));
  config.storage = {bytes.data(), bytes.size() - 1};
  EXPECT_EQ(config.validate().failure(), out_of_range(cache_field::storage, bytes.size() - 1, bytes.size(), SIZE_MAX));
  config.storage = {bytes.data(), SIZE_MAX};
  EXPECT_EQ(config.validate().failure(), out_of_range(cache_field::storage, SIZE_MAX, 1, 0));
  config.storage = {bytes.data(), bytes.size()};
  EXPECT_TRUE(config.validate());
  EXPECT_EQ(config.validate().value().weight_max(), UINT64_MAX) << "0 is no limit";
  config.idle_time = 1ns;
  EXPECT_EQ(config.validate().failure(), out_of_range(cache_field::idle_time, 1, 0, 0)) << "without a clock";
  config.time_to_live = -3ns;
  EXPECT_EQ(config.validate().failure(), out_of_range(cache_field::time_to_live, 3, 0, 0));
}

TEST(cache_configuration, with_a_clock_takes_times_that_are_not_negative) {
  std::vector<std::byte> bytes(timed::config_type::storage_bytes(10).value());
  timed::config_type config;
  config.entry_count = 10;
  config.storage = {bytes.data(), bytes.size()};
  config.time_to_live = std::chrono::nanoseconds::max();
  config.idle_time = 1ns;
  EXPECT_TRUE(config.validate());
  config.idle_time = std::chrono::nanoseconds::min();
  EXPECT_EQ(config.validate().failure(), out_of_range(cache_field::idle_time, std::uint64_t{1} << 63U, 0, INT64_MAX));
}

// [SR-CACHE-101] The formula of the page.
TEST(cache_configuration, asks_for_storage_by_the_formula) {
  const auto padded = [](std::size_t bytes) { return (bytes + 63) / 64 * 64; };
  for (const std::size_t count : {1U, 2U, 7U, 100U, 4096U}) {
    const std::size_t least = padded((count + 1) * 16) + padded((count + 1) * 12) +
                              padded(std::bit_ceil(count < 2 ? 4 : count * 2) * 8) + padded((count + 2) * 8) + 63;
    EXPECT_EQ(plain::config_type::storage_bytes(count).value(), least);
    EXPECT_EQ(timed::config_type::storage_bytes(count).value(), least + padded((count + 1) * 40));
  }
  EXPECT_EQ(plain::config_type::storage_bytes(0).failure().field, cache_field::entry_count);
}

struct vast {
  std::byte bytes[std::size_t{1} << (sizeof(std::size_t) * 8 - 5)];
};
TEST(cache_configuration, of_more_than_the_address_space_is_refused) {
  using config_type = cache_config<std::uint64_t, vast, lru_policy, no_clock>;
  EXPECT_TRUE(config_type::storage_bytes(20));
  EXPECT_EQ(config_type::storage_bytes(40).failure(),
            out_of_range(cache_field::entry_count, 40, 1, config_type::entry_count_max));
}

// [SR-CACHE-101] Not a byte is written before or behind the storage, wherever it begins.
TEST(cache_configuration, storage_does_at_every_address) {
  using wide_cache = cache<std::uint64_t, wide>;
  constexpr std::size_t offsets = 300;
  const std::size_t needed = wide_cache::config_type::storage_bytes(3).value();
  for (std::size_t offset = 0; offset < offsets; ++offset) {
    std::vector<std::byte> bytes(needed + 2 * offsets, std::byte{0xA5});
    wide_cache::config_type config;
    config.entry_count = 3;
    config.storage = {bytes.data() + offset, needed};
    wide_cache filled(config.validate().value());
    for (std::uint64_t key = 0; key < 5; ++key) {
      filled.put(key, wide{});
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(filled.peek(key)) % alignof(wide), 0U);
    }
    ASSERT_TRUE(filled.is_whole());
    for (std::size_t place = 0; place < bytes.size(); ++place) {
      if (place < offset || place >= offset + needed) {
        ASSERT_EQ(bytes[place], std::byte{0xA5}) << "offset " << offset << ", byte " << place;
      }
    }
  }
}

} // namespace
} // namespace nebula::services
