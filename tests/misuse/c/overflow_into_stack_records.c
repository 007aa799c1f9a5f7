// SPDX-License-Identifier: Apache-2.0 OR MIT
// A write behind the top block of a stack runs up to its records.
// expect: corrupted
#include "verdict.h"

// Free memory is forbidden to a program under a memory checker; this one is to be caught by the kernel.
__attribute__((no_sanitize_address)) static void run_over(unsigned char* from, const unsigned char* end) {
  for (volatile unsigned char* place = from; place != end; ++place) {
    *place = 0xFF;
  }
}

void misuse(void) {
  static NEBULA_ALIGNAS(16) unsigned char storage[512];
  static nebula_stack_object memory;
  nebula_stack_config config = {0};
  config.storage.data = storage;
  config.storage.size = sizeof storage;
  nebula_stack* frames = NULL;
  prepared(nebula_stack_create(&memory, sizeof memory, &config, &frames));
  const nebula_layout request = {24, 8};
  void* block = NULL;
  prepared(nebula_stack_allocate(frames, request, &block));
  run_over(block, storage + sizeof storage);
  returned(nebula_stack_check_invariants(frames));
}
