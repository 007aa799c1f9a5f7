// SPDX-License-Identifier: Apache-2.0 OR MIT
// An object is destroyed twice.
// expect: foreign_pointer
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  prepared(nebula_pool_destroy(records));
  returned(nebula_pool_destroy(records));
}
