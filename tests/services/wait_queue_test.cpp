// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <array>

#include <nebula/services/wait_queue.hpp>
#include "../unit/gtest.hpp"

namespace nebula::services {
namespace {

struct person {
  wait_link<person> link{};
};

// [SR-OBJ-006]
TEST(waiters, are_served_by_priority_and_then_in_the_order_of_their_arrival) {
  wait_queue<person> queue;
  std::array<person, 5> people;
  queue.push(people[0].link, people[0], wait_priority::low);
  queue.push(people[1].link, people[1], wait_priority::normal);
  queue.push(people[2].link, people[2], wait_priority::urgent);
  queue.push(people[3].link, people[3], wait_priority::normal);
  queue.push(people[4].link, people[4], wait_priority::high);
  for (const std::size_t next : {2U, 4U, 1U, 3U, 0U}) {
    ASSERT_EQ(queue.first(), &people[next]);
    queue.remove(people[next].link);
    EXPECT_FALSE(people[next].link.is_queued());
  }
  EXPECT_EQ(queue.first(), nullptr);
  EXPECT_EQ(queue.count(), 0U);
}

TEST(waiters, can_leave_from_anywhere) {
  wait_queue<person> queue;
  std::array<person, 3> people;
  for (person& each : people) {
    queue.push(each.link, each, wait_priority::normal);
  }
  queue.remove(people[1].link);
  EXPECT_TRUE(people[0].link.is_queued());
  EXPECT_EQ(queue.first(), &people[0]);
  queue.remove(people[0].link);
  EXPECT_EQ(queue.first(), &people[2]);
  queue.push(people[0].link, people[0], wait_priority::normal);
  EXPECT_EQ(queue.first(), &people[2]) << "who comes again comes last";
  EXPECT_EQ(queue.count(), 2U);
}

TEST(waiters, priorities_have_names) {
  EXPECT_STREQ(name(wait_priority::low), "low");
  EXPECT_STREQ(name(wait_priority::urgent), "urgent");
  EXPECT_STREQ(name(static_cast<wait_priority>(4)), "unknown");
}

} // namespace
} // namespace nebula::services
