// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "tools/trace/reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <memory>
#include <system_error>
#include <utility>

namespace nebula::trace {
namespace {

std::string hexadecimal(std::uint64_t value) {
  std::array<char, 24> text{};
  static_cast<void>(std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(value)));
  return text.data();
}

bool is_all_zero(std::span<const std::uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

// Decodes one event's bytes, never past `end`. `start` is a file offset, for messages.
class byte_cursor {
public:
  byte_cursor(std::span<const std::uint8_t> bytes, std::uint64_t at, std::uint64_t end)
      : bytes_(bytes), at_(at), end_(end) {}

  std::uint8_t byte(const char* field) {
    if (at_ >= end_) {
      throw_at_end(field);
    }
    return bytes_[at_++];
  }

  std::uint64_t varint(const char* field) {
    if (at_ < end_ && bytes_[at_] < 0x80U) { // most are of one byte
      return bytes_[at_++];
    }
    return long_varint(field);
  }

  [[nodiscard]] std::uint64_t at() const noexcept { return at_; }

private:
  [[gnu::noinline]] std::uint64_t long_varint(const char* field) {
    const std::uint64_t start = at_;
    std::uint64_t value = 0;
    for (std::uint32_t shift = 0; shift < 70; shift += 7) {
      const std::uint8_t next = byte(field);
      if (shift == 63 && next > 1) {
        break;
      }
      value |= std::uint64_t{next & 0x7fU} << shift;
      if (next < 0x80U) {
        return value;
      }
    }
    throw trace_error(start, std::string(field) + " does not fit in 64 bits");
  }

  [[noreturn, gnu::cold, gnu::noinline]] void throw_at_end(const char* field) const {
    throw trace_error(at_, std::string("the chunk's events end inside ") + field);
  }

  std::span<const std::uint8_t> bytes_;
  std::uint64_t at_;
  std::uint64_t end_;
};

std::uint64_t unzigzag(std::uint64_t value) noexcept { return (value >> 1U) ^ (0 - (value & 1U)); }

} // namespace

trace_image::trace_image(std::span<const std::uint8_t> bytes, cut_files cut) : bytes_(bytes) {
  read_file_header();
  read_chunks(cut);
}

void trace_image::read_file_header() {
  if (bytes_.empty()) {
    throw trace_error(0, "the file is empty; a trace starts with a header of 4096 bytes");
  }
  const std::size_t magic_bytes = std::min(bytes_.size(), file_magic.size());
  if (!std::equal(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(magic_bytes), file_magic.begin())) {
    throw trace_error(0, "not a trace file: it does not start with the mark of one (see docs/trace_format.md)");
  }
  if (bytes_.size() < file_header_bytes) {
    throw trace_error(bytes_.size(), "truncated: the file ends inside its header of 4096 bytes");
  }
  const std::uint8_t* const base = bytes_.data();
  if (const auto version = load_field<std::uint16_t>(base, file_field::version); version != format_version) {
    throw trace_error(file_field::version,
                      "format version " + std::to_string(version) + "; this program reads version 1");
  }
  if (load_field<std::uint8_t>(base, file_field::byte_order) != little_endian_mark) {
    throw trace_error(file_field::byte_order, "unknown byte order; this program reads little-endian traces (1)");
  }
  header_.pointer_bytes = load_field<std::uint8_t>(base, file_field::pointer_bytes);
  if (header_.pointer_bytes != 4 && header_.pointer_bytes != 8) {
    throw trace_error(file_field::pointer_bytes,
                      "pointers of " + std::to_string(header_.pointer_bytes) + " bytes; 4 or 8 are possible");
  }
  if (load_field<std::uint32_t>(base, file_field::header_bytes) != file_header_bytes) {
    throw trace_error(file_field::header_bytes, "the header's length is not 4096 bytes");
  }
  const auto name_bytes = load_field<std::uint32_t>(base, file_field::program_name_bytes);
  if (name_bytes > max_program_name_bytes) {
    throw trace_error(file_field::program_name_bytes, "the program name is longer than 1024 bytes");
  }
  if (load_field<std::uint32_t>(base, file_field::check) != file_header_check(base, name_bytes)) {
    throw trace_error(file_field::check, "the file header is damaged: its check does not match");
  }
  header_.process_id = load_field<std::uint64_t>(base, file_field::process_id);
  header_.parent_process_id = load_field<std::uint64_t>(base, file_field::parent_process_id);
  header_.start_unix_nanoseconds = load_field<std::uint64_t>(base, file_field::start_unix_nanoseconds);
  header_.dropped_events = load_field<std::uint64_t>(base, file_field::dropped_events);
  const auto name = bytes_.subspan(program_name_offset, name_bytes);
  header_.program_name.assign(name.begin(), name.end());
  header_.ending = static_cast<ending>(load_field<std::uint32_t>(base, file_field::ending));
  if (header_.ending != ending::running && header_.ending != ending::exited && header_.ending != ending::executed) {
    throw trace_error(file_field::ending, "the header's ending is none of RUNN, EXIT and EXEC");
  }
}

void trace_image::read_chunks(cut_files cut) {
  std::uint64_t offset = file_header_bytes;
  while (offset < bytes_.size()) {
    offset += read_chunk(offset, cut);
  }
  const auto closed_bytes = load_field<std::uint64_t>(bytes_.data(), file_field::closed_file_bytes);
  if (header_.ending == ending::exited && closed_bytes > bytes_.size()) {
    if (cut == cut_files::refuse) {
      throw trace_error(bytes_.size(), "truncated: the file was closed with " + std::to_string(closed_bytes) +
                                           " bytes (--allow-truncated reads what is there)");
    }
    is_cut_ = true;
  }
  for (recorded_thread& thread : threads_) {
    std::sort(thread.chunks.begin(), thread.chunks.end(), [](const chunk& left, const chunk& right) {
      return std::pair(left.first_sequence, left.offset) < std::pair(right.first_sequence, right.offset);
    });
  }
  std::sort(threads_.begin(), threads_.end(),
            [](const recorded_thread& left, const recorded_thread& right) { return left.index < right.index; });
}

std::uint32_t trace_image::read_chunk(std::uint64_t offset, cut_files cut) {
  const std::uint64_t remaining = bytes_.size() - offset;
  if (remaining < unit_bytes) {
    if (cut == cut_files::refuse) {
      throw trace_error(bytes_.size(), "truncated: the file ends " + std::to_string(remaining) +
                                           " bytes into the chunk at " + hexadecimal(offset) +
                                           " (--allow-truncated reads what is there)");
    }
    is_cut_ = true;
    if (remaining < chunk_header_bytes) {
      return static_cast<std::uint32_t>(remaining);
    }
  }
  const std::uint8_t* const base = bytes_.data() + offset;
  const auto commit = load_field<std::uint64_t>(base, chunk_field::commit);
  const auto magic = load_field<std::uint32_t>(base, chunk_field::magic);
  if (magic == 0 && commit == 0) {
    // Space that a thread had claimed, but not opened yet, when the process ended.
    const auto unit = static_cast<std::uint32_t>(std::min<std::uint64_t>(unit_bytes, remaining));
    if (!is_all_zero(bytes_.subspan(offset + chunk_header_bytes, unit - chunk_header_bytes))) {
      throw trace_error(offset, "no chunk starts here, yet the space is not empty");
    }
    return unit;
  }
  if (magic != chunk_magic) {
    throw trace_error(offset, "no chunk starts here: the chunk's mark is missing");
  }
  if (load_field<std::uint32_t>(base, chunk_field::check) != chunk_header_check(base)) {
    throw trace_error(offset + chunk_field::check, "the chunk's header is damaged: its check does not match");
  }
  const auto chunk_bytes = load_field<std::uint32_t>(base, chunk_field::chunk_bytes);
  if (chunk_bytes < unit_bytes || chunk_bytes > max_chunk_bytes || chunk_bytes % unit_bytes != 0) {
    throw trace_error(offset + chunk_field::chunk_bytes, "a chunk of " + std::to_string(chunk_bytes) +
                                                             " bytes; multiples of 4096 up to 16 MiB are possible");
  }
  const bool chunk_is_cut = chunk_bytes > remaining;
  if (chunk_is_cut && cut == cut_files::refuse) {
    throw trace_error(bytes_.size(), "truncated: the chunk at " + hexadecimal(offset) + " has " +
                                         std::to_string(chunk_bytes) + " bytes, the file only " +
                                         std::to_string(remaining) + " more (--allow-truncated reads what is there)");
  }
  is_cut_ = is_cut_ || chunk_is_cut;
  auto payload_bytes = static_cast<std::uint32_t>(commit);
  if (payload_bytes > chunk_bytes - chunk_header_bytes) {
    throw trace_error(offset + chunk_field::commit, "the chunk claims " + std::to_string(payload_bytes) +
                                                        " bytes of events, more than it has room for");
  }
  const auto present_bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(chunk_bytes, remaining));
  const bool payload_is_cut = payload_bytes > present_bytes - chunk_header_bytes;
  if (payload_is_cut) {
    payload_bytes = present_bytes - chunk_header_bytes;
  }
  const auto first_sequence = load_field<std::uint64_t>(base, chunk_field::first_sequence);
  if (first_sequence == 0) {
    throw trace_error(offset + chunk_field::first_sequence, "sequence number 0; they start with 1");
  }
  recorded_thread& thread = find_or_add_thread(load_field<std::uint32_t>(base, chunk_field::thread_index));
  thread.system_thread_id = load_field<std::uint32_t>(base, chunk_field::system_thread_id);
  thread.chunks.push_back(
      {offset, first_sequence, payload_bytes, static_cast<std::uint32_t>(commit >> 32U), payload_is_cut});
  payload_bytes_ += payload_bytes;
  return present_bytes;
}

recorded_thread& trace_image::find_or_add_thread(std::uint32_t index) {
  const auto [found, is_new] = places_.try_emplace(index, threads_.size());
  if (is_new) {
    threads_.push_back(recorded_thread{index, 0, {}});
  }
  return threads_[found->second];
}

event_reader::event_reader(const trace_image& image) : image_(&image) {
  heap_.reserve(image.threads().size());
  for (std::size_t thread = 0; thread < image.threads().size(); ++thread) {
    cursor thread_cursor{};
    thread_cursor.thread = thread;
    if (advance(thread_cursor)) {
      heap_.push_back(thread_cursor);
    }
  }
  std::make_heap(heap_.begin(), heap_.end(), [](const cursor& left, const cursor& right) {
    return left.pending.sequence > right.pending.sequence;
  });
}

bool event_reader::next(event& item, std::size_t& thread) {
  if (heap_.empty()) {
    return false;
  }
  cursor& first = heap_.front();
  if (first.pending.sequence <= last_sequence_) {
    throw trace_error(first.event_offset,
                      "sequence number " + std::to_string(first.pending.sequence) + " is not above the last one");
  }
  item = first.pending;
  thread = first.thread;
  offset_ = first.event_offset;
  last_sequence_ = item.sequence;
  ++event_count_;
  if (!advance(first)) {
    first = heap_.back();
    heap_.pop_back();
  }
  sift_down();
  return true;
}

void event_reader::sift_down() {
  // One thread's events mostly come in runs: the root then stays where it is, after two comparisons.
  std::size_t place = 0;
  for (;;) {
    std::size_t least = place;
    for (const std::size_t child : {2 * place + 1, 2 * place + 2}) {
      if (child < heap_.size() && heap_[child].pending.sequence < heap_[least].pending.sequence) {
        least = child;
      }
    }
    if (least == place) {
      return;
    }
    std::swap(heap_[place], heap_[least]);
    place = least;
  }
}

bool event_reader::advance(cursor& thread_cursor) {
  for (;;) {
    while (thread_cursor.at == thread_cursor.end) {
      if (thread_cursor.next_chunk > 0 && !thread_cursor.is_cut &&
          thread_cursor.check.value() != thread_cursor.expected_check) {
        throw trace_error(thread_cursor.chunk_offset + chunk_field::commit,
                          "the chunk's events are damaged: their check does not match");
      }
      if (!open_next_chunk(thread_cursor)) {
        return false;
      }
    }
    try {
      decode(thread_cursor);
      return true;
    } catch (const trace_error&) {
      if (!thread_cursor.is_cut) {
        throw;
      }
      thread_cursor.at = thread_cursor.end; // the event that the cut went through
    }
  }
}

bool event_reader::open_next_chunk(cursor& thread_cursor) {
  const std::vector<chunk>& chunks = image_->threads()[thread_cursor.thread].chunks;
  if (thread_cursor.next_chunk == chunks.size()) {
    return false;
  }
  const chunk& opened = chunks[thread_cursor.next_chunk++];
  thread_cursor.chunk_offset = opened.offset;
  thread_cursor.at = opened.offset + chunk_header_bytes;
  thread_cursor.end = thread_cursor.at + opened.payload_bytes;
  thread_cursor.last_sequence = opened.first_sequence - 1;
  thread_cursor.last_address = 0;
  thread_cursor.check = running_check{};
  thread_cursor.expected_check = opened.check;
  thread_cursor.is_cut = opened.is_cut;
  return true;
}

void event_reader::decode(cursor& from) {
  byte_cursor bytes(image_->bytes(), from.at, from.end);
  const std::uint8_t tag = bytes.byte("a tag");
  const auto kind_number = static_cast<std::uint8_t>(tag & event_flag::kind_mask);
  if (kind_number < static_cast<std::uint8_t>(event_kind::malloc) ||
      kind_number > static_cast<std::uint8_t>(event_kind::pvalloc) || (tag & event_flag::reserved) != 0) {
    throw trace_error(from.at, "unknown event tag " + hexadecimal(tag));
  }
  event item{};
  item.kind = static_cast<event_kind>(kind_number);
  item.failed = (tag & event_flag::failed) != 0;
  if (item.failed && !can_fail(item.kind)) {
    throw trace_error(from.at, "event tag " + hexadecimal(tag) + ": this kind of event cannot fail");
  }
  const std::uint64_t gap = (tag & event_flag::sequence_gap) != 0 ? bytes.varint("a sequence gap") : 0;
  if (gap >= std::numeric_limits<std::uint64_t>::max() - from.last_sequence) {
    throw trace_error(from.at, "the sequence number does not fit in 64 bits");
  }
  item.sequence = from.last_sequence + 1 + gap;
  const event_fields fields = fields_of(item.kind);
  item.alignment = fields.alignment ? bytes.varint("an alignment") : 0;
  item.count = fields.count ? bytes.varint("a count") : 0;
  item.size = fields.size ? bytes.varint("a size") : 0;
  if (fields.address && !item.failed) {
    const std::uint64_t difference = unzigzag(bytes.varint("an address"));
    item.address = from.last_address + ((tag & event_flag::byte_address) != 0 ? difference : difference * 16);
    if (item.address == 0 || (image_->header().pointer_bytes == 4 && item.address > 0xffff'ffffU)) {
      throw trace_error(from.at, "address " + hexadecimal(item.address) + " is not possible");
    }
    from.last_address = item.address;
  }
  std::uint64_t total = item.size;
  const bool overflows = fields.count && __builtin_mul_overflow(item.count, item.size, &total);
  if (!item.failed && (overflows || total > max_block_bytes)) {
    throw trace_error(from.at, "a block of more than 2^48 bytes is not possible");
  }
  const std::uint64_t event_bytes = bytes.at() - from.at;
  from.check.add(image_->bytes().data() + from.at, event_bytes);
  decoded_bytes_ += event_bytes;
  from.event_offset = from.at;
  from.last_sequence = item.sequence;
  from.at = bytes.at();
  from.pending = item;
}

std::vector<std::uint8_t> read_file(const std::string& path) {
  const auto closer = [](std::FILE* file) { static_cast<void>(std::fclose(file)); };
  const std::unique_ptr<std::FILE, decltype(closer)> file(std::fopen(path.c_str(), "rb"), closer);
  if (file == nullptr) {
    throw std::system_error(errno, std::generic_category());
  }
  std::vector<std::uint8_t> bytes;
  constexpr std::size_t step = std::size_t{1} << 20U;
  std::size_t size = 0;
  for (;;) {
    bytes.resize(size + step);
    const std::size_t got = std::fread(bytes.data() + size, 1, step, file.get());
    size += got;
    if (got < step) {
      break;
    }
  }
  if (std::ferror(file.get()) != 0) {
    throw std::system_error(errno, std::generic_category());
  }
  bytes.resize(size);
  return bytes;
}

} // namespace nebula::trace
