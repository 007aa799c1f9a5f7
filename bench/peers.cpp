// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "bench/peers.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

namespace nebula::bench {

heap_functions heaps[heap_count];

namespace {

struct heap_library {
  heap which;
  const char* name;
  const char* files[2]; ///< tried in turn
  const char* allocate;
  const char* release;
};

constexpr heap_library libraries[] = {
    {heap::jemalloc, "jemalloc", {"libjemalloc.so.2", nullptr}, "malloc", "free"},
    {heap::mimalloc, "mimalloc", {"libmimalloc.so.2", "libmimalloc.so"}, "mi_malloc", "mi_free"},
    {heap::mimalloc_secure,
     "mimalloc-secure",
     {"libmimalloc-secure.so.2", "libmimalloc-secure.so"},
     "mi_malloc",
     "mi_free"},
    {heap::tcmalloc, "tcmalloc", {"libtcmalloc_minimal.so.4", nullptr}, "tc_malloc", "tc_free"},
};

template <class Function>
Function symbol_of(void* library, const char* name) {
  void* const found = ::dlsym(library, name);
  Function function = nullptr;
  static_assert(sizeof(function) == sizeof(found));
  std::memcpy(&function, &found, sizeof(function));
  return function;
}

/// Beside the process's own allocator: local, so that nobody else's calls go there, and each library's calls of its own
/// functions stay in it.
void* open_library(const heap_library& library, std::string& why) {
  for (const char* const file : library.files) {
    if (file == nullptr) {
      continue;
    }
    if (void* const opened = ::dlopen(file, RTLD_NOW | RTLD_LOCAL); opened != nullptr) {
      return opened;
    }
    const char* const problem = ::dlerror();
    if (why.empty() && problem != nullptr) {
      why = problem;
    }
  }
  return nullptr;
}

} // namespace

void make_room_for_libraries(char** arguments) {
  constexpr const char* tunables = "GLIBC_TUNABLES";
  constexpr const char* room = "glibc.rtld.optional_static_tls=16384";
  const char* const before = std::getenv(tunables);
  if (before != nullptr && std::strstr(before, "optional_static_tls") != nullptr) {
    return;
  }
  const std::string with_room = before == nullptr ? room : std::string(before) + ":" + room;
  ::setenv(tunables, with_room.c_str(), 1);
  ::execv("/proc/self/exe", arguments);
  std::fprintf(stderr, "nebula-bench: could not start itself again; some peers may be left out\n");
}

void load_heaps(registry& all) {
  heaps[static_cast<std::size_t>(heap::glibc)] = {&std::malloc, &std::free};
  for (const heap_library& library : libraries) {
    std::string why;
    void* const opened = open_library(library, why);
    if (opened == nullptr) {
      all.leave_out(library.name, why);
      continue;
    }
    heap_functions functions;
    functions.allocate = symbol_of<void* (*)(std::size_t)>(opened, library.allocate);
    functions.release = symbol_of<void (*)(void*)>(opened, library.release);
    if (functions.allocate == nullptr || functions.release == nullptr) {
      all.leave_out(library.name, std::string("its library has no ") + library.allocate);
      continue;
    }
    heaps[static_cast<std::size_t>(library.which)] = functions;
  }
}

storage::storage(std::size_t bytes)
    : data_(static_cast<std::byte*>(
          std::aligned_alloc(align_bytes, (bytes + align_bytes - 1) / align_bytes * align_bytes))),
      size_(bytes) {
  if (data_ == nullptr) {
    give_up("an allocator's storage", "could not be allocated");
  }
  std::memset(data_, 0x11, size_);
}

storage::~storage() { std::free(data_); }

address_range::address_range(std::size_t bytes) : data_(nullptr), size_(bytes) {
  void* const range =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED) {
    give_up("a range of addresses", "could not be reserved");
  }
  data_ = static_cast<std::byte*>(range);
}

address_range::~address_range() { ::munmap(data_, size_); }

} // namespace nebula::bench
