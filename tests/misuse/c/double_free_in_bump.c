// SPDX-License-Identifier: Apache-2.0 OR MIT
// The last block of a bump allocator is given back twice.
// expect: double_free
#include "fixtures.h"

void misuse(void) {
  nebula_bump* const bytes = make_bump();
  void* block = NULL;
  prepared(nebula_bump_allocate(bytes, record_layout, &block));
  prepared(nebula_bump_deallocate(bytes, block, record_layout));
  returned(nebula_bump_deallocate(bytes, block, record_layout));
}
