// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a trace says about a program's use of memory.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/trace/blocks.hpp"
#include "tools/trace/reader.hpp"

namespace nebula::inspect {

/// Blocks of more than half of `limit_bytes` and at most `limit_bytes`.
struct size_range {
  std::uint64_t limit_bytes;
  std::uint64_t births;
  std::uint64_t born_bytes;
  std::uint64_t live;
  std::uint64_t peak_live;
};

struct thread_profile {
  std::uint32_t index;
  std::uint32_t system_thread_id;
  std::uint64_t events;
  std::uint64_t births;
  std::uint64_t releases;
};

/// Frees in a row, in one thread with no allocation between, from which on they count as a bulk.
inline constexpr std::uint64_t bulk_run_length = 8;

struct profile {
  std::array<std::uint64_t, 16> events_by_kind{}; // by event_kind
  std::uint64_t events = 0;
  std::uint64_t births = 0;
  std::uint64_t born_bytes = 0;
  std::uint64_t releases = 0;
  std::uint64_t reallocations = 0; // of live blocks
  std::uint64_t never_freed = 0;
  std::uint64_t never_freed_bytes = 0;
  std::uint64_t peak_live_blocks = 0;
  std::uint64_t peak_live_bytes = 0;
  std::uint64_t lifo_releases = 0; // of the block that its thread allocated last, of those alive
  std::uint64_t bulk_releases = 0; // in runs of at least bulk_run_length
  std::uint64_t cross_thread_releases = 0;
  std::uint64_t over_aligned_births = 0; // more than 16
  std::uint64_t commonest_size = 0;
  std::uint64_t commonest_size_births = 0;
  std::uint64_t distinct_sizes = 0;
  std::uint64_t missing_events = 0;
  trace::block_oddities oddities;
  std::vector<size_range> size_ranges; // those that occur, ascending
  std::array<std::uint64_t, 65>
      lifetimes{}; // [n]: blocks freed less than 2^n events after their birth, and not less than 2^(n-1)
  std::vector<thread_profile> threads;
};

/// Throws trace_error as event_reader does.
[[nodiscard]] profile make_profile(const trace::trace_image& image, bool shows_progress);

/// Which of the kernel's allocators suits, and why, in a sentence each.
struct recommendation {
  std::string allocator;
  std::string reason;
};
[[nodiscard]] recommendation recommend(const profile& seen);

} // namespace nebula::inspect
