// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/services/system_memory.hpp>

namespace nebula::services {

/// What a machine offers to programs that care about memory, as it was found. A plain value. [SR-SYS-011]
struct capabilities {
  std::size_t page_bytes = 0;
  huge_page_sizes explicit_huge_pages{};
  std::size_t transparent_huge_page_bytes = 0; ///< 0: none, or switched off
  std::size_t node_count = 1;                  ///< nodes with memory
  std::size_t node_highest = 0;
  std::size_t prefetch_line_bytes = 64; ///< what one prefetch brings; 64 where the system does not say
  bool is_line_known = false;           ///< the system does
  bool has_avx2 = false;                ///< the processor has it, and the system keeps its registers
};

/// Asks the processor, and the machine's system calls for the line. Cannot fail: what is not told is not there. A line that
/// is no power of two from 16 to 4096 is not believed. No heap. Any thread.
[[nodiscard]] capabilities detect_capabilities(const system_memory& machine) noexcept;

/// Writes a report for people, "name: value" in lines, with sizes in their units. Ends with a zero byte unless size_bytes
/// is 0; returns the bytes of the whole text without it, so that a return of at least size_bytes says that it was cut. No
/// heap. Any thread.
std::size_t describe(const capabilities& found, char* buffer, std::size_t size_bytes) noexcept;

} // namespace nebula::services
