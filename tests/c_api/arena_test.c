// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "c_test.h"

enum { chunk_bytes = 512 };
static NEBULA_ALIGNAS(16) unsigned char storage[4096];
static nebula_stack_object memory_of_stack;
static nebula_arena_object memory;
static fault_log faults;
static nebula_chunk_source source;

static nebula_stack* chunks_anew(void) {
  const nebula_stack_config config = {{storage, sizeof storage}, {NULL, NULL}, 0};
  nebula_stack* chunks = NULL;
  CHECK_CODE(NONE, nebula_stack_create(&memory_of_stack, sizeof memory_of_stack, &config, &chunks));
  source = nebula_stack_chunk_source(chunks);
  CHECK(source.acquire != NULL && source.release != NULL);
  return chunks;
}
static nebula_arena_config right_config(void) {
  const nebula_arena_config config = {
      &source, chunk_bytes, 0, 3 * chunk_bytes, fault_log_hook(&faults), NEBULA_ARENA_GROWTH_FIXED, false};
  return config;
}
static nebula_arena* made_of(const nebula_arena_config* config) {
  nebula_arena* arena = NULL;
  CHECK_CODE(NONE, nebula_arena_create(&memory, sizeof memory, config, &arena));
  CHECK((void*)arena == (void*)&memory);
  return arena;
}

/// The field that the configuration is refused for; none iff it is not refused.
static nebula_configuration_field refused_for(const nebula_arena_config* config) {
  nebula_arena* arena = NULL;
  const nebula_error failure = nebula_arena_create(&memory, sizeof memory, config, &arena);
  CHECK((failure.code == NEBULA_ERROR_NONE) == (arena != NULL));
  return (nebula_configuration_field)failure.field;
}

static void creation(void) {
  nebula_stack* const chunks = chunks_anew();
  nebula_arena_config config = right_config();
  nebula_arena* arena = NULL;
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_arena_create(NULL, sizeof memory, &config, &arena));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_arena_create(&memory, sizeof memory, NULL, &arena));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_arena_create(&memory, sizeof memory, &config, NULL));
  nebula_error failure = nebula_arena_create(&memory, sizeof memory - 1, &config, &arena);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_OBJECT_MEMORY);
  CHECK(refused_for(&config) == NEBULA_FIELD_NONE);
  config.source = NULL;
  CHECK(refused_for(&config) == NEBULA_FIELD_CHUNK_SOURCE);
  const nebula_chunk_source of_no_stack = nebula_stack_chunk_source(NULL);
  const nebula_chunk_source of_no_pool = nebula_pool_chunk_source(NULL);
  CHECK(of_no_stack.acquire == NULL && of_no_pool.acquire == NULL);
  config.source = &of_no_stack;
  CHECK(refused_for(&config) == NEBULA_FIELD_CHUNK_SOURCE);
  config = right_config();
  config.chunk_bytes = nebula_arena_chunk_bytes_min() - 1;
  CHECK(refused_for(&config) == NEBULA_FIELD_CHUNK_BYTES);
  config = right_config();
  config.growth = NEBULA_ARENA_GROWTH_INCREMENTAL;
  CHECK(refused_for(&config) == NEBULA_FIELD_GROWTH_BYTES);
  config.growth = 3;
  CHECK(refused_for(&config) == NEBULA_FIELD_GROWTH_BYTES);
  config = right_config();
  config.capacity_max_bytes = chunk_bytes - 1;
  CHECK(refused_for(&config) == NEBULA_FIELD_CAPACITY_MAX_BYTES);
  CHECK_CODE(NONE, nebula_stack_destroy(chunks));
}

static void blocks(void) {
  nebula_stack* const chunks = chunks_anew();
  const nebula_arena_config config = right_config();
  nebula_arena* const arena = made_of(&config);
  const nebula_layout large = {300, 8};
  void* first = NULL;
  void* second = NULL;
  CHECK_CODE(NONE, nebula_arena_allocate(arena, large, &first));
  CHECK_CODE(NONE, nebula_arena_allocate(arena, large, &second));
  CHECK(nebula_arena_owns(arena, first) && !nebula_arena_owns(arena, &memory));
  nebula_arena_statistics statistics;
  CHECK_CODE(NONE, nebula_arena_get_statistics(arena, &statistics));
  CHECK(statistics.chunk_count == 2 && statistics.total_allocated_bytes == 600);
  CHECK(statistics.largest_chunk_bytes == chunk_bytes && statistics.current_used_bytes >= 600);

  void* untouched = first;
  const nebula_layout malformed = {0, 8};
  const nebula_layout huge = {SIZE_MAX, 1};
  const nebula_layout rest = {1000, 1};
  CHECK_CODE(INVALID_LAYOUT, nebula_arena_allocate(arena, malformed, &untouched));
  CHECK_CODE(LAYOUT_UNSUPPORTED, nebula_arena_allocate(arena, huge, &untouched));
  CHECK_CODE(OVER_CAPACITY, nebula_arena_allocate(arena, rest, &untouched));
  CHECK(untouched == first && faults.count == 0);
  CHECK_MISUSE(&faults, NULL_POINTER, arena, nebula_arena_allocate(arena, large, NULL));
  CHECK_MISUSE(&faults, NULL_POINTER, arena, nebula_arena_deallocate(arena, NULL, large));
  CHECK_MISUSE(&faults, FOREIGN_POINTER, arena, nebula_arena_deallocate(arena, &memory, large));
  CHECK_MISUSE(&faults, MISALIGNED_POINTER, arena, nebula_arena_deallocate(arena, moved(first, 1), large));
  CHECK_MISUSE(&faults, LAYOUT_MISMATCH, arena, nebula_arena_deallocate(arena, first, malformed));
  CHECK_CODE(NONE, nebula_arena_deallocate(arena, first, large));
  CHECK_MISUSE(&faults, DOUBLE_FREE, arena, nebula_arena_deallocate(arena, first, large));

  nebula_state state;
  CHECK_CODE(NONE, nebula_arena_state(arena, &state));
  CHECK(state.live_blocks == 1 && state.capacity_bytes == 2 * chunk_bytes && nebula_failures_total(&state) == 9);
  CHECK_CODE(NONE, nebula_arena_reset(arena));
  CHECK_CODE(NONE, nebula_arena_destroy(arena));
  CHECK_CODE(NONE, nebula_stack_state(chunks, &state));
  CHECK(state.live_blocks == 0); // all chunks are back
  CHECK_CODE(NONE, nebula_stack_destroy(chunks));
}

static void marks(void) {
  nebula_stack* const chunks = chunks_anew();
  nebula_arena_config config = right_config();
  config.is_untracked = true;
  nebula_arena* const arena = made_of(&config);
  const nebula_layout some = {16, 8};
  const nebula_marker nobodys = {0};
  nebula_marker outer;
  nebula_marker inner;
  void* block = NULL;
  void* later = NULL;
  CHECK_CODE(NONE, nebula_arena_mark(arena, &outer));
  CHECK_CODE(NONE, nebula_arena_allocate(arena, some, &block));
  CHECK_CODE(NONE, nebula_arena_allocate(arena, some, &later));
  CHECK_CODE(NOT_LAST_BLOCK, nebula_arena_deallocate(arena, block, some)); // not tracked
  CHECK_CODE(NONE, nebula_arena_mark(arena, &inner));
  CHECK(nebula_arena_mark_count(arena) == 2);
  CHECK_MISUSE(&faults, NULL_POINTER, arena, nebula_arena_mark(arena, NULL));
  CHECK_MISUSE(&faults, NULL_POINTER, arena, nebula_arena_restore(arena, NULL));
  CHECK_MISUSE(&faults, FOREIGN_MARKER, arena, nebula_arena_restore(arena, &nobodys));
  CHECK_CODE(NONE, nebula_arena_restore(arena, &outer));
  CHECK_MISUSE(&faults, SPENT_MARKER, arena, nebula_arena_restore(arena, &inner));
  CHECK_CODE(NONE, nebula_arena_mark(arena, &outer));
  CHECK_CODE(NONE, nebula_arena_reset(arena));
  CHECK_MISUSE(&faults, STALE_MARKER, arena, nebula_arena_restore(arena, &outer));
  CHECK_CODE(NONE, nebula_arena_destroy(arena));
  CHECK_CODE(NONE, nebula_stack_destroy(chunks));
}

static void chunks_of_a_pool(void) {
  static NEBULA_ALIGNAS(16) unsigned char blocks[NEBULA_POOL_STORAGE_BYTES(chunk_bytes, 16, 2)];
  static nebula_pool_object memory_of_pool;
  const nebula_pool_config of_pool = {{blocks, sizeof blocks}, chunk_bytes, 16, 2, {NULL, NULL}, 0, 0};
  nebula_pool* pool = NULL;
  CHECK_CODE(NONE, nebula_pool_create(&memory_of_pool, sizeof memory_of_pool, &of_pool, &pool));
  source = nebula_pool_chunk_source(pool);
  const nebula_arena_config config = right_config();
  nebula_arena* const arena = made_of(&config);
  const nebula_layout large = {300, 8};
  void* block = NULL;
  CHECK_CODE(NONE, nebula_arena_allocate(arena, large, &block));
  CHECK_CODE(NONE, nebula_arena_allocate(arena, large, &block));
  CHECK_CODE(EXHAUSTED, nebula_arena_allocate(arena, large, &block)); // the source's own refusal
  CHECK_CODE(NONE, nebula_arena_check_invariants(arena));
  nebula_audit_cursor cursor = {0};
  bool done = true;
  CHECK_CODE(NONE, nebula_arena_audit(arena, &cursor, 1, &done));
  CHECK(!done);
  CHECK_CODE(NONE, nebula_arena_audit(arena, &cursor, 100, &done));
  CHECK(done && !nebula_arena_is_corrupted(arena));
  CHECK_MISUSE(&faults, NULL_POINTER, arena, nebula_arena_audit(arena, NULL, 1, &done));
  CHECK_MISUSE(&faults, NULL_POINTER, arena, nebula_arena_get_statistics(arena, NULL));
  CHECK_CODE(NONE, nebula_arena_destroy(arena));
  CHECK_CODE(NONE, nebula_pool_reset(pool)); // refused if a chunk were still held
  CHECK_CODE(NONE, nebula_pool_destroy(pool));
}

/// Every function, with an object that is none.
static void without_object(nebula_arena* none, nebula_error_code code) {
  const nebula_layout some = {16, 8};
  void* block = NULL;
  nebula_marker point = {0};
  nebula_state state;
  nebula_arena_statistics statistics;
  nebula_audit_cursor cursor = {0};
  bool done = false;
  const size_t heard = orphans.count;
  CHECK(nebula_arena_allocate(none, some, &block).code == code);
  CHECK(nebula_arena_deallocate(none, storage, some).code == code);
  CHECK(nebula_arena_mark(none, &point).code == code);
  CHECK(nebula_arena_restore(none, &point).code == code);
  CHECK(nebula_arena_reset(none).code == code);
  CHECK(nebula_arena_state(none, &state).code == code);
  CHECK(nebula_arena_get_statistics(none, &statistics).code == code);
  CHECK(nebula_arena_check_invariants(none).code == code);
  CHECK(nebula_arena_audit(none, &cursor, 1, &done).code == code);
  CHECK(nebula_arena_destroy(none).code == code);
  CHECK(!nebula_arena_owns(none, storage));
  CHECK(!nebula_arena_is_corrupted(none));
  CHECK(nebula_arena_mark_count(none) == 0);
  CHECK(orphans.count == heard + 13);
  CHECK(orphans.last.what.code == code && orphans.last.what.reporter == NEBULA_COMPONENT_ARENA);
}

// SR-CAPI-001 to SR-CAPI-003
void test_arena(void) {
  creation();
  blocks();
  marks();
  chunks_of_a_pool();
  without_object(NULL, NEBULA_ERROR_NULL_POINTER);
  static nebula_arena_object never_made;
  without_object((nebula_arena*)&never_made, NEBULA_ERROR_FOREIGN_POINTER);
}
