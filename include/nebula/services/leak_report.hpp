// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <nebula/kernel/layout.hpp>
#include <nebula/services/allocator_name.hpp>
#include <nebula/services/backtrace.hpp>

namespace nebula::services {

/// A block that was not given back, of an allocator that tracks its blocks.
struct leaked_block {
  layout request{0, 0};
  std::uint64_t sequence = 0; ///< which allocation of its allocator it was, 1 and up
  backtrace trace{};
};

/// What one allocator has not got back.
struct leak {
  allocator_name allocator{};
  bool has_left = false; ///< its registration ended with these blocks
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
  std::vector<leaked_block> first{}; ///< the oldest, where they are tracked
};

/// What nobody has given back. A plain value. [SR-LC-007]
struct leak_report {
  std::vector<leak> leaks{};
  std::vector<allocator_name> not_asked{}; ///< they have one owner, which is another thread
  std::uint64_t left_off = 0;              ///< leaks of allocators that left, beyond what is kept on record

  [[nodiscard]] bool empty() const noexcept { return leaks.empty() && left_off == 0; }
  [[nodiscard]] std::uint64_t blocks() const noexcept;
  [[nodiscard]] std::uint64_t bytes() const noexcept;
};

/// A report for people, of several lines, names escaped: who, how many, how large, and of tracked blocks where they were
/// allocated. Throws std::bad_alloc iff there is no memory for it.
[[nodiscard]] std::string to_text(const leak_report& report);

/// Writes the report to a file. False iff the file took less, or there was no memory. Any thread.
bool print(const leak_report& report, std::FILE* file) noexcept;

} // namespace nebula::services
