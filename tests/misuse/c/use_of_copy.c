// SPDX-License-Identifier: Apache-2.0 OR MIT
// A copy of an object is used.
// expect: foreign_pointer
#include "verdict.h"

void misuse(void) {
  static unsigned char storage[64];
  static nebula_bump_object memory;
  nebula_bump_config config = {0};
  config.storage.data = storage;
  config.storage.size = sizeof storage;
  nebula_bump* bytes = NULL;
  prepared(nebula_bump_create(&memory, sizeof memory, &config, &bytes));
  static nebula_bump_object copy;
  copy = memory;
  returned(nebula_bump_reset((nebula_bump*)&copy));
}
