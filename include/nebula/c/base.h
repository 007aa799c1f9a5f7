// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What the C headers are spelled with. nebula/nebula.h says what all of their functions have in common.

/// Before or behind `static`, which is where C and C++ cannot agree on the standard's own.
#define NEBULA_ALIGNAS(bytes) __attribute__((__aligned__(bytes)))
#if defined(__cplusplus)
#define NEBULA_ALIGNOF(type) alignof(type)
#else
#define NEBULA_ALIGNOF(type) _Alignof(type)
#endif

/// Stands behind each function's parameters.
#if !defined(__cplusplus)
#define NEBULA_C_NOEXCEPT
#elif defined(__has_cpp_attribute)
#if __has_cpp_attribute(clang::nonblocking)
#define NEBULA_C_NOEXCEPT noexcept [[clang::nonblocking]]
#endif
#endif
#if !defined(NEBULA_C_NOEXCEPT)
#define NEBULA_C_NOEXCEPT noexcept
#endif

/// Stands before each function whose result says whether it did anything. gcc does not let a cast to void silence it in
/// C: a result that was thrown away is a failure that was not seen.
#if defined(__cplusplus)
#define NEBULA_C_NODISCARD [[nodiscard]]
#elif defined(__GNUC__)
#define NEBULA_C_NODISCARD __attribute__((warn_unused_result))
#else
#define NEBULA_C_NODISCARD
#endif

/// The first number where pointers have 64 bits, the second where they have 32. The sizes of objects are such pairs:
/// they leave room for each configuration of the kernel on such targets, so that they change seldom. The compiled part
/// of the kernel asserts that each object fits, on the target that it is compiled for. [SR-CAPI-003]
#if UINTPTR_MAX > 0xFFFFFFFFU
#define NEBULA_BYTES_64_32(on_64_bits, on_32_bits) (on_64_bits)
#else
#define NEBULA_BYTES_64_32(on_64_bits, on_32_bits) (on_32_bits)
#endif

/// Of an object whose words many threads write: nebula/kernel/configuration.hpp says what NEBULA_CONTENTION_ALIGN_BYTES
/// is, which the program may choose.
#if defined(NEBULA_CONTENTION_ALIGN_BYTES)
#define NEBULA_SHARED_OBJECT_ALIGN NEBULA_CONTENTION_ALIGN_BYTES
#elif defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
#define NEBULA_SHARED_OBJECT_ALIGN 8
#else
#define NEBULA_SHARED_OBJECT_ALIGN 64
#endif
/// Of an object with one owner.
#define NEBULA_LOCAL_OBJECT_ALIGN 8
/// The size of a shared object, of words of 64 or of 32 bits, three parts of which begin at a multiple of the
/// alignment.
#define NEBULA_SHARED_OBJECT_BYTES(on_64_bits, on_32_bits)                                          \
  NEBULA_ALIGNED_BYTES(NEBULA_BYTES_64_32(on_64_bits, on_32_bits) + 3 * NEBULA_SHARED_OBJECT_ALIGN, \
                       NEBULA_SHARED_OBJECT_ALIGN)

/// A number as a size_t, without a cast: C and C++ have no spelling of that in common which neither warns of.
#define NEBULA_C_SIZE(number) (sizeof(char) * (number))
/// `bytes` rounded up to a multiple of `align`, a power of two. Wraps.
#define NEBULA_ALIGNED_BYTES(bytes, align) \
  ((NEBULA_C_SIZE(bytes) + (NEBULA_C_SIZE(align) - 1U)) & ~(NEBULA_C_SIZE(align) - 1U))
