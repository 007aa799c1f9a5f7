// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/services/outcome.hpp>

namespace nebula::services {

/// Why a call of the services failed.
enum class memory_failure_code : std::uint8_t {
  none = 0,
  invalid_configuration =
      1,               ///< `field` has `value`, which is not in lowest…highest, or not of the kind that it must be
  system_refused = 2,  ///< the system call `call` failed with `system_error`; `field` says what it was made for
  count_exhausted = 3, ///< `field` is a limit, `value`, which has been reached
};

/// What is asked of the operating system, whichever it is.
enum class system_call : std::uint8_t {
  none = 0,
  query_number = 1,  ///< page size, cache line: sysconf, GetSystemInfo
  reserve = 2,       ///< address space without access: mmap PROT_NONE, VirtualAlloc MEM_RESERVE
  commit = 3,        ///< makes it memory: mprotect, VirtualAlloc MEM_COMMIT
  release = 4,       ///< gives it back: munmap, VirtualFree
  map_huge = 5,      ///< huge pages at a place: mmap MAP_HUGETLB
  advise_huge = 6,   ///< transparent huge pages: madvise MADV_HUGEPAGE
  populate = 7,      ///< all pages at once: madvise MADV_POPULATE_WRITE
  lock = 8,          ///< mlock, VirtualLock
  bind_node = 9,     ///< mbind
  query_node = 10,   ///< get_mempolicy
  read_file = 11,    ///< open, read
  query_memory = 12, ///< sysconf, GlobalMemoryStatusEx
};

/// The field of a configuration that a failure is about.
enum class memory_field : std::uint8_t {
  none = 0,
  bytes = 1,               ///< 0, or more than the address space has
  pages = 2,               ///< no enumerator
  pages_least = 3,         ///< no enumerator, better than `pages`, or of a kind that the machine has not
  huge_page_bytes = 4,     ///< no size of huge pages of this machine
  guard_pages = 5,         ///< too many
  lock = 6,                ///< no enumerator
  bind = 7,                ///< no enumerator
  node = 8,                ///< no node of this machine
  prefault = 9,            ///< never wrong by itself: what a failed call was made for
  chunk_count_max = 10,    ///< 0, or too many
  high_per_mille = 11,     ///< above critical_per_mille
  critical_per_mille = 12, ///< above 1000
  page_bytes = 13,         ///< the machine's: no power of two, or too small

  // Of logs.
  name_bytes = 64,        ///< of an allocator's name: none, or too many
  log_level = 65,         ///< no enumerator
  near_percent = 66,      ///< above 100
  look_every = 67,        ///< 0, or too many
  sample_every = 68,      ///< 0
  events_per_second = 69, ///< too many
  burst_events = 70,      ///< 0
};

/// What was wrong, with which value, where, and what would be right. A plain value that owns nothing: making, copying
/// and describing one never allocates, so that "out of memory" can be said when there is none. [SR-SYS-001]
struct memory_failure {
  memory_failure_code code = memory_failure_code::none;
  memory_field field = memory_field::none;
  system_call call = system_call::none;
  bool is_power_of_two = false;   ///< the value must be one, too
  std::uint32_t system_error = 0; ///< errno, or GetLastError(), as it was right after the call
  std::size_t value = 0;          ///< as given, in the field's unit
  std::size_t lowest = 0;
  std::size_t highest = 0; ///< below lowest iff no value would do as long as the other fields stay

  friend constexpr bool operator==(const memory_failure&, const memory_failure&) noexcept = default;
};

template <class T>
using memory_outcome = outcome<T, memory_failure>;

[[nodiscard]] constexpr memory_failure out_of_range(memory_field field, std::size_t value, std::size_t lowest,
                                                    std::size_t highest) noexcept {
  memory_failure failure;
  failure.code = memory_failure_code::invalid_configuration;
  failure.field = field;
  failure.value = value;
  failure.lowest = lowest;
  failure.highest = highest;
  return failure;
}
[[nodiscard]] constexpr memory_failure refused_by_system(system_call call, std::uint32_t system_error,
                                                         memory_field field) noexcept {
  memory_failure failure;
  failure.code = memory_failure_code::system_refused;
  failure.field = field;
  failure.call = call;
  failure.system_error = system_error;
  return failure;
}

/// The identifier as spelled here; "unknown" iff the value is none of the enumerators. Never null. Any thread.
[[nodiscard]] const char* name(memory_failure_code code) noexcept;
[[nodiscard]] const char* name(system_call call) noexcept;
[[nodiscard]] const char* name(memory_field field) noexcept;

/// Writes one line for people: what was wrong, the value given and the values accepted, or the system call, its error's
/// number and what that means. Ends with a zero byte unless size_bytes is 0; nothing is written beyond it. Returns the
/// bytes of the whole text without the zero, so that a return of at least size_bytes says that it was cut. No heap, no
/// locale, any thread.
std::size_t describe(const memory_failure& failure, char* buffer, std::size_t size_bytes) noexcept;

} // namespace nebula::services
