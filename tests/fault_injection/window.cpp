// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "window.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

namespace nebula::fault_injection {
namespace {

constexpr bool is_wide = sizeof(void*) == 8;
// Half of it lies on either side of the window, and it begins at a multiple of itself: no flip of a low bit leaves it.
constexpr std::uintptr_t reserved_bytes = is_wide ? std::uintptr_t{1} << 31U : std::uintptr_t{1} << 24U;

#if defined(__SANITIZE_THREAD__)
constexpr bool has_fixed_places = false; // the sanitizer has its own idea of where memory may be
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr bool has_fixed_places = false;
#else
constexpr bool has_fixed_places = is_wide;
#endif
#else
constexpr bool has_fixed_places = is_wide;
#endif

// No two differ in one bit only, nor is one a bit away from where a system puts programs, heaps or stacks.
constexpr std::uintptr_t places[] = {0x2345U, 0x2545U, 0x2645U};

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(2);
}

struct arena {
  std::byte* first = nullptr;
  std::size_t size = 0;
  std::size_t used = 0;
  bool is_open = false;
};
arena& open_arena() {
  static arena only;
  return only;
}

} // namespace

window::window(unsigned number, std::size_t bytes) : size_(bytes) {
  const std::uintptr_t wanted = is_wide ? places[number] << (is_wide ? 32U : 0U) : 0;
  const int fixed = has_fixed_places ? MAP_FIXED_NOREPLACE : 0;
  void* const reserved = mmap(has_fixed_places ? reinterpret_cast<void*>(wanted) : nullptr, 2 * reserved_bytes,
                              PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | fixed, -1, 0);
  if (reserved == MAP_FAILED) {
    give_up("no address space for a window");
  }
  const std::uintptr_t past = reinterpret_cast<std::uintptr_t>(reserved) % reserved_bytes;
  data_ =
      static_cast<std::byte*>(reserved) + (past == 0 ? reserved_bytes / 2 : reserved_bytes - past + reserved_bytes / 2);
  if (mprotect(data_, size_, PROT_READ | PROT_WRITE) != 0) {
    give_up("no memory for a window");
  }
}

void window::make_executable() const {
  if (mprotect(data_, size_, PROT_READ | PROT_EXEC) != 0) {
    give_up("a window cannot be made executable");
  }
}

storage_window::storage_window() : memory_(0, bytes) {
  std::fill(memory_.data(), memory_.data() + bytes, untouched);
  open_arena() = {memory_.data(), bytes, 0, false};
}
void storage_window::open() {
  open_arena().used = 0;
  open_arena().is_open = true;
}
void storage_window::close() { open_arena().is_open = false; }

bool storage_window::is_untouched_outside(const std::byte* first, const std::byte* beyond) {
  static const std::vector<std::byte> pristine(bytes, untouched);
  std::byte* const begin = memory_.data();
  const auto low = static_cast<std::size_t>(first - begin);
  const auto high = static_cast<std::size_t>(beyond - begin);
  const bool is_clean =
      std::memcmp(begin, pristine.data(), low) == 0 && std::memcmp(begin + high, pristine.data(), bytes - high) == 0;
  if (!is_clean) {
    std::fill(begin, begin + low, untouched);
    std::fill(begin + high, begin + bytes, untouched);
  }
  return is_clean;
}

std::uintptr_t lonely_function(std::uintptr_t wanted) {
#if defined(__x86_64__)
  // The page is full of breakpoints, but for a short jump whose own second byte is one, and what it leads to.
  constexpr std::size_t page_bytes = 4096;
  constexpr std::size_t entry = 0x800;
  constexpr std::byte breakpoint{0xCC};
  constexpr std::size_t distance_back = 0x100U - 0xCCU;
  static window page(2, page_bytes);
  std::fill(page.data(), page.data() + page_bytes, breakpoint);
  page.data()[entry] = std::byte{0xEB}; // jmp, by the signed byte 0xCC from behind it
  std::byte* const there = page.data() + entry + 2 - distance_back;
  there[0] = std::byte{0x48}; // movabs rax, target
  there[1] = std::byte{0xB8};
  std::memcpy(there + 2, &wanted, sizeof wanted);
  there[10] = std::byte{0xFF}; // jmp rax
  there[11] = std::byte{0xE0};
  page.make_executable();
  return reinterpret_cast<std::uintptr_t>(page.data() + entry);
#else
  return wanted;
#endif
}

} // namespace nebula::fault_injection

namespace {

void* take(std::size_t bytes) {
  auto& open = nebula::fault_injection::open_arena();
  const std::size_t rounded = (bytes + 15) / 16 * 16;
  if (open.is_open && rounded <= open.size - open.used) {
    std::byte* const taken = open.first + open.used;
    open.used += rounded;
    return taken;
  }
  if (void* const memory = std::malloc(bytes)) {
    return memory;
  }
  std::abort();
}
void* take_aligned(std::size_t bytes, std::size_t align) {
  auto& open = nebula::fault_injection::open_arena();
  if (open.is_open) {
    const std::size_t begin = (open.used + align - 1) / align * align; // the window begins at a page
    if (begin <= open.size && bytes <= open.size - begin) {
      open.used = begin + (bytes + 15) / 16 * 16;
      return open.first + begin;
    }
  }
  if (void* const memory = std::aligned_alloc(align, (bytes + align - 1) / align * align)) {
    return memory;
  }
  std::abort();
}
void give_back(void* memory) {
  const auto& open = nebula::fault_injection::open_arena();
  const auto place = reinterpret_cast<std::uintptr_t>(memory) - reinterpret_cast<std::uintptr_t>(open.first);
  if (place >= open.size) {
    std::free(memory);
  }
}

} // namespace

void* operator new[](std::size_t bytes) { return take(bytes); }
// Objects with an alignment of their own, as budgets are: nothing else of this program asks in this way.
void* operator new(std::size_t bytes, std::align_val_t align) {
  return take_aligned(bytes, static_cast<std::size_t>(align));
}
void operator delete(void* memory, std::align_val_t) noexcept { give_back(memory); }
#if defined(__cpp_sized_deallocation)
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { give_back(memory); }
#endif
void operator delete[](void* memory) noexcept { give_back(memory); }
#if defined(__cpp_sized_deallocation)
void operator delete[](void* memory, std::size_t /*bytes*/) noexcept { give_back(memory); }
#endif
