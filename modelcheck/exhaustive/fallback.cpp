// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "enumerate.hpp"

// A pool of two blocks of three bytes, and a bump allocator of 33 bytes for the rest.
int main() {
  using nebula::verify::action;
  return nebula::exhaustive::enumerate_main<nebula::verify::fallback_subject>(
      {{.capacity_bytes = 32, .offset = 1, .block_size_bytes = 3, .block_align_log2 = 1, .block_count = 2},
       {{.what = action::allocate, .align_log2 = 0, .size = 3},
        {.what = action::allocate, .align_log2 = 2, .size = 9},
        {.what = action::allocate, .align_log2 = 0, .size = 34},
        {.what = action::deallocate, .target = 0},
        {.what = action::deallocate_newest},
        {.what = action::deallocate_dead, .target = 0},
        {.what = action::deallocate_inside, .target = 0, .variant = 0},
        {.what = action::deallocate_wrong_layout, .target = 0, .variant = 0},
        {.what = action::deallocate_outside, .variant = 3},
        {.what = action::audit, .variant = 2},
        {.what = action::reset}},
       8},
      29813565);
}
