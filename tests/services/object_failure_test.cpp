// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <chrono>
#include <string>

#include <nebula/services/object_failure.hpp>
#include <nebula/services/object_report.hpp>
#include "../unit/gtest.hpp"

namespace nebula::services {
namespace {

using namespace std::chrono_literals;

template <class Value>
std::string text_of(const Value& value) {
  char buffer[200];
  const std::size_t length = describe(value, buffer, sizeof buffer);
  EXPECT_EQ(length, std::string(buffer).size());
  return buffer;
}

// [SR-OBJ-011]
TEST(object_failures, are_described_with_value_and_range) {
  EXPECT_EQ(text_of(object_failure{}), "no failure");
  EXPECT_EQ(text_of(out_of_range(object_field::object_count, 0, 1, 100)), "object_count is 0; accepted is 1...100");
  EXPECT_EQ(text_of(out_of_range(object_field::storage, 3, 1, 0)),
            "storage is 3; no value would do as long as the other fields stay");
  EXPECT_EQ(text_of(out_of_range(object_field::idle_time_to_live, 5, 0, 9)),
            "idle_time_to_live is -5 ns; accepted is 0...9");
  EXPECT_EQ(text_of(out_of_range(object_field::make, 0, 1, 1)),
            "make is null, and the object has no default constructor");
  EXPECT_EQ(text_of(failed_for(object_failure_code::none_free, 8)),
            "no object is free: all 8 are in use; wait with acquire_for(), or configure more");
  EXPECT_EQ(text_of(failed_for(object_failure_code::timed_out, 8)),
            "no object came free before the deadline: all 8 are in use");
  EXPECT_EQ(text_of(failed_for(object_failure_code::shut_down)), "the pool has been shut down");
  EXPECT_EQ(text_of(failed_for(object_failure_code::not_made)), "the hook make has made no object");
  EXPECT_EQ(text_of(failed_for(object_failure_code::refused_by_kernel, 0, error{error_code::corrupted})),
            "the kernel's pool refuses: corrupted");
}

// [SR-OBJ-011]
TEST(object_failures, are_cut_where_the_buffer_ends) {
  char buffer[6] = "?????";
  EXPECT_EQ(describe(object_failure{}, buffer, 4), 10U);
  EXPECT_STREQ(buffer, "no ");
  EXPECT_EQ(buffer[4], '?');
}

TEST(object_failures, have_names) {
  EXPECT_STREQ(name(object_failure_code::refused_by_kernel), "refused_by_kernel");
  EXPECT_STREQ(name(static_cast<object_failure_code>(7)), "unknown");
  EXPECT_STREQ(name(object_field::priority), "priority");
  EXPECT_STREQ(name(static_cast<object_field>(11)), "unknown");
  EXPECT_STREQ(name(pool_health::failed), "failed");
  EXPECT_STREQ(name(static_cast<pool_health>(3)), "unknown");
  EXPECT_STREQ(name(pool_complaint::nearly_all_in_use), "nearly_all_in_use");
  EXPECT_STREQ(name(static_cast<pool_complaint>(7)), "unknown");
}

// [SR-OBJ-010]
TEST(object_reports, are_one_line_each) {
  object_pool_health health;
  health.objects_in_use = 1;
  health.object_count = 4;
  EXPECT_EQ(text_of(health), "healthy: 1 of 4 objects in use, 0 overdue, 0 threads waiting, 0 of 0 attempts failed");
  health.health = pool_health::degraded;
  health.complaint = pool_complaint::threads_waiting;
  health.waiting_threads = 2;
  EXPECT_EQ(text_of(health),
            "degraded, threads_waiting: 1 of 4 objects in use, 0 overdue, 2 threads waiting, 0 of 0 attempts failed");
  object_lease_record lease;
  lease.held = 1500ms;
  lease.lease = 7;
  lease.where = {"server.cpp", 12};
  EXPECT_EQ(text_of(lease), "object, lease 7, held for 1500 ms, acquired at server.cpp:12");
  lease.is_detached = true;
  lease.is_lent = true;
  EXPECT_EQ(text_of(lease),
            "detached object, lease 7, held for 1500 ms, acquired at server.cpp:12, through a pool below");
}

} // namespace
} // namespace nebula::services
