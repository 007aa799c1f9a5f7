// SPDX-License-Identifier: Apache-2.0 OR MIT
// The recorder on a live program whose allocations are known: exact counts, whatever the program does to threads and processes.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/tool/support.hpp"
#include "tools/trace/blocks.hpp"

namespace nebula::tool_test {
namespace {

using trace::ending;
using trace::event_kind;

class recording {
public:
  explicit recording(const std::string& program_arguments, const std::string& options = "")
      : result(run(NEBULA_COMMAND " record --library " NEBULA_RECORDER " -o " + scratch_.file("t") + " " + options +
                   " -- " + NEBULA_RECORDED_PROGRAM " " + program_arguments)) {
    for (const auto& entry : std::filesystem::directory_iterator(scratch_.path()))
      files_.push_back(entry.path().string());
    std::sort(files_.begin(), files_.end());
  }

  [[nodiscard]] const std::vector<std::string>& files() const { return files_; }
  [[nodiscard]] std::string main_file() const { return scratch_.file("t.ntrace"); }
  /// The one file that is not the main one.
  [[nodiscard]] std::string child_file() const {
    EXPECT_EQ(files_.size(), 2U);
    for (const std::string& file : files_) {
      if (file != main_file()) return file;
    }
    return "";
  }

private:
  scratch_directory scratch_;
  std::vector<std::string> files_;

public:
  command_result result;
};

class recorded_trace {
public:
  explicit recorded_trace(const std::string& path)
      : bytes_(trace::read_file(path)), image_(bytes_), events(read_events(bytes_)) {
    trace::operation_reader reader(image_);
    for (trace::operation item{}; reader.next(item);) {
      if (item.kind == trace::operation_kind::allocate) ++births[item.size];
      if (item.kind == trace::operation_kind::release) ++releases[item.old_size];
    }
    oddities = reader.tracker().oddities();
  }
  [[nodiscard]] std::size_t count(event_kind kind, std::uint64_t size) const {
    return static_cast<std::size_t>(std::count_if(events.begin(), events.end(), [&](const threaded_event& each) {
      return each.item.kind == kind && each.item.size == size;
    }));
  }
  [[nodiscard]] trace::ending end() const { return image_.header().ending; }
  [[nodiscard]] const trace::trace_image& image() const { return image_; }

private:
  std::vector<std::uint8_t> bytes_;
  trace::trace_image image_;

public:
  std::vector<threaded_event> events;
  std::map<std::uint64_t, std::size_t> births;
  std::map<std::uint64_t, std::size_t> releases;
  trace::block_oddities oddities;
};

void expect_consistent(const recorded_trace& seen) {
  EXPECT_EQ(seen.oddities.dead_releases, 0U);
  EXPECT_EQ(seen.oddities.lost_releases, 0U);
  EXPECT_EQ(seen.image().header().dropped_events, 0U);
}

TEST(record, each_function_is_recorded_with_what_it_was_asked) {
  const recording made("each");
  ASSERT_EQ(made.result.status, 0) << made.result.errors;
  const recorded_trace seen(made.main_file());
  expect_consistent(seen);
  EXPECT_EQ(seen.end(), ending::exited);
  EXPECT_EQ(seen.count(event_kind::malloc, 11), 1U);
  EXPECT_EQ(seen.count(event_kind::calloc, 17), 1U);
  EXPECT_EQ(seen.births.at(51), 1U);
  EXPECT_EQ(seen.count(event_kind::realloc_end, 5000), 1U);
  EXPECT_EQ(seen.count(event_kind::reallocarray_end, 900), 1U);
  EXPECT_EQ(seen.releases.at(6300), 1U);
  EXPECT_EQ(seen.count(event_kind::realloc_end, 123), 1U);
  EXPECT_EQ(seen.births.at(123), 1U);
  EXPECT_EQ(seen.releases.at(321), 1U);
  EXPECT_EQ(seen.count(event_kind::realloc_release, 0), 1U);
  EXPECT_EQ(seen.count(event_kind::aligned_alloc, 640), 1U);
  EXPECT_EQ(seen.count(event_kind::posix_memalign, 333), 1U);
  EXPECT_EQ(seen.count(event_kind::memalign, 77), 1U);
  EXPECT_EQ(seen.count(event_kind::valloc, 55), 1U);
  EXPECT_EQ(seen.count(event_kind::pvalloc, 66), 1U);
  EXPECT_GE(seen.count(event_kind::malloc, 0), 1U);
  EXPECT_EQ(seen.releases.at(222), 1U) << "the block that could not be resized";
  EXPECT_EQ(seen.oddities.failed_requests, 3U);
  for (const threaded_event& each : seen.events) {
    if (each.item.kind == event_kind::posix_memalign && each.item.size == 333) {
      EXPECT_EQ(each.item.alignment, 256U);
      EXPECT_EQ(each.item.address % 256, 0U);
    }
  }
}

TEST(record, frees_by_other_threads_meet_their_blocks) {
  constexpr std::size_t thread_count = 6;
  constexpr std::size_t count = 3000;
  const recording made("threads 6 3000");
  ASSERT_EQ(made.result.status, 0) << made.result.errors;
  const recorded_trace seen(made.main_file());
  expect_consistent(seen);
  std::set<std::uint32_t> allocating;
  for (const threaded_event& each : seen.events) {
    if (each.item.size >= 7000 && each.item.size < 7000 + thread_count) allocating.insert(each.thread_index);
  }
  EXPECT_EQ(allocating.size(), thread_count);
  for (std::size_t at = 0; at < thread_count; ++at) {
    EXPECT_EQ(seen.births.at(7000 + at), count);
    EXPECT_EQ(seen.releases.at(7000 + at), count);
  }
  EXPECT_GE(seen.image().threads().size(), 2 * thread_count);
}

TEST(record, the_order_holds_when_addresses_go_from_thread_to_thread) {
  const recording made("contend 4 20000");
  ASSERT_EQ(made.result.status, 0) << made.result.errors;
  const recorded_trace seen(made.main_file());
  expect_consistent(seen);
  EXPECT_EQ(seen.births.at(6001), 80'000U);
  EXPECT_EQ(seen.count(event_kind::realloc_end, 6002), 40'000U);
  EXPECT_EQ(seen.releases.at(6002), 40'000U);
  EXPECT_EQ(seen.releases.at(60'003), 40'000U);
}

TEST(record, allocations_of_ending_threads_are_recorded) {
  const recording made("late 20");
  ASSERT_EQ(made.result.status, 0) << made.result.errors;
  const recorded_trace seen(made.main_file());
  expect_consistent(seen);
  EXPECT_EQ(seen.births.at(8008), 80U);
  EXPECT_EQ(seen.releases.at(8008), 80U);
}

void expect_fork(const recording& made) {
  ASSERT_EQ(made.result.status, 5) << made.result.errors;
  const recorded_trace parent(made.main_file());
  const recorded_trace child(made.child_file());
  expect_consistent(parent);
  expect_consistent(child);
  EXPECT_EQ(parent.births.at(4001), 500U);
  EXPECT_EQ(parent.births.at(4003), 500U);
  EXPECT_EQ(parent.births.count(4002), 0U);
  EXPECT_EQ(parent.releases.at(4004), 1U);
  EXPECT_EQ(child.births.at(4002), 500U);
  EXPECT_EQ(child.releases.at(4002), 500U);
  EXPECT_EQ(child.births.count(4001), 0U) << "the parent's events must not be in the child's file";
  EXPECT_EQ(child.births.count(4003), 0U);
  EXPECT_GE(child.oddities.unknown_releases, 1U) << "the inherited block";
  EXPECT_EQ(parent.end(), ending::exited);
  EXPECT_EQ(child.end(), ending::exited);
  EXPECT_EQ(child.image().header().parent_process_id, parent.image().header().process_id);
}

TEST(record, a_forked_child_has_its_own_file) { expect_fork(recording("fork 500")); }

TEST(record, a_forked_child_that_leaves_by_underscore_exit_has_its_own_file) {
  expect_fork(recording("fork_exit 500"));
}

TEST(record, a_spawned_child_has_its_own_file) {
  const recording made("spawn 700");
  ASSERT_EQ(made.result.status, 0) << made.result.errors;
  const recorded_trace parent(made.main_file());
  const recorded_trace child(made.child_file());
  EXPECT_EQ(parent.births.at(5006), 700U);
  EXPECT_EQ(parent.births.count(5005), 0U);
  EXPECT_EQ(child.births.at(5005), 700U);
  EXPECT_EQ(child.births.count(5006), 0U);
  EXPECT_EQ(parent.end(), ending::exited);
}

TEST(record, a_program_that_becomes_another_leaves_both_traces) {
  const recording made("exec 600");
  ASSERT_EQ(made.result.status, 0) << made.result.errors;
  const recorded_trace before(made.main_file());
  const recorded_trace after(made.child_file());
  EXPECT_EQ(before.births.at(9001), 600U);
  EXPECT_EQ(before.end(), ending::executed);
  EXPECT_EQ(after.births.at(9002), 600U);
  EXPECT_EQ(after.end(), ending::exited);
  EXPECT_EQ(before.image().header().process_id, after.image().header().process_id);
}

TEST(record, children_can_be_left_out) {
  EXPECT_EQ(recording("fork 50", "--children no").files().size(), 1U);
  EXPECT_EQ(recording("spawn 50", "--children=no").files().size(), 1U);
  EXPECT_EQ(recording("exec 50", "--children=no").files().size(), 2U) << "the same process under another program";
}

TEST(record, quick_ends_lose_nothing) {
  for (const auto& [mode, status] : std::vector<std::pair<std::string, int>>{{"_exit", 6}, {"quick_exit", 7}}) {
    const recording made(mode + " 1234");
    EXPECT_EQ(made.result.status, status);
    const recorded_trace seen(made.main_file());
    EXPECT_EQ(seen.births.at(3001), 1234U) << mode;
    EXPECT_EQ(seen.releases.at(3001), 1234U) << mode;
    EXPECT_EQ(seen.end(), ending::exited) << mode;
  }
}

TEST(record, a_killed_program_leaves_all_that_it_did) {
  const recording made("kill 4321");
  EXPECT_EQ(made.result.status, 128 + SIGKILL);
  const recorded_trace seen(made.main_file());
  EXPECT_EQ(seen.births.at(3001), 4321U);
  EXPECT_EQ(seen.releases.at(3001), 4321U);
  EXPECT_EQ(seen.births.at(3002), 1U);
  EXPECT_EQ(seen.end(), ending::running);
  expect_consistent(seen);
  for (const std::string command : {"inspect", "replay"}) {
    const command_result read = run(std::string(NEBULA_COMMAND) + " " + command + " " + made.main_file());
    EXPECT_EQ(read.status, 0) << read.errors;
    EXPECT_NE(read.output.find("no close record"), std::string::npos) << read.output;
  }
}

// The alarm comes wherever four allocating threads happen to be, in the middle of writing an event too.
TEST(record, a_program_killed_at_any_point_leaves_a_readable_prefix) {
  for (int microseconds = 1000; microseconds <= 12'000; microseconds += 1000) {
    const recording made("alarm " + std::to_string(microseconds));
    EXPECT_EQ(made.result.status, 128 + SIGALRM);
    const recorded_trace seen(made.main_file());
    EXPECT_EQ(seen.end(), ending::running);
    EXPECT_EQ(seen.births.at(3001), 1000U) << "all that was done before the alarm was set";
    expect_consistent(seen);
    if (microseconds <= 2000) { // later traces hold gigabytes of contents
      EXPECT_EQ(run(NEBULA_COMMAND " replay --no-timing " + made.main_file()).status, 0);
    }
  }
}

// A full disk, by way of a limit on file sizes.
TEST(record, events_that_find_no_room_are_counted_and_the_program_goes_on) {
  const scratch_directory scratch;
  const command_result made =
      run("trap '' XFSZ; ulimit -f 128; " NEBULA_COMMAND " record --library " NEBULA_RECORDER " -o " +
          scratch.file("t") + " -- " NEBULA_RECORDED_PROGRAM " blocks 64 100000");
  EXPECT_EQ(made.status, 0) << made.errors;
  const recorded_trace seen(scratch.file("t.ntrace"));
  EXPECT_EQ(seen.end(), ending::exited);
  EXPECT_GT(seen.events.size(), 1000U);
  // Every event has a number, and is in the file or counted as dropped.
  EXPECT_GE(seen.events.size() + seen.image().header().dropped_events, 200'000U);
  EXPECT_NE(made.errors.find("events dropped"), std::string::npos) << made.errors;
}

// 4294967296 once wrapped to 0, which stands for every process.
TEST(record, a_number_that_no_process_has_records_none) {
  for (const std::string number : {"4294967296", "99999999999999999999", "12x", "-1", "0x10"}) {
    const scratch_directory scratch;
    const command_result made =
        run("NEBULA_RECORD_FILE=" + scratch.file("t") + " NEBULA_RECORD_ONLY_PROCESS=" + number +
            " LD_PRELOAD=" NEBULA_RECORDER " " NEBULA_RECORDED_PROGRAM " blocks 64 10");
    EXPECT_EQ(made.status, 0) << made.errors;
    EXPECT_TRUE(std::filesystem::is_empty(scratch.path())) << number;
  }
  const scratch_directory scratch;
  run("NEBULA_RECORD_FILE=" + scratch.file("t") +
      " NEBULA_RECORD_ONLY_PROCESS=0 LD_PRELOAD=" NEBULA_RECORDER " " NEBULA_RECORDED_PROGRAM " blocks 64 10");
  EXPECT_FALSE(std::filesystem::is_empty(scratch.path())) << "0: every process";
}

TEST(record, the_exit_status_is_the_programs) {
  EXPECT_EQ(recording("status 0").result.status, 0);
  EXPECT_EQ(recording("status 42").result.status, 42);
}

TEST(record, the_table_names_each_trace_and_its_events) {
  const recording made("fork 100");
  EXPECT_EQ(made.result.output, "");
  for (const std::string& file : made.files()) {
    EXPECT_NE(made.result.errors.find(std::filesystem::path(file).filename().string()), std::string::npos)
        << made.result.errors;
  }
}

TEST(record, a_second_recording_replaces_the_first_and_nothing_else) {
  const scratch_directory scratch;
  for (const char* name : {"t.ntrace", "t.123.ntrace", "t.123.2.ntrace", "t.x.ntrace", "tt.ntrace", "t.1..2.ntrace"}) {
    write_bytes(scratch.file(name), {1});
  }
  const command_result made =
      run(NEBULA_COMMAND " record -o " + scratch.file("t") + " -- " NEBULA_RECORDED_PROGRAM " status 3");
  EXPECT_EQ(made.status, 3);
  EXPECT_GT(std::filesystem::file_size(scratch.file("t.ntrace")), 1U);
  EXPECT_FALSE(std::filesystem::exists(scratch.file("t.123.ntrace")));
  EXPECT_FALSE(std::filesystem::exists(scratch.file("t.123.2.ntrace")));
  EXPECT_TRUE(std::filesystem::exists(scratch.file("t.x.ntrace")));
  EXPECT_TRUE(std::filesystem::exists(scratch.file("tt.ntrace")));
  EXPECT_TRUE(std::filesystem::exists(scratch.file("t.1..2.ntrace")));
}

} // namespace
} // namespace nebula::tool_test
