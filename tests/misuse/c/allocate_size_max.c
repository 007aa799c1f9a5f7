// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of all of the address space is allocated.
// expect: refusal layout_unsupported
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  const nebula_layout request = {SIZE_MAX, 1};
  void* block = NULL;
  returned(nebula_pool_allocate(records, request, &block));
}
