// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "enumerate.hpp"

// Four classes of one block each, one step of fallback.
int main() {
  using nebula::verify::action;
  return nebula::exhaustive::enumerate_main<nebula::verify::segregated_subject>(
      {{.offset = 0, .block_size_bytes = 3, .block_count = 1, .fallback_classes = 1},
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
       9},
      307479589);
}
