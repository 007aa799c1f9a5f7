// SPDX-License-Identifier: Apache-2.0 OR MIT
// The services' allocator that frees in order of allocation.
#pragma once

#include <cstddef>

#include <nebula/services/stream/stream_allocator.hpp>
#include <nebula/verify/foreign_promises.hpp>

namespace nebula::conformance {

struct nebula_stream {
  using misuse = verify::misuse;
  static constexpr const char* name = "nebula::services::stream_allocator";
  static constexpr std::size_t block_count_max = 6;
  static constexpr verify::allocator_promises promises{
      .storage_min_bytes = 300,
      .storage_max_bytes = 500,
      .align_max_bytes = 4096,
      .refuses_size_zero = true,
      .refuses_bad_alignment = true,
      .frees_oldest_first = true,
      .detects = {misuse::double_free, misuse::inside_pointer, misuse::foreign_pointer, misuse::null_pointer,
                  misuse::wrong_layout, misuse::impossible_layout, misuse::out_of_order}};

  explicit nebula_stream(byte_span storage) : ring_(plan(storage)) {}

  void* allocate(std::size_t size, std::size_t align) { return ring_.allocate(layout{size, align}).value(); }
  bool deallocate(void* block, std::size_t size, std::size_t align) {
    return ring_.deallocate(static_cast<std::byte*>(block), layout{size, align}).has_value();
  }
  bool reset() { return ring_.reset().has_value(); }
  bool intact() const { return ring_.check_invariants().has_value(); }

private:
  static services::stream_allocator_plan plan(byte_span storage) {
    services::stream_allocator_config config;
    config.storage = storage;
    config.block_count_max = block_count_max;
    config.capacity_bytes =
        storage.size - services::stream_allocator_config::storage_bytes(1, block_count_max).value() + 1;
    return config.validate().value();
  }

  services::stream_allocator ring_;
};

} // namespace nebula::conformance
