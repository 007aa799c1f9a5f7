// SPDX-License-Identifier: Apache-2.0 OR MIT
// An object is used that was never created.
// expect: foreign_pointer
#include "verdict.h"

void misuse(void) {
  static nebula_pool_object memory;
  returned(nebula_pool_reset((nebula_pool*)&memory));
}
