// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "tools/trace/writer.hpp"

#include <utility>

namespace nebula::trace {
namespace {

std::uint8_t* bytes_of(std::uint64_t* words) { return static_cast<std::uint8_t*>(static_cast<void*>(words)); }

} // namespace

trace_writer::trace_writer(writer_options options) : options_(std::move(options)) {}

void trace_writer::add(std::uint32_t thread_index, event item) {
  if (item.sequence == 0) {
    item.sequence = last_sequence_ + 1;
  }
  last_sequence_ = item.sequence;
  auto open = open_chunks_.find(thread_index);
  if (open == open_chunks_.end() || !chunks_[open->second].encoder.has_room()) {
    written_chunk& fresh = chunks_.emplace_back();
    fresh.words = std::make_unique<std::uint64_t[]>(options_.chunk_bytes / sizeof(std::uint64_t));
    fresh.encoder.open(bytes_of(fresh.words.get()), options_.chunk_bytes, thread_index, 1000 + thread_index,
                       item.sequence);
    open = open_chunks_.insert_or_assign(thread_index, chunks_.size() - 1).first;
  }
  chunks_[open->second].encoder.append(item);
}

std::vector<std::uint8_t> trace_writer::file(ending end) const {
  std::vector<std::uint8_t> bytes(file_header_bytes);
  encode_file_header(bytes.data(), {options_.process_id, 0, 0, sizeof(void*), options_.program_name.data(),
                                    options_.program_name.size()});
  for (const written_chunk& written : chunks_) {
    bytes.insert(bytes.end(), written.encoder.data(), written.encoder.data() + written.encoder.chunk_bytes());
  }
  store_field(bytes.data(), file_field::ending, static_cast<std::uint32_t>(end));
  store_field(bytes.data(), file_field::closed_file_bytes,
              end == ending::exited ? std::uint64_t{bytes.size()} : std::uint64_t{0});
  return bytes;
}

} // namespace nebula::trace
