// SPDX-License-Identifier: Apache-2.0 OR MIT
// A handle that no pool has made is used.
// expect: foreign_pointer
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  const nebula_block_handle handle = {0};
  void* block = NULL;
  returned(nebula_pool_resolve(records, handle, &block));
}
