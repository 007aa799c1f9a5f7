// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is freed with size 0.
// expect: layout_mismatch
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  void* block = NULL;
  prepared(nebula_pool_allocate(records, record_layout, &block));
  const nebula_layout wrong = {0, 8};
  returned(nebula_pool_deallocate(records, block, wrong));
}
