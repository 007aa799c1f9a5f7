// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <string>

#include <nebula/services/memory_error.hpp>

namespace nebula::services {

/// Writes the error as one object of JSON on one line, without an end of line: docs/services/errors.md has its members.
/// Names and symbols are escaped, whatever their bytes. Numbers are whole, up to 64 bits. Returns, writes and cuts as
/// describe() of error_text.hpp; what was cut is no JSON. No heap but what add_frame() takes. Any thread. [SR-MERR-004]
std::size_t describe_json(const memory_error& failed, char* buffer, std::size_t size_bytes) noexcept;

/// The same as a string, whole: for where there is memory. Throws std::bad_alloc iff there is none.
[[nodiscard]] std::string to_json(const memory_error& failed);

} // namespace nebula::services
