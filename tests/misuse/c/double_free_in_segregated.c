// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of a segregated allocator is freed twice.
// expect: double_free
#include "fixtures.h"

void misuse(void) {
  nebula_segregated* const records = make_segregated();
  void* block = NULL;
  prepared(nebula_segregated_allocate(records, record_layout, &block));
  prepared(nebula_segregated_deallocate(records, block, record_layout));
  returned(nebula_segregated_deallocate(records, block, record_layout));
}
