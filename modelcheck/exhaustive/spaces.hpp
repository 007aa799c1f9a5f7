// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <nebula/verify/configuration.hpp>
#include <nebula/verify/program.hpp>

namespace nebula::exhaustive {

/// A tiny allocator, the operations that programs on it are made of, and how many of them a program has.
template <class Configuration = verify::configuration, class Operation = verify::operation>
struct enumeration {
  Configuration made_of;
  std::vector<Operation> alphabet;
  std::size_t depth;
};

/// The alphabets: each so small that every refusal and misuse, and what comes after it, is met within a few operations.
namespace spaces {

using verify::action;

/// 64 bytes at an odd address, and one more.
[[nodiscard]] inline enumeration<> bump(std::size_t depth) {
  return {{.capacity_bytes = 64, .offset = 1},
          {{.what = action::allocate, .align_log2 = 0, .size = 1},
           {.what = action::allocate, .align_log2 = 3, .size = 9},
           {.what = action::allocate, .align_log2 = 4, .size = 32},
           {.what = action::allocate_extreme, .variant = 0},
           {.what = action::deallocate, .target = 0},
           {.what = action::deallocate_newest},
           {.what = action::deallocate_dead, .target = 0},
           {.what = action::deallocate_inside, .target = 0, .variant = 0},
           {.what = action::mark},
           {.what = action::restore, .target = 0},
           {.what = action::restore_newest},
           {.what = action::reset}},
          depth};
}

/// 128 bytes at an odd address, and one more.
[[nodiscard]] inline enumeration<> stack(std::size_t depth) {
  return {{.capacity_bytes = 128, .offset = 1},
          {{.what = action::allocate, .align_log2 = 0, .size = 1},
           {.what = action::allocate, .align_log2 = 3, .size = 9},
           {.what = action::allocate_extreme, .variant = 0},
           {.what = action::deallocate, .target = 0},
           {.what = action::deallocate_newest},
           {.what = action::deallocate_dead, .target = 0},
           {.what = action::deallocate_inside, .target = 0, .variant = 0},
           {.what = action::deallocate_wrong_layout, .target = 0, .variant = 1},
           {.what = action::mark},
           {.what = action::restore, .target = 0},
           {.what = action::restore_newest},
           {.what = action::reset}},
          depth};
}

/// Two blocks of three bytes: exhaustion, reuse and every wrong free within a few operations.
[[nodiscard]] inline enumeration<> pool(std::size_t depth) {
  return {{.offset = 1, .block_size_bytes = 3, .block_align_log2 = 1, .block_count = 2},
          {{.what = action::allocate, .align_log2 = 0, .size = 3},
           {.what = action::allocate, .align_log2 = 2, .size = 2},
           {.what = action::deallocate, .target = 0},
           {.what = action::deallocate_newest},
           {.what = action::deallocate_without_layout, .target = 0},
           {.what = action::deallocate_dead, .target = 0},
           {.what = action::deallocate_inside, .target = 0, .variant = 0},
           {.what = action::deallocate_wrong_layout, .target = 0, .variant = 0},
           {.what = action::deallocate_handle, .target = 0},
           {.what = action::deallocate_stale_handle, .target = 0},
           {.what = action::deallocate_outside, .variant = 3},
           {.what = action::reset}},
          depth};
}

/// Four classes with one step of fallback.
[[nodiscard]] inline enumeration<> segregated(std::size_t depth) {
  return {{.offset = 0, .block_size_bytes = 3, .block_count = 1, .fallback_classes = 1},
          {{.what = action::allocate, .align_log2 = 0, .size = 8},
           {.what = action::allocate, .align_log2 = 3, .size = 24},
           {.what = action::allocate, .align_log2 = 5, .size = 40},
           {.what = action::allocate, .align_log2 = 0, .size = 97},
           {.what = action::deallocate, .target = 0},
           {.what = action::deallocate_newest},
           {.what = action::deallocate_without_layout, .target = 1},
           {.what = action::deallocate_dead, .target = 0},
           {.what = action::deallocate_inside, .target = 0, .variant = 0},
           {.what = action::deallocate_wrong_layout, .target = 0, .variant = 8},
           {.what = action::reset}},
          depth};
}

/// Three blocks of three bytes; the pool and two caches over it.
[[nodiscard]] inline enumeration<> pool_cache(std::size_t depth) {
  return {{.offset = 1, .block_size_bytes = 3, .block_align_log2 = 1, .block_count = 3, .variety = 2},
          {{.what = action::allocate, .align_log2 = 0, .size = 3},
           {.what = action::deallocate, .target = 0},
           {.what = action::deallocate_newest},
           {.what = action::deallocate_dead, .target = 0},
           {.what = action::deallocate_handle, .target = 0},
           {.what = action::deallocate_stale_handle, .target = 0},
           {.what = action::select, .variant = 0},
           {.what = action::select, .variant = 1},
           {.what = action::select, .variant = 2},
           {.what = action::select, .variant = 13},
           {.what = action::flush}},
          depth};
}

/// 33 bytes at an odd address.
[[nodiscard]] inline enumeration<> shared_bump(std::size_t depth) {
  return {{.capacity_bytes = 32, .offset = 1},
          {{.what = action::allocate, .align_log2 = 0, .size = 1},
           {.what = action::allocate, .align_log2 = 3, .size = 9},
           {.what = action::allocate, .align_log2 = 4, .size = 16},
           {.what = action::allocate_extreme, .variant = 0},
           {.what = action::deallocate, .target = 0},
           {.what = action::deallocate_dead, .target = 0},
           {.what = action::deallocate_inside, .target = 0, .variant = 0},
           {.what = action::deallocate_outside, .variant = 3},
           {.what = action::deallocate_null},
           {.what = action::reset}},
          depth};
}

/// Chunks of which each holds one or two of the first blocks and none of the last, which takes a chunk of its own. The
/// variety says with or without records, and how it grows.
[[nodiscard]] inline enumeration<> arena(std::uint8_t variety, std::size_t depth) {
  return {{.capacity_bytes = 620, .offset = 1, .block_size_bytes = 64, .block_count = 3, .variety = variety},
          {{.what = action::allocate, .align_log2 = 0, .size = 1},
           {.what = action::allocate, .align_log2 = 3, .size = 30},
           {.what = action::allocate, .align_log2 = 6, .size = 70},
           {.what = action::allocate_extreme, .variant = 0},
           {.what = action::deallocate, .target = 0},
           {.what = action::deallocate_newest},
           {.what = action::deallocate_dead, .target = 0},
           {.what = action::deallocate_inside, .target = 0, .variant = 0},
           {.what = action::deallocate_wrong_layout, .target = 0, .variant = 1},
           {.what = action::mark},
           {.what = action::restore, .target = 0},
           {.what = action::restore_newest},
           {.what = action::reset}},
          depth};
}

} // namespace spaces
} // namespace nebula::exhaustive
