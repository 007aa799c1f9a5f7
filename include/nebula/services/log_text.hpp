// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/services/log_event.hpp>

namespace nebula::services {

/// How a line looks.
enum class log_format : std::uint8_t {
  text = 0,       ///< for people: "messages: refused allocate of 64 bytes, alignment 8: exhausted …"
  json_lines = 1, ///< one object of JSON, with the members that docs/services/logging.md lists
};

/// No line is longer, whatever the event, as long as its allocator's name is an allocator_name's.
inline constexpr std::size_t log_line_bytes_max = 1024;

/// Writes the event on one line, without an end of line: name escaped, never an address, never a control character. Returns
/// the bytes of the whole line without the final zero; writes at most size_bytes, the zero included, unless that is 0: a
/// return of at least size_bytes says that it was cut, and JSON that was cut is none. No heap. Any thread. [SR-LOG-005]
std::size_t describe(const log_event& event, log_format format, char* buffer, std::size_t size_bytes) noexcept;

} // namespace nebula::services
