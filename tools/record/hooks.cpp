// SPDX-License-Identifier: Apache-2.0 OR MIT
// The functions that the recorder puts before the program's own.
#include <dlfcn.h>
#include <malloc.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "tools/record/real_functions.hpp"
#include "tools/record/session.hpp"

namespace {

using nebula::record::hook_scope;
using nebula::record::real;
using nebula::trace::event;
using nebula::trace::event_kind;

std::uint64_t address_of(const void* block) noexcept { return reinterpret_cast<std::uintptr_t>(block); }

struct request {
  event_kind kind;
  std::size_t size;
  std::size_t count = 0;
  std::size_t alignment = 0;
};

void record_birth(const void* block, const request& asked) noexcept {
  event item{0, address_of(block), asked.size, asked.count, asked.alignment, asked.kind, block == nullptr};
  nebula::record::write_event(item);
}

void record_release(const void* block, event_kind kind) noexcept {
  event item{0, address_of(block), 0, 0, 0, kind, false};
  nebula::record::write_event(item);
}

// `total` is what the real realloc is asked for; `asked` says it in the caller's terms.
void* recorded_realloc(void* block, std::size_t total, const request& asked) noexcept {
  if (const std::size_t available = nebula::record::bootstrap_bytes_from(block); available != 0) {
    void* const moved = malloc(total);
    if (moved != nullptr) { // its size is not known; what lies behind it is readable and small
      std::memcpy(moved, block, total < available ? total : available);
    }
    return moved;
  }
  const hook_scope scope;
  if (!scope) {
    return real().realloc(block, total);
  }
  if (block != nullptr) {
    record_release(block, event_kind::realloc_begin);
  }
  void* const result = real().realloc(block, total);
  if (result == nullptr && total == 0 && block != nullptr) {
    record_release(nullptr, event_kind::realloc_release);
  } else {
    record_birth(result, asked);
  }
  return result;
}

[[noreturn]] void leave(int status) noexcept {
  for (;;) {
    syscall(SYS_exit_group, status);
  }
}

} // namespace

extern "C" {

void* malloc(std::size_t size) noexcept {
  const hook_scope scope;
  void* const block = real().malloc(size);
  if (scope) {
    record_birth(block, {event_kind::malloc, size});
  }
  return block;
}

void* calloc(std::size_t count, std::size_t size) noexcept {
  const hook_scope scope;
  void* const block = real().calloc(count, size);
  if (scope) {
    record_birth(block, {event_kind::calloc, size, count});
  }
  return block;
}

void free(void* block) noexcept {
  if (block == nullptr || nebula::record::bootstrap_bytes_from(block) != 0) {
    return;
  }
  const hook_scope scope;
  if (scope) {
    record_release(block, event_kind::free);
  }
  real().free(block);
}

void* realloc(void* block, std::size_t size) noexcept {
  return recorded_realloc(block, size, {event_kind::realloc_end, size});
}

// Not handed on: glibc's calls realloc, which would be recorded in its stead; other allocators have none.
void* reallocarray(void* block, std::size_t count, std::size_t size) noexcept {
  std::size_t total = 0;
  if (__builtin_mul_overflow(count, size, &total)) {
    if (const hook_scope scope; scope) {
      record_birth(nullptr, {event_kind::reallocarray_end, size, count});
    }
    errno = ENOMEM;
    return nullptr;
  }
  return recorded_realloc(block, total, {event_kind::reallocarray_end, size, count});
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  const hook_scope scope;
  void* const block = real().aligned_alloc(alignment, size);
  if (scope) {
    record_birth(block, {event_kind::aligned_alloc, size, 0, alignment});
  }
  return block;
}

int posix_memalign(void** block, std::size_t alignment, std::size_t size) noexcept {
  const hook_scope scope;
  const int status = real().posix_memalign(block, alignment, size);
  if (scope) {
    record_birth(status == 0 ? *block : nullptr, {event_kind::posix_memalign, size, 0, alignment});
  }
  return status;
}

void* memalign(std::size_t alignment, std::size_t size) noexcept {
  const hook_scope scope;
  void* const block = real().memalign(alignment, size);
  if (scope) {
    record_birth(block, {event_kind::memalign, size, 0, alignment});
  }
  return block;
}

void* valloc(std::size_t size) noexcept {
  const hook_scope scope;
  void* const block = real().valloc(size);
  if (scope) {
    record_birth(block, {event_kind::valloc, size});
  }
  return block;
}

void* pvalloc(std::size_t size) noexcept {
  const hook_scope scope;
  void* const block = real().pvalloc(size);
  if (scope) {
    record_birth(block, {event_kind::pvalloc, size});
  }
  return block;
}

// exit() reaches the library's destructor; these three do not.
void _exit(int status) {
  nebula::record::mark_exited();
  leave(status);
}

void _Exit(int status) noexcept {
  nebula::record::mark_exited();
  leave(status);
}

void quick_exit(int status) noexcept {
  nebula::record::mark_exited();
  void* const next = dlsym(RTLD_NEXT, "quick_exit");
  if (next != nullptr) {
    void (*real_quick_exit)(int) = nullptr;
    std::memcpy(&real_quick_exit, &next, sizeof next);
    real_quick_exit(status);
  }
  leave(status);
}

__attribute__((constructor)) static void nebula_recorder_starts(int /*count*/, char** /*arguments*/,
                                                                char** environment) {
  static_cast<void>(real());
  nebula::record::start(environment);
}

__attribute__((destructor)) static void nebula_recorder_ends() { nebula::record::mark_exited(); }

} // extern "C"
