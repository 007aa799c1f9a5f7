// SPDX-License-Identifier: Apache-2.0 OR MIT
// Makes trace files from events, in memory: for tests, fuzz seeds and tools that convert other traces.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/trace/encoder.hpp"
#include "tools/trace/format.hpp"

namespace nebula::trace {

struct writer_options {
  std::string program_name = "writer";
  std::uint64_t process_id = 1;
  std::uint32_t chunk_bytes = first_chunk_bytes; // a multiple of unit_bytes
};

class trace_writer {
public:
  explicit trace_writer(writer_options options = {});

  /// Appends an event of a thread. A sequence number of 0 stands for the next one. Precondition: else it is above the
  /// thread's last.
  void add(std::uint32_t thread_index, event item);

  /// The file. Further events may follow, and another file().
  [[nodiscard]] std::vector<std::uint8_t> file(ending end) const;

private:
  struct written_chunk {
    std::unique_ptr<std::uint64_t[]> words;
    chunk_encoder encoder;
  };

  writer_options options_;
  std::vector<written_chunk> chunks_;                // in the order of the file
  std::map<std::uint32_t, std::size_t> open_chunks_; // thread to its last chunk
  std::uint64_t last_sequence_ = 0;
};

} // namespace nebula::trace
