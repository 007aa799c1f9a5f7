// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/layout.hpp>
#include <nebula/services/page_mapping_config.hpp>

namespace nebula::services {

/// How the pages of a mapping came to be there before their first use.
enum class prefault_way : std::uint8_t {
  none = 0,
  populated = 1, ///< by the one call for it
  touched = 2,   ///< by a write to each, as the system has no such call
};

/// Whether the pages of a mapping come from the node that was asked for.
enum class node_placement : std::uint8_t {
  not_asked = 0,
  bound = 1,
  only_node = 2, ///< not bound, nor need it be: the machine has no other
  refused = 3,   ///< not bound; node_failure says why
};

/// The identifiers as spelled here; "unknown" iff none of them.
[[nodiscard]] const char* name(prefault_way way) noexcept;
[[nodiscard]] const char* name(node_placement placement) noexcept;

/// What a mapping was given, beside what it was to have; each failure has the code none iff there was none. [SR-SYS-007]
struct page_provision {
  page_kind pages = page_kind::normal; ///< transparent ones: the advice was taken, which promises nothing
  std::size_t page_bytes = 0;          ///< of the pages, or of those that they may be joined to
  memory_failure pages_failure{};      ///< why the next better kind that was asked for was not had
  prefault_way prefault = prefault_way::none;
  bool is_locked = false;
  memory_failure lock_failure{};
  node_placement placement = node_placement::not_asked;
  memory_failure node_failure{};
};

/// Where a mapping lies: all that was reserved, guards and what alignment left over included, and the usable part.
struct page_region {
  std::byte* reserved = nullptr;
  std::size_t reserved_bytes = 0;
  std::byte* data = nullptr;
  std::size_t bytes = 0;
};

/// The owner of a region of pages of the operating system: zeroed, readable and writable bytes between two guards that
/// nobody may touch, given back when the owner ends. Can be moved, not copied. One owner; the bytes are whoever's they are
/// given to. Not for use in interrupt or signal handlers. [SR-SYS-007]
class page_mapping {
public:
  /// No mapping.
  constexpr page_mapping() noexcept = default;

  /// Maps what the plan says. Explicit huge pages that are not to be had become transparent ones, and those become normal
  /// ones, down to pages_least; provision() says what was had, and why not better. Never over a mapping that is there
  /// already, whatever other threads map meanwhile. Failures, nothing mapped: those of with_bytes() iff the plan is none;
  /// else system_refused, with the call, its error and the field that it was for, iff the reservation or the memory
  /// was refused, or what the configuration requires. A `release` for `bytes` says that address space was lost: what had
  /// been reserved could not be given back. O(1) calls of the system; with prefault also O(pages). No heap.
  [[nodiscard]] static memory_outcome<page_mapping> make(const page_mapping_plan& plan) noexcept;

  page_mapping(page_mapping&& other) noexcept;
  page_mapping& operator=(page_mapping&& other) noexcept;
  page_mapping(const page_mapping&) = delete;
  page_mapping& operator=(const page_mapping&) = delete;
  ~page_mapping() { static_cast<void>(release()); }

  /// Gives the region back now. system_refused iff the system does not take it: the region is then still owned. Success
  /// where there is none. One call of the system.
  [[nodiscard]] memory_outcome<void> release() noexcept;

  /// Lets go of the region, which the caller gives back to the machine's system calls.
  [[nodiscard]] page_region detach() noexcept;

  [[nodiscard]] constexpr explicit operator bool() const noexcept { return region_.data != nullptr; }
  /// The usable bytes: at least those asked for, from a multiple of the page size on; null and 0 iff there is none.
  [[nodiscard]] constexpr byte_span bytes() const noexcept { return {region_.data, region_.bytes}; }
  [[nodiscard]] constexpr const page_region& region() const noexcept { return region_; }
  [[nodiscard]] constexpr const page_provision& provision() const noexcept { return provision_; }

  /// The node that the page at an offset is on, which is touched by asking. invalid_configuration, bytes, iff the offset is
  /// not below bytes().size; system_refused iff the system does not say.
  [[nodiscard]] memory_outcome<std::size_t> node_of(std::size_t offset_bytes) const noexcept;

private:
  [[nodiscard]] memory_failure map_explicit(const page_mapping_plan& plan) noexcept;
  [[nodiscard]] memory_failure map_ordinary(const page_mapping_plan& plan) noexcept;
  [[nodiscard]] memory_failure provide(const page_mapping_plan& plan) noexcept;
  [[nodiscard]] memory_failure provide_node(const page_mapping_config& config, const system_memory& machine) noexcept;
  [[nodiscard]] memory_failure provide_lock(demand wanted) noexcept;
  [[nodiscard]] memory_failure prefault(std::size_t machine_page_bytes) noexcept;

  const system_calls* calls_ = nullptr;
  page_region region_{};
  page_provision provision_{};
};

} // namespace nebula::services
