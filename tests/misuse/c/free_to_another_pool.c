// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is freed to a pool that it is not of.
// expect: foreign_pointer
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  nebula_pool* const others = make_other_pool();
  void* block = NULL;
  prepared(nebula_pool_allocate(records, record_layout, &block));
  returned(nebula_pool_deallocate(others, block, record_layout));
}
