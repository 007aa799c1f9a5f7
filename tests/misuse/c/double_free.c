// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is freed twice, at once.
// expect: double_free
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  void* block = NULL;
  prepared(nebula_pool_allocate(records, record_layout, &block));
  prepared(nebula_pool_deallocate(records, block, record_layout));
  returned(nebula_pool_deallocate(records, block, record_layout));
}
