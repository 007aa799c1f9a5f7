// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "enumerate.hpp"

namespace {

using nebula::verify::action;

/// The chunks of spaces::arena() at the paranoid level, and writes where nobody may.
nebula::exhaustive::enumeration<> paranoid_space(std::uint8_t variety, std::size_t depth) {
  return {{.capacity_bytes = 620,
           .offset = 1,
           .block_size_bytes = 64,
           .block_count = 3,
           .check_level = 1,
           .variety = variety},
          {{.what = action::allocate, .align_log2 = 0, .size = 1},
           {.what = action::allocate, .align_log2 = 3, .size = 30},
           {.what = action::allocate, .align_log2 = 6, .size = 70},
           {.what = action::deallocate, .target = 0},
           {.what = action::deallocate_newest},
           {.what = action::mark},
           {.what = action::restore, .target = 0},
           {.what = action::reset},
           {.what = action::write_dead, .target = 0, .variant = 1},
           {.what = action::write_beyond, .target = 0, .variant = 2},
           {.what = action::write_beyond, .target = 1, .variant = 3}},
          depth};
}

} // namespace

// First with records over a storage, then without, in chunks that double up to a maximum, over a pool.
int main() {
  const int tracked = nebula::exhaustive::enumerate_main<nebula::verify::arena_subject>(
      nebula::exhaustive::spaces::arena(0, 8), 59735731);
  const int untracked = nebula::exhaustive::enumerate_main<nebula::verify::arena_subject>(
      nebula::exhaustive::spaces::arena(1 + 6 + 8 + 24, 8), 62129531);
  const int paranoid_tracked =
      nebula::exhaustive::enumerate_main<nebula::verify::arena_subject>(paranoid_space(0, 6), 225854);
  const int paranoid_untracked =
      nebula::exhaustive::enumerate_main<nebula::verify::arena_subject>(paranoid_space(1, 6), 229999);
  return tracked + untracked + paranoid_tracked + paranoid_untracked;
}
