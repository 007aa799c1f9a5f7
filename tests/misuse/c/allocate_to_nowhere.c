// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is allocated, and there is no place to write its address to.
// expect: null_pointer
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  returned(nebula_pool_allocate(records, record_layout, NULL));
}
