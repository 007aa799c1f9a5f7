// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fixtures.h"

enum {
  pool_storage_bytes = NEBULA_POOL_STORAGE_BYTES(24, 8, record_count),
  class_storage_bytes = NEBULA_SEGREGATED_CLASS_BYTES(24, 8, record_count) + NEBULA_SEGREGATED_CLASS_BYTES(64, 8, 1),
  storage_bytes = 512
};

static NEBULA_ALIGNAS(16) unsigned char storage_of_pools[2][pool_storage_bytes];

static nebula_pool* make_pool_number(size_t number) {
  static nebula_pool_object memory[2];
  nebula_pool_config config = {0};
  config.storage.data = storage_of_pools[number];
  config.storage.size = pool_storage_bytes;
  config.block_size_bytes = record_layout.size;
  config.block_align_bytes = record_layout.align;
  config.block_count = record_count;
  nebula_pool* made = NULL;
  prepared(nebula_pool_create(&memory[number], sizeof memory[number], &config, &made));
  return made;
}

nebula_pool* make_pool(void) { return make_pool_number(0); }
nebula_pool* make_other_pool(void) { return make_pool_number(1); }
unsigned char* pool_storage(void) { return storage_of_pools[0]; }

nebula_segregated* make_segregated(void) {
  static const nebula_size_class classes[2] = {{24, 8, record_count}, {64, 8, 1}};
  static unsigned char storage[class_storage_bytes];
  static nebula_segregated_object memory;
  nebula_segregated_config config = {0};
  config.storage.data = storage;
  config.storage.size = sizeof storage;
  config.classes = classes;
  config.class_count = 2;
  nebula_segregated* made = NULL;
  prepared(nebula_segregated_create(&memory, sizeof memory, &config, &made));
  return made;
}

static nebula_stack* make_stack_number(size_t number) {
  static NEBULA_ALIGNAS(16) unsigned char storage[2][storage_bytes];
  static nebula_stack_object memory[2];
  nebula_stack_config config = {0};
  config.storage.data = storage[number];
  config.storage.size = storage_bytes;
  nebula_stack* made = NULL;
  prepared(nebula_stack_create(&memory[number], sizeof memory[number], &config, &made));
  return made;
}

nebula_stack* make_stack(void) { return make_stack_number(0); }
nebula_stack* make_other_stack(void) { return make_stack_number(1); }

static nebula_bump* make_bump_number(size_t number) {
  static NEBULA_ALIGNAS(16) unsigned char storage[2][storage_bytes];
  static nebula_bump_object memory[2];
  nebula_bump_config config = {0};
  config.storage.data = storage[number];
  config.storage.size = storage_bytes;
  nebula_bump* made = NULL;
  prepared(nebula_bump_create(&memory[number], sizeof memory[number], &config, &made));
  return made;
}

nebula_bump* make_bump(void) { return make_bump_number(0); }
nebula_bump* make_other_bump(void) { return make_bump_number(1); }

void* moved(void* place, ptrdiff_t bytes) { return (void*)((uintptr_t)place + (uintptr_t)bytes); }
