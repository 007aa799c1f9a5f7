// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "enumerate.hpp"

// 65 bytes at an odd address: room for two marks and a few small blocks, so that every refusal is met.
int main() {
  using nebula::verify::action;
  const nebula::exhaustive::enumeration space{{.capacity_bytes = 64, .offset = 1},
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
                                              8};
  return nebula::exhaustive::enumerate_main<nebula::verify::bump_subject>(space, 33549339) +
         nebula::exhaustive::enumerate_main<nebula::verify::basic_static_bump_subject<65>>(space, 37694852);
}
