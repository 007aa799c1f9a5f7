// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is used through its handle after it has been freed.
// expect: stale_handle
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  void* block = NULL;
  prepared(nebula_pool_allocate(records, record_layout, &block));
  nebula_block_handle handle;
  prepared(nebula_pool_handle_of(records, block, &handle));
  prepared(nebula_pool_deallocate(records, block, record_layout));
  returned(nebula_pool_resolve(records, handle, &block));
}
