// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <stdio.h>

#include "c_test.h"

void nebula_c_test_print(const char* text) { fputs(text, stdout); }

int main(void) {
  const int failures = nebula_c_test_main();
  printf("%d checks, %d failed\n", nebula_c_test_check_count(), failures);
  return failures == 0 ? 0 : 1;
}
