// SPDX-License-Identifier: Apache-2.0 OR MIT
// The example of docs/verify_your_allocator.md, as it stands there: tests compare the two, and run this.
#pragma once

#include <cstddef>

#include <nebula/verify/foreign_promises.hpp>

#include "your_pool.hpp"

struct your_adapter {
  static constexpr const char* name = "your_pool";
  static constexpr nebula::verify::allocator_promises promises{
      .storage_min_bytes = 100,
      .storage_max_bytes = 400,
      .size_max_bytes = your_pool::block_bytes,
      .align_max_bytes = your_pool::block_align,
      .refuses_size_zero = true,
      .refuses_bad_alignment = true,
      .refuses_beyond_limits = true,
      .memory = nebula::verify::reuse::always,
      .detects = {nebula::verify::misuse::double_free, nebula::verify::misuse::inside_pointer,
                  nebula::verify::misuse::foreign_pointer, nebula::verify::misuse::null_pointer}};

  explicit your_adapter(nebula::byte_span storage) : pool_(storage.data, storage.size) {}

  void* allocate(std::size_t size, std::size_t align) { return pool_.get(size, align); }
  bool deallocate(void* block, std::size_t /*size*/, std::size_t /*align*/) { return pool_.put(block); }
  std::size_t block_count() const { return pool_.count(); }

private:
  your_pool pool_;
};
