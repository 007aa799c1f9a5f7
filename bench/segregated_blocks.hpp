// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include "bench/nebula_blocks.hpp"

/// Our allocators of mixed sizes, with a class for each doubling from 16 B to 4 KiB.
namespace nebula::bench {

inline constexpr size_class classes[] = {{16, 16, 1024},   {32, 16, 1024},   {64, 16, 1024},
                                         {128, 16, 1024},  {256, 16, 1024},  {512, 16, 1024},
                                         {1024, 16, 1024}, {2048, 16, 1024}, {4096, 16, 1024}};
inline constexpr std::size_t class_count = sizeof(classes) / sizeof(classes[0]);

template <class Allocator, class Config, class Builder>
class segregated_subject {
public:
  using front = segregated_subject&;
  explicit segregated_subject(const shape& /*sizes*/)
      : bytes_(must_plan(Config::storage_bytes(classes, class_count)) + storage::align_bytes),
        allocator_(must_plan(Builder{}.storage(byte_span{bytes_.data(), bytes_.size()}).classes(classes).build())) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    return must(allocator_.allocate({bytes, block_align_bytes}));
  }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t bytes) noexcept {
    must(allocator_.deallocate(static_cast<std::byte*>(block), {bytes, block_align_bytes}));
  }

private:
  storage bytes_;
  Allocator allocator_;
};

using local_segregated_subject =
    segregated_subject<local_segregated_allocator, local_segregated_config, local_segregated_builder>;
using shared_segregated_subject = segregated_subject<segregated_allocator, segregated_config, segregated_builder>;

} // namespace nebula::bench
