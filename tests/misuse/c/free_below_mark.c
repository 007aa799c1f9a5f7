// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of a stack is freed from below a mark.
// expect: lifo_violation
#include "fixtures.h"

void misuse(void) {
  nebula_stack* const frames = make_stack();
  void* block = NULL;
  prepared(nebula_stack_allocate(frames, record_layout, &block));
  nebula_marker point;
  prepared(nebula_stack_mark(frames, &point));
  returned(nebula_stack_deallocate(frames, block, record_layout));
}
