// SPDX-License-Identifier: Apache-2.0 OR MIT
// The handle of a block is asked for after it has been freed.
// expect: double_free
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  void* block = NULL;
  prepared(nebula_pool_allocate(records, record_layout, &block));
  prepared(nebula_pool_deallocate(records, block, record_layout));
  nebula_block_handle handle;
  returned(nebula_pool_handle_of(records, block, &handle));
}
