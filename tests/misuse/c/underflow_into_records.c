// SPDX-License-Identifier: Apache-2.0 OR MIT
// A write in front of the first block of a pool meets the records.
// expect: corrupted
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  void* block = NULL;
  prepared(nebula_pool_allocate(records, record_layout, &block));
  unsigned char* const bytes = block;
  for (ptrdiff_t distance = 1; distance <= (ptrdiff_t)(record_count * NEBULA_POOL_RECORD_BYTES); ++distance) {
    bytes[-distance] = 0xFF;
  }
  returned(nebula_pool_check_invariants(records));
}
