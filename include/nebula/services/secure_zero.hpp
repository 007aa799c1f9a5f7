// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstring>

namespace nebula::services {

/// Overwrites bytes with zeros, also where nobody reads them again: a secret at the end of its life. The compiler is told
/// that somebody may look, so that it can neither leave the stores out nor move them behind the end of the object. Copies
/// in registers, in other places of the stack, in swapped pages or in core dumps are beyond its reach. Nothing iff bytes
/// is 0; begin is then not looked at. O(bytes). Any thread. [SR-SYS-014]
inline void secure_zero(void* begin, std::size_t bytes) noexcept {
  if (bytes == 0) {
    return;
  }
  std::memset(begin, 0, bytes);
  __asm__ __volatile__("" : : "r"(begin) : "memory");
}

} // namespace nebula::services
