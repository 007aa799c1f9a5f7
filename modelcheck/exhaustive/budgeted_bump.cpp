// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "enumerate.hpp"

// 129 bytes at an odd address, behind a budget of 64, in blocks of 32 at most: what the one and the other refuse.
int main() {
  using nebula::verify::action;
  return nebula::exhaustive::enumerate_main<nebula::verify::budgeted_bump_subject>(
      {{.capacity_bytes = 128, .offset = 1, .variety = 0},
       {{.what = action::allocate, .align_log2 = 0, .size = 1},
        {.what = action::allocate, .align_log2 = 3, .size = 9},
        {.what = action::allocate, .align_log2 = 1, .size = 31},
        {.what = action::allocate, .align_log2 = 0, .size = 33},
        {.what = action::deallocate_newest},
        {.what = action::deallocate, .target = 0},
        {.what = action::mark},
        {.what = action::restore_newest},
        {.what = action::reset},
        {.what = action::select, .variant = 20}},
       8},
      28260533);
}
