// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "enumerate.hpp"

// Two blocks of three bytes: exhaustion, reuse and every wrong free within a few operations.
int main() {
  using nebula::verify::action;
  return nebula::exhaustive::enumerate_main<nebula::verify::pool_subject>(
      {{.offset = 1, .block_size_bytes = 3, .block_align_log2 = 1, .block_count = 2},
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
       7},
      789632);
}
