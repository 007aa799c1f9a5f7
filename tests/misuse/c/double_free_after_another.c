// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is freed twice, and another one in between, so that it is not the head of the free list.
// expect: double_free
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  void* block = NULL;
  prepared(nebula_pool_allocate(records, record_layout, &block));
  void* other = NULL;
  prepared(nebula_pool_allocate(records, record_layout, &other));
  prepared(nebula_pool_deallocate(records, block, record_layout));
  prepared(nebula_pool_deallocate(records, other, record_layout));
  returned(nebula_pool_deallocate(records, block, record_layout));
}
