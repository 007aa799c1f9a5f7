// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <array>
#include <chrono>
#include <cstddef>

#include <nebula/services/object_slots.hpp>
#include "../unit/gtest.hpp"

namespace nebula::services {
namespace {

using namespace std::chrono_literals;

class slots_of_three : public ::testing::Test {
protected:
  void make_idle(std::uint32_t index) {
    slots.set_state(index, slot_state::busy);
    slots.push_idle(index, 1s);
  }
  alignas(object_slot) std::array<std::byte, 3 * sizeof(object_slot)> storage{};
  object_slots slots{storage.data(), 3};
};

// [SR-OBJ-009]
TEST_F(slots_of_three, are_counted_by_state) {
  EXPECT_EQ(slots.count(slot_state::absent), 3U);
  slots.set_state(1, slot_state::leased);
  EXPECT_EQ(slots.count(slot_state::absent), 2U);
  EXPECT_EQ(slots.count(slot_state::leased), 1U);
  make_idle(0);
  EXPECT_EQ(slots.count(slot_state::idle), 1U);
  EXPECT_EQ(slots[0].since, 1s);
  slots.remove_idle(0);
  EXPECT_EQ(slots.count(slot_state::busy), 1U);
  EXPECT_EQ(slots.count(), 3U);
}

TEST_F(slots_of_three, idle_ones_are_in_order_of_age) {
  EXPECT_EQ(slots.newest_idle(), object_slot::none);
  make_idle(0);
  make_idle(1);
  make_idle(2);
  EXPECT_EQ(slots.newest_idle(), 2U);
  EXPECT_EQ(slots.oldest_idle(), 0U);
  slots.remove_idle(1);
  slots.remove_idle(0);
  EXPECT_EQ(slots.oldest_idle(), 2U);
  slots.remove_idle(2);
  EXPECT_EQ(slots.newest_idle(), object_slot::none);
  EXPECT_EQ(slots.oldest_idle(), object_slot::none);
}

} // namespace
} // namespace nebula::services
