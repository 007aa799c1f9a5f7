// SPDX-License-Identifier: Apache-2.0 OR MIT
// The command as a user meets it: output, errors, exit status.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/tool/support.hpp"

namespace nebula::tool_test {
namespace {

command_result nebula_command(const std::string& arguments) { return run(NEBULA_COMMAND " " + arguments); }

void expect_one_line(const command_result& made, int status, const std::string& words) {
  EXPECT_EQ(made.status, status) << made.errors;
  EXPECT_EQ(std::count(made.errors.begin(), made.errors.end(), '\n'), 1) << made.errors;
  EXPECT_NE(made.errors.find(words), std::string::npos) << "expected '" << words << "' in: " << made.errors;
}

std::vector<std::string> committed_traces() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(NEBULA_TEST_TRACES)) {
    if (entry.path().extension() == ".ntrace") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

TEST(command, help_is_no_error) {
  for (const std::string arguments : {"--help", "record --help", "inspect --help", "replay --help"}) {
    const command_result made = nebula_command(arguments);
    EXPECT_EQ(made.status, 0) << arguments;
    EXPECT_NE(made.output.find("Usage"), std::string::npos) << made.output;
  }
}

TEST(command, wrong_usage_gets_one_line_and_status_2) {
  expect_one_line(nebula_command(""), 2, "subcommand");
  expect_one_line(nebula_command("explode"), 2, "no subcommand 'explode'");
  expect_one_line(nebula_command("record -o x ls -l"), 2, "after --");
  expect_one_line(nebula_command("replay"), 2, "FILE");
  expect_one_line(nebula_command("inspect --colour x"), 2, "--colour");
  expect_one_line(nebula_command("replay --threads several x"), 2, "several");
  expect_one_line(nebula_command("replay --check-every 0 x"), 2, "--check-every");
  expect_one_line(nebula_command("replay --through heap x"), 2, "heap not in {segregated,");
  expect_one_line(nebula_command("replay --max-storage many x"), 2, "--max-storage");
  expect_one_line(nebula_command("record -- true"), 2, "--output");
  expect_one_line(nebula_command("record -o x"), 2, "PROGRAM");
}

TEST(command, record_says_what_it_cannot_do) {
  const scratch_directory scratch;
  const std::string out = "record -o " + scratch.file("t") + " ";
  expect_one_line(nebula_command(out + "-- /nonexistent/program"), 127, "/nonexistent/program");
  write_bytes(scratch.file("text"), {'t'});
  expect_one_line(nebula_command(out + "-- " + scratch.file("text")), 126, "ermission denied");
  expect_one_line(nebula_command("record -o " + scratch.file("missing/t") + " -- true"), 2, "no directory");
  expect_one_line(nebula_command("record -o " + scratch.file("t") + "/ -- true"), 2, "file name");
  expect_one_line(nebula_command(out + "--library /nonexistent.so -- true"), 2, "/nonexistent.so");
}

TEST(command, bad_trace_files_get_one_line_with_the_offset_and_status_2) {
  const scratch_directory scratch;
  trace::trace_writer writer;
  for (std::uint64_t at = 1; at <= 100; ++at) writer.add(0, birth(at * 64, at));
  const auto good = writer.file(trace::ending::exited);
  auto damaged = good;
  damaged[trace::file_header_bytes + trace::chunk_header_bytes + 5] ^= 4;
  write_bytes(scratch.file("empty"), {});
  write_bytes(scratch.file("foreign"), {'E', 'L', 'F'});
  write_bytes(scratch.file("header"), {good.begin(), good.begin() + 100});
  write_bytes(scratch.file("short"), {good.begin(), good.end() - 1});
  write_bytes(scratch.file("damaged"), damaged);
  for (const std::string command : {"inspect ", "replay "}) {
    expect_one_line(nebula_command(command + scratch.file("none")), 2, "No such file");
    expect_one_line(nebula_command(command + scratch.path().string()), 2, "s a directory");
    expect_one_line(nebula_command(command + scratch.file("empty")), 2, "at byte 0: the file is empty");
    expect_one_line(nebula_command(command + scratch.file("foreign")), 2, "at byte 0: not a trace file");
    expect_one_line(nebula_command(command + scratch.file("header")), 2, "at byte 100: truncated");
    expect_one_line(nebula_command(command + scratch.file("short")), 2, "at byte 8191: truncated");
    expect_one_line(nebula_command(command + scratch.file("damaged")), 2, "at byte 41");
    const command_result read = nebula_command(command + "--allow-truncated " + scratch.file("short"));
    EXPECT_EQ(read.status, 0) << read.errors;
    EXPECT_NE(read.output.find("truncated"), std::string::npos) << read.output;
  }
}

TEST(command, committed_traces_replay_intact) {
  const auto paths = committed_traces();
  ASSERT_GE(paths.size(), 2U);
  for (const std::string& path : paths) {
    ASSERT_LE(std::filesystem::file_size(path), 200'000U) << path;
    for (const std::string threads : {"recorded", "one"}) {
      const command_result made = nebula_command("replay --json --check-every 1000 --threads " + threads + " " + path);
      ASSERT_EQ(made.status, 0) << made.errors;
      const auto report = nlohmann::json::parse(made.output);
      EXPECT_TRUE(report.at("is_intact").get<bool>());
      const auto& replayed = report.at("traces").at(0);
      for (const char* finding :
           {"refused", "misuse", "corruption", "damaged_blocks", "misplaced_blocks", "accounting_errors",
            "dead_releases", "lost_releases", "missing_events", "dropped_events"}) {
        EXPECT_EQ(replayed.at(finding).get<std::uint64_t>(), 0U) << path << ": " << finding;
      }
      EXPECT_GT(replayed.at("events").get<std::uint64_t>(), 1000U);
      EXPECT_GT(replayed.at("verified_bytes").get<std::uint64_t>(), 100'000U);
      EXPECT_GE(replayed.at("invariant_walks").get<std::uint64_t>(), 2U);
      EXPECT_GT(replayed.at("nanoseconds_per_operation").get<double>(), 0);
      EXPECT_GE(replayed.at("plan_bytes").get<std::uint64_t>(), replayed.at("peak_live_bytes").get<std::uint64_t>());
    }
  }
}

TEST(command, committed_traces_replay_intact_through_every_allocator) {
  const std::string names =
      "segregated,local_segregated,budgeted,observed,fallback,pool,local_pool,pool_cache,bump,shared_bump,stack,arena";
  for (const std::string& path : committed_traces()) {
    const command_result made =
        nebula_command("replay --json --no-timing --check-every 1000 --through " + names + " " + path);
    ASSERT_EQ(made.status, 0) << made.errors;
    const auto report = nlohmann::json::parse(made.output);
    EXPECT_TRUE(report.at("is_intact").get<bool>());
    std::string replayed;
    for (const auto& each : report.at("traces")) {
      const auto through = each.at("through").get<std::string>();
      replayed += (replayed.empty() ? "" : ",") + through;
      EXPECT_EQ(each.at("kernel_calls"), report.at("traces").at(0).at("kernel_calls")) << through;
      EXPECT_EQ(each.at("verified_bytes"), report.at("traces").at(0).at("verified_bytes")) << through;
      EXPECT_GE(each.at("plan_bytes").get<std::uint64_t>(), each.at("peak_live_bytes").get<std::uint64_t>()) << through;
      const bool is_in_order = through == "bump" || through == "shared_bump" || through == "stack";
      EXPECT_EQ(each.at("skipped_frees").get<std::uint64_t>() > 0, is_in_order) << through;
      EXPECT_EQ(each.at("classes").empty(), is_in_order || through == "arena") << through;
    }
    EXPECT_EQ(replayed, names);
    const command_result table = nebula_command("replay --no-timing --through stack " + path);
    EXPECT_NE(table.output.find("frees that the allocator does not take in this order"), std::string::npos)
        << table.output;
  }
}

TEST(command, inspect_and_replay_agree_on_committed_traces) {
  for (const std::string& path : committed_traces()) {
    const auto seen = nlohmann::json::parse(nebula_command("inspect --json " + path).output);
    const auto replayed = nlohmann::json::parse(nebula_command("replay --json " + path).output).at("traces").at(0);
    for (const char* name :
         {"events", "peak_live_bytes", "peak_live_blocks", "zero_size_requests", "failed_requests"}) {
      EXPECT_EQ(seen.at(name), replayed.at(name)) << path << ": " << name;
    }
    EXPECT_EQ(seen.at("never_freed_blocks"), replayed.at("live_at_end")) << path;
  }
}

TEST(command, a_double_free_in_a_trace_turns_the_replay_red) {
  const scratch_directory scratch;
  trace::trace_writer writer;
  writer.add(0, birth(0x1000, 100));
  writer.add(0, birth(0x2000, 100));
  writer.add(0, release(0x1000));
  writer.add(0, release(0x1000));
  writer.add(1, release(0x2000));
  write_bytes(scratch.file("t.ntrace"), writer.file(trace::ending::exited));
  const command_result made = nebula_command("replay --json " + scratch.file("t.ntrace"));
  EXPECT_EQ(made.status, 1) << made.errors;
  const auto report = nlohmann::json::parse(made.output);
  EXPECT_FALSE(report.at("is_intact").get<bool>());
  EXPECT_EQ(report.at("traces").at(0).at("misuse").get<int>(), 1);
  EXPECT_EQ(report.at("traces").at(0).at("corruption").get<int>(), 0);
  const command_result table = nebula_command("replay " + scratch.file("t.ntrace"));
  EXPECT_EQ(table.status, 1);
  EXPECT_NE(table.output.find("NOT INTACT"), std::string::npos) << table.output;
}

TEST(command, a_stale_free_whose_place_is_taken_is_misuse_and_harms_nobody) {
  const scratch_directory scratch;
  trace::trace_writer writer;
  writer.add(0, birth(0x1000, 100));
  writer.add(0, release(0x1000));
  writer.add(0, birth(0x2000, 100));
  writer.add(0, release(0x1000));
  writer.add(0, release(0x2000));
  write_bytes(scratch.file("t.ntrace"), writer.file(trace::ending::exited));
  const auto report = nlohmann::json::parse(nebula_command("replay --json " + scratch.file("t.ntrace")).output);
  EXPECT_EQ(report.at("traces").at(0).at("misuse").get<int>(), 1);
  EXPECT_EQ(report.at("traces").at(0).at("damaged_blocks").get<int>(), 0);
}

TEST(command, one_bad_file_does_not_keep_the_others_from_being_replayed) {
  const scratch_directory scratch;
  write_bytes(scratch.file("bad"), {});
  const command_result made = nebula_command("replay " + scratch.file("bad") + " " + committed_traces().front());
  EXPECT_EQ(made.status, 2);
  EXPECT_NE(made.output.find("intact"), std::string::npos);
}

TEST(command, an_empty_trace_is_fine) {
  const scratch_directory scratch;
  write_bytes(scratch.file("t.ntrace"), trace::trace_writer().file(trace::ending::exited));
  EXPECT_EQ(nebula_command("inspect " + scratch.file("t.ntrace")).status, 0);
  EXPECT_EQ(nebula_command("replay " + scratch.file("t.ntrace")).status, 0);
}

TEST(command, notes_say_what_was_not_replayed_as_recorded) {
  const scratch_directory scratch;
  trace::trace_writer writer;
  writer.add(0, release(0x9000));
  writer.add(0, birth(0x1000, 0));
  writer.add(0, {0, 0, 100, 0, 0, trace::event_kind::malloc, true});
  writer.add(0, birth(0x1000, 5));
  write_bytes(scratch.file("t.ntrace"), writer.file(trace::ending::running));
  const command_result made = nebula_command("replay " + scratch.file("t.ntrace"));
  EXPECT_EQ(made.status, 0) << made.errors;
  for (const char* words :
       {"1 zero-size requests, replayed as 1 byte", "1 frees of blocks allocated before recording started",
        "1 requests that the program's own allocator refused", "1 blocks whose free is missing", "no close record"}) {
    EXPECT_NE(made.output.find(words), std::string::npos) << words << " in: " << made.output;
  }
}

TEST(command, names_from_a_file_cannot_command_the_terminal) {
  const scratch_directory scratch;
  const trace::trace_writer writer({.program_name = "\x1b[2Jevil\n"});
  write_bytes(scratch.file("t.ntrace"), writer.file(trace::ending::exited));
  const command_result made = nebula_command("inspect " + scratch.file("t.ntrace"));
  EXPECT_EQ(made.output.find('\x1b'), std::string::npos);
  EXPECT_NE(made.output.find("\\x1b[2Jevil\\x0a"), std::string::npos) << made.output;
}

TEST(command, progress_is_shown_when_asked_and_output_stays_clean) {
  const command_result made = nebula_command("inspect --progress " + committed_traces().front());
  EXPECT_EQ(made.status, 0);
  EXPECT_EQ(made.output.find("elapsed"), std::string::npos);
}

} // namespace
} // namespace nebula::tool_test
