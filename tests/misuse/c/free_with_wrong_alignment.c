// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is freed with another alignment.
// expect: layout_mismatch
#include "fixtures.h"

void misuse(void) {
  nebula_bump* const bytes = make_bump();
  void* block = NULL;
  prepared(nebula_bump_allocate(bytes, record_layout, &block));
  const nebula_layout wrong = {24, 4};
  returned(nebula_bump_deallocate(bytes, block, wrong));
}
