// SPDX-License-Identifier: Apache-2.0 OR MIT
// Writes headers and events as bytes. No heap, no library calls but mem*: the recorder runs this inside malloc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tools/trace/format.hpp"

namespace nebula::trace {

struct file_identity {
  std::uint64_t process_id;
  std::uint64_t parent_process_id;
  std::uint64_t start_unix_nanoseconds;
  std::uint8_t pointer_bytes;
  const char* program_name; // a longer name than the format holds keeps its end
  std::size_t program_name_bytes;
};

/// Fills `header` (file_header_bytes, zeroed by the caller) for a process that is running.
inline void encode_file_header(std::uint8_t* header, const file_identity& identity) noexcept {
  const std::size_t dropped =
      identity.program_name_bytes > max_program_name_bytes ? identity.program_name_bytes - max_program_name_bytes : 0;
  const auto name_bytes = static_cast<std::uint32_t>(identity.program_name_bytes - dropped);
  std::memcpy(header + file_field::magic, file_magic.data(), file_magic.size());
  store_field(header, file_field::version, format_version);
  store_field(header, file_field::byte_order, little_endian_mark);
  store_field(header, file_field::pointer_bytes, identity.pointer_bytes);
  store_field(header, file_field::header_bytes, file_header_bytes);
  store_field(header, file_field::process_id, identity.process_id);
  store_field(header, file_field::parent_process_id, identity.parent_process_id);
  store_field(header, file_field::start_unix_nanoseconds, identity.start_unix_nanoseconds);
  store_field(header, file_field::program_name_bytes, name_bytes);
  std::memcpy(header + program_name_offset, identity.program_name + dropped, name_bytes);
  store_field(header, file_field::check, file_header_check(header, name_bytes));
  store_field(header, file_field::ending, static_cast<std::uint32_t>(ending::running));
}

/// One chunk of one thread being written. After each `append` the chunk is complete and correct as it stands: a process
/// may be killed between any two of its stores, and the file keeps every event committed before.
class chunk_encoder {
public:
  /// Takes over `chunk_bytes` zeroed bytes, a multiple of unit_bytes, aligned to 8.
  void open(std::uint8_t* chunk, std::uint32_t chunk_bytes, std::uint32_t thread_index, std::uint32_t system_thread_id,
            std::uint64_t first_sequence) noexcept {
    chunk_ = chunk;
    chunk_bytes_ = chunk_bytes;
    payload_bytes_ = 0;
    last_sequence_ = first_sequence - 1;
    last_address_ = 0;
    check_ = running_check{};
    store_field(chunk, chunk_field::chunk_bytes, chunk_bytes);
    store_field(chunk, chunk_field::thread_index, thread_index);
    store_field(chunk, chunk_field::system_thread_id, system_thread_id);
    store_field(chunk, chunk_field::first_sequence, first_sequence);
    store_field(chunk, chunk_field::magic, chunk_magic);
    store_field(chunk, chunk_field::check, chunk_header_check(chunk));
    // Until the magic is there, the reader takes this for unused space; it has to appear last.
    store_field(chunk, chunk_field::magic, std::uint32_t{0});
    store_field(chunk, chunk_field::commit, commit_word(0, check_.value()));
    store_released(chunk_field::magic, chunk_magic);
  }

  void close() noexcept { chunk_ = nullptr; }
  [[nodiscard]] bool is_open() const noexcept { return chunk_ != nullptr; }
  [[nodiscard]] std::uint8_t* data() const noexcept { return chunk_; }
  [[nodiscard]] std::uint32_t chunk_bytes() const noexcept { return chunk_bytes_; }

  /// Whether one more event of any kind fits. The slack of 8 is for whole-word stores.
  [[nodiscard]] bool has_room() const noexcept {
    return chunk_header_bytes + payload_bytes_ + max_event_bytes + 8 <= chunk_bytes_;
  }

  /// Precondition: open, has_room(), and `item.sequence` above that of the last one.
  void append(const event& item) noexcept {
    std::uint8_t bytes[(max_event_bytes + 8) / 8 * 8] = {};
    const std::uint32_t size = encode(bytes, item);
    const std::uint32_t whole_words = (size + 7) / 8 * 8;
    for (std::uint32_t at = 0; at < whole_words; at += 8) {
      std::uint64_t word;
      std::memcpy(&word, bytes + at, sizeof word);
      check_.add_word(word);
      std::memcpy(chunk_ + chunk_header_bytes + payload_bytes_ + at, &word, sizeof word);
    }
    payload_bytes_ += size;
    last_sequence_ = item.sequence;
    store_released(chunk_field::commit, commit_word(payload_bytes_, check_.value()));
  }

private:
  [[nodiscard]] std::uint32_t encode(std::uint8_t* bytes, const event& item) noexcept {
    const event_fields fields = fields_of(item.kind);
    auto tag = static_cast<std::uint8_t>(item.kind);
    std::uint8_t* at = bytes + 1;
    if (const std::uint64_t gap = item.sequence - last_sequence_ - 1; gap != 0) {
      tag |= event_flag::sequence_gap;
      at = put_varint(at, gap);
    }
    if (fields.alignment) {
      at = put_varint(at, item.alignment);
    }
    if (fields.count) {
      at = put_varint(at, item.count);
    }
    if (fields.size) {
      at = put_varint(at, item.size);
    }
    if (item.failed) {
      tag |= event_flag::failed;
    } else if (fields.address) {
      const auto difference = static_cast<std::int64_t>(item.address - last_address_);
      if (difference % 16 == 0) {
        at = put_varint(at, zigzag(difference / 16));
      } else {
        tag |= event_flag::byte_address;
        at = put_varint(at, zigzag(difference));
      }
      last_address_ = item.address;
    }
    bytes[0] = tag;
    return static_cast<std::uint32_t>(at - bytes);
  }

  static std::uint8_t* put_varint(std::uint8_t* at, std::uint64_t value) noexcept {
    while (value >= 0x80U) {
      *at++ = static_cast<std::uint8_t>(value | 0x80U);
      value >>= 7U;
    }
    *at++ = static_cast<std::uint8_t>(value);
    return at;
  }

  static std::uint64_t zigzag(std::int64_t value) noexcept {
    return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
  }

  template <class T>
  void store_released(std::uint32_t offset, T value) noexcept {
    // The file is read by another process, maybe after this one was killed here: what precedes must reach the page
    // first.
    __atomic_store_n(reinterpret_cast<T*>(static_cast<void*>(chunk_ + offset)), value, __ATOMIC_RELEASE);
  }

  std::uint8_t* chunk_ = nullptr;
  std::uint32_t chunk_bytes_ = 0;
  std::uint32_t payload_bytes_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t last_address_ = 0;
  running_check check_{};
};

} // namespace nebula::trace
