// SPDX-License-Identifier: Apache-2.0 OR MIT
// The records of a pool are overwritten, and a block is allocated by them.
// expect: corrupted
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  unsigned char* const storage = pool_storage();
  for (size_t place = 0; place < record_count * NEBULA_POOL_RECORD_BYTES; ++place) {
    storage[place] = 0x55;
  }
  void* block = NULL;
  returned(nebula_pool_allocate(records, record_layout, &block));
}
