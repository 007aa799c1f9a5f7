// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of an alignment that is no power of two is allocated.
// expect: refusal invalid_layout
#include "fixtures.h"

void misuse(void) {
  nebula_stack* const frames = make_stack();
  const nebula_layout request = {24, 3};
  void* block = NULL;
  returned(nebula_stack_allocate(frames, request, &block));
}
