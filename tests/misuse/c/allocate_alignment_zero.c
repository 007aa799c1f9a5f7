// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of alignment 0 is allocated.
// expect: refusal invalid_layout
#include "fixtures.h"

void misuse(void) {
  nebula_bump* const bytes = make_bump();
  const nebula_layout request = {24, 0};
  void* block = NULL;
  returned(nebula_bump_allocate(bytes, request, &block));
}
