// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include "bench/harness.hpp"

namespace nebula::bench {

/// The general allocators, each from its own library beside the process's malloc.
enum class heap : unsigned char { glibc, jemalloc, mimalloc, mimalloc_secure, tcmalloc };
inline constexpr std::size_t heap_count = 5;

/// A general allocator's two functions. All are reached alike, through a pointer in memory, as through a linkage table.
struct heap_functions {
  void* (*allocate)(std::size_t bytes) = nullptr;
  void (*release)(void* block) = nullptr;
};

/// By heap; null where it is not installed.
extern heap_functions heaps[heap_count];

/// jemalloc and tcmalloc want more thread-local memory than a program has to spare for libraries that come late. glibc
/// reads how much to keep when a program starts: so it starts again, once.
void make_room_for_libraries(char** arguments);

/// Loads what is installed, and lets the registry say what is not.
void load_heaps(registry& all);

/// A general allocator as the peer of any of ours.
template <heap Which>
class heap_subject {
public:
  class front {
  public:
    explicit front(heap_subject& /*shared*/) noexcept {}
    [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
      void* const block = heaps[static_cast<std::size_t>(Which)].allocate(bytes);
      if (block == nullptr) [[unlikely]] {
        give_up("a general allocator", "is out of memory");
      }
      return block;
    }
    [[gnu::always_inline]] inline void deallocate(void* block, std::size_t /*bytes*/) noexcept {
      heaps[static_cast<std::size_t>(Which)].release(block);
    }
    /// All that were allocated since the last reset, which each scenario with a reset notes for everybody.
    [[gnu::always_inline]] inline void reset(void* const* blocks, std::size_t count) noexcept {
      for (std::size_t index = 0; index < count; ++index) {
        heaps[static_cast<std::size_t>(Which)].release(blocks[index]);
      }
    }
  };

  explicit heap_subject(const shape& /*sizes*/) noexcept {}
};

template <class Subject>
using as_it_is = Subject;

/// All general allocators that are here, as columns of a scenario, each in a Wrapper.
template <class Scenario, template <class> class Wrapper = as_it_is>
void add_heaps(registry& all, const char* scenario) {
  const auto add = [&]<heap Which>(const char* name) {
    if (heaps[static_cast<std::size_t>(Which)].allocate != nullptr) {
      all.add<Scenario, Wrapper<heap_subject<Which>>>(scenario, name);
    }
  };
  add.template operator()<heap::glibc>("glibc");
  add.template operator()<heap::jemalloc>("jemalloc");
  add.template operator()<heap::mimalloc>("mimalloc");
  add.template operator()<heap::mimalloc_secure>("mimalloc-secure");
  add.template operator()<heap::tcmalloc>("tcmalloc");
}

/// Memory for an allocator, at a multiple of a page, written once so that no page is missing when it is timed.
class storage {
public:
  static constexpr std::size_t align_bytes = 4096;

  explicit storage(std::size_t bytes);
  ~storage();
  storage(const storage&) = delete;
  storage& operator=(const storage&) = delete;
  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
  std::byte* data_;
  std::size_t size_;
};

/// Addresses without memory behind them until they are written: for scenarios that never write their blocks.
class address_range {
public:
  explicit address_range(std::size_t bytes);
  ~address_range();
  address_range(const address_range&) = delete;
  address_range& operator=(const address_range&) = delete;
  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
  std::byte* data_;
  std::size_t size_;
};

} // namespace nebula::bench
