// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "enumerate.hpp"

// 129 bytes beside the first record: a few blocks, of which the second is more than a tenth of the capacity; the hook
// calls back.
int main() {
  using nebula::verify::action;
  return nebula::exhaustive::enumerate_main<nebula::verify::observed_stack_subject>(
      {{.capacity_bytes = 128, .offset = 1, .variety = 10 + 101},
       {{.what = action::allocate, .align_log2 = 0, .size = 1},
        {.what = action::allocate, .align_log2 = 3, .size = 14},
        {.what = action::allocate_extreme, .variant = 0},
        {.what = action::deallocate, .target = 0},
        {.what = action::deallocate_newest},
        {.what = action::deallocate_dead, .target = 0},
        {.what = action::mark},
        {.what = action::restore_newest},
        {.what = action::reset}},
       8},
      4786714);
}
