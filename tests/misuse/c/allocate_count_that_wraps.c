// SPDX-License-Identifier: Apache-2.0 OR MIT
// An array is allocated whose count times its element size wraps.
// expect: refusal size_overflow
#include "fixtures.h"

void misuse(void) {
  nebula_layout array;
  returned(nebula_layout_array(record_layout, SIZE_MAX / 24 + 1, &array));
}
