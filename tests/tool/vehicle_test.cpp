// SPDX-License-Identifier: Apache-2.0 OR MIT
// Each kernel allocator under the replay: what it is given is enough, and exactly so where that can be said.
#include "tools/replay/vehicle.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "tests/tool/support.hpp"
#include "tools/replay/adaptor_vehicles.hpp"
#include "tools/replay/engine.hpp"
#include "tools/replay/replay.hpp"

namespace nebula::tool_test {
namespace {

using whole_bump = replay::bump_vehicle<bump_allocator, bump_config, replay::gives_back_last::yes>;
using whole_shared_bump = replay::bump_vehicle<shared_bump_allocator, shared_bump_config, replay::gives_back_last::no>;

// A replay in storage of so many bytes less than the vehicle says that it needs.
template <class Vehicle>
replay::findings replay_with_less(const trace::trace_image& image, const replay::sizing& sized, std::size_t less) {
  const replay::storage_need need = Vehicle::need(image, sized);
  std::vector<std::byte> memory(need.bytes + need.align);
  const auto past = reinterpret_cast<std::uintptr_t>(memory.data()) % need.align;
  Vehicle allocator(sized, {memory.data() + (past == 0 ? 0 : need.align - past), need.bytes - less});
  replay::engine<Vehicle> engine(allocator, sized.summary.slots, replay::contents::verified);
  trace::operation_reader reader(image);
  for (trace::operation item{}; reader.next(item);) engine.perform(item);
  engine.finish();
  return engine.found();
}

template <class Vehicle>
void expect_exact_need() {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    const auto bytes = random_trace(seed).file(trace::ending::exited);
    const trace::trace_image image(bytes);
    const replay::sizing sized = replay::size_from_trace(image, false);
    EXPECT_TRUE(replay_with_less<Vehicle>(image, sized, 0).is_intact()) << "seed " << seed;
    const replay::findings found = replay_with_less<Vehicle>(image, sized, 1);
    EXPECT_GT(found.refused, 0U) << "seed " << seed;
    EXPECT_EQ(found.misuse + found.corruption + found.damaged_blocks + found.misplaced_blocks, 0U) << "seed " << seed;
  }
}

TEST(vehicle, a_bump_allocator_needs_what_it_is_given) { expect_exact_need<whole_bump>(); }
TEST(vehicle, a_shared_bump_allocator_needs_what_it_is_given) { expect_exact_need<whole_shared_bump>(); }
TEST(vehicle, a_stack_needs_what_it_is_given) { expect_exact_need<replay::stack_vehicle>(); }

TEST(vehicle, a_budget_of_one_byte_less_refuses) {
  const auto bytes = random_trace(1).file(trace::ending::exited);
  const trace::trace_image image(bytes);
  replay::sizing sized = replay::size_from_trace(image, false);
  EXPECT_TRUE(replay_with_less<replay::budgeted_vehicle>(image, sized, 0).is_intact());
  --sized.peak_class_bytes;
  const replay::findings found = replay_with_less<replay::budgeted_vehicle>(image, sized, 0);
  EXPECT_GT(found.refused, 0U);
  EXPECT_EQ(found.misuse + found.corruption, 0U);
}

TEST(vehicle, random_traces_are_intact_through_every_allocator) {
  for (const std::string_view name : replay::allocator_names()) {
    for (unsigned seed = 1; seed <= 5; ++seed) {
      const auto bytes = random_trace(seed).file(trace::ending::exited);
      const trace::trace_image image(bytes);
      replay::options wanted;
      wanted.through = name;
      wanted.check_every_events = 500;
      wanted.has_timing = false;
      const replay::outcome outcome = replay::replay_trace(image, wanted);
      EXPECT_TRUE(outcome.found.is_intact()) << name << ", seed " << seed;
      EXPECT_EQ(outcome.kernel_calls, outcome.plan.summary.operations) << name;
      EXPECT_GT(outcome.turns, 0U) << name;
    }
  }
}

TEST(vehicle, a_double_free_is_misuse_through_every_allocator) {
  trace::trace_writer writer;
  writer.add(0, birth(0x1000, 60));
  writer.add(0, birth(0x2000, 60));
  writer.add(0, birth(0x3000, 60));
  writer.add(0, release(0x2000));
  writer.add(0, release(0x2000));
  writer.add(0, release(0x3000));
  writer.add(0, release(0x3000));
  const auto bytes = writer.file(trace::ending::exited);
  const trace::trace_image image(bytes);
  for (const std::string_view name : replay::allocator_names()) {
    replay::options wanted;
    wanted.through = name;
    const replay::findings found = replay::replay_trace(image, wanted).found;
    EXPECT_EQ(found.misuse, 2U) << name;
    EXPECT_EQ(found.corruption + found.refused + found.damaged_blocks + found.accounting_errors, 0U) << name;
  }
}

TEST(vehicle, frees_out_of_order_are_skipped_and_made_up_for) {
  trace::trace_writer writer;
  for (std::uint64_t at = 1; at <= 5; ++at) writer.add(0, birth(at * 0x1000, 100));
  writer.add(0, release(0x2000));
  writer.add(0, release(0x4000));
  writer.add(0, release(0x5000)); // and with it the one below
  writer.add(0, release(0x3000)); // likewise
  for (std::uint64_t at = 6; at <= 7; ++at) writer.add(0, birth(at * 0x1000, 100));
  const auto bytes = writer.file(trace::ending::exited);
  const trace::trace_image image(bytes);
  replay::options wanted;
  wanted.through = "stack";
  const replay::outcome through_stack = replay::replay_trace(image, wanted);
  EXPECT_TRUE(through_stack.found.is_intact());
  EXPECT_EQ(through_stack.skipped_frees, 4U) << "two above, and two of the three that live at the end";
  wanted.through = "bump";
  const replay::outcome through_bump = replay::replay_trace(image, wanted);
  EXPECT_TRUE(through_bump.found.is_intact());
  EXPECT_EQ(through_bump.skipped_frees, 5U) << "all but the last block of each row";
}

TEST(vehicle, a_name_that_is_none_is_refused) {
  const auto bytes = random_trace(1).file(trace::ending::exited);
  replay::options wanted;
  wanted.through = "heap";
  EXPECT_THROW(static_cast<void>(replay::replay_trace(trace::trace_image(bytes), wanted)), std::invalid_argument);
}

} // namespace
} // namespace nebula::tool_test
