// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "tools/record/real_functions.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace nebula::record {
namespace {

constexpr std::size_t bootstrap_bytes = 64 * 1024;
alignas(64) constinit std::byte bootstrap_storage[bootstrap_bytes] = {};
constinit std::size_t bootstrap_used = 0;

void* bootstrap_aligned(std::size_t alignment, std::size_t size) noexcept {
  const std::size_t step = alignment < 16 ? 16 : alignment;
  const std::size_t start = (bootstrap_used + step - 1) / step * step;
  if (step > bootstrap_bytes || start > bootstrap_bytes || size > bootstrap_bytes - start) {
    errno = ENOMEM;
    return nullptr;
  }
  bootstrap_used = start + size;
  return bootstrap_storage + start;
}

void* bootstrap_malloc(std::size_t size) noexcept { return bootstrap_aligned(16, size); }

// The storage is never used twice, so it is zero.
void* bootstrap_calloc(std::size_t count, std::size_t size) noexcept {
  std::size_t bytes = 0;
  return __builtin_mul_overflow(count, size, &bytes) ? nullptr : bootstrap_malloc(bytes);
}

void* bootstrap_realloc(void* block, std::size_t size) noexcept {
  void* const moved = bootstrap_malloc(size);
  if (moved != nullptr && block != nullptr) {
    const std::size_t available = bootstrap_bytes_from(block);
    std::memcpy(moved, block, size < available ? size : available);
  }
  return moved;
}

void bootstrap_free(void* /*block*/) noexcept {}

int bootstrap_posix_memalign(void** block, std::size_t alignment, std::size_t size) noexcept {
  *block = bootstrap_aligned(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}

constexpr real_functions bootstrap_functions{bootstrap_malloc,  bootstrap_calloc,  bootstrap_realloc,
                                             bootstrap_free,    bootstrap_aligned, bootstrap_posix_memalign,
                                             bootstrap_aligned, bootstrap_malloc,  bootstrap_malloc};

constinit real_functions found_functions = bootstrap_functions;
enum class lookup : std::uint8_t { not_begun, under_way, done };
constinit lookup lookup_state = lookup::not_begun;

[[noreturn]] void stop(const char* function) noexcept {
  constexpr char message[] = "nebula recorder: the program has no function ";
  if (write(STDERR_FILENO, message, sizeof message - 1) >= 0 &&
      write(STDERR_FILENO, function, std::strlen(function)) >= 0) {
    static_cast<void>(!write(STDERR_FILENO, "\n", 1));
  }
  __builtin_trap();
}

template <class F>
void find(F& function, const char* name) noexcept {
  void* const address = dlsym(RTLD_NEXT, name);
  if (address == nullptr) {
    stop(name);
  }
  std::memcpy(&function, &address, sizeof function);
}

// Runs before the program has a second thread: the dynamic linker and start-up code allocate first.
void find_all() noexcept {
  lookup_state = lookup::under_way;
  real_functions found{};
  find(found.malloc, "malloc");
  find(found.calloc, "calloc");
  find(found.realloc, "realloc");
  find(found.free, "free");
  find(found.aligned_alloc, "aligned_alloc");
  find(found.posix_memalign, "posix_memalign");
  find(found.memalign, "memalign");
  find(found.valloc, "valloc");
  find(found.pvalloc, "pvalloc");
  found_functions = found;
  lookup_state = lookup::done;
}

} // namespace

const real_functions& real() noexcept {
  if (__builtin_expect(lookup_state != lookup::done, 0) != 0) {
    if (lookup_state == lookup::under_way) {
      return bootstrap_functions;
    }
    find_all();
  }
  return found_functions;
}

std::size_t bootstrap_bytes_from(const void* block) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  const auto start = reinterpret_cast<std::uintptr_t>(&bootstrap_storage[0]);
  return address - start < bootstrap_bytes ? bootstrap_bytes - (address - start) : 0;
}

} // namespace nebula::record
