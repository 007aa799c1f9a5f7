// SPDX-License-Identifier: Apache-2.0 OR MIT
// A pointer into a block, at an aligned place, is freed.
// expect: misaligned_pointer
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  void* block = NULL;
  prepared(nebula_pool_allocate(records, record_layout, &block));
  returned(nebula_pool_deallocate(records, moved(block, 8), record_layout));
}
