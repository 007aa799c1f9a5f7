// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

/// The kernel's few macros. None depends on NDEBUG or on any other build-type switch. [SR-CHK-001]

#if defined(__has_cpp_attribute)
#if __has_cpp_attribute(clang::nonblocking)
/// The function neither allocates, locks, blocks nor throws; clang 20 and later prove it (-Wfunction-effects).
#define NEBULA_NONBLOCKING [[clang::nonblocking]]
#endif
#endif
#if !defined(NEBULA_NONBLOCKING)
#define NEBULA_NONBLOCKING
#endif

#if defined(__clang__)
/// Unsigned arithmetic in this function wraps on purpose, and is correct modulo the word.
#define NEBULA_WRAPS __attribute__((no_sanitize("unsigned-integer-overflow", "unsigned-shift-base")))
#else
#define NEBULA_WRAPS
#endif

/// A failure path: out of line, away from the code that runs when all is well.
#define NEBULA_COLD [[gnu::cold]] [[gnu::noinline]]

/// Work that a call has now and then: out of line, so that the other calls need not make room for it.
#define NEBULA_SLOW [[gnu::noinline]]

/// The work of a call of every day, which knows its check level: into the call, unless size counts more than speed. Each
/// level then has its own code; at -Os they share it.
#if defined(__OPTIMIZE__) && !defined(__OPTIMIZE_SIZE__)
#define NEBULA_FAST [[gnu::always_inline]] inline
#else
#define NEBULA_FAST
#endif
/// One or two instructions of the machine, once the memory order is known: into the call, at -Os too, where a function that
/// is told the order when it runs would be larger than they are.
#if defined(__OPTIMIZE__)
#define NEBULA_INSTRUCTION [[gnu::always_inline]] inline
#else
#define NEBULA_INSTRUCTION
#endif
/// The long way of a call of every day, which asks again whether it has to be: out of line, but at -Os each call goes it, and
/// there is no other. NEBULA_DETOUR: true iff a call goes it.
#if defined(__OPTIMIZE_SIZE__)
#define NEBULA_LONG
#define NEBULA_DETOUR(condition) true
#else
#define NEBULA_LONG NEBULA_COLD
#define NEBULA_DETOUR(condition) NEBULA_UNLIKELY(condition)
#endif

#define NEBULA_UNLIKELY(condition) (__builtin_expect((condition), false))

/// States one property of the allocator's own metadata, under the id of the invariant, inside a member function that
/// returns a result and has `during`, the operation, in scope. If it does not hold, the allocator is corrupt: it
/// latches, reports, and the function returns the error. Always on. tests/unit/invariant_test.cpp shows each id fire.
#define NEBULA_INVARIANT(id, condition)                      \
  do {                                                       \
    if (NEBULA_UNLIKELY(!(condition))) {                     \
      return this->corrupt(::nebula::invariant::id, during); \
    }                                                        \
  } while (false)
