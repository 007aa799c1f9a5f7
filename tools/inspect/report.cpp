// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "tools/inspect/report.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>
#include <ostream>

#include "tools/common/text.hpp"

namespace nebula::inspect {
namespace {

using trace::event_kind;

constexpr std::array<std::pair<event_kind, const char*>, 12> kind_names{
    {{event_kind::malloc, "malloc"},
     {event_kind::calloc, "calloc"},
     {event_kind::realloc_begin, "realloc_begin"},
     {event_kind::realloc_end, "realloc_end"},
     {event_kind::reallocarray_end, "reallocarray_end"},
     {event_kind::realloc_release, "realloc_release"},
     {event_kind::free, "free"},
     {event_kind::aligned_alloc, "aligned_alloc"},
     {event_kind::posix_memalign, "posix_memalign"},
     {event_kind::memalign, "memalign"},
     {event_kind::valloc, "valloc"},
     {event_kind::pvalloc, "pvalloc"}}};

std::string time_text(std::uint64_t unix_nanoseconds) {
  const auto seconds = static_cast<std::time_t>(unix_nanoseconds / 1'000'000'000U);
  std::tm parts{};
  std::array<char, 40> text{};
  if (gmtime_r(&seconds, &parts) == nullptr ||
      std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0) {
    return "unknown";
  }
  return text.data();
}

void print_size_ranges(std::ostream& out, const profile& seen) {
  out << "\nSizes\n";
  text::table sizes({{"bytes up to", text::alignment::right},
                     {"requests", text::alignment::right},
                     {"share", text::alignment::right},
                     {"bytes requested", text::alignment::right},
                     {"peak live", text::alignment::right}});
  const std::uint64_t requests = seen.births + seen.reallocations;
  for (const size_range& range : seen.size_ranges) {
    sizes.add({text::count(range.limit_bytes), text::count(range.births), text::share(range.births, requests),
               text::bytes(range.born_bytes), text::count(range.peak_live)});
  }
  sizes.print(out);
}

void print_lifetimes(std::ostream& out, const profile& seen) {
  out << "\nLifetimes (events between birth and free)\n";
  text::table lifetimes({{"fewer than", text::alignment::right},
                         {"blocks", text::alignment::right},
                         {"share", text::alignment::right},
                         {"", text::alignment::left}});
  const std::uint64_t longest = *std::max_element(seen.lifetimes.begin(), seen.lifetimes.end());
  for (std::size_t width = 0; width < seen.lifetimes.size(); ++width) {
    if (const std::uint64_t blocks = seen.lifetimes[width]; blocks > 0) {
      const auto bar = static_cast<std::size_t>(40 * static_cast<double>(blocks) / static_cast<double>(longest));
      lifetimes.add({width < 64 ? text::count(std::uint64_t{1} << width) : "2^64", text::count(blocks),
                     text::share(blocks, seen.births), std::string(bar, '#')});
    }
  }
  lifetimes.add({"never freed", text::count(seen.never_freed), text::share(seen.never_freed, seen.births), ""});
  lifetimes.print(out);
}

void print_threads(std::ostream& out, const profile& seen) {
  constexpr std::size_t most_shown = 20;
  out << "\nThreads\n";
  text::table threads({{"thread", text::alignment::right},
                       {"system id", text::alignment::right},
                       {"events", text::alignment::right},
                       {"births", text::alignment::right},
                       {"frees", text::alignment::right}});
  for (std::size_t at = 0; at < std::min(most_shown, seen.threads.size()); ++at) {
    const thread_profile& thread = seen.threads[at];
    threads.add({text::count(thread.index), std::to_string(thread.system_thread_id), text::count(thread.events),
                 text::count(thread.births), text::count(thread.releases)});
  }
  threads.print(out);
  if (seen.threads.size() > most_shown) {
    out << "  and " << text::count(seen.threads.size() - most_shown) << " more\n";
  }
}

std::string kinds_text(const profile& seen) {
  std::string line;
  for (const auto& [kind, name] : kind_names) {
    if (const std::uint64_t events = seen.events_by_kind[static_cast<std::size_t>(kind)]; events > 0) {
      line += (line.empty() ? "" : ", ") + std::string(name) + " " + text::count(events);
    }
  }
  return line;
}

void add_oddities(text::facts& facts, const trace::trace_image& image, const profile& seen) {
  const auto add = [&](const char* name, std::uint64_t value, const char* meaning) {
    if (value > 0) {
      facts.add(name, text::count(value) + " (" + meaning + ")");
    }
  };
  add("failed requests", seen.oddities.failed_requests, "the program's allocator returned no block");
  add("zero-size requests", seen.oddities.zero_size_requests, "legal in C; kernel allocators refuse size 0");
  add("over-aligned", seen.over_aligned_births, "blocks aligned to more than 16");
  add("freed unknown blocks", seen.oddities.unknown_releases,
      "allocated before recording started, or by a parent process");
  add("freed dead blocks", seen.oddities.dead_releases, "double frees");
  add("lost frees", seen.oddities.lost_releases, "an address was allocated again with no free recorded");
  add("missing events", seen.missing_events, "sequence numbers that no event has");
  add("dropped events", image.header().dropped_events, "the recorder could not write them");
}

} // namespace

std::string describe_ending(const trace::trace_image& image) {
  if (image.is_cut()) {
    return "the file is truncated: its events up to there follow";
  }
  switch (image.header().ending) {
  case trace::ending::exited: return "the process exited";
  case trace::ending::executed: return "the process became another program (exec)";
  case trace::ending::running:
    return "no close record: the process was killed, or still runs; this is a readable prefix";
  }
  return "unknown";
}

void print_report(std::ostream& out, const std::string& path, const trace::trace_image& image, const profile& seen) {
  out << "Trace " << text::printable(path) << '\n';
  const trace::file_header& header = image.header();
  text::facts facts;
  facts.add("program", text::printable(header.program_name) + ", process " + std::to_string(header.process_id));
  facts.add("started", time_text(header.start_unix_nanoseconds));
  facts.add("ended", describe_ending(image));
  facts.add("file",
            text::bytes(image.bytes().size()) + ", " +
                (seen.events == 0
                     ? "no events"
                     : text::fixed(static_cast<double>(image.payload_bytes()) / static_cast<double>(seen.events), 1) +
                           " bytes an event"));
  facts.add("events", text::count(seen.events) + (seen.events == 0 ? "" : " (" + kinds_text(seen) + ")"));
  facts.add("threads", text::count(seen.threads.size()));
  facts.add("blocks born", text::count(seen.births) + ", " + text::bytes(seen.born_bytes) + "; reallocated " +
                               text::count(seen.reallocations) + " times");
  facts.add("peak live", text::bytes(seen.peak_live_bytes) + ", " + text::count(seen.peak_live_blocks) + " blocks");
  facts.add("live at the end", text::bytes(seen.never_freed_bytes) + ", " + text::count(seen.never_freed) + " blocks");
  add_oddities(facts, image, seen);
  facts.print(out);
  if (seen.births == 0) {
    return;
  }
  print_size_ranges(out, seen);
  print_lifetimes(out, seen);
  print_threads(out, seen);
  out << "\nPatterns (shares of the blocks born)\n";
  text::facts patterns;
  patterns.add("freed last-in first-out", text::share(seen.lifo_releases, seen.births));
  patterns.add("freed in bulk", text::share(seen.bulk_releases, seen.births) + " (runs of " +
                                    std::to_string(bulk_run_length) + " frees or more)");
  patterns.add("never freed", text::share(seen.never_freed, seen.births));
  patterns.add("freed by another thread", text::share(seen.cross_thread_releases, seen.births));
  patterns.add("commonest size", text::share(seen.commonest_size_births, seen.births + seen.reallocations) +
                                     " of the requests (" + text::count(seen.commonest_size) + " bytes; " +
                                     text::count(seen.distinct_sizes) + " distinct sizes)");
  patterns.print(out);
  const recommendation advice = recommend(seen);
  out << "\nSuits: " << advice.allocator << "\n  " << advice.reason << '\n';
}

void print_json(std::ostream& out, const std::string& path, const trace::trace_image& image, const profile& seen) {
  const trace::file_header& header = image.header();
  nlohmann::ordered_json kinds = nlohmann::ordered_json::object();
  for (const auto& [kind, name] : kind_names) {
    kinds[name] = seen.events_by_kind[static_cast<std::size_t>(kind)];
  }
  auto sizes = nlohmann::ordered_json::array();
  for (const size_range& range : seen.size_ranges) {
    sizes.push_back({{"limit_bytes", range.limit_bytes},
                     {"requests", range.births},
                     {"requested_bytes", range.born_bytes},
                     {"peak_live_blocks", range.peak_live}});
  }
  auto lifetimes = nlohmann::ordered_json::array();
  for (std::size_t width = 0; width < seen.lifetimes.size(); ++width) {
    if (seen.lifetimes[width] > 0) {
      lifetimes.push_back({{"log2_events_below", width}, {"blocks", seen.lifetimes[width]}});
    }
  }
  auto threads = nlohmann::ordered_json::array();
  for (const thread_profile& thread : seen.threads) {
    threads.push_back({{"index", thread.index},
                       {"system_thread_id", thread.system_thread_id},
                       {"events", thread.events},
                       {"births", thread.births},
                       {"releases", thread.releases}});
  }
  const recommendation advice = recommend(seen);
  const nlohmann::ordered_json document{{"trace", path},
                                        {"program", header.program_name},
                                        {"process_id", header.process_id},
                                        {"parent_process_id", header.parent_process_id},
                                        {"start_unix_nanoseconds", header.start_unix_nanoseconds},
                                        {"is_closed", header.ending != trace::ending::running},
                                        {"is_truncated", image.is_cut()},
                                        {"events", seen.events},
                                        {"events_by_kind", kinds},
                                        {"blocks_born", seen.births},
                                        {"bytes_born", seen.born_bytes},
                                        {"reallocations", seen.reallocations},
                                        {"releases", seen.releases},
                                        {"peak_live_bytes", seen.peak_live_bytes},
                                        {"peak_live_blocks", seen.peak_live_blocks},
                                        {"never_freed_blocks", seen.never_freed},
                                        {"never_freed_bytes", seen.never_freed_bytes},
                                        {"lifo_releases", seen.lifo_releases},
                                        {"bulk_releases", seen.bulk_releases},
                                        {"cross_thread_releases", seen.cross_thread_releases},
                                        {"commonest_size_bytes", seen.commonest_size},
                                        {"commonest_size_requests", seen.commonest_size_births},
                                        {"distinct_sizes", seen.distinct_sizes},
                                        {"failed_requests", seen.oddities.failed_requests},
                                        {"zero_size_requests", seen.oddities.zero_size_requests},
                                        {"unknown_releases", seen.oddities.unknown_releases},
                                        {"dead_releases", seen.oddities.dead_releases},
                                        {"lost_releases", seen.oddities.lost_releases},
                                        {"missing_events", seen.missing_events},
                                        {"dropped_events", header.dropped_events},
                                        {"sizes", sizes},
                                        {"lifetimes", lifetimes},
                                        {"threads", threads},
                                        {"suits", {{"allocator", advice.allocator}, {"reason", advice.reason}}}};
  // What comes from the file need not be UTF-8.
  out << document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

} // namespace nebula::inspect
