// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel/memory_tools.hpp>

/// Memory checkers are kept from seeing what the function does.
#if defined(__clang__)
#define NEBULA_UNSEEN __attribute__((noinline, no_sanitize("address", "memory", "thread")))
#else
#define NEBULA_UNSEEN __attribute__((noinline, no_sanitize("address", "thread")))
#endif

namespace nebula::verify {

/// For as long as it lives memcheck reports nothing of this thread. It has no attribute for that.
struct unseen_by_memcheck {
#if defined(NEBULA_VALGRIND) && NEBULA_VALGRIND
  unseen_by_memcheck() noexcept { VALGRIND_DISABLE_ERROR_REPORTING; }
  ~unseen_by_memcheck() { VALGRIND_ENABLE_ERROR_REPORTING; }
#else
  unseen_by_memcheck() noexcept {} // user-provided: an unused variable of a trivial type is warned of
  ~unseen_by_memcheck() {}
#endif
  unseen_by_memcheck(const unseen_by_memcheck&) = delete;
  unseen_by_memcheck& operator=(const unseen_by_memcheck&) = delete;
};

/// What a faulty program does: writes a byte that is not its own. It is the allocator that has to see it.
NEBULA_UNSEEN inline void write_astray(std::byte* place, unsigned char value) {
  const unseen_by_memcheck unseen;
  *reinterpret_cast<unsigned char*>(place) = value;
}
/// The same; the byte differs from what was there.
NEBULA_UNSEEN inline void write_astray(std::byte* place) {
  const unseen_by_memcheck unseen;
  auto* const byte = reinterpret_cast<unsigned char*>(place);
  *byte = static_cast<unsigned char>(*byte ^ 0x5AU);
}

} // namespace nebula::verify
