// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is allocated that is larger than those of the pool.
// expect: refusal layout_unsupported
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  const nebula_layout request = {25, 8};
  void* block = NULL;
  returned(nebula_pool_allocate(records, request, &block));
}
