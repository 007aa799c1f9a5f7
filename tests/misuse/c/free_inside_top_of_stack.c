// SPDX-License-Identifier: Apache-2.0 OR MIT
// A pointer into the top block of a stack is freed.
// expect: misaligned_pointer
#include "fixtures.h"

void misuse(void) {
  nebula_stack* const frames = make_stack();
  void* block = NULL;
  prepared(nebula_stack_allocate(frames, record_layout, &block));
  returned(nebula_stack_deallocate(frames, moved(block, 8), record_layout));
}
