// SPDX-License-Identifier: Apache-2.0 OR MIT
// The records of a pool are overwritten; the program has a hook.
// expect: corrupted
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  unsigned char* const storage = pool_storage();
  for (size_t place = 0; place < record_count * NEBULA_POOL_RECORD_BYTES; ++place) {
    storage[place] = 0x55;
  }
  returned(nebula_pool_check_invariants(records));
}
