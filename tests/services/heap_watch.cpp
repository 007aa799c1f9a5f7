// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "heap_watch.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdlib>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define NEBULA_TEST_HEAP_IS_REPLACED 1
#endif
#endif
#if (defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)) && !defined(NEBULA_TEST_HEAP_IS_REPLACED)
#define NEBULA_TEST_HEAP_IS_REPLACED 1
#endif

namespace nebula::services {
namespace {
thread_local std::size_t calls = 0;
thread_local int refusals = 0;

[[maybe_unused]] bool is_granted() noexcept {
  ++calls;
  if (refusals == 0) return true;
  errno = ENOMEM;
  return false;
}
} // namespace

std::size_t heap_calls() noexcept { return calls; }
heap_refusal::heap_refusal() noexcept { ++refusals; }
heap_refusal::~heap_refusal() { --refusals; }

#if defined(__GLIBC__) && !defined(NEBULA_TEST_HEAP_IS_REPLACED)
bool heap_is_watched() noexcept { return true; }
#else
bool heap_is_watched() noexcept { return false; }
#endif

} // namespace nebula::services

#if defined(__GLIBC__) && !defined(NEBULA_TEST_HEAP_IS_REPLACED)
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wreserved-identifier"
#pragma clang diagnostic ignored "-Wmissing-prototypes"
#endif
extern "C" {
void* __libc_malloc(std::size_t bytes) noexcept;
void* __libc_calloc(std::size_t count, std::size_t bytes) noexcept;
void* __libc_realloc(void* block, std::size_t bytes) noexcept;
void* __libc_memalign(std::size_t align, std::size_t bytes) noexcept;

void* malloc(std::size_t bytes) noexcept { return nebula::services::is_granted() ? __libc_malloc(bytes) : nullptr; }
void* calloc(std::size_t count, std::size_t bytes) noexcept {
  return nebula::services::is_granted() ? __libc_calloc(count, bytes) : nullptr;
}
void* realloc(void* block, std::size_t bytes) noexcept {
  return nebula::services::is_granted() ? __libc_realloc(block, bytes) : nullptr;
}
void* aligned_alloc(std::size_t align, std::size_t bytes) noexcept {
  return nebula::services::is_granted() ? __libc_memalign(align, bytes) : nullptr;
}
}
#endif
