// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <nebula/services/object_pool.hpp>
#include "../unit/gtest.hpp"

namespace nebula::services {
namespace {

using namespace std::chrono_literals;

struct part {
  int value = 0;
};
struct made_of_a_number {
  explicit made_of_a_number(int number) : value(number) {}
  int value;
};
struct alignas(256) wide {
  std::byte bytes[256]{};
};
using config = object_pool_config<part>;

class pool_configuration : public ::testing::Test {
protected:
  [[nodiscard]] config valid(std::size_t count = 2) {
    bytes.resize(config::storage_bytes(count).value());
    config wanted;
    wanted.object_count = count;
    wanted.storage = {bytes.data(), bytes.size()};
    return wanted;
  }
  std::vector<std::byte> bytes;
};

void expect_refused(const config& wanted, object_field field, std::uint64_t value, std::uint64_t lowest,
                    std::uint64_t highest) {
  EXPECT_EQ(wanted.validate().failure(), out_of_range(field, value, lowest, highest));
}

// [SR-OBJ-001]
TEST_F(pool_configuration, names_the_wrong_field_and_what_would_be_right) {
  EXPECT_TRUE(valid().validate());
  config wanted = valid();
  wanted.level = static_cast<check_level>(9);
  expect_refused(wanted, object_field::level, 9, 0, 1);
  wanted = valid();
  wanted.object_count = 0;
  expect_refused(wanted, object_field::object_count, 0, 1, config::object_count_max);
  wanted.object_count = config::object_count_max + 1;
  expect_refused(wanted, object_field::object_count, config::object_count_max + 1, 1, config::object_count_max);
  wanted = valid();
  --wanted.storage.size;
  expect_refused(wanted, object_field::storage, bytes.size() - 1, bytes.size(), SIZE_MAX);
  wanted.storage = {nullptr, bytes.size()};
  expect_refused(wanted, object_field::storage, 0, bytes.size(), SIZE_MAX);
  wanted = valid();
  wanted.idle_time_to_live = -1ns;
  expect_refused(wanted, object_field::idle_time_to_live, 1, 0, INT64_MAX);
  wanted = valid();
  wanted.lease_time_max = -1s;
  expect_refused(wanted, object_field::lease_time_max, 1'000'000'000, 0, INT64_MAX);
  wanted = valid();
  wanted.utilization_high_per_mille = 1001;
  expect_refused(wanted, object_field::utilization_high_per_mille, 1001, 0, 1000);
  wanted = valid();
  wanted.failure_high_per_mille = 1001;
  expect_refused(wanted, object_field::failure_high_per_mille, 1001, 0, 1000);
}

// [SR-OBJ-001]
TEST_F(pool_configuration, storage_past_the_end_of_the_address_space_is_refused) {
  config wanted = valid();
  wanted.storage.data = reinterpret_cast<std::byte*>(UINTPTR_MAX - 64); // NOLINT(performance-no-int-to-ptr)
  EXPECT_EQ(wanted.validate().failure().field, object_field::storage);
}

// [SR-OBJ-001]
TEST_F(pool_configuration, objects_that_cannot_be_made_of_nothing_need_a_hook_that_makes_them) {
  object_pool_config<made_of_a_number> wanted;
  bytes.resize(object_pool_config<made_of_a_number>::storage_bytes(1).value());
  wanted.object_count = 1;
  wanted.storage = {bytes.data(), bytes.size()};
  EXPECT_EQ(wanted.validate().failure(), out_of_range(object_field::make, 0, 1, 1));
  wanted.hooks.make = [](void*, object_place<made_of_a_number>& place) { place.emplace(3); };
  object_pool<made_of_a_number> pool(wanted.validate().value());
  EXPECT_EQ(pool.try_acquire().value()->value, 3);
}

// [SR-OBJ-001]
TEST_F(pool_configuration, four_pools_can_stand_one_above_the_other) {
  std::vector<std::vector<std::byte>> memory;
  std::vector<std::unique_ptr<object_pool<part>>> pools;
  for (unsigned level = 0; level < 4; ++level) {
    memory.emplace_back(config::storage_bytes(1).value());
    config wanted;
    wanted.object_count = 1;
    wanted.storage = {memory.back().data(), memory.back().size()};
    wanted.parent = pools.empty() ? nullptr : pools.back().get();
    pools.push_back(std::make_unique<object_pool<part>>(wanted.validate().value()));
    EXPECT_EQ(pools.back()->level(), level);
  }
  config wanted = valid();
  wanted.parent = pools.back().get();
  expect_refused(wanted, object_field::parent, 4, 0, 3);
  std::vector<pooled<part>> held;
  for (unsigned level = 4; level != 0; --level) {
    held.push_back(pools.back()->try_acquire().value());
    EXPECT_TRUE(pools[level - 1]->owns(held.back().get())) << "its own first, then the nearest";
  }
  EXPECT_EQ(pools.back()->try_acquire().failure().code, object_failure_code::none_free);
  held.clear();
  while (!pools.empty()) {
    pools.pop_back();
  }
}

// [SR-OBJ-001]
TEST_F(pool_configuration, the_storage_it_asks_for_does_at_each_address_and_for_each_alignment) {
  const std::size_t needed = object_pool_config<wide>::storage_bytes(3).value();
  bytes.resize(needed + 600);
  for (std::size_t offset = 0; offset < 600; offset += 7) {
    object_pool_config<wide> wanted;
    wanted.object_count = 3;
    wanted.storage = {bytes.data() + offset, needed};
    const auto plan = wanted.validate();
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan.value().object_count(), 3U);
    object_pool<wide> pool(plan.value());
    const auto first = pool.try_acquire();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(first.value().get()) % 256, 0U);
  }
}

TEST_F(pool_configuration, storage_for_too_many_is_refused) {
  EXPECT_EQ(object_pool_config<wide>::storage_bytes(0).failure().field, object_field::object_count);
  struct huge {
    std::byte bytes[SIZE_MAX >> 24U];
  };
  EXPECT_EQ(object_pool_config<huge>::storage_bytes(std::size_t{1} << 30U).failure().field, object_field::object_count);
}

TEST_F(pool_configuration, a_plan_of_nothing_makes_a_pool_of_nothing) {
  object_pool<part> pool{object_pool_plan<part>{}};
  EXPECT_EQ(pool.object_count(), 0U);
  EXPECT_EQ(pool.try_acquire().failure().code, object_failure_code::none_free);
}

} // namespace
} // namespace nebula::services
