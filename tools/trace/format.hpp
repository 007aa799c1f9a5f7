// SPDX-License-Identifier: Apache-2.0 OR MIT
// The trace file as bytes: constants and the running check, shared by recorder, writer and reader. docs/trace_format.md
// is the specification. No heap, no library calls: the recorder runs this inside malloc.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace nebula::trace {

static_assert(std::endian::native == std::endian::little,
              "the format is little-endian and is written without conversion");

inline constexpr std::array<std::uint8_t, 8> file_magic{0x89, 'N', 'T', 'R', 'A', 'C', 'E', '\n'};
inline constexpr std::uint16_t format_version = 1;
inline constexpr std::uint8_t little_endian_mark = 1;

/// Everything in a file stands at a multiple of this: the file header, and each chunk. It is what a page mapping needs.
inline constexpr std::uint32_t unit_bytes = 4096;
inline constexpr std::uint32_t file_header_bytes = unit_bytes;
inline constexpr std::uint32_t program_name_offset = 128;
inline constexpr std::uint32_t max_program_name_bytes = 1024;

/// Byte offsets of the fields of the file header.
namespace file_field {
inline constexpr std::uint32_t magic = 0;
inline constexpr std::uint32_t version = 8;
inline constexpr std::uint32_t byte_order = 10;
inline constexpr std::uint32_t pointer_bytes = 11;
inline constexpr std::uint32_t header_bytes = 12;
inline constexpr std::uint32_t process_id = 16;
inline constexpr std::uint32_t parent_process_id = 24;
inline constexpr std::uint32_t start_unix_nanoseconds = 32;
inline constexpr std::uint32_t program_name_bytes = 40;
inline constexpr std::uint32_t check = 44;
inline constexpr std::uint32_t ending = 48;
inline constexpr std::uint32_t closed_file_bytes = 56;
inline constexpr std::uint32_t dropped_events = 64;
} // namespace file_field

/// How the process left its trace. Spelled-out words, so that no single flipped bit turns one into another.
enum class ending : std::uint32_t {
  running = 0x4e4e5552, // "RUNN": no close record: it was killed, or runs still
  exited = 0x54495845,  // "EXIT": it ended by exit, _exit or quick_exit
  executed = 0x43455845 // "EXEC": it became another program, which has a file of its own
};

inline constexpr std::uint32_t chunk_magic = 0x4b48434e; // "NCHK"
inline constexpr std::uint32_t chunk_header_bytes = 64;
inline constexpr std::uint32_t first_chunk_bytes = unit_bytes;
inline constexpr std::uint32_t recorder_max_chunk_bytes = 64 * 1024;
/// A reader refuses larger ones.
inline constexpr std::uint32_t max_chunk_bytes = 16 * 1024 * 1024;

/// Byte offsets of the fields of a chunk header.
namespace chunk_field {
inline constexpr std::uint32_t magic = 0;
inline constexpr std::uint32_t chunk_bytes = 4;
inline constexpr std::uint32_t thread_index = 8;
inline constexpr std::uint32_t system_thread_id = 12;
inline constexpr std::uint32_t first_sequence = 16;
inline constexpr std::uint32_t reserved = 24;
inline constexpr std::uint32_t check = 28;
/// Payload bytes (low half) and their check (high half), in one word, so that both change in one store.
inline constexpr std::uint32_t commit = 32;
} // namespace chunk_field

enum class event_kind : std::uint8_t {
  malloc = 1,
  calloc = 2,
  realloc_begin = 3,    // the old address is given up ...
  realloc_end = 4,      // ... and the new one taken; alone, it is realloc(NULL, size)
  reallocarray_end = 5, // likewise, with count and element size
  realloc_release = 6,  // ends a realloc(address, 0) that freed
  free = 7,
  aligned_alloc = 8,
  posix_memalign = 9,
  memalign = 10,
  valloc = 11,
  pvalloc = 12
};

/// The tag byte that starts each event: kind in the low four bits, then these.
namespace event_flag {
inline constexpr std::uint8_t kind_mask = 0x0f;
inline constexpr std::uint8_t sequence_gap =
    0x10; // a varint follows: the sequence number's distance to the last one's, less 1
inline constexpr std::uint8_t byte_address = 0x20; // the address difference counts bytes, not units of 16
inline constexpr std::uint8_t failed = 0x40;       // the call returned no block: no address follows
inline constexpr std::uint8_t reserved = 0x80;     // zero
} // namespace event_flag

/// A reader refuses larger successful requests: no machine has served one, and sums of sizes stay meaningful.
inline constexpr std::uint64_t max_block_bytes = std::uint64_t{1} << 48U;
inline constexpr std::uint32_t max_varint_bytes = 10;
/// Tag, sequence gap, alignment or count, size, address.
inline constexpr std::uint32_t max_event_bytes = 1 + 4 * max_varint_bytes;

/// One recorded call. Fields that a kind does not have are 0 (`alignment`, `count`).
struct event {
  std::uint64_t sequence;
  std::uint64_t address;   // 0 iff failed, or realloc_release
  std::uint64_t size;      // bytes asked for; for calloc and reallocarray_end the size of one element
  std::uint64_t count;     // calloc and reallocarray_end: number of elements
  std::uint64_t alignment; // aligned_alloc, posix_memalign, memalign
  event_kind kind;
  bool failed;
};

/// Which fields follow the tag of an event of this kind.
struct event_fields {
  bool alignment;
  bool count;
  bool size;
  bool address;
};

constexpr event_fields fields_of(event_kind kind) noexcept {
  switch (kind) {
  case event_kind::malloc:
  case event_kind::realloc_end:
  case event_kind::valloc:
  case event_kind::pvalloc: return {false, false, true, true};
  case event_kind::calloc:
  case event_kind::reallocarray_end: return {false, true, true, true};
  case event_kind::realloc_begin:
  case event_kind::free: return {false, false, false, true};
  case event_kind::realloc_release: return {false, false, false, false};
  case event_kind::aligned_alloc:
  case event_kind::posix_memalign:
  case event_kind::memalign: return {true, false, true, true};
  }
  return {false, false, false, false};
}

/// Only calls that ask for a block can fail.
constexpr bool can_fail(event_kind kind) noexcept { return fields_of(kind).size; }

/// The running check of a byte sequence that is fed piece by piece; each piece is padded with zeros to whole 8-byte
/// words. Each step is a bijection of the state, so a change confined to one word always changes the 64-bit state.
class running_check {
public:
  constexpr void add_word(std::uint64_t word) noexcept {
    state_ = (state_ ^ word) * 0x9e3779b97f4a7c15U;
    state_ ^= state_ >> 32U;
  }

  void add(const std::uint8_t* bytes, std::size_t size) noexcept {
    while (size >= sizeof(std::uint64_t)) {
      std::uint64_t word;
      std::memcpy(&word, bytes, sizeof word);
      add_word(word);
      bytes += sizeof word;
      size -= sizeof word;
    }
    if (size > 0) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes, size);
      add_word(word);
    }
  }

  [[nodiscard]] constexpr std::uint32_t value() const noexcept { return static_cast<std::uint32_t>(state_); }

private:
  std::uint64_t state_ = 0x6e6562756c61U;
};

template <class T>
void store_field(std::uint8_t* base, std::uint32_t offset, T value) noexcept {
  std::memcpy(base + offset, &value, sizeof value);
}

template <class T>
[[nodiscard]] T load_field(const std::uint8_t* base, std::uint32_t offset) noexcept {
  T value;
  std::memcpy(&value, base + offset, sizeof value);
  return value;
}

/// The check of a chunk header: its fields before the check itself.
[[nodiscard]] inline std::uint32_t chunk_header_check(const std::uint8_t* header) noexcept {
  running_check check;
  check.add(header, chunk_field::check);
  return check.value();
}

/// The check of the file header: its fields before the check itself, then the program name.
/// `name_bytes` is taken as given: a reader bounds it first.
[[nodiscard]] inline std::uint32_t file_header_check(const std::uint8_t* header, std::uint32_t name_bytes) noexcept {
  running_check check;
  check.add(header, file_field::check);
  check.add(header + program_name_offset, name_bytes);
  return check.value();
}

[[nodiscard]] constexpr std::uint64_t commit_word(std::uint32_t payload_bytes, std::uint32_t check) noexcept {
  return (std::uint64_t{check} << 32U) | payload_bytes;
}

} // namespace nebula::trace
