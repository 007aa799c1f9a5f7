// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace nebula::services {

/// A number that the operating system knows.
enum class system_number : std::uint8_t {
  page_bytes = 0,
  cache_line_bytes = 1, ///< of the first data cache
};

/// What query_memory() says.
struct system_memory_numbers {
  std::size_t total_bytes = 0;
  std::size_t available_bytes = 0;
  std::size_t resident_bytes = 0; ///< of this process; 0 iff not known
};

/// The narrow seam to the operating system: each function makes one system call, or one and its like on another system,
/// and returns 0 or the error of that call (errno, GetLastError()). A plain value; the context outlives each object that
/// was made with it. Whoever replaces some of the functions can fail each of them, or show a machine that is not there.
/// Nothing in the services layer asks the system past this table. [SR-SYS-002]
///
/// All functions: any thread, no heap, no exceptions. Sizes are in bytes, and what `at` points to is a multiple of the
/// page size, as are the sizes. A call that fails has changed nothing.
struct system_calls {
  void* context = nullptr; ///< passed to the functions unchanged

  std::uint32_t (*query_number)(void* context, system_number which, std::size_t* value) noexcept = nullptr;
  /// Address space that nobody may touch, anywhere.
  std::uint32_t (*reserve)(void* context, std::size_t bytes, std::byte** at) noexcept = nullptr;
  /// A part of what was reserved becomes zeroed memory.
  std::uint32_t (*commit)(void* context, std::byte* at, std::size_t bytes) noexcept = nullptr;
  /// Gives back address space, in whatever state it is. Windows: only all of what was reserved at once.
  std::uint32_t (*release)(void* context, std::byte* at, std::size_t bytes) noexcept = nullptr;
  /// Zeroed memory in explicit huge pages of a size exactly at a place, which is free: never over what is there.
  std::uint32_t (*map_huge)(void* context, std::byte* at, std::size_t bytes,
                            std::size_t huge_page_bytes) noexcept = nullptr;
  std::uint32_t (*advise_huge)(void* context, std::byte* at, std::size_t bytes) noexcept = nullptr;
  std::uint32_t (*populate)(void* context, std::byte* at, std::size_t bytes) noexcept = nullptr;
  std::uint32_t (*lock)(void* context, std::byte* at, std::size_t bytes) noexcept = nullptr;
  /// Pages that are touched from now on are to come from a node; strict: from no other.
  std::uint32_t (*bind_node)(void* context, std::byte* at, std::size_t bytes, std::size_t node,
                             bool strict) noexcept = nullptr;
  /// The node that the page at an address is on; touches it.
  std::uint32_t (*query_node)(void* context, const std::byte* at, std::size_t* node) noexcept = nullptr;
  /// The first size_bytes of a file, or all of it: length_bytes says how many. The path ends with a zero byte.
  std::uint32_t (*read_file)(void* context, const char* path, char* buffer, std::size_t size_bytes,
                             std::size_t* length_bytes) noexcept = nullptr;
  std::uint32_t (*query_memory)(void* context, system_memory_numbers* numbers) noexcept = nullptr;
};

/// The nodes that bind_node() can name: 0 to this less 1.
inline constexpr std::size_t node_count_max = 1024;

/// Those of the system that the program was compiled for. The table lives for ever. Any thread.
[[nodiscard]] const system_calls& native_system_calls() noexcept;

/// True iff an error of native_system_calls() says that the system has no such call, or not with such parameters.
[[nodiscard]] bool is_unsupported(std::uint32_t system_error) noexcept;

/// The symbol of a common error, as "ENOMEM"; null iff it is none of those known here.
[[nodiscard]] const char* name_of_system_error(std::uint32_t system_error) noexcept;

} // namespace nebula::services
