// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <stddef.h>

#include <nebula/c/error.h>

#if defined(__cplusplus)
extern "C" {
#endif

/// The size and alignment of a block, in bytes. Allocators check each one they are given.
typedef struct nebula_layout {
  size_t size;
  size_t align;
} nebula_layout;

/// Memory that the caller owns and lends to an allocator for the allocator's whole life.
typedef struct nebula_byte_span {
  void* data;
  size_t size; ///< bytes
} nebula_byte_span;

/// The layout of one object of a type.
#if defined(__cplusplus)
#define NEBULA_LAYOUT_OF(type) (nebula_layout{sizeof(type), alignof(type)})
#else
#define NEBULA_LAYOUT_OF(type) ((nebula_layout){sizeof(type), _Alignof(type)})
#endif

/// A layout that was checked. null_pointer iff `made` is null; invalid_layout iff size is 0 or align is not a power of
/// two; size_overflow iff size rounded up to align exceeds SIZE_MAX.
NEBULA_C_NODISCARD nebula_error nebula_layout_make(size_t size, size_t align, nebula_layout* made) NEBULA_C_NOEXCEPT;

/// The layout of `count` elements in a row, without padding between them. null_pointer iff `made` is null;
/// invalid_layout iff the element's layout is malformed or count is 0; size_overflow iff the product, or the product
/// rounded up to the alignment, exceeds SIZE_MAX.
NEBULA_C_NODISCARD nebula_error nebula_layout_array(nebula_layout element, size_t count,
                                                    nebula_layout* made) NEBULA_C_NOEXCEPT;

#if defined(__cplusplus)
}
#endif
