// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is allocated from a pool that has none left.
// expect: refusal exhausted
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  void* block = NULL;
  for (unsigned count = 0; count < record_count; ++count) {
    prepared(nebula_pool_allocate(records, record_layout, &block));
  }
  returned(nebula_pool_allocate(records, record_layout, &block));
}
