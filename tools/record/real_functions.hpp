// SPDX-License-Identifier: Apache-2.0 OR MIT
// The allocation functions that the recorded program would have called without the recorder.
#pragma once

#include <cstddef>

#pragma GCC visibility push(hidden)
namespace nebula::record {

struct real_functions {
  void* (*malloc)(std::size_t);
  void* (*calloc)(std::size_t, std::size_t);
  void* (*realloc)(void*, std::size_t);
  void (*free)(void*);
  void* (*aligned_alloc)(std::size_t, std::size_t);
  int (*posix_memalign)(void**, std::size_t, std::size_t);
  void* (*memalign)(std::size_t, std::size_t);
  void* (*valloc)(std::size_t);
  void* (*pvalloc)(std::size_t);
};

/// The next definitions in link order: glibc's, or those of the allocator that the program is linked with. The first
/// call looks them up; what the lookup itself allocates comes from a static buffer.
[[nodiscard]] const real_functions& real() noexcept;

/// Bytes from the block to the end of that static buffer; 0 iff the block is not in it. Such a block must not reach the
/// real `free`.
[[nodiscard]] std::size_t bootstrap_bytes_from(const void* block) noexcept;

} // namespace nebula::record
#pragma GCC visibility pop
