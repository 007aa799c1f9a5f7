// SPDX-License-Identifier: Apache-2.0 OR MIT
// Ours, by the same adapters as any other's: what the kernel promises is required here too.
#pragma once

#include <cstddef>
#include <new>

#include <nebula/kernel/pool_allocator.hpp>
#include <nebula/kernel/stack_allocator.hpp>
#include <nebula/verify/foreign_promises.hpp>

namespace nebula::conformance {

using verify::misuse;

struct nebula_pool {
  static constexpr const char* name = "nebula::pool_allocator";
  static constexpr verify::allocator_promises promises{
      .storage_max_bytes = 600,
      .storage_align = 64,
      .size_max_bytes = 32,
      .align_max_bytes = 16,
      .refuses_size_zero = true,
      .refuses_bad_alignment = true,
      .refuses_beyond_limits = true,
      .memory = verify::reuse::always,
      .detects = {misuse::double_free, misuse::inside_pointer, misuse::foreign_pointer, misuse::null_pointer,
                  misuse::impossible_layout}};

  explicit nebula_pool(byte_span storage)
      : count_(count_in(storage.size)),
        pool_(pool_config{storage, promises.size_max_bytes, promises.align_max_bytes, count_, {}, check_level::standard}
                  .validate()
                  .value()) {}

  void* allocate(std::size_t size, std::size_t align) { return pool_.allocate(layout{size, align}).value(); }
  bool deallocate(void* block, std::size_t size, std::size_t align) {
    return pool_.deallocate(static_cast<std::byte*>(block), layout{size, align}).has_value();
  }
  std::size_t block_count() const { return count_; }
  bool intact() const { return pool_.check_invariants().has_value(); }

private:
  static std::size_t count_in(std::size_t size) {
    std::size_t count = 1;
    while (pool_config::storage_bytes(promises.size_max_bytes, promises.align_max_bytes, count + 1).value() <= size) {
      ++count;
    }
    return count;
  }

  std::size_t count_;
  pool_allocator pool_;
};

struct nebula_stack {
  static constexpr const char* name = "nebula::stack_allocator";
  static constexpr verify::allocator_promises promises{
      .align_max_bytes = 4096,
      .refuses_size_zero = true,
      .refuses_bad_alignment = true,
      .frees_newest_first = true,
      .detects = {misuse::double_free, misuse::inside_pointer, misuse::foreign_pointer, misuse::null_pointer,
                  misuse::wrong_layout, misuse::impossible_layout, misuse::out_of_order, misuse::stale_mark}};

  explicit nebula_stack(byte_span storage)
      : stack_(stack_config{storage, {}, check_level::standard}.validate().value()) {}

  void* allocate(std::size_t size, std::size_t align) { return stack_.allocate(layout{size, align}).value(); }
  bool deallocate(void* block, std::size_t size, std::size_t align) {
    return stack_.deallocate(static_cast<std::byte*>(block), layout{size, align}).has_value();
  }
  bool reset() { return stack_.reset().has_value(); }
  marker mark() {
    const auto made = stack_.mark();
    return made.has_value() ? made.value() : throw std::bad_alloc();
  }
  bool restore(const marker& point) { return stack_.restore(point).has_value(); }
  bool intact() const { return stack_.check_invariants().has_value(); }

private:
  stack_allocator stack_;
};

} // namespace nebula::conformance
