// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <string>
#include <string_view>

namespace nebula::services {

/// The same text, where it is UTF-8; each byte that belongs to no well-formed sequence (RFC 3629: neither overlong, nor a
/// surrogate, nor above U+10FFFF) replaced by U+FFFD, ef bf bd. What UTF-8 files must be given, all exporters give so.
/// O(bytes). May throw bad_alloc. Any thread. [SR-STAT-010]
[[nodiscard]] std::string valid_utf8(std::string_view text);

/// True iff valid_utf8() leaves it as it is. O(bytes).
[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;

} // namespace nebula::services
