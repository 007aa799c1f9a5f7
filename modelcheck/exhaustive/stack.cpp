// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "enumerate.hpp"

// 129 bytes beside the first record, at an odd address: three or four blocks with their records.
int main() {
  using nebula::verify::action;
  const nebula::exhaustive::enumeration space{{.capacity_bytes = 128, .offset = 1},
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
                                              8};
  return nebula::exhaustive::enumerate_main<nebula::verify::stack_subject>(space, 20692648) +
         nebula::exhaustive::enumerate_main<nebula::verify::basic_static_stack_subject<161>>(space, 20693980);
}
