// SPDX-License-Identifier: Apache-2.0 OR MIT
// The trace format: what is written is read, and nothing else is taken for a trace.
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/tool/support.hpp"

namespace nebula::tool_test {
namespace {

using trace::cut_files;
using trace::ending;
using trace::event_kind;
using trace::trace_error;

std::vector<threaded_event> varied_events(unsigned seed, std::size_t count) {
  std::mt19937_64 random(seed);
  std::vector<threaded_event> events;
  std::uint64_t sequence = 0;
  for (std::size_t at = 0; at < count; ++at) {
    trace::event item{};
    item.kind = static_cast<event_kind>(1 + random() % 12);
    const trace::event_fields fields = trace::fields_of(item.kind);
    sequence += random() % 4 == 0 ? 1 + random() % 1000 : 1;
    item.sequence = sequence;
    item.failed = trace::can_fail(item.kind) && random() % 8 == 0;
    item.alignment = fields.alignment ? std::uint64_t{1} << (random() % 20) : 0;
    item.count = fields.count ? random() % 1000 : 0;
    item.size = fields.size ? random() >> (40 + random() % 24) : 0;
    item.address = fields.address && !item.failed ? 1 + (random() >> (random() % 60 + 1)) : 0;
    events.push_back({static_cast<std::uint32_t>(random() % 3), item});
  }
  return events;
}

std::vector<std::uint8_t> file_of(const std::vector<threaded_event>& events, ending end) {
  trace::trace_writer writer;
  for (const threaded_event& each : events) writer.add(each.thread_index, each.item);
  return writer.file(end);
}

void expect_prefix_per_thread(const std::vector<threaded_event>& part, const std::vector<threaded_event>& whole) {
  for (std::uint32_t thread = 0; thread < 3; ++thread) {
    std::size_t at = 0;
    for (const threaded_event& each : part) {
      if (each.thread_index != thread) continue;
      while (at < whole.size() && whole[at].thread_index != thread) ++at;
      ASSERT_LT(at, whole.size());
      ASSERT_TRUE(is_same(each, whole[at]));
      ++at;
    }
  }
}

TEST(trace_format, every_event_comes_back_as_it_was_written) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const auto events = varied_events(seed, 3000);
    const auto read = read_events(file_of(events, ending::exited));
    ASSERT_EQ(read.size(), events.size()) << "seed " << seed;
    for (std::size_t at = 0; at < events.size(); ++at) {
      ASSERT_TRUE(is_same(read[at], events[at])) << "seed " << seed << ", event " << at;
    }
  }
}

TEST(trace_format, extreme_values_come_back) {
  const std::uint64_t highest = std::numeric_limits<std::uint64_t>::max();
  const std::vector<threaded_event> events{
      {0, {1, highest, 0, 0, 0, event_kind::malloc, false}},
      {0, {2, 1, trace::max_block_bytes, 0, 0, event_kind::malloc, false}},
      {0, {3, highest - 15, 1, 0, highest, event_kind::memalign, false}},
      {0, {4, 0, highest, highest, 0, event_kind::calloc, true}},
      {7, {highest - 1, 16, 0, 0, 0, event_kind::free, false}},
  };
  const auto read = read_events(file_of(events, ending::exited));
  ASSERT_EQ(read.size(), events.size());
  for (std::size_t at = 0; at < events.size(); ++at) EXPECT_TRUE(is_same(read[at], events[at])) << "event " << at;
}

TEST(trace_format, the_header_says_who_and_how_it_ended) {
  trace::trace_writer writer({.program_name = "/usr/bin/example", .process_id = 4711});
  writer.add(0, birth(16, 1));
  for (const ending end : {ending::running, ending::exited, ending::executed}) {
    const auto bytes = writer.file(end);
    const trace::trace_image image(bytes);
    EXPECT_EQ(image.header().program_name, "/usr/bin/example");
    EXPECT_EQ(image.header().process_id, 4711U);
    EXPECT_EQ(image.header().ending, end);
    EXPECT_EQ(image.header().pointer_bytes, sizeof(void*));
    EXPECT_FALSE(image.is_cut());
  }
}

TEST(trace_format, a_long_program_name_keeps_its_end) {
  std::string name(3000, 'x');
  name += "/program";
  const auto bytes = trace::trace_writer({.program_name = name}).file(ending::exited);
  const std::string kept = trace::trace_image(bytes).header().program_name;
  EXPECT_EQ(kept.size(), trace::max_program_name_bytes);
  EXPECT_TRUE(kept.ends_with("/program"));
}

// Cut at any byte: refused with an offset inside the file, except where a killed process could have left it, between two chunks.
TEST(trace_format, a_file_cut_at_any_byte_is_refused_or_is_a_prefix) {
  const auto events = varied_events(5, 900);
  const auto whole = file_of(events, ending::running);
  ASSERT_GE(whole.size(), 4 * trace::unit_bytes);
  std::size_t refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<std::uint8_t> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const bool is_between_chunks = size >= trace::file_header_bytes && size % trace::unit_bytes == 0;
    try {
      const auto read = read_events(part);
      ASSERT_TRUE(is_between_chunks) << "accepted at " << size;
      expect_prefix_per_thread(read, events);
    } catch (const trace_error& problem) {
      ASSERT_FALSE(is_between_chunks) << "refused at " << size << ": " << problem.what();
      ASSERT_LE(problem.offset(), size);
      ++refused;
    }
  }
  EXPECT_EQ(refused, whole.size() - whole.size() / trace::unit_bytes + 1);
}

TEST(trace_format, a_closed_file_cut_at_any_byte_is_refused) {
  const auto whole = file_of(varied_events(6, 700), ending::exited);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<std::uint8_t> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    ASSERT_THROW(static_cast<void>(read_events(part)), trace_error) << "accepted at " << size;
  }
}

TEST(trace_format, a_cut_file_gives_its_prefix_on_request) {
  const auto events = varied_events(7, 900);
  const auto whole = file_of(events, ending::exited);
  std::size_t last_count = 0;
  for (std::size_t size = trace::file_header_bytes; size < whole.size(); ++size) {
    const std::vector<std::uint8_t> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const auto read = read_events(part, cut_files::accept);
    ASSERT_GE(read.size(), last_count) << "at " << size;
    last_count = read.size();
    if (size % 97 == 0) expect_prefix_per_thread(read, events);
    ASSERT_TRUE(trace::trace_image(part, cut_files::accept).is_cut()) << "at " << size;
  }
  EXPECT_EQ(last_count, events.size());
}

TEST(trace_format, a_flipped_bit_is_found_or_changes_nothing) {
  const auto events = varied_events(8, 250);
  auto bytes = file_of(events, ending::exited);
  std::size_t found = 0;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    // Headers and events stand in the first quarter of their units; of the unused rest, a sample does.
    if (bit / 8 % trace::unit_bytes >= 1024 && bit % 97 != 0) continue;
    const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
    bytes[bit / 8] ^= mask;
    try {
      const auto read = read_events(bytes);
      ASSERT_EQ(read.size(), events.size()) << "bit " << bit;
      for (std::size_t at = 0; at < events.size(); ++at) ASSERT_TRUE(is_same(read[at], events[at])) << "bit " << bit;
    } catch (const trace_error& problem) {
      ++found;
      ASSERT_LE(problem.offset(), bytes.size());
    }
    bytes[bit / 8] ^= mask;
  }
  // Every bit of the events themselves is covered, and more.
  EXPECT_GE(found, trace::trace_image(bytes).payload_bytes() * 8);
}

void expect_refused(const std::vector<std::uint8_t>& bytes, std::uint64_t offset, const std::string& words) {
  try {
    static_cast<void>(read_events(bytes));
    ADD_FAILURE() << "accepted; expected: " << words;
  } catch (const trace_error& problem) {
    EXPECT_EQ(problem.offset(), offset) << problem.what();
    EXPECT_NE(std::string(problem.what()).find(words), std::string::npos) << problem.what();
  }
}

TEST(trace_format, foreign_and_empty_files_are_named_so) {
  expect_refused({}, 0, "empty");
  expect_refused({'#', '!', '/', 'b', 'i', 'n'}, 0, "not a trace");
  expect_refused(std::vector<std::uint8_t>(100'000), 0, "not a trace");
  expect_refused({trace::file_magic.begin(), trace::file_magic.end()}, 8, "truncated");
}

TEST(trace_format, headers_that_lie_are_refused) {
  const auto good = file_of(varied_events(9, 50), ending::exited);
  const auto changed = [&](std::size_t offset, auto value, bool fixes_chunk_check) {
    auto bytes = good;
    trace::store_field(bytes.data(), static_cast<std::uint32_t>(offset), value);
    if (fixes_chunk_check) {
      trace::store_field(bytes.data() + trace::file_header_bytes, trace::chunk_field::check,
                         trace::chunk_header_check(bytes.data() + trace::file_header_bytes));
    }
    return bytes;
  };
  const std::size_t chunk = trace::file_header_bytes;
  expect_refused(changed(trace::file_field::version, std::uint16_t{2}, false), trace::file_field::version, "version 2");
  expect_refused(changed(trace::file_field::pointer_bytes, std::uint8_t{16}, false), trace::file_field::pointer_bytes,
                 "pointers");
  expect_refused(changed(trace::file_field::program_name_bytes, std::uint32_t{0xffffffff}, false),
                 trace::file_field::program_name_bytes, "name");
  expect_refused(changed(trace::file_field::ending, std::uint32_t{1}, false), trace::file_field::ending, "ending");
  expect_refused(changed(chunk, std::uint32_t{0x12345678}, false), chunk, "mark is missing");
  for (const std::uint32_t bytes : {0U, 1U, 4095U, 4097U, 0xfffff000U}) {
    expect_refused(changed(chunk + trace::chunk_field::chunk_bytes, bytes, true),
                   chunk + trace::chunk_field::chunk_bytes, "multiples");
  }
  expect_refused(changed(chunk + trace::chunk_field::chunk_bytes, std::uint32_t{1U << 20U}, true), good.size(),
                 "truncated");
  expect_refused(changed(chunk + trace::chunk_field::first_sequence, std::uint64_t{0}, true),
                 chunk + trace::chunk_field::first_sequence, "sequence number 0");
  expect_refused(changed(chunk + trace::chunk_field::commit, std::uint64_t{4096}, false),
                 chunk + trace::chunk_field::commit, "room");
}

TEST(trace_format, repeated_sequence_numbers_are_refused) {
  trace::trace_writer writer;
  writer.add(0, {5, 16, 1, 0, 0, event_kind::malloc, false});
  writer.add(1, {5, 32, 1, 0, 0, event_kind::malloc, false});
  EXPECT_THROW(static_cast<void>(read_events(writer.file(ending::exited))), trace_error);
}

TEST(trace_format, impossible_blocks_are_refused) {
  trace::trace_writer huge;
  huge.add(0, birth(16, trace::max_block_bytes + 1));
  EXPECT_THROW(static_cast<void>(read_events(huge.file(ending::exited))), trace_error);
  trace::trace_writer overflowing;
  overflowing.add(0, {0, 16, std::uint64_t{1} << 40U, std::uint64_t{1} << 40U, 0, event_kind::calloc, false});
  EXPECT_THROW(static_cast<void>(read_events(overflowing.file(ending::exited))), trace_error);
}

// A thread may have claimed space and been killed before it wrote there.
TEST(trace_format, space_that_was_claimed_and_not_used_is_skipped) {
  const auto events = varied_events(10, 300);
  auto bytes = file_of(events, ending::running);
  bytes.insert(bytes.begin() + trace::file_header_bytes, 2 * trace::unit_bytes, 0);
  bytes.insert(bytes.end(), trace::unit_bytes, 0);
  EXPECT_EQ(read_events(bytes).size(), events.size());
  bytes.back() = 1;
  EXPECT_THROW(static_cast<void>(read_events(bytes)), trace_error);
}

} // namespace
} // namespace nebula::tool_test
