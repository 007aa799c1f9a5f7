// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "metadata_access.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

constexpr fault misuse{
    {error_code::double_free, operation::deallocate, component::pool_allocator}, invariant::none, nullptr, nullptr};
constexpr fault corruption{{error_code::corrupted, operation::allocate, component::pool_allocator},
                           invariant::link_in_range,
                           nullptr,
                           nullptr};

/// The program-wide hook of one test.
class program_hook {
public:
  explicit program_hook(fault_hook hook) : hook_(hook) { set_program_fault_hook(&hook_); }
  ~program_hook() { set_program_fault_hook(nullptr); }
  program_hook(const program_hook&) = delete;
  program_hook& operator=(const program_hook&) = delete;

private:
  fault_hook hook_;
};

// SR-FAULT-001
TEST(fault, goes_to_the_hook_that_it_was_given) {
  fault_log own;
  fault_log other;
  const program_hook program(other.hook());
  report_fault(own.hook(), corruption);
  ASSERT_EQ(own.count(), 1U);
  EXPECT_EQ(own.last().broken, invariant::link_in_range);
  EXPECT_EQ(other.count(), 0U);
}

// SR-FAULT-002
TEST(fault, goes_to_the_hook_of_the_program_if_none_was_given) {
  fault_log log;
  {
    const program_hook program(log.hook());
    report_fault(fault_hook{}, corruption);
    report_fault(fault_hook{}, misuse);
    EXPECT_EQ(log.count(), 2U);
  }
  report_fault(fault_hook{}, misuse);
  EXPECT_EQ(log.count(), 2U) << "null brings back the built-in reaction";
}

// SR-FAULT-002
TEST(fault, each_allocator_reports_to_its_own_hook) {
  pool_rig<pool_allocator> first;
  pool_rig<local_pool_allocator> second;
  EXPECT_TRUE(failed_with(first.pool.deallocate(nullptr), error_code::null_pointer));
  EXPECT_EQ(first.log.count(), 1U);
  EXPECT_EQ(second.log.count(), 0U);
  EXPECT_EQ(first.log.last().allocator, &first.pool);
  EXPECT_EQ(first.log.last().what, (error{error_code::null_pointer, operation::deallocate, component::pool_allocator}));
}

TEST(fault, an_allocator_without_a_hook_reports_to_the_program) {
  fault_log log;
  const program_hook program(log.hook());
  static_stack<256> stack;
  std::byte elsewhere{};
  EXPECT_TRUE(failed_with(stack.deallocate(&elsewhere, {8, 8}), error_code::foreign_pointer));
  ASSERT_EQ(log.count(), 1U);
  EXPECT_EQ(log.last().address, &elsewhere);
  EXPECT_EQ(log.last().allocator, &stack);
}

// SR-FAULT-005
TEST(fault, goes_to_the_program_when_the_hook_of_an_allocator_is_damaged) {
  for (const bool is_second : {false, true}) {
    for (const bool is_context : {false, true}) {
      fault_log log;
      fault_log log_of_program;
      const program_hook installed(log_of_program.hook());
      static_bump<64> bump(log.hook());
      fault_hook& damaged = metadata_access::hook(bump, is_second);
      if (is_context) {
        damaged.context = &log_of_program;
      } else {
        damaged.function = nullptr;
      }
      EXPECT_TRUE(failed_with(bump.deallocate(nullptr, {1, 1}), error_code::null_pointer));
      EXPECT_EQ(log.count(), 0U);
      EXPECT_EQ(log_of_program.count(), 1U);
    }
  }
}

TEST(fault, misuse_returns_without_any_hook) {
  static_pool<block_of_48, 3> pool;
  EXPECT_TRUE(failed_with(pool.deallocate(nullptr), error_code::null_pointer));
  const fault_hook without_function{nullptr, &pool};
  const program_hook program(without_function);
  EXPECT_TRUE(failed_with(pool.deallocate(nullptr), error_code::null_pointer));
}

// SR-FAULT-003
TEST(fault, corruption_is_reported_once_and_counted_at_each_call) {
  pool_rig<pool_allocator> rig;
  metadata_access::set_head_index(rig.pool, 7);
  EXPECT_TRUE(failed_with(rig.pool.allocate(rig.block), error_code::corrupted));
  EXPECT_TRUE(failed_with(rig.pool.allocate(rig.block), error_code::corrupted));
  EXPECT_TRUE(failed_with(rig.pool.reset(), error_code::corrupted));
  EXPECT_EQ(rig.log.count(), 1U);
  EXPECT_EQ(rig.pool.state().failures.of(error_code::corrupted), 3U);
}

void corrupt_an_allocator_without_a_hook() {
  static_pool<block_of_48, 5> pool;
  metadata_access::set_head_index(pool, 7);
  static_cast<void>(pool.allocate({8, 8}));
}

// SR-FAULT-002
TEST(fault_death_test, corruption_traps_without_any_hook) { EXPECT_DEATH(corrupt_an_allocator_without_a_hook(), ""); }

// SR-FAULT-004
TEST(fault, trap_on_fault_hands_it_to_the_program_if_that_has_a_hook) {
  fault_log log;
  const program_hook program(log.hook());
  report_fault(fault_hook{&trap_on_fault, nullptr}, misuse);
  report_fault(fault_hook{&trap_on_fault, nullptr}, corruption);
  ASSERT_EQ(log.count(), 2U);
  EXPECT_EQ(log.last().broken, invariant::link_in_range);
}

// SR-FAULT-004
TEST(fault_death_test, trap_on_fault_traps_without_a_hook_of_the_program) {
  EXPECT_DEATH(trap_on_fault(nullptr, misuse), "");
  EXPECT_DEATH(report_fault(fault_hook{&trap_on_fault, nullptr}, corruption), "");
  report_fault(fault_hook{}, misuse); // the built-in reaction returns
}

} // namespace
