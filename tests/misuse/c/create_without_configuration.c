// SPDX-License-Identifier: Apache-2.0 OR MIT
// An object is created of no configuration.
// expect: null_pointer
#include "verdict.h"

void misuse(void) {
  static nebula_bump_object memory;
  nebula_bump* bytes = NULL;
  returned(nebula_bump_create(&memory, sizeof memory, NULL, &bytes));
}
