// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

/// Memory checkers are kept from seeing what the function does.
#if defined(__clang__)
#define NEBULA_UNSEEN __attribute__((noinline, no_sanitize("address", "memory", "thread")))
#else
#define NEBULA_UNSEEN __attribute__((noinline, no_sanitize("address", "thread")))
#endif

namespace nebula::verify {

/// What a faulty program does: writes a byte that is not its own. It is the allocator that has to see it.
NEBULA_UNSEEN inline void write_astray(std::byte* place, unsigned char value) {
  *reinterpret_cast<unsigned char*>(place) = value;
}
/// The same; the byte differs from what was there.
NEBULA_UNSEEN inline void write_astray(std::byte* place) {
  auto* const byte = reinterpret_cast<unsigned char*>(place);
  *byte = static_cast<unsigned char>(*byte ^ 0x5AU);
}

} // namespace nebula::verify
