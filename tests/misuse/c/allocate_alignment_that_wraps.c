// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is allocated whose alignment is as large as the address space is.
// expect: refusal layout_unsupported
#include "fixtures.h"

void misuse(void) {
  nebula_stack* const frames = make_stack();
  const nebula_layout request = {8, SIZE_MAX / 2 + 1};
  void* block = NULL;
  returned(nebula_stack_allocate(frames, request, &block));
}
