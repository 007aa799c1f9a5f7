// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "c_test.h"

enum { block_count = 200, cache_count = 2 };
static NEBULA_ALIGNAS(NEBULA_POOL_STORAGE_ALIGN_WITH_CACHES(
    8)) unsigned char storage[NEBULA_POOL_STORAGE_BYTES_WITH_CACHES(24, 8, block_count, cache_count)];
static nebula_pool_object memory_of_pool;
static nebula_pool_cache_object memory;
static fault_log faults;
static fault_log faults_of_pool;
static const nebula_layout whole = {24, 8};

static nebula_pool* pool_anew(void) {
  const nebula_pool_config config = {{storage, sizeof storage},       24, 8,          block_count,
                                     fault_log_hook(&faults_of_pool), 0,  cache_count};
  nebula_pool* pool = NULL;
  CHECK_CODE(NONE, nebula_pool_create(&memory_of_pool, sizeof memory_of_pool, &config, &pool));
  return pool;
}
static nebula_pool_cache* made_anew(nebula_pool* pool) {
  const nebula_pool_cache_config config = {pool, fault_log_hook(&faults)};
  nebula_pool_cache* cache = NULL;
  CHECK_CODE(NONE, nebula_pool_cache_create(&memory, sizeof memory, &config, &cache));
  CHECK((void*)cache == (void*)&memory);
  return cache;
}

static void creation(void) {
  nebula_pool* const pool = pool_anew();
  CHECK(nebula_pool_cache_count(pool) == cache_count);
  nebula_pool_cache_config config = {pool, {NULL, NULL}};
  nebula_pool_cache* cache = NULL;
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_pool_cache_create(NULL, sizeof memory, &config, &cache));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_pool_cache_create(&memory, sizeof memory, NULL, &cache));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_pool_cache_create(&memory, sizeof memory, &config, NULL));
  const nebula_error failure = nebula_pool_cache_create(&memory, sizeof memory - 1, &config, &cache);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_OBJECT_MEMORY);
  config.pool = NULL;
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_pool_cache_create(&memory, sizeof memory, &config, &cache));
  static nebula_pool_object never_made;
  config.pool = (nebula_pool*)&never_made;
  CHECK_MISUSE(&orphans, FOREIGN_POINTER, NULL, nebula_pool_cache_create(&memory, sizeof memory, &config, &cache));
  CHECK(cache == NULL);

  static nebula_pool_cache_object others[cache_count];
  nebula_pool_cache* made[cache_count];
  config.pool = pool;
  for (size_t index = 0; index < cache_count; ++index) {
    CHECK_CODE(NONE, nebula_pool_cache_create(&others[index], sizeof others[index], &config, &made[index]));
  }
  CHECK_CODE(NO_CACHE_SLOT, nebula_pool_cache_create(&memory, sizeof memory, &config, &cache));
  CHECK(cache == NULL);
  CHECK_MISUSE(&orphans, FOREIGN_POINTER, NULL, nebula_pool_cache_flush((nebula_pool_cache*)&memory));

  // without a hook of its own, a cache tells the pool's, under its own name
  CHECK_MISUSE(&faults_of_pool, NULL_POINTER, made[0], nebula_pool_cache_deallocate(made[0], NULL, whole));
  CHECK_MISUSE(&faults_of_pool, CACHES_ATTACHED, pool, nebula_pool_destroy(pool));
  for (size_t index = 0; index < cache_count; ++index) {
    CHECK_CODE(NONE, nebula_pool_cache_destroy(made[index]));
  }
  CHECK_CODE(NONE, nebula_pool_destroy(pool));
}

static void blocks(void) {
  nebula_pool* const pool = pool_anew();
  nebula_pool_cache* const cache = made_anew(pool);
  void* first = NULL;
  void* second = NULL;
  CHECK_CODE(NONE, nebula_pool_cache_allocate(cache, whole, &first));
  CHECK_CODE(NONE, nebula_pool_cache_try_allocate(cache, whole, 2, &second));
  CHECK(nebula_pool_cache_owns(cache, first) && !nebula_pool_cache_owns(cache, &memory));
  CHECK(nebula_pool_cache_kept_blocks(cache) == NEBULA_POOL_CACHE_CAPACITY / 2 - 2);

  void* untouched = first;
  const nebula_layout malformed = {8, 3};
  const nebula_layout too_large = {25, 8};
  CHECK_CODE(INVALID_LAYOUT, nebula_pool_cache_allocate(cache, malformed, &untouched));
  CHECK_CODE(LAYOUT_UNSUPPORTED, nebula_pool_cache_try_allocate(cache, too_large, 0, &untouched));
  CHECK(untouched == first && faults.count == 0);
  CHECK_MISUSE(&faults, NULL_POINTER, cache, nebula_pool_cache_allocate(cache, whole, NULL));
  CHECK_MISUSE(&faults, LAYOUT_MISMATCH, cache, nebula_pool_cache_deallocate(cache, first, too_large));
  CHECK_MISUSE(&faults, MISALIGNED_POINTER, cache, nebula_pool_cache_deallocate(cache, moved(first, 1), whole));
  CHECK_MISUSE(&faults, FOREIGN_POINTER, cache, nebula_pool_cache_deallocate_without_layout(cache, &memory));
  CHECK_MISUSE(&faults, NULL_POINTER, cache, nebula_pool_cache_try_deallocate(cache, NULL, 1));

  nebula_block_handle handle;
  CHECK_CODE(NONE, nebula_pool_handle_of(pool, first, &handle));
  CHECK_CODE(NONE, nebula_pool_cache_deallocate_handle(cache, handle));
  CHECK_MISUSE(&faults, STALE_HANDLE, cache, nebula_pool_cache_deallocate_handle(cache, handle));
  CHECK_MISUSE(&faults, DOUBLE_FREE, cache, nebula_pool_cache_deallocate(cache, first, whole));
  CHECK_MISUSE(&faults_of_pool, DOUBLE_FREE, pool, nebula_pool_deallocate(pool, first, whole));
  CHECK_CODE(NONE, nebula_pool_cache_try_deallocate(cache, second, 1));

  nebula_state state;
  CHECK_CODE(NONE, nebula_pool_cache_state(cache, &state));
  CHECK(state.live_blocks == 0 && state.cached_blocks == NEBULA_POOL_CACHE_CAPACITY / 2);
  CHECK(nebula_failures_total(&state) == 9);
  CHECK_CODE(NONE, nebula_pool_cache_check_invariants(cache));
  CHECK_CODE(NONE, nebula_pool_cache_flush(cache));
  CHECK(nebula_pool_cache_kept_blocks(cache) == 0);
  CHECK_CODE(NONE, nebula_pool_cache_try_flush(cache, 1));
  for (size_t count = 0; count < block_count; ++count) {
    CHECK_CODE(NONE, nebula_pool_cache_allocate(cache, whole, &first));
  }
  CHECK_CODE(EXHAUSTED, nebula_pool_cache_allocate(cache, whole, &first));
  CHECK_CODE(NONE, nebula_pool_cache_deallocate_without_layout(cache, first));
  CHECK(!nebula_pool_cache_is_corrupted(cache));
  CHECK_CODE(NONE, nebula_pool_cache_destroy(cache));
  CHECK_CODE(NONE, nebula_pool_destroy(pool));
}

/// Every function, with an object that is none.
static void without_object(nebula_pool_cache* none, nebula_error_code code) {
  const nebula_block_handle handle = {1, 0};
  void* block = NULL;
  nebula_state state;
  const size_t heard = orphans.count;
  CHECK(nebula_pool_cache_allocate(none, whole, &block).code == code);
  CHECK(nebula_pool_cache_try_allocate(none, whole, 1, &block).code == code);
  CHECK(nebula_pool_cache_deallocate(none, storage, whole).code == code);
  CHECK(nebula_pool_cache_deallocate_without_layout(none, storage).code == code);
  CHECK(nebula_pool_cache_try_deallocate(none, storage, 1).code == code);
  CHECK(nebula_pool_cache_deallocate_handle(none, handle).code == code);
  CHECK(nebula_pool_cache_flush(none).code == code);
  CHECK(nebula_pool_cache_try_flush(none, 1).code == code);
  CHECK(nebula_pool_cache_state(none, &state).code == code);
  CHECK(nebula_pool_cache_check_invariants(none).code == code);
  CHECK(nebula_pool_cache_destroy(none).code == code);
  CHECK(!nebula_pool_cache_owns(none, storage));
  CHECK(!nebula_pool_cache_is_corrupted(none));
  CHECK(nebula_pool_cache_kept_blocks(none) == 0);
  CHECK(orphans.count == heard + 14);
  CHECK(orphans.last.what.code == code && orphans.last.what.reporter == NEBULA_COMPONENT_POOL_CACHE);
}

// SR-CAPI-001 to SR-CAPI-003
void test_pool_cache(void) {
  nebula_pool_config config = {{NULL, 0}, 24, 8, block_count, {NULL, NULL}, 0, cache_count};
  size_t bytes = 0;
  CHECK_CODE(NONE, nebula_pool_storage_bytes(&config, &bytes));
  CHECK(bytes == sizeof storage);
  creation();
  blocks();
  without_object(NULL, NEBULA_ERROR_NULL_POINTER);
  static nebula_pool_cache_object never_made;
  without_object((nebula_pool_cache*)&never_made, NEBULA_ERROR_FOREIGN_POINTER);
}
