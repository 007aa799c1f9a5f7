// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of size 0 is allocated.
// expect: refusal invalid_layout
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  const nebula_layout request = {0, 8};
  void* block = NULL;
  returned(nebula_pool_allocate(records, request, &block));
}
