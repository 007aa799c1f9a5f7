// SPDX-License-Identifier: Apache-2.0 OR MIT
// foonathan/memory: a pool, and a stack that is freed down to markers.
#pragma once

#include <cstddef>
#include <new>

#include <foonathan/memory/memory_pool.hpp>
#include <foonathan/memory/memory_stack.hpp>
#include <nebula/verify/foreign_promises.hpp>

namespace nebula::conformance {

// Blocks of one size, off a span, the last one first back.
class span_blocks {
public:
  span_blocks(std::size_t block_bytes, byte_span storage) : storage_(storage), block_bytes_(block_bytes) {}

  foonathan::memory::memory_block allocate_block() {
    if (storage_.size - used_bytes_ < block_bytes_) {
      throw std::bad_alloc();
    }
    std::byte* const block = storage_.data + used_bytes_;
    used_bytes_ += block_bytes_;
    return {block, block_bytes_};
  }
  void deallocate_block(foonathan::memory::memory_block block) noexcept { used_bytes_ -= block.size; }
  [[nodiscard]] std::size_t next_block_size() const noexcept { return block_bytes_; }

private:
  byte_span storage_;
  std::size_t block_bytes_;
  std::size_t used_bytes_ = 0;
};

struct foonathan_pool {
  static constexpr const char* name = "foonathan::memory_pool<node_pool>";
  static constexpr verify::allocator_promises promises{.storage_min_bytes = 128,
                                                       .storage_max_bytes = 256,
                                                       .size_max_bytes = 32,
                                                       .align_max_bytes = 16,
                                                       .memory = verify::reuse::always};

  explicit foonathan_pool(byte_span storage) : pool_(promises.size_max_bytes, storage.size / 32 * 32, storage) {}

  void* allocate(std::size_t /*size*/, std::size_t /*align*/) { return pool_.try_allocate_node(); }
  void deallocate(void* block, std::size_t /*size*/, std::size_t /*align*/) { pool_.deallocate_node(block); }

private:
  foonathan::memory::memory_pool<foonathan::memory::node_pool, span_blocks> pool_;
};

struct foonathan_stack {
  static constexpr const char* name = "foonathan::memory_stack";
  static constexpr verify::allocator_promises promises{.align_max_bytes = 16, .memory = verify::reuse::after_reset};

  explicit foonathan_stack(byte_span storage) : stack_(256, storage) {
    foonathan::memory::bad_allocation_size::set_handler(
        [](const foonathan::memory::allocator_info&, std::size_t, std::size_t) {}); // what it throws is enough
  }

  void* allocate(std::size_t size, std::size_t align) { return stack_.allocate(size, align); }
  void deallocate(void* /*block*/, std::size_t /*size*/, std::size_t /*align*/) {}
  auto mark() const { return stack_.top(); }
  void restore(foonathan::memory::memory_stack<span_blocks>::marker point) { stack_.unwind(point); }

private:
  foonathan::memory::memory_stack<span_blocks> stack_;
};

} // namespace nebula::conformance
