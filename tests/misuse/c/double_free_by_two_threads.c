// SPDX-License-Identifier: Apache-2.0 OR MIT
// Two threads free the same block of a shared pool.
// expect: double_free
#include <pthread.h>
#include <stdatomic.h>

#include "fixtures.h"

static nebula_pool* records;
static void* block;
static atomic_int ready;

static void free_at_once(nebula_error* outcome) {
  atomic_fetch_add(&ready, 1);
  while (atomic_load(&ready) != 2) {
  }
  *outcome = nebula_pool_deallocate(records, block, record_layout);
}

static void* other_thread(void* outcome) {
  free_at_once(outcome);
  return NULL;
}

void misuse(void) {
  records = make_pool();
  prepared(nebula_pool_allocate(records, record_layout, &block));
  const nebula_error nothing = {0};
  nebula_error first = nothing;
  nebula_error second = nothing;
  pthread_t other;
  if (pthread_create(&other, NULL, other_thread, &second) != 0) {
    return;
  }
  free_at_once(&first);
  pthread_join(other, NULL);
  const bool exactly_one = (first.code == NEBULA_ERROR_NONE) != (second.code == NEBULA_ERROR_NONE);
  returned(!exactly_one ? nothing : first.code != NEBULA_ERROR_NONE ? first : second);
}
