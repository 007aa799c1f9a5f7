// SPDX-License-Identifier: Apache-2.0 OR MIT
// From a trace to the size classes of a segregated_allocator that has exactly the blocks which the trace needs at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <nebula/kernel.hpp>

#include "tools/trace/blocks.hpp"
#include "tools/trace/reader.hpp"

namespace nebula::replay {

/// What a kernel allocator is asked for in place of a recorded request: size 0, which C allows and the kernel refuses,
/// becomes 1.
[[nodiscard]] constexpr layout replayed_layout(std::uint64_t size, std::uint64_t alignment) noexcept {
  return {size == 0 ? 1 : size, alignment};
}

/// The class boundary for a request: multiples of 16 up to 128, then `steps_per_doubling` equal steps from each power
/// of two to the next; the smallest one that holds the request and is a multiple of its alignment. A class at a
/// boundary is given the strictest alignment of the requests that belong to it, so the allocator, which takes the
/// smallest class that fits, comes to the same one.
[[nodiscard]] std::size_t class_boundary(layout request, unsigned steps_per_doubling) noexcept;

struct trace_summary {
  std::uint64_t events = 0;
  std::uint64_t operations = 0; // allocations and deallocations that the replay will do
  std::uint64_t peak_live_bytes = 0;
  std::uint64_t peak_live_blocks = 0;
  std::size_t slots = 0; // of the block table
  std::uint64_t missing_events = 0;
  std::uint64_t live_at_end = 0;
  trace::block_oddities oddities;
};

struct sizing {
  std::vector<size_class> classes; // ascending; as many blocks each as the trace has live in it at once
  unsigned steps_per_doubling = 0;
  std::size_t storage_bytes = 0;
  std::size_t storage_align = 1;
  std::size_t peak_class_bytes = 0; // of the classes' blocks that live at once
  trace_summary summary;
};

/// Reads the whole trace, which finds all damage in it. Throws trace_error as event_reader does, and std::length_error
/// iff no segregated_allocator can hold what the trace needs.
[[nodiscard]] sizing size_from_trace(const trace::trace_image& image, bool shows_progress);

} // namespace nebula::replay
