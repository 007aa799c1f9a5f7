// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where the allocators under test that want a heap behind them get their chunks: a span, first fit, its records apart
// from it, so that nothing that they do to the span changes what it gives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory_resource>
#include <new>

#include <nebula/kernel/layout.hpp>

namespace nebula::conformance {

class span_heap final : public std::pmr::memory_resource {
public:
  explicit span_heap(byte_span storage) : storage_(storage) {}
  /// Null iff there is no room.
  [[nodiscard]] void* get(std::size_t size, std::size_t align) {
    std::size_t free_from = 0;
    for (auto next = chunks_.begin();; ++next) {
      const std::size_t free_to = next == chunks_.end() ? storage_.size : next->first;
      const std::size_t padding = (align - (begin() + free_from) % align) % align;
      if (padding <= free_to - free_from && size <= free_to - free_from - padding) {
        chunks_.emplace(free_from + padding, nebula::layout{size, align});
        return storage_.data + free_from + padding;
      }
      if (next == chunks_.end()) {
        return nullptr;
      }
      free_from = next->first + next->second.size;
    }
  }
  void put(const void* chunk) {
    is_right_ = is_right_ && chunks_.erase(reinterpret_cast<std::uintptr_t>(chunk) - begin()) == 1;
  }
  /// Whether all that came back had been given, as it was given.
  [[nodiscard]] bool is_right() const { return is_right_; }
  void expect_all_back() { is_right_ = is_right_ && chunks_.empty(); }

private:
  [[nodiscard]] std::uintptr_t begin() const { return reinterpret_cast<std::uintptr_t>(storage_.data); }

  void* do_allocate(std::size_t size, std::size_t align) override {
    void* const chunk = get(size == 0 ? 1 : size, align);
    return chunk != nullptr ? chunk : throw std::bad_alloc();
  }
  void do_deallocate(void* chunk, std::size_t size, std::size_t align) override {
    const auto found = chunks_.find(reinterpret_cast<std::uintptr_t>(chunk) - begin());
    is_right_ = is_right_ && found != chunks_.end() && found->second == nebula::layout{size, align};
    put(chunk);
  }
  [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  byte_span storage_;
  std::map<std::size_t, nebula::layout> chunks_; // by offset
  bool is_right_ = true;
};

} // namespace nebula::conformance
