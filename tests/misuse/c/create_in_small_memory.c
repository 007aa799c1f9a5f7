// SPDX-License-Identifier: Apache-2.0 OR MIT
// An object is created in memory that is too small for it.
// expect: refusal invalid_configuration object_memory
#include "verdict.h"

void misuse(void) {
  static unsigned char storage[64];
  static nebula_bump_object memory;
  nebula_bump_config config = {0};
  config.storage.data = storage;
  config.storage.size = sizeof storage;
  nebula_bump* bytes = NULL;
  returned(nebula_bump_create(&memory, sizeof memory - 1, &config, &bytes));
}
