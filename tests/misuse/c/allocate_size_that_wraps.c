// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is allocated whose size wraps when it is added to an address.
// expect: refusal layout_unsupported
#include "fixtures.h"

void misuse(void) {
  nebula_bump* const bytes = make_bump();
  const nebula_layout request = {SIZE_MAX - 7, 8};
  void* block = NULL;
  returned(nebula_bump_allocate(bytes, request, &block));
}
