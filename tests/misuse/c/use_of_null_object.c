// SPDX-License-Identifier: Apache-2.0 OR MIT
// No object at all is used.
// expect: null_pointer
#include "fixtures.h"

void misuse(void) {
  void* block = NULL;
  returned(nebula_pool_allocate(NULL, record_layout, &block));
}
