// SPDX-License-Identifier: Apache-2.0 OR MIT
// Reads trace files. The bytes are untrusted: nothing in them is believed before it is checked, no length is used
// before it is bounded by what is there, and memory is proportional to the file's size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/trace/format.hpp"

namespace nebula::trace {

/// What is wrong with a trace, and at which byte of the file.
class trace_error : public std::runtime_error {
public:
  trace_error(std::uint64_t offset, const std::string& problem) : std::runtime_error(problem), offset_(offset) {}
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }

private:
  std::uint64_t offset_;
};

struct file_header {
  std::uint64_t process_id;
  std::uint64_t parent_process_id;
  std::uint64_t start_unix_nanoseconds;
  std::uint64_t dropped_events; // events that the recorder could not write
  std::uint32_t pointer_bytes;
  trace::ending ending;
  std::string program_name; // as recorded: not fit for a terminal as it is
};

struct chunk {
  std::uint64_t offset; // of its header, in the file
  std::uint64_t first_sequence;
  std::uint32_t payload_bytes;
  std::uint32_t check;
  bool is_cut; // the file ends inside it (only with cut_files::accept): its check cannot be verified
};

struct recorded_thread {
  std::uint32_t index;            // in the order of first events
  std::uint32_t system_thread_id; // the last one seen
  std::vector<chunk> chunks;      // in the order of sequence numbers
};

/// What to do with a file that ends inside a chunk (a copy cut short; a killed process does not leave one).
enum class cut_files : std::uint8_t { refuse, accept };

/// The headers of a trace file, checked; its events are decoded by event_reader.
class trace_image {
public:
  /// `bytes` must outlive the image. Throws trace_error iff the bytes are no trace file, or end inside the file header,
  /// or end inside a chunk and `cut` refuses that, or a header is damaged.
  explicit trace_image(std::span<const std::uint8_t> bytes, cut_files cut = cut_files::refuse);

  [[nodiscard]] const file_header& header() const noexcept { return header_; }
  [[nodiscard]] const std::vector<recorded_thread>& threads() const noexcept { return threads_; }
  [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept { return bytes_; }
  /// Committed bytes of all chunks: what there is to decode.
  [[nodiscard]] std::uint64_t payload_bytes() const noexcept { return payload_bytes_; }
  [[nodiscard]] bool is_cut() const noexcept { return is_cut_; }

private:
  void read_file_header();
  void read_chunks(cut_files cut);
  std::uint32_t read_chunk(std::uint64_t offset, cut_files cut);
  recorded_thread& find_or_add_thread(std::uint32_t index);

  std::span<const std::uint8_t> bytes_;
  file_header header_{};
  std::vector<recorded_thread> threads_;
  // Thread indices come from the file: they are searched for, never used as a length.
  std::unordered_map<std::uint32_t, std::size_t> places_;
  std::uint64_t payload_bytes_ = 0;
  bool is_cut_ = false;
};

/// The events of all threads, in the order of their sequence numbers.
class event_reader {
public:
  /// `image` must outlive the reader.
  explicit event_reader(const trace_image& image);

  /// Decodes the next event into `item` and its thread's place in image.threads() into `thread`; false at the end.
  /// Throws trace_error iff a chunk's bytes are damaged or sequence numbers are not distinct. The events of a damaged
  /// chunk that come before the damage may have been handed out by then.
  [[nodiscard]] bool next(event& item, std::size_t& thread);

  /// File offset of the event that next() gave last.
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  /// Payload bytes decoded so far, of image.payload_bytes().
  [[nodiscard]] std::uint64_t decoded_bytes() const noexcept { return decoded_bytes_; }
  /// Sequence numbers passed over so far: events lost in flight when the process was killed, or dropped, or cut off.
  [[nodiscard]] std::uint64_t missing_events() const noexcept { return last_sequence_ - event_count_; }

private:
  // The undecoded part of one thread, with its next event decoded.
  struct cursor {
    std::size_t thread;
    std::size_t next_chunk;
    std::uint64_t chunk_offset;
    std::uint64_t at;
    std::uint64_t end;
    std::uint64_t last_sequence;
    std::uint64_t last_address;
    std::uint64_t event_offset;
    running_check check;
    std::uint32_t expected_check;
    bool is_cut;
    event pending;
  };

  bool advance(cursor& thread_cursor);
  bool open_next_chunk(cursor& thread_cursor);
  void decode(cursor& thread_cursor);
  void sift_down();

  const trace_image* image_;
  std::vector<cursor> heap_; // least pending sequence number first
  std::uint64_t offset_ = 0;
  std::uint64_t decoded_bytes_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t event_count_ = 0;
};

/// The whole file. Throws std::system_error iff it cannot be opened or read.
[[nodiscard]] std::vector<std::uint8_t> read_file(const std::string& path);

} // namespace nebula::trace
