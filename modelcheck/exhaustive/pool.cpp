// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "enumerate.hpp"

namespace {
struct alignas(2) four_bytes {
  std::byte bytes[4];
};
} // namespace

// Two blocks of three bytes, four inside the object: exhaustion, reuse and every wrong free within a few operations.
int main() {
  using nebula::verify::action;
  using nebula::verify::pool_subject;
  using static_subject = nebula::verify::basic_static_pool_subject<nebula::static_pool<four_bytes, 2>, four_bytes, 2>;
  const nebula::exhaustive::enumeration space{
      {.offset = 1, .block_size_bytes = 3, .block_align_log2 = 1, .block_count = 2},
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
      12};
  return nebula::exhaustive::enumerate_main<pool_subject>(space, 52640125364) +
         nebula::exhaustive::enumerate_main<static_subject>(space, 34843966016);
}
