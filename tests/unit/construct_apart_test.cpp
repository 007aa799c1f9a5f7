// SPDX-License-Identifier: Apache-2.0 OR MIT
// Two files in one program, of which one is compiled without exceptions: the same constructors, functions and
// allocators. Neither is optimised, so that all of what both call by one name is there twice for the linker to choose.
#include "construct_apart.hpp"

#include <cstddef>

#include "support.hpp"

namespace nebula::test {
namespace {

struct this_file {};
struct too_brittle {};
std::size_t alive = 0;

[[nodiscard]] std::size_t live_blocks(const shared_memory& memory) {
  return memory.pool.state().live_blocks + memory.local_pool.state().live_blocks + memory.bump.state().live_blocks +
         memory.stack.state().live_blocks;
}

// SR-CONS-016
TEST(files_with_and_without_exceptions, clean_up_after_a_constructor_that_throws_however_they_are_linked) {
  static shared_memory memory;
  ASSERT_EQ(make_in_a_file_without_exceptions(memory), 0);
  ASSERT_EQ(alive, 0U);
  ASSERT_EQ(live_blocks(memory), 0U);
  for (int way = 0; way < ways; ++way) {
    EXPECT_EQ(make_one_way<this_file>(memory, way, 1), 0) << way;
    EXPECT_THROW(static_cast<void>(make_one_way<this_file>(memory, way, -1)), too_brittle) << way;
    EXPECT_EQ(alive, 0U) << way;
    EXPECT_EQ(live_blocks(memory), 0U) << way;
    EXPECT_EQ(memory.bump.mark_count() + memory.stack.mark_count(), 0U) << way;
  }
}

} // namespace

brittle::brittle(int number) : value(number) {
  if (number < 0) {
    throw too_brittle{};
  }
  ++alive;
}
brittle::brittle(const brittle& other) : brittle(other.value) {}
brittle::~brittle() { --alive; }

int brittle_step::operator()(static_bump<4096>& memory) const {
  static_cast<void>(memory.allocate({8, 8}));
  return brittle(number).value;
}

} // namespace nebula::test
