// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of one class is freed with the size of another.
// expect: layout_mismatch
#include "fixtures.h"

void misuse(void) {
  nebula_segregated* const records = make_segregated();
  void* block = NULL;
  prepared(nebula_segregated_allocate(records, record_layout, &block));
  const nebula_layout wrong = {64, 8};
  returned(nebula_segregated_deallocate(records, block, wrong));
}
