// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "enumerate.hpp"

// Three blocks and two slots: the pool itself, a cache of one block and one of two serve by turns; refills, flushes, exhaustion while a
// block lies in a magazine, and wrong frees by every way.
int main() {
  using nebula::verify::action;
  return nebula::exhaustive::enumerate_main<nebula::verify::pool_cache_subject>(
      {{.offset = 1, .block_size_bytes = 3, .block_align_log2 = 1, .block_count = 3, .variety = 2},
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
       9},
      105275199);
}
