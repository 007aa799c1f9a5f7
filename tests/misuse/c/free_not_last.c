// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of a bump allocator that is not its last is given back.
// expect: refusal not_last_block
#include "fixtures.h"

void misuse(void) {
  nebula_bump* const bytes = make_bump();
  void* block = NULL;
  void* later = NULL;
  prepared(nebula_bump_allocate(bytes, record_layout, &block));
  prepared(nebula_bump_allocate(bytes, record_layout, &later));
  returned(nebula_bump_deallocate(bytes, block, record_layout));
}
