// SPDX-License-Identifier: Apache-2.0 OR MIT
// A pool is configured with a check level that is none.
// expect: refusal invalid_configuration check_level
#include "fixtures.h"

void misuse(void) {
  static unsigned char storage[NEBULA_POOL_STORAGE_BYTES(24, 8, record_count) + 8];
  static nebula_pool_object memory;
  nebula_pool_config config = {0};
  config.storage.data = storage;
  config.storage.size = sizeof storage;
  config.block_size_bytes = 24;
  config.block_align_bytes = 8;
  config.block_count = record_count;
  config.level = 7;
  nebula_pool* records = NULL;
  returned(nebula_pool_create(&memory, sizeof memory, &config, &records));
}
