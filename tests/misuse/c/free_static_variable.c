// SPDX-License-Identifier: Apache-2.0 OR MIT
// A variable of static storage is freed.
// expect: foreign_pointer
#include "fixtures.h"

void misuse(void) {
  static uint64_t variable[3];
  nebula_bump* const bytes = make_bump();
  returned(nebula_bump_deallocate(bytes, variable, record_layout));
}
