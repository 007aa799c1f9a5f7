// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of a pool is freed to a stack.
// expect: foreign_pointer
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  nebula_stack* const frames = make_stack();
  void* block = NULL;
  prepared(nebula_pool_allocate(records, record_layout, &block));
  returned(nebula_stack_deallocate(frames, block, record_layout));
}
