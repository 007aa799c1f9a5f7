// SPDX-License-Identifier: Apache-2.0 OR MIT
// The trace parser on hostile input. The first byte chooses how the rest is used, as the checks in a file would keep a
// fuzzer out of all but its surface: as a whole file; as the events of a chunk that is cut short, whose check cannot be
// verified; or as calls to the writer, which must come back from the reader as they were.
// Target functions, those of these sources:
//   trace_reader: tools/trace/reader.cpp tools/trace/blocks.cpp tools/trace/writer.cpp tools/trace/encoder.hpp
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "tools/trace/blocks.hpp"
#include "tools/trace/reader.hpp"
#include "tools/trace/writer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using nebula::trace::cut_files;
using nebula::trace::ending;
using nebula::trace::event;
using nebula::trace::event_kind;

void require(bool holds) {
  if (!holds) std::abort();
}

// Everything that the commands do with a trace before they allocate for it.
void read_all(std::span<const std::uint8_t> file, cut_files cut) {
  try {
    const nebula::trace::trace_image image(file, cut);
    require(image.payload_bytes() <= file.size());
    nebula::trace::operation_reader operations(image);
    for (nebula::trace::operation item{}; operations.next(item);) {
      require(item.thread < image.threads().size());
      const nebula::trace::block_tracker& tracker = operations.tracker();
      require(tracker.live_blocks() <= tracker.births());
      require(tracker.blocks().size() <= tracker.births());
      require(operations.events().decoded_bytes() <= image.payload_bytes());
    }
  } catch (const nebula::trace::trace_error& problem) {
    require(problem.offset() <= file.size());
  }
}

void read_as_cut_chunk(std::span<const std::uint8_t> payload) {
  constexpr std::size_t most_bytes = 1U << 16U;
  payload = payload.first(payload.size() < most_bytes ? payload.size() : most_bytes);
  std::vector<std::uint8_t> file = nebula::trace::trace_writer().file(ending::running);
  std::vector<std::uint8_t> header(nebula::trace::chunk_header_bytes);
  constexpr std::uint32_t claimed_bytes = 1U << 17U;
  nebula::trace::store_field(header.data(), nebula::trace::chunk_field::magic, nebula::trace::chunk_magic);
  nebula::trace::store_field(header.data(), nebula::trace::chunk_field::chunk_bytes, claimed_bytes);
  nebula::trace::store_field(header.data(), nebula::trace::chunk_field::first_sequence, std::uint64_t{1});
  nebula::trace::store_field(header.data(), nebula::trace::chunk_field::check,
                             nebula::trace::chunk_header_check(header.data()));
  nebula::trace::store_field(header.data(), nebula::trace::chunk_field::commit,
                             nebula::trace::commit_word(claimed_bytes - nebula::trace::chunk_header_bytes, 0));
  file.insert(file.end(), header.begin(), header.end());
  file.insert(file.end(), payload.begin(), payload.end());
  read_all(file, cut_files::accept);
}

class byte_source {
public:
  explicit byte_source(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  [[nodiscard]] bool is_empty() const { return bytes_.empty(); }
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }
  // A number of up to `most` bytes: small ones come often.
  std::uint64_t number(unsigned most) {
    std::uint64_t value = 0;
    for (unsigned left = byte() % (most + 1); left > 0; --left) value = value << 8U | byte();
    return value;
  }

private:
  std::span<const std::uint8_t> bytes_;
};

event make_event(byte_source& source, std::uint64_t sequence) {
  event item{};
  item.sequence = sequence;
  item.kind = static_cast<event_kind>(1 + source.byte() % 12);
  const nebula::trace::event_fields fields = nebula::trace::fields_of(item.kind);
  item.failed = nebula::trace::can_fail(item.kind) && source.byte() % 16 == 0;
  item.alignment = fields.alignment ? source.number(8) : 0;
  item.count = fields.count ? source.number(2) : 0;
  item.size = fields.size ? source.number(4) : 0;
  item.address = fields.address && !item.failed ? 1 + source.number(7) : 0;
  return item;
}

void write_and_read_back(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t most_events = 5000;
  byte_source source(bytes);
  nebula::trace::trace_writer writer;
  std::vector<event> written;
  std::vector<std::uint32_t> threads;
  std::uint64_t sequence = 0;
  while (!source.is_empty() && written.size() < most_events) {
    const std::uint8_t choice = source.byte();
    threads.push_back(choice % 5U);
    sequence += choice % 8 == 7 ? 2 + source.number(4) : 1;
    written.push_back(make_event(source, sequence));
    writer.add(threads.back(), written.back());
  }
  const std::vector<std::uint8_t> file = writer.file(ending::exited);
  const nebula::trace::trace_image image(file);
  nebula::trace::event_reader reader(image);
  event item{};
  std::size_t thread = 0;
  for (std::size_t at = 0; at < written.size(); ++at) {
    require(reader.next(item, thread));
    const event& expected = written[at];
    require(item.sequence == expected.sequence && item.address == expected.address && item.size == expected.size &&
            item.count == expected.count && item.alignment == expected.alignment && item.kind == expected.kind &&
            item.failed == expected.failed && image.threads()[thread].index == threads[at]);
  }
  require(!reader.next(item, thread));
  read_all(file, cut_files::refuse);
  read_all(std::span(file).first(file.size() - source.byte() * 16U), cut_files::accept);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span<const std::uint8_t> rest(data + 1, size - 1);
  switch (data[0] % 4) {
  case 0: read_all(rest, cut_files::refuse); break;
  case 1: read_all(rest, cut_files::accept); break;
  case 2: read_as_cut_chunk(rest); break;
  default: write_and_read_back(rest); break;
  }
  return 0;
}
