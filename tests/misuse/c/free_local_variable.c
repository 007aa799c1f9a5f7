// SPDX-License-Identifier: Apache-2.0 OR MIT
// A local variable is freed.
// expect: foreign_pointer
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  uint64_t local[3];
  returned(nebula_pool_deallocate(records, local, record_layout));
}
