// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/services/memory_failure.hpp>
#include <nebula/services/system_memory.hpp>

namespace nebula::services {

/// Kinds of pages, each better than the one before.
enum class page_kind : std::uint8_t {
  normal = 0,
  transparent_huge = 1, ///< normal ones that the system has been advised to join, if and when it can
  explicit_huge = 2,    ///< huge ones, set aside for this mapping before it is touched
};

/// How much something is wanted.
enum class demand : std::uint8_t {
  none = 0,
  preferred = 1, ///< the mapping is made without it, too, and says why it has not been had
  required = 2,  ///< the mapping is not made without it
};

/// The identifiers as spelled here; "unknown" iff none of them.
[[nodiscard]] const char* name(page_kind kind) noexcept;
[[nodiscard]] const char* name(demand wanted) noexcept;

class page_mapping_plan;

/// What a mapping is to be. Fill in, by designated initialisers for example, then validate(). [SR-SYS-006]
struct page_mapping_config {
  static constexpr std::size_t guard_pages_max = 65536;

  std::size_t bytes = 0;                     ///< usable; rounded up to whole pages, or whole explicit huge pages
  page_kind pages = page_kind::normal;       ///< the best kind to try, and then each worse one
  page_kind pages_least = page_kind::normal; ///< the worst kind to be content with
  std::size_t huge_page_bytes = 0;           ///< of explicit huge pages; 0: the machine's default
  std::size_t guard_pages = 1;               ///< on each side, of the machine's page size: a touch ends the program
  bool prefault = false;                     ///< all pages are there when the mapping is
  demand lock = demand::none;                ///< the pages are not to be swapped out
  demand bind = demand::none;                ///< the pages are to come from `node`; required: from no other
  std::size_t node = 0;                      ///< not read unless bind

  /// invalid_configuration, with field, value and range, in this order: page_bytes iff the machine is none that was
  /// detected; pages iff no enumerator; pages_least iff better than pages, or of a kind that the machine has not; lock,
  /// bind iff no enumerator; huge_page_bytes iff not 0 and, where the machine has explicit huge pages, none of its sizes;
  /// guard_pages iff above guard_pages_max, or an eighth of the address space; node iff bind and above the machine's highest; bytes iff 0 or more than fits
  /// into half of the address space with all that is about it. O(1). No heap. Any thread.
  [[nodiscard]] memory_outcome<page_mapping_plan> validate(const system_memory& machine) const noexcept;
};

/// A mapping's configuration that was found valid on a machine. Made by page_mapping_config::validate() only.
class page_mapping_plan {
public:
  /// No plan at all: the value of an outcome that failed. A mapping of it is refused.
  constexpr page_mapping_plan() noexcept = default;

  /// The same, for so many bytes. invalid_configuration, bytes, iff 0 or above bytes_max().
  [[nodiscard]] memory_outcome<page_mapping_plan> with_bytes(std::size_t bytes) const noexcept;
  /// The most usable bytes that a mapping like this can have.
  [[nodiscard]] std::size_t bytes_max() const noexcept;

  [[nodiscard]] constexpr const page_mapping_config& config() const noexcept { return config_; }
  [[nodiscard]] constexpr const system_memory& machine() const noexcept { return machine_; }

private:
  friend struct page_mapping_config;
  friend class page_mapping;

  [[nodiscard]] std::size_t guard_bytes() const noexcept { return config_.guard_pages * machine_.page_bytes(); }

  page_mapping_config config_{};
  system_memory machine_{};
  std::size_t huge_bytes_ = 0; ///< of the explicit huge pages to try; 0: none
};

} // namespace nebula::services
