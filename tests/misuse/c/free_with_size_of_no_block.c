// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of a pool is freed with a size that none of its blocks has.
// expect: layout_mismatch
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  void* block = NULL;
  prepared(nebula_pool_allocate(records, record_layout, &block));
  const nebula_layout wrong = {25, 8};
  returned(nebula_pool_deallocate(records, block, wrong));
}
