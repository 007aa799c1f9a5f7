// SPDX-License-Identifier: Apache-2.0 OR MIT
// How much storage the allocators that do not deal in classes want for a trace.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tools/trace/reader.hpp"

namespace nebula::replay {

struct storage_need {
  std::size_t bytes = 0;
  std::size_t align = 1;

  /// This, and then the other at its alignment. Throws std::length_error iff that is beyond any storage.
  void append(const storage_need& other);
};

/// Whether a bump allocator takes its last block back.
enum class gives_back_last : std::uint8_t { no, yes };

/// Exactly what bump_vehicle and stack_vehicle come to use, and enough for arena_vehicle. They read the whole trace.
/// Throw trace_error as event_reader does; std::length_error iff the trace needs more than there can be.
[[nodiscard]] storage_need bump_need(const trace::trace_image& image, gives_back_last gives);
[[nodiscard]] storage_need stack_need(const trace::trace_image& image, std::size_t slots);
[[nodiscard]] storage_need arena_need(const trace::trace_image& image);

/// Of the first chunk; the others are larger.
inline constexpr std::size_t arena_first_chunk_bytes = std::size_t{1} << 20U;

} // namespace nebula::replay
