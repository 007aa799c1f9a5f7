// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

namespace nebula::services {

/// The heap of the C library, watched and refused for the calling thread; where a checker has replaced it, it is not.
[[nodiscard]] bool heap_is_watched() noexcept;
/// Calls of this thread that asked for memory, since the program began.
[[nodiscard]] std::size_t heap_calls() noexcept;

/// While there is one, this thread gets nothing of the heap.
class heap_refusal {
public:
  heap_refusal() noexcept;
  ~heap_refusal();
  heap_refusal(const heap_refusal&) = delete;
  heap_refusal& operator=(const heap_refusal&) = delete;
};

} // namespace nebula::services
