// SPDX-License-Identifier: Apache-2.0 OR MIT
// The top of a stack is freed twice.
// expect: double_free
#include "fixtures.h"

void misuse(void) {
  nebula_stack* const frames = make_stack();
  void* block = NULL;
  prepared(nebula_stack_allocate(frames, record_layout, &block));
  prepared(nebula_stack_deallocate(frames, block, record_layout));
  returned(nebula_stack_deallocate(frames, block, record_layout));
}
