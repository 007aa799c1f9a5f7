// SPDX-License-Identifier: Apache-2.0 OR MIT
// A pool with a live block is reset.
// expect: blocks_live
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  void* block = NULL;
  prepared(nebula_pool_allocate(records, record_layout, &block));
  returned(nebula_pool_reset(records));
}
