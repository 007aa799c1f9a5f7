// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <stdio.h>

#include "verdict.h"

void misuse_print(const char* text) {
  fputs(text, stdout);
  fflush(stdout); // the next moment may be a trap
}
