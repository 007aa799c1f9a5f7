// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "enumerate.hpp"

// 33 bytes at an odd address: a few blocks, with every refusal within a few operations.
int main() {
  using nebula::verify::action;
  return nebula::exhaustive::enumerate_main<nebula::verify::shared_bump_subject>(
      {{.capacity_bytes = 32, .offset = 1},
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
       10},
      2343030460);
}
