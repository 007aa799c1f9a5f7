// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is freed with another size.
// expect: layout_mismatch
#include "fixtures.h"

void misuse(void) {
  nebula_stack* const frames = make_stack();
  void* block = NULL;
  prepared(nebula_stack_allocate(frames, record_layout, &block));
  const nebula_layout wrong = {16, 8};
  returned(nebula_stack_deallocate(frames, block, wrong));
}
