// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/services/memory_failure.hpp>
#include <nebula/services/system_calls.hpp>

namespace nebula::services {

/// The sizes of explicit huge pages that a machine has, ascending.
struct huge_page_sizes {
  static constexpr std::size_t count_max = 8;

  std::size_t bytes[count_max] = {};
  std::size_t count = 0;

  /// True iff it is one of them. O(count).
  [[nodiscard]] constexpr bool contains(std::size_t size_bytes) const noexcept {
    for (std::size_t index = 0; index < count; ++index) {
      if (bytes[index] == size_bytes) {
        return true;
      }
    }
    return false;
  }
};

/// What a machine can do with memory, as it was found once, and the system calls to be asked for it. A plain value; the
/// table of calls outlives it and all that is made with it. Any thread may read it. [SR-SYS-005]
class system_memory {
public:
  /// The least page size that is believed.
  static constexpr std::size_t page_bytes_min = 512;

  /// No machine at all: configurations are validated against none of its sizes. The value of an outcome that failed.
  constexpr system_memory() noexcept = default;

  /// Asks for the page size, and reads in /sys and /proc which huge pages and nodes there are: what cannot be read is not
  /// there, and there is one node. `calls` outlives the object. Failures: system_refused iff the page size is not told;
  /// invalid_configuration, page_bytes, iff it is below page_bytes_min or no power of two. At most 32 files. No heap.
  [[nodiscard]] static memory_outcome<system_memory> detect(const system_calls& calls = native_system_calls()) noexcept;

  [[nodiscard]] constexpr const system_calls& calls() const noexcept { return *calls_; }
  [[nodiscard]] constexpr bool is_detected() const noexcept { return calls_ != nullptr; }
  [[nodiscard]] constexpr std::size_t page_bytes() const noexcept { return page_bytes_; }
  /// Sizes that MAP_HUGETLB can ask for; whether any such page is free is another question.
  [[nodiscard]] constexpr const huge_page_sizes& explicit_huge_pages() const noexcept { return huge_; }
  /// The size that is taken where none is given; 0 iff there are no explicit huge pages.
  [[nodiscard]] constexpr std::size_t huge_page_default_bytes() const noexcept { return huge_default_; }
  /// The size of a transparent huge page; 0 iff they are not there, or switched off.
  [[nodiscard]] constexpr std::size_t transparent_huge_page_bytes() const noexcept { return transparent_; }
  /// Nodes with memory that are in use; at least 1.
  [[nodiscard]] constexpr std::size_t node_count() const noexcept { return node_count_; }
  /// The highest number of a node.
  [[nodiscard]] constexpr std::size_t node_highest() const noexcept { return node_highest_; }

private:
  const system_calls* calls_ = nullptr;
  std::size_t page_bytes_ = 0;
  huge_page_sizes huge_{};
  std::size_t huge_default_ = 0;
  std::size_t transparent_ = 0;
  std::size_t node_count_ = 1;
  std::size_t node_highest_ = 0;
};

} // namespace nebula::services
