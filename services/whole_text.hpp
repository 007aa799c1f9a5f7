// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <string>

namespace nebula::services {

/// All of a text that `describe(buffer, size)` writes, which returns the bytes of the whole. It is written again if it came
/// out longer than it was measured: names of functions, say, need memory, and are shorter without. Throws std::bad_alloc.
template <class Describe>
[[nodiscard]] std::string whole_text(Describe describe) {
  std::string text(describe(nullptr, 0), '\0');
  // The zero byte that ends it stands where the string has its own.
  std::size_t bytes = describe(text.data(), text.size() + 1);
  while (bytes > text.size()) { // each time longer, and there is a longest
    text.resize(bytes);
    bytes = describe(text.data(), text.size() + 1);
  }
  text.resize(bytes);
  return text;
}

} // namespace nebula::services
