// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <array>
#include <string>
#include <utility>

#include <nebula/kernel/segregated_allocator.hpp>
#include <nebula/kernel/stack_allocator.hpp>
#include <nebula/services/async/async_arena.hpp>

#include "async_rig.hpp"

namespace nebula::services {
namespace {

using test::frame_rig;
using code = async_failure_code;
using arena_block = async_arena::block_type;

template <class Memory>
task<void> ask(frame_pool& /*frames*/, Memory& memory, std::size_t size, std::string& log, char letter,
               typename Memory::block_type* kept = nullptr, std::stop_token stop = {}) {
  auto allocated = co_await memory.allocate(layout{size, 8}, std::move(stop));
  log += letter;
  if (!allocated) {
    log += name(allocated.failure().code);
  } else if (kept != nullptr) {
    *kept = std::move(allocated.value());
  }
}

class async_arena_test : public ::testing::TestWithParam<bool> {
protected:
  [[nodiscard]] arena_plan plan() {
    arena_config config;
    config.source = chunks.source();
    config.chunk_bytes = 1024;
    config.capacity_max_bytes = 1024;
    config.track_allocations = GetParam();
    return config.validate().value();
  }
  [[nodiscard]] stack_plan chunk_plan() {
    stack_config config;
    config.storage = {storage.data(), storage.size()};
    return config.validate().value();
  }
  void start(task<void> begun) { ASSERT_TRUE(group.start(std::move(begun), here)); }

  alignas(16) std::array<std::byte, 4096> storage{};
  span_chunk_source chunks{chunk_plan()};
  async_arena memory{plan()};
  frame_rig frames;
  inline_executor here;
  task_group group;
  std::string log;
};
INSTANTIATE_TEST_SUITE_P(tracked_or_not, async_arena_test, ::testing::Bool(),
                         [](const auto& each) { return each.param ? "tracked" : "untracked"; });

// [SR-ASYNC-001]
TEST_P(async_arena_test, suspends_until_enough_has_come_back) {
  arena_block first = memory.try_allocate({400, 8}).value();
  arena_block second = memory.try_allocate({400, 8}).value();
  start(ask(*frames, memory, 400, log, 'a'));
  EXPECT_EQ(memory.state().waiting, 1U);
  EXPECT_TRUE(first.release().has_value()); // not the last block: its bytes come back with the others'
  EXPECT_EQ(log, "");
  EXPECT_TRUE(second.release().has_value());
  EXPECT_EQ(log, "a");
  EXPECT_EQ(memory.state().out, 0U);
}

// A block is not pulled away from under its handle, whoever else gives up theirs. [SR-ASYNC-004]
TEST_P(async_arena_test, is_reset_only_when_no_handle_is_left) {
  arena_block kept = memory.try_allocate({64, 8}).value();
  for (std::byte& each : kept.bytes()) {
    each = std::byte{0x5a};
  }
  for (int round = 0; round < 200; ++round) {
    auto other = memory.try_allocate({64, 8});
    if (other) {
      for (std::byte& each : other.value().bytes()) {
        each = std::byte{0};
      }
    }
  }
  for (const std::byte each : kept.bytes()) {
    EXPECT_EQ(each, std::byte{0x5a});
  }
  EXPECT_TRUE(kept.release().has_value());
  EXPECT_TRUE(memory.try_allocate({900, 8})); // all of it is there again
}

// What could never be had is not waited for.
TEST_P(async_arena_test, refuses_what_would_not_fit_though_all_came_back) {
  start(ask(*frames, memory, 5000, log, 'a'));
  EXPECT_EQ(log, "arefused_by_kernel");
  EXPECT_EQ(memory.state().waiting, 0U);
}

// Small requests stand behind a large one, and when that leaves the line they do not wait any longer. [SR-ASYNC-005]
TEST_P(async_arena_test, serves_those_behind_who_leaves_the_line) {
  arena_block kept = memory.try_allocate({500, 8}).value();
  std::stop_source source;
  start(ask(*frames, memory, 900, log, 'a', nullptr, source.get_token()));
  start(ask(*frames, memory, 100, log, 'b'));
  start(ask(*frames, memory, 100, log, 'c'));
  EXPECT_EQ(log, ""); // nobody overtakes
  source.request_stop();
  EXPECT_EQ(log, "acancelledbc");
}

task<void> ask_until(frame_pool& /*frames*/, async_arena& memory, std::size_t size, std::string& log, char letter) {
  auto allocated = co_await memory.allocate_until(std::chrono::nanoseconds(1), {size, 8});
  log += letter;
  log += allocated ? "" : name(allocated.failure().code);
}
TEST_P(async_arena_test, serves_those_behind_whose_deadline_has_come) {
  arena_block kept = memory.try_allocate({500, 8}).value();
  start(ask_until(*frames, memory, 900, log, 'a'));
  start(ask(*frames, memory, 100, log, 'b'));
  EXPECT_EQ(memory.expire(std::chrono::nanoseconds(1)), 1U);
  EXPECT_EQ(log, "atimed_outb");
}
TEST_P(async_arena_test, serves_those_behind_who_is_destroyed) {
  arena_block kept = memory.try_allocate({500, 8}).value();
  std::string unheard;
  task<void> dropped = ask(*frames, memory, 900, unheard, 'x');
  std::coroutine_handle<> frame = dropped.let_go();
  frame.resume();
  start(ask(*frames, memory, 100, log, 'b'));
  frame.destroy();
  EXPECT_EQ(log, "b");
}

// The last block that goes lets the large request in, and the rest of the line as far as there is room.
TEST_P(async_arena_test, serves_as_many_as_there_is_room_for) {
  arena_block kept = memory.try_allocate({900, 8}).value();
  arena_block held[3];
  start(ask(*frames, memory, 300, log, 'a', &held[0]));
  start(ask(*frames, memory, 300, log, 'b', &held[1]));
  start(ask(*frames, memory, 600, log, 'c', &held[2]));
  EXPECT_TRUE(kept.release().has_value());
  EXPECT_EQ(log, "ab");
  static_cast<void>(held[0].release());
  static_cast<void>(held[1].release());
  EXPECT_EQ(log, "abc");
}

// Another user of the chunk source has it all: with nothing of this arena out nothing would come back to it.
TEST_P(async_arena_test, does_not_wait_for_what_is_not_its_own) {
  const auto taken = chunks.source().acquire(chunks.source().context, 3900, 16);
  ASSERT_TRUE(taken.has_value());
  start(ask(*frames, memory, 100, log, 'a'));
  EXPECT_EQ(log, "arefused_by_kernel");
  EXPECT_TRUE(chunks.source().release(chunks.source().context, taken.value()).has_value());
  static_cast<void>(memory.shutdown());
}

// Any of the kernel's allocators that frees each block by itself.
TEST(async_allocator, lends_blocks_of_a_segregated_allocator) {
  std::array<std::byte, 8192> storage{};
  const size_class classes[] = {{32, 8, 2}, {256, 8, 1}};
  segregated_config config;
  config.storage = {storage.data(), storage.size()};
  config.classes = classes;
  config.class_count = 2;
  const auto plan = config.validate();
  ASSERT_TRUE(plan.has_value());
  segregated_allocator mine(plan.value());
  frame_rig frames;
  inline_executor here;
  task_group group;
  std::string log;
  async_allocator<segregated_allocator> memory(mine);
  using block = async_allocator<segregated_allocator>::block_type;
  block large = memory.try_allocate({200, 8}).value();
  EXPECT_TRUE(group.start(ask(*frames, memory, 200, log, 'a'), here));
  EXPECT_TRUE(group.start(ask(*frames, memory, 16, log, 'b'), here)); // there is one, but it is not its turn
  EXPECT_EQ(log, "");
  static_cast<void>(large.release());
  EXPECT_EQ(log, "ab");
  EXPECT_EQ(memory.memory_state().live_blocks, 0U);
}

} // namespace
} // namespace nebula::services
