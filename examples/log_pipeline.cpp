// SPDX-License-Identifier: Apache-2.0 OR MIT
// The example of docs/services/streaming.md, as it stands there: tests compare the two, and run this.

// A thread writes the lines of a log into a ring; another one takes them apart where they lie, and adds up. The ring is small,
// and the reader comes late: the writer is told that there is no room, and how much there is. Debug lines it then leaves out,
// and counts; the others wait.
#include <array>
#include <atomic>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>

#include <nebula/services/stream/stream_buffer.hpp>
#include <nebula/services/stream/stream_windows.hpp>

namespace {

namespace services = nebula::services;
using code = services::stream_failure_code;

constexpr std::size_t record_bytes = 32; // a line, padded with blanks: windows of records are windows of lines
constexpr std::size_t window_records = 8;
constexpr unsigned line_count = 20'000;

struct producer_report {
  unsigned written = 0;
  unsigned left_out = 0; ///< debug lines, for want of room
  unsigned waits = 0;    ///< looks in vain for the others, which must not be left out
  std::size_t least_free = SIZE_MAX;
};

/// "level=warn  latency_us=137      " and the like. Errors are rare, and must arrive.
void write_lines(services::stream_buffer& ring, std::atomic<bool>& has_been_full, producer_report& report) {
  for (unsigned line = 0; line < line_count; ++line) {
    const char* const level = line % 97 == 0 ? "error" : line % 5 == 0 ? "warn" : "debug";
    auto room = ring.reserve(record_bytes);
    while (!room && room.failure().code == code::full && level[0] != 'd') {
      ++report.waits;
      has_been_full.store(true);
      std::this_thread::yield();
      room = ring.reserve(record_bytes);
    }
    if (!room) {
      ++report.left_out;
      has_been_full.store(true);
      report.least_free = room.failure().highest;
      continue;
    }
    char text[record_bytes + 1];
    const int length = std::snprintf(text, sizeof text, "level=%s latency_us=%u", level, 100 + line % 400);
    std::memset(text + length, ' ', sizeof text - static_cast<std::size_t>(length));
    std::memcpy(room.value().data(), text, record_bytes); // in the ring itself; nothing is copied again
    if (!ring.commit(record_bytes)) {
      std::abort();
    }
    ++report.written;
  }
  ring.close_writer();
}

struct line {
  std::string_view level;
  unsigned latency_us = 0;
  bool is_right = false;
};
line parse(std::string_view record) {
  constexpr std::string_view first = "level=";
  constexpr std::string_view second = " latency_us=";
  const std::size_t split = record.find(second);
  if (record.substr(0, first.size()) != first || split == std::string_view::npos) {
    return {};
  }
  line found{record.substr(first.size(), split - first.size()), 0, false};
  const std::string_view number = record.substr(split + second.size());
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), found.latency_us);
  found.is_right = error == std::errc() && end != number.data();
  return found;
}

struct consumer_report {
  unsigned lines = 0;
  unsigned errors = 0;
  unsigned malformed = 0;
  unsigned windows = 0;
  unsigned highest_mean_us = 0; ///< of eight lines in a row
};

/// Each window begins one line after the one before, and shares seven with it: they stay in the ring, where they are.
void read_windows(services::stream_buffer& ring, consumer_report& report) {
  using windows_type = services::stream_windows<services::stream_buffer>;
  windows_type windows = windows_type::make(ring, window_records * record_bytes, record_bytes).value();
  for (;;) {
    const auto window = windows.next();
    if (!window && window.failure().code == code::end_of_stream) {
      return;
    }
    if (!window) {
      std::this_thread::yield();
      continue;
    }
    const std::string_view text(reinterpret_cast<const char*>(window.value().data()), window.value().size());
    const bool is_first = report.windows++ == 0;
    unsigned sum = 0;
    for (std::size_t at = 0; at < text.size(); at += record_bytes) {
      const line each = parse(text.substr(at, record_bytes));
      const bool is_new = is_first || at + record_bytes == text.size();
      report.malformed += each.is_right ? 0U : 1U;
      report.lines += is_new ? 1U : 0U;
      report.errors += is_new && each.level == "error" ? 1U : 0U;
      sum += each.latency_us;
    }
    const auto mean = static_cast<unsigned>(sum / (text.size() / record_bytes));
    report.highest_mean_us = mean > report.highest_mean_us ? mean : report.highest_mean_us;
  }
}

} // namespace

int main() {
  constexpr std::size_t capacity = 64 * record_bytes;
  constexpr std::size_t contiguous_max = window_records * record_bytes;
  static std::array<std::byte, services::stream_config::storage_bytes(capacity, contiguous_max).value()> storage;
  services::stream_config config;
  config.storage = {storage.data(), storage.size()};
  config.capacity_bytes = capacity;
  config.contiguous_max_bytes = contiguous_max;
  const auto plan = config.validate();
  if (!plan) {
    char words[160];
    describe(plan.failure(), words, sizeof words);
    std::fprintf(stderr, "%s\n", words);
    return EXIT_FAILURE;
  }
  services::stream_buffer ring(plan.value());

  producer_report written;
  consumer_report read;
  std::atomic<bool> has_been_full{false};
  std::thread producer([&] { write_lines(ring, has_been_full, written); });
  while (!has_been_full.load()) { // a reader that comes late
    std::this_thread::yield();
  }
  read_windows(ring, read);
  producer.join();

  const services::stream_state state = ring.state();
  std::printf("written   %6u lines; left out %u debug lines, least room then %zu of %zu bytes\n", written.written,
              written.left_out, written.least_free, state.capacity_bytes);
  std::printf("pressure  %6zu reservations refused, %u of them waited for\n", state.refused_reserves, written.waits);
  std::printf("read      %6u lines in %u windows of %zu, %u errors, highest mean latency %u us\n", read.lines,
              read.windows, window_records, read.errors, read.highest_mean_us);

  const bool all_arrived = read.lines == written.written && written.written + written.left_out == line_count;
  const bool all_errors = read.errors == (line_count + 96) / 97;
  const bool had_pressure = state.refused_reserves != 0 && state.refused_reserves == written.left_out + written.waits;
  return all_arrived && all_errors && had_pressure && read.malformed == 0 && state.misuses == 0 ? EXIT_SUCCESS
                                                                                                : EXIT_FAILURE;
}
