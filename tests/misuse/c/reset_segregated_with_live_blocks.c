// SPDX-License-Identifier: Apache-2.0 OR MIT
// A segregated allocator with a live block is reset.
// expect: blocks_live
#include "fixtures.h"

void misuse(void) {
  nebula_segregated* const records = make_segregated();
  void* block = NULL;
  prepared(nebula_segregated_allocate(records, record_layout, &block));
  returned(nebula_segregated_reset(records));
}
