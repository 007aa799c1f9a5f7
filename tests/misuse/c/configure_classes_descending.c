// SPDX-License-Identifier: Apache-2.0 OR MIT
// Size classes are configured in descending order.
// expect: refusal invalid_configuration classes
#include "verdict.h"

void misuse(void) {
  static const nebula_size_class classes[] = {{64, 8, 1}, {24, 8, 1}};
  static unsigned char storage[1];
  static nebula_segregated_object memory;
  nebula_segregated_config config = {0};
  config.storage.data = storage;
  config.storage.size = sizeof storage;
  config.classes = classes;
  config.class_count = 2;
  config.fallback_classes = 0;
  nebula_segregated* records = NULL;
  returned(nebula_segregated_create(&memory, sizeof memory, &config, &records));
}
