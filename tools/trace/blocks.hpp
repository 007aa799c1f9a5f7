// SPDX-License-Identifier: Apache-2.0 OR MIT
// From recorded calls on addresses to operations on blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "tools/trace/address_map.hpp"
#include "tools/trace/format.hpp"
#include "tools/trace/reader.hpp"

namespace nebula::trace {

enum class operation_kind : std::uint8_t {
  none,            // half a realloc, or a failed call: nothing to do
  allocate,        // a block is born
  release,         // a live block is freed
  reallocate,      // a live block gets another size, and perhaps address
  release_dead,    // free or realloc of a block that was freed before: a double free in the program
  release_unknown, // free or realloc of a block that the trace has not seen born
};

struct operation {
  operation_kind kind;
  std::size_t thread;      // place in trace_image::threads()
  std::size_t slot;        // allocate, release, reallocate, release_dead: the block's place in block_table
  std::uint64_t block_id;  // likewise: its number, 1 for the first block of the trace
  std::uint64_t size;      // allocate and reallocate: bytes asked for
  std::uint64_t alignment; // likewise; a power of two
  std::uint64_t old_size;  // release and reallocate: what the block had
  std::uint64_t old_alignment;
  bool was_realloc; // a birth or death by a realloc that knew no old, or left no new block
};

/// What the trace has shown that is worth a line to people, beside its operations.
struct block_oddities {
  std::uint64_t failed_requests = 0; // the program's allocator returned no block
  std::uint64_t zero_size_requests = 0;
  std::uint64_t lost_releases = 0; // an address was born again without a release: events are missing
  std::uint64_t unknown_releases = 0;
  std::uint64_t dead_releases = 0;
};

/// Follows which blocks live at which addresses. Memory grows with the number of distinct addresses in the trace.
class block_tracker {
public:
  /// Translates the next event of the merged order. A birth at a live address first needs that block's end: then `lost`
  /// is set to a release and the return value is true; `result` comes after it.
  [[nodiscard]] bool follow(const event& item, std::size_t thread, operation& lost, operation& result);

  struct block {
    std::uint64_t id; // 0: the slot is free
    std::uint64_t size;
    std::uint64_t alignment;
    std::uint64_t born; // in events followed
    std::size_t thread; // that allocated it
  };

  /// Indexed by slot. A freed block's entry stays as it was until the slot is used again.
  [[nodiscard]] const std::vector<block>& blocks() const noexcept { return blocks_; }
  [[nodiscard]] bool is_live(std::size_t slot) const noexcept { return is_live_[slot]; }
  [[nodiscard]] std::uint64_t live_blocks() const noexcept { return live_blocks_; }
  [[nodiscard]] std::uint64_t live_bytes() const noexcept { return live_bytes_; }
  [[nodiscard]] std::uint64_t births() const noexcept { return births_; }
  [[nodiscard]] std::uint64_t followed_events() const noexcept { return followed_events_; }
  [[nodiscard]] const block_oddities& oddities() const noexcept { return oddities_; }

private:
  struct place {
    std::size_t slot;
    std::uint64_t id;
    bool is_live;
  };
  struct pending_realloc {
    place old;
    bool is_known;
    std::uint64_t address;
  };

  void give_up(std::uint64_t address, operation& result);
  void begin_realloc(std::uint64_t address, operation& result);
  bool end_realloc(const event& item, std::uint64_t size, operation& lost, operation& result);
  bool take_address(std::uint64_t address, const place& owner, operation& lost);
  // Ends the block that lives there, if one does: true iff one did.
  bool lose(const place& held, operation& lost);
  bool bear(const event& item, std::uint64_t size, operation& lost, operation& result);
  void bury(const place& dead, operation& result);

  address_map<place> places_;
  std::unordered_map<std::size_t, pending_realloc> reallocs_; // by thread
  std::vector<block> blocks_;
  std::vector<bool> is_live_;
  std::vector<std::size_t> free_slots_;
  std::uint64_t live_blocks_ = 0;
  std::uint64_t live_bytes_ = 0;
  std::uint64_t births_ = 0;
  std::uint64_t followed_events_ = 0;
  block_oddities oddities_;
};

/// What the caller asked for, in all: calloc's and reallocarray's count times size; pvalloc's whole pages.
[[nodiscard]] std::uint64_t requested_bytes(const event& item);
/// The alignment that the program may rely on; 16 where the call promises no more.
[[nodiscard]] std::uint64_t requested_alignment(const event& item);

/// reader and tracker in one: the operations of a trace, one after the other.
class operation_reader {
public:
  explicit operation_reader(const trace_image& image) : events_(image) {}

  /// False at the end. Throws trace_error as event_reader does.
  [[nodiscard]] bool next(operation& result);

  [[nodiscard]] const event_reader& events() const noexcept { return events_; }
  [[nodiscard]] const block_tracker& tracker() const noexcept { return tracker_; }
  /// The event that the last operation came from.
  [[nodiscard]] const event& last_event() const noexcept { return event_; }

private:
  event_reader events_;
  block_tracker tracker_;
  event event_{};
  operation deferred_{};
  bool has_deferred_ = false;
};

} // namespace nebula::trace
