// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <charconv>
#include <cstddef>
#include <limits>

#include <nebula/kernel/bounded_text.hpp>

namespace nebula::services {

/// A number of whatever width, for bounded_text's own are as wide as a size, and counters and times are wider where sizes
/// have 32 bits. Of a double the fewest digits that read back as the same.
template <class Number>
void add_number(bounded_text& text, Number number) noexcept {
  char digits[32] = {}; // the shortest form of any double has at most 24
  std::to_chars(digits, digits + sizeof digits - 1, number);
  text.add(digits);
}

/// In people's units, as bounded_text::add_size(). From 4 GiB on, where sizes have 32 bits, in whole GiB, rounded down.
template <class Bytes>
void add_bytes(bounded_text& text, Bytes bytes) noexcept {
  if constexpr (sizeof(std::size_t) < sizeof bytes) {
    if (bytes > std::numeric_limits<std::size_t>::max()) {
      add_number(text, bytes >> 30U);
      text.add(" GiB");
      return;
    }
    text.add_size(static_cast<std::size_t>(bytes));
  } else {
    text.add_size(bytes);
  }
}

} // namespace nebula::services
