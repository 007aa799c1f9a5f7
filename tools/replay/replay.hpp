// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tools/replay/engine.hpp"
#include "tools/replay/plan.hpp"
#include "tools/trace/reader.hpp"

namespace nebula::replay {

enum class threading : std::uint8_t {
  recorded, // a thread for each recorded one; they take turns in the recorded order
  one
};

/// What a trace can be replayed through: the kernel's allocators, by name; the first is the one that suits programs.
[[nodiscard]] std::span<const std::string_view> allocator_names();

struct options {
  std::string through = "segregated"; // one of allocator_names()
  threading threads = threading::recorded;
  std::uint64_t check_every_events = 0; // 0: as often as costs little
  std::uint64_t max_storage_bytes = 0;  // 0: three quarters of the machine's memory
  bool has_timing = true;               // a further pass that times the allocator alone
  bool shows_progress = false;
};

struct outcome {
  std::string through;
  sizing plan;
  std::size_t storage_bytes = 0;   // that the allocator was given; of an arena, that it took
  bool has_classes = false;        // it deals in the classes of the plan
  std::uint64_t skipped_frees = 0; // that the allocator does not take in this order, and must have refused
  findings found;
  std::size_t recorded_threads = 0;
  std::size_t replay_threads = 0;
  std::uint64_t turns = 0; // how often one thread handed over to another
  std::uint64_t kernel_calls = 0;
  std::uint64_t verified_bytes = 0;
  std::uint64_t invariant_walks = 0;
  std::uint64_t check_every_events = 0;
  std::size_t peak_used_bytes = 0; // by the allocator's own count: rounding to classes included
  double nanoseconds_per_call = 0; // of the allocator alone, in one thread; 0 iff not timed
  double replay_seconds = 0;       // with contents, checks and reading the trace
};

/// The most threads that a replay runs; recorded threads beyond that share them.
inline constexpr std::size_t max_replay_threads = 256;

/// Replays the trace in an allocator made for it. Throws trace_error as event_reader does; std::length_error iff the
/// storage would exceed what `wanted` allows or what there is.
[[nodiscard]] outcome replay_trace(const trace::trace_image& image, const options& wanted);

} // namespace nebula::replay
