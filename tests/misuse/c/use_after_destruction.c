// SPDX-License-Identifier: Apache-2.0 OR MIT
// An object is used after it has been destroyed.
// expect: foreign_pointer
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  prepared(nebula_pool_destroy(records));
  void* block = NULL;
  returned(nebula_pool_allocate(records, record_layout, &block));
}
