// SPDX-License-Identifier: Apache-2.0 OR MIT
// The address behind the last block is freed.
// expect: foreign_pointer
#include "fixtures.h"

void misuse(void) {
  nebula_pool* const records = make_pool();
  const nebula_byte_span blocks = nebula_pool_block_bytes(records);
  returned(nebula_pool_deallocate(records, moved(blocks.data, (ptrdiff_t)blocks.size), record_layout));
}
