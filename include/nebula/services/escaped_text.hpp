// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <string_view>

#include <nebula/kernel/bounded_text.hpp>

namespace nebula::services {

/// Adds words that nobody vouches for, a name or a symbol, so that they stay words: one line, nothing that a terminal
/// obeys, nothing that is unseen or turns the direction of what follows. Printable ASCII but the backslash, and
/// well-formed UTF-8 from U+00A0 on but such signs, stand as they are; a backslash is doubled; of all else each byte is
/// written as a backslash, x and two digits. No heap; O(bytes). Any thread. [SR-LOG-005]
void add_escaped(bounded_text& text, std::string_view words) noexcept;

/// The same as a string of JSON, its quotation marks included: always well-formed, and UTF-8. What add_escaped() would
/// not let stand is written as a backslash, u and four digits, so that it comes back when it is read; a byte that is no
/// UTF-8 is U+FFFD. At most six bytes for each of the words', and two. [SR-LOG-005]
void add_json_string(bounded_text& text, std::string_view words) noexcept;

/// The most bytes that add_json_string() adds for so many.
[[nodiscard]] constexpr std::size_t json_string_bytes_max(std::size_t bytes) noexcept { return 6 * bytes + 2; }

} // namespace nebula::services
