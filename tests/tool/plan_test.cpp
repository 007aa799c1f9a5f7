// SPDX-License-Identifier: Apache-2.0 OR MIT
// Sizing a segregated_allocator from a trace.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "tests/tool/support.hpp"
#include "tools/replay/engine.hpp"
#include "tools/replay/plan.hpp"
#include "tools/replay/replay.hpp"

namespace nebula::tool_test {
namespace {

TEST(plan, boundaries_hold_the_request_and_are_few) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 200'000; ++round) {
    const unsigned steps = std::vector<unsigned>{8, 4, 2}[random() % 3];
    const layout request{1 + (random() >> (20 + random() % 43)), std::size_t{1} << (random() % 14)};
    const std::size_t boundary = replay::class_boundary(request, steps);
    ASSERT_GE(boundary, request.size);
    ASSERT_EQ(boundary % request.align, 0U);
    ASSERT_EQ(boundary % 16, 0U);
    // A boundary is its own: what fits exactly wastes nothing.
    ASSERT_EQ(replay::class_boundary({boundary, request.align}, steps), boundary);
    if (request.align <= 16 && request.size > 128) {
      ASSERT_LE(boundary - request.size, request.size / steps + 16) << request.size;
    }
  }
}

TEST(plan, any_set_of_boundaries_is_accepted_by_the_kernel) {
  for (const unsigned steps : {8U, 4U, 2U}) {
    std::vector<std::size_t> boundaries;
    for (std::size_t size = 1; size < 200'000; ++size) boundaries.push_back(replay::class_boundary({size, 16}, steps));
    boundaries.erase(std::unique(boundaries.begin(), boundaries.end()), boundaries.end());
    std::vector<size_class> classes;
    for (const std::size_t boundary : boundaries) classes.push_back({boundary, 16, 1});
    EXPECT_TRUE(segregated_config::storage_bytes(classes.data(), classes.size()).has_value()) << steps;
  }
}

// The census and the allocator have to agree on the class of each request, alignments included; else the replay would be refused
// blocks.
TEST(plan, random_traces_fit_their_plan) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    const auto bytes = random_trace(seed).file(trace::ending::exited);
    const trace::trace_image image(bytes);
    for (const replay::threading threads : {replay::threading::recorded, replay::threading::one}) {
      replay::options wanted;
      wanted.threads = threads;
      wanted.check_every_events = 500;
      const replay::outcome outcome = replay::replay_trace(image, wanted);
      EXPECT_TRUE(outcome.found.is_intact()) << "seed " << seed;
      EXPECT_EQ(outcome.kernel_calls, outcome.plan.summary.operations);
      EXPECT_GT(outcome.verified_bytes, 0U);
      EXPECT_GE(outcome.invariant_walks, 6U);
      EXPECT_EQ(outcome.replay_threads, threads == replay::threading::one ? 1U : 4U);
      EXPECT_EQ(outcome.turns > 0, threads == replay::threading::recorded);
    }
  }
}

// The plan has no slack that could hide an error: with one block less in any class, something is refused.
TEST(plan, no_class_can_spare_a_block) {
  const auto bytes = random_trace(1).file(trace::ending::exited);
  const trace::trace_image image(bytes);
  const replay::sizing sized = replay::size_from_trace(image, false);
  for (std::size_t reduced = 0; reduced < sized.classes.size(); ++reduced) {
    std::vector<size_class> classes = sized.classes;
    if (--classes[reduced].block_count == 0) continue; // a class cannot be empty
    segregated_config config{};
    std::vector<std::byte> storage(sized.storage_bytes + sized.storage_align);
    config.storage = {storage.data(), storage.size()};
    config.classes = classes.data();
    config.class_count = classes.size();
    segregated_allocator allocator(config.validate().value());
    replay::engine<segregated_allocator> engine(allocator, sized.summary.slots, replay::contents::untouched);
    trace::operation_reader reader(image);
    for (trace::operation item{}; reader.next(item);) engine.perform(item);
    EXPECT_GT(engine.found().refused, 0U) << "class of " << classes[reduced].block_size_bytes << " bytes";
  }
}

TEST(plan, more_storage_than_allowed_is_refused) {
  trace::trace_writer writer;
  writer.add(0, birth(0x10000, 1U << 20U));
  const auto bytes = writer.file(trace::ending::exited);
  replay::options wanted;
  wanted.max_storage_bytes = 1U << 20U;
  EXPECT_THROW(static_cast<void>(replay::replay_trace(trace::trace_image(bytes), wanted)), std::length_error);
}

TEST(plan, an_absurd_trace_is_refused_and_not_tried) {
  trace::trace_writer writer;
  for (std::uint64_t at = 1; at < 100; ++at) writer.add(0, birth(at << 40U, trace::max_block_bytes));
  const auto bytes = writer.file(trace::ending::exited);
  EXPECT_THROW(static_cast<void>(replay::replay_trace(trace::trace_image(bytes), {})), std::length_error);
}

} // namespace
} // namespace nebula::tool_test
