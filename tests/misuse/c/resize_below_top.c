// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of a stack that is not the top is resized.
// expect: lifo_violation
#include "fixtures.h"

void misuse(void) {
  nebula_stack* const frames = make_stack();
  void* block = NULL;
  prepared(nebula_stack_allocate(frames, record_layout, &block));
  void* above = NULL;
  prepared(nebula_stack_allocate(frames, record_layout, &above));
  returned(nebula_stack_resize_top(frames, block, record_layout, 48));
}
