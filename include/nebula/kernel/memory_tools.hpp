// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel/contract.hpp>

/// Tells the memory checkers of a build what is free, so that they report a use of free memory at once, with the stack
/// of whoever freed it. Without such a build these are empty. Address and memory sanitizers announce themselves;
/// valgrind's requests cost a few instructions also outside of it, and are asked for with NEBULA_VALGRIND=1.
/// No object's size depends on them. [SR-CHK-003]
#if defined(__SANITIZE_ADDRESS__)
#define NEBULA_ADDRESS_SANITIZER 1
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NEBULA_ADDRESS_SANITIZER 1
#endif
#if __has_feature(memory_sanitizer)
#define NEBULA_MEMORY_SANITIZER 1
#endif
#endif

#if defined(NEBULA_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#endif
#if defined(NEBULA_MEMORY_SANITIZER)
#include <sanitizer/msan_interface.h>
#endif
#if defined(NEBULA_VALGRIND) && NEBULA_VALGRIND
#if !__has_include(<valgrind/memcheck.h>)
#error "NEBULA_VALGRIND needs valgrind/memcheck.h: install valgrind, or do not define it"
#endif
#include <valgrind/memcheck.h>
#endif

#if defined(NEBULA_ADDRESS_SANITIZER) || defined(NEBULA_MEMORY_SANITIZER) || \
    (defined(NEBULA_VALGRIND) && NEBULA_VALGRIND)
/// An allocator over lent storage then has a destructor, which gives the storage back readable.
#define NEBULA_MEMORY_TOOLS 1
#else
#define NEBULA_MEMORY_TOOLS 0
#endif

namespace nebula {

#if defined(__clang__) && __clang_major__ >= 20
// The checkers' entry points are not declared nonblocking; only instrumented builds call them.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wfunction-effects"
#endif

/// Nobody is to read or write the bytes.
inline void tell_free([[maybe_unused]] const std::byte* begin,
                      [[maybe_unused]] std::size_t size) noexcept NEBULA_NONBLOCKING {
#if defined(NEBULA_ADDRESS_SANITIZER)
  __asan_poison_memory_region(begin, size);
#endif
#if defined(NEBULA_MEMORY_SANITIZER)
  __msan_poison(begin, size);
#endif
#if defined(NEBULA_VALGRIND) && NEBULA_VALGRIND
  static_cast<void>(VALGRIND_MAKE_MEM_NOACCESS(begin, size));
#endif
}

/// A block's bytes are the caller's, and have no values yet.
inline void tell_allocated([[maybe_unused]] const std::byte* begin,
                           [[maybe_unused]] std::size_t size) noexcept NEBULA_NONBLOCKING {
#if defined(NEBULA_ADDRESS_SANITIZER)
  __asan_unpoison_memory_region(begin, size);
#endif
#if defined(NEBULA_MEMORY_SANITIZER)
  __msan_poison(begin, size);
#endif
#if defined(NEBULA_VALGRIND) && NEBULA_VALGRIND
  static_cast<void>(VALGRIND_MAKE_MEM_UNDEFINED(begin, size));
#endif
}

/// The allocator reads and writes the bytes itself, or gives them back to their lender.
inline void tell_readable([[maybe_unused]] const std::byte* begin,
                          [[maybe_unused]] std::size_t size) noexcept NEBULA_NONBLOCKING {
#if defined(NEBULA_ADDRESS_SANITIZER)
  __asan_unpoison_memory_region(begin, size);
#endif
#if defined(NEBULA_MEMORY_SANITIZER)
  __msan_unpoison(begin, size);
#endif
#if defined(NEBULA_VALGRIND) && NEBULA_VALGRIND
  static_cast<void>(VALGRIND_MAKE_MEM_DEFINED(begin, size));
#endif
}

#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic pop
#endif

} // namespace nebula
