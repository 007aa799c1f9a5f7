// SPDX-License-Identifier: Apache-2.0 OR MIT
// The null pointer is freed.
// expect: null_pointer
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  returned(nebula_pool_deallocate(records, NULL, record_layout));
}
