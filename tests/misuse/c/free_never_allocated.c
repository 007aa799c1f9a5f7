// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block that was never allocated is freed.
// expect: double_free
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  void* block = NULL;
  prepared(nebula_pool_allocate(records, record_layout, &block));
  returned(nebula_pool_deallocate(records, moved(block, 24), record_layout));
}
