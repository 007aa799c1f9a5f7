// SPDX-License-Identifier: Apache-2.0 OR MIT
// An object is used as one of another type.
// expect: foreign_pointer
#include "fixtures.h"

void misuse(void) {
  void* const object = make_stack();
  returned(nebula_bump_reset(object));
}
