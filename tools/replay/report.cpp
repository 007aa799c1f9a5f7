// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "tools/replay/report.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>

#include "tools/common/text.hpp"

namespace nebula::replay {
namespace {

std::string overhead(const outcome& result) {
  const std::uint64_t peak = result.plan.summary.peak_live_bytes;
  if (peak == 0) {
    return "-";
  }
  const double ratio = static_cast<double>(result.storage_bytes) / static_cast<double>(peak) - 1;
  return (ratio < 0 ? "" : "+") + text::fixed(100 * ratio, 1) + " %";
}

// Everything about the trace that a reader of the table would otherwise take for granted.
std::vector<std::string> notes(const replayed_trace& replayed) {
  const trace_summary& summary = replayed.result.plan.summary;
  std::vector<std::string> lines;
  const auto add = [&lines](std::uint64_t value, const char* text) {
    if (value > 0) {
      lines.push_back(text::count(value) + " " + text);
    }
  };
  if (replayed.is_cut) {
    lines.emplace_back("the file is truncated; the events up to there were replayed");
  } else if (replayed.ending == trace::ending::running) {
    lines.emplace_back("no close record: the process was killed, or still runs; the events up to there were replayed");
  }
  add(summary.oddities.zero_size_requests, "zero-size requests, replayed as 1 byte");
  add(summary.oddities.failed_requests, "requests that the program's own allocator refused, not replayed");
  add(summary.oddities.unknown_releases, "frees of blocks allocated before recording started, not replayed");
  add(summary.oddities.lost_releases, "blocks whose free is missing, freed when their address was allocated again");
  add(summary.oddities.dead_releases, "double frees in the trace, counted as misuse");
  add(summary.missing_events, "sequence numbers without an event");
  add(replayed.dropped_events, "events that the recorder could not write");
  add(replayed.result.skipped_frees,
      "frees that the allocator does not take in this order, refused and made up for later");
  add(summary.live_at_end, "blocks live at the end of the trace, verified and freed then");
  if (replayed.result.replay_threads != 0 && replayed.result.replay_threads < replayed.result.recorded_threads) {
    lines.push_back(text::count(replayed.result.recorded_threads) + " recorded threads shared " +
                    text::count(replayed.result.replay_threads) +
                    (replayed.result.replay_threads == 1 ? " replay thread" : " replay threads"));
  }
  return lines;
}

void print_findings(std::ostream& out, const findings& found) {
  const auto print = [&out](std::uint64_t value, const char* meaning) {
    if (value > 0) {
      out << "    " << text::count(value) << ' ' << meaning << '\n';
    }
  };
  print(found.refused, "allocations refused");
  print(found.misuse, "frees that are misuse");
  print(found.corruption, "broken invariants");
  print(found.damaged_blocks, "blocks with damaged contents");
  print(found.misplaced_blocks, "blocks misaligned or outside of the allocator");
  print(found.accounting_errors, "wrong totals after everything was freed");
}

} // namespace

void print_report(std::ostream& out, const std::vector<replayed_trace>& traces, bool has_colour) {
  using text::alignment;
  text::table table({{"trace", alignment::left},
                     {"through", alignment::left},
                     {"events", alignment::right},
                     {"threads", alignment::right},
                     {"peak live", alignment::right},
                     {"plan", alignment::right},
                     {"overhead", alignment::right},
                     {"classes", alignment::right},
                     {"refused", alignment::right},
                     {"misuse", alignment::right},
                     {"corruption", alignment::right},
                     {"contents", alignment::right},
                     {"ns/op", alignment::right}});
  for (const replayed_trace& replayed : traces) {
    const outcome& result = replayed.result;
    const std::uint64_t damaged = result.found.damaged_blocks + result.found.misplaced_blocks;
    table.add({text::printable(std::filesystem::path(replayed.path).filename().string()), result.through,
               text::count(result.plan.summary.events), text::count(result.recorded_threads),
               text::bytes(result.plan.summary.peak_live_bytes), text::bytes(result.storage_bytes), overhead(result),
               result.has_classes ? text::count(result.plan.classes.size()) : "-", text::count(result.found.refused),
               text::count(result.found.misuse), text::count(result.found.corruption + result.found.accounting_errors),
               damaged == 0 ? "intact" : text::count(damaged) + " damaged",
               result.nanoseconds_per_call > 0 ? text::fixed(result.nanoseconds_per_call, 1) : "-"});
  }
  table.print(out);
  for (const replayed_trace& replayed : traces) {
    const outcome& result = replayed.result;
    const bool is_intact = result.found.is_intact();
    const char* const colour = !has_colour ? "" : is_intact ? "\x1b[32m" : "\x1b[31m";
    out << '\n'
        << text::printable(replayed.path) << " (" << text::printable(replayed.program) << ") through " << result.through
        << ": " << colour << (is_intact ? "intact" : "NOT INTACT") << (has_colour ? "\x1b[0m" : "") << '\n';
    print_findings(out, result.found);
    out << "    " << text::count(result.kernel_calls) << " allocations and frees in "
        << text::count(result.replay_threads)
        << (result.replay_threads == 1 ? " thread" : " threads, " + text::count(result.turns) + " turns") << "; "
        << text::bytes(result.verified_bytes) << " of contents verified, invariants walked "
        << text::count(result.invariant_walks) << " times, " << text::fixed(result.replay_seconds, 2) << " s";
    if (constexpr double long_enough_to_divide_by = 0.01; result.replay_seconds >= long_enough_to_divide_by) {
      constexpr double million = 1e6;
      const double events = static_cast<double>(result.plan.summary.events);
      out << ", " << text::fixed(events / result.replay_seconds / million, 1) << " million events per second";
    }
    out << '\n';
    for (const std::string& line : notes(replayed)) {
      out << "    note: " << line << '\n';
    }
  }
}

void print_json(std::ostream& out, const std::vector<replayed_trace>& traces, bool all_were_read) {
  auto list = nlohmann::ordered_json::array();
  bool is_intact = all_were_read;
  for (const replayed_trace& replayed : traces) {
    const outcome& result = replayed.result;
    const trace_summary& summary = result.plan.summary;
    is_intact = is_intact && result.found.is_intact();
    auto classes = nlohmann::ordered_json::array();
    const std::vector<size_class> dealt_in = result.has_classes ? result.plan.classes : std::vector<size_class>{};
    for (const size_class& each : dealt_in) {
      classes.push_back({{"block_size_bytes", each.block_size_bytes},
                         {"block_align_bytes", each.block_align_bytes},
                         {"block_count", each.block_count}});
    }
    list.push_back({{"trace", replayed.path},
                    {"program", replayed.program},
                    {"through", result.through},
                    {"is_intact", result.found.is_intact()},
                    {"is_closed", replayed.ending != trace::ending::running},
                    {"is_truncated", replayed.is_cut},
                    {"events", summary.events},
                    {"recorded_threads", result.recorded_threads},
                    {"replay_threads", result.replay_threads},
                    {"turns", result.turns},
                    {"kernel_calls", result.kernel_calls},
                    {"peak_live_bytes", summary.peak_live_bytes},
                    {"peak_live_blocks", summary.peak_live_blocks},
                    {"plan_bytes", result.storage_bytes},
                    {"peak_used_bytes", result.peak_used_bytes},
                    {"refused", result.found.refused},
                    {"skipped_frees", result.skipped_frees},
                    {"misuse", result.found.misuse},
                    {"corruption", result.found.corruption},
                    {"damaged_blocks", result.found.damaged_blocks},
                    {"misplaced_blocks", result.found.misplaced_blocks},
                    {"accounting_errors", result.found.accounting_errors},
                    {"verified_bytes", result.verified_bytes},
                    {"invariant_walks", result.invariant_walks},
                    {"nanoseconds_per_operation", result.nanoseconds_per_call},
                    {"replay_seconds", result.replay_seconds},
                    {"zero_size_requests", summary.oddities.zero_size_requests},
                    {"failed_requests", summary.oddities.failed_requests},
                    {"unknown_releases", summary.oddities.unknown_releases},
                    {"dead_releases", summary.oddities.dead_releases},
                    {"lost_releases", summary.oddities.lost_releases},
                    {"missing_events", summary.missing_events},
                    {"dropped_events", replayed.dropped_events},
                    {"live_at_end", summary.live_at_end},
                    {"classes", classes}});
  }
  const nlohmann::ordered_json document{{"is_intact", is_intact}, {"traces", list}};
  out << document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

} // namespace nebula::replay
