// SPDX-License-Identifier: Apache-2.0 OR MIT
// The tests of one of the two pools: whoever includes this has defined POOL(suffix), the pool's names;
// POOL_COMPONENT; POOL_RECORD_BYTES and POOL_STORAGE_BYTES(size, align, count); and POOL_TEST, the name of the function that runs them all.
#include "c_test.h"

enum { block_size = 20, block_align = 8, stride = 24, block_count = 5 };
static NEBULA_ALIGNAS(64) unsigned char storage[POOL_STORAGE_BYTES(block_size, block_align, block_count)];
static POOL(_object) memory;
static fault_log faults;
static const nebula_layout whole = {block_size, block_align};

static POOL() * made_anew(void) {
  const nebula_pool_config config = {
      {storage, sizeof storage},   block_size, block_align, block_count, fault_log_hook(&faults),
      NEBULA_CHECK_LEVEL_STANDARD, 0};
  POOL()* pool = NULL;
  CHECK_CODE(NONE, POOL(_create)(&memory, sizeof memory, &config, &pool));
  CHECK((void*)pool == (void*)&memory);
  return pool;
}

/// The field that a configuration is refused for; none iff it is not refused.
static nebula_configuration_field refused_for(nebula_byte_span bytes, size_t size, size_t align, size_t count) {
  const nebula_pool_config config = {bytes, size, align, count, {NULL, NULL}, 0, 0};
  POOL()* pool = NULL;
  const nebula_error failure = POOL(_create)(&memory, sizeof memory, &config, &pool);
  CHECK((failure.code == NEBULA_ERROR_NONE) == (pool != NULL));
  CHECK(failure.code == NEBULA_ERROR_NONE || failure.code == NEBULA_ERROR_INVALID_CONFIGURATION);
  CHECK(failure.code == NEBULA_ERROR_NONE || failure.reporter == POOL_COMPONENT);
  return (nebula_configuration_field)failure.field;
}

static void creation(void) {
  const nebula_pool_config config = {
      {storage, sizeof storage}, block_size, block_align, block_count, {NULL, NULL}, 0, 0};
  POOL()* pool = NULL;
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, POOL(_create)(NULL, sizeof memory, &config, &pool));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, POOL(_create)(&memory, sizeof memory, NULL, &pool));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, POOL(_create)(&memory, sizeof memory, &config, NULL));
  nebula_error failure = POOL(_create)(&memory, sizeof memory - 1, &config, &pool);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_OBJECT_MEMORY);
  failure = POOL(_create)(memory.bytes + 4, sizeof memory, &config, &pool);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_OBJECT_MEMORY);
  CHECK(pool == NULL);

  nebula_pool_config of_no_level = config;
  of_no_level.level = 2;
  failure = POOL(_create)(&memory, sizeof memory, &of_no_level, &pool);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_CHECK_LEVEL);
  CHECK(pool == NULL);

  const nebula_byte_span all = {storage, sizeof storage};
  const nebula_byte_span nothing = {NULL, sizeof storage};
  const nebula_byte_span one_less = {storage, sizeof storage - 1};
  const nebula_byte_span beyond_the_end = {storage, SIZE_MAX};
  CHECK(refused_for(all, block_size, block_align, block_count) == NEBULA_FIELD_NONE);
  CHECK(refused_for(all, block_size, block_align, 0) == NEBULA_FIELD_NONE);
  CHECK(refused_for(all, block_size, 0, block_count) == NEBULA_FIELD_BLOCK_ALIGN_BYTES);
  CHECK(refused_for(all, block_size, 12, block_count) == NEBULA_FIELD_BLOCK_ALIGN_BYTES);
  CHECK(refused_for(all, 0, block_align, block_count) == NEBULA_FIELD_BLOCK_SIZE_BYTES);
  CHECK(refused_for(all, SIZE_MAX, block_align, block_count) == NEBULA_FIELD_BLOCK_SIZE_BYTES);
  CHECK(refused_for(all, block_size, block_align, SIZE_MAX) == NEBULA_FIELD_BLOCK_COUNT);
  CHECK(refused_for(all, block_size, block_align, block_count + 1) == NEBULA_FIELD_STORAGE);
  CHECK(refused_for(nothing, block_size, block_align, block_count) == NEBULA_FIELD_STORAGE);
  CHECK(refused_for(one_less, block_size, block_align, block_count) == NEBULA_FIELD_STORAGE);
  CHECK(refused_for(beyond_the_end, block_size, block_align, block_count) == NEBULA_FIELD_STORAGE);
}

/// The field that the computation of the storage is refused for; none iff it is not refused.
static nebula_configuration_field storage_refused_for(nebula_pool_config config) {
  size_t bytes = 77;
  const nebula_error failure = POOL(_storage_bytes)(&config, &bytes);
  CHECK((failure.code == NEBULA_ERROR_NONE) == (bytes != 77));
  return (nebula_configuration_field)failure.field;
}

static void storage_computed(void) {
  const nebula_pool_config right = {
      {NULL, 0}, block_size, block_align, block_count, {NULL, NULL}, NEBULA_CHECK_LEVEL_STANDARD, 0};
  size_t bytes = 0;
  CHECK_CODE(NONE, POOL(_storage_bytes)(&right, &bytes));
  CHECK(bytes == sizeof storage);
  nebula_pool_config changed = right;
  changed.level = NEBULA_CHECK_LEVEL_PARANOID;
  CHECK_CODE(NONE, POOL(_storage_bytes)(&changed, &bytes));
  CHECK(bytes == POOL_STORAGE_BYTES(block_size + NEBULA_CANARY_BYTES, block_align, block_count));
  changed.level = 2;
  CHECK(storage_refused_for(changed) == NEBULA_FIELD_CHECK_LEVEL);
  changed = right;
  changed.block_align_bytes = 12;
  CHECK(storage_refused_for(changed) == NEBULA_FIELD_BLOCK_ALIGN_BYTES);
  changed = right;
  changed.block_size_bytes = 0;
  CHECK(storage_refused_for(changed) == NEBULA_FIELD_BLOCK_SIZE_BYTES);
  changed = right;
  changed.block_count = 0;
  CHECK(storage_refused_for(changed) == NEBULA_FIELD_BLOCK_COUNT);
  changed = right;
  changed.cache_count = 100000;
  CHECK(storage_refused_for(changed) == NEBULA_FIELD_CACHE_COUNT);
  changed = right;
  changed.block_size_bytes = SIZE_MAX / 2;
  CHECK_CODE(SIZE_OVERFLOW, POOL(_storage_bytes)(&changed, &bytes));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, POOL(_storage_bytes)(NULL, &bytes));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, POOL(_storage_bytes)(&right, NULL));
}

static void blocks(void) {
  POOL()* const pool = made_anew();
  void* block[block_count];
  for (size_t index = 0; index < block_count; ++index) {
    CHECK_CODE(NONE, index % 2 == 0 ? POOL(_allocate)(pool, whole, &block[index])
                                    : POOL(_try_allocate)(pool, whole, 3, &block[index]));
    CHECK(is_aligned(block[index], block_align) && POOL(_owns)(pool, block[index]));
  }
  void* untouched = &memory;
  const nebula_layout malformed = {4, 6};
  const nebula_layout too_large = {block_size + 1, 1};
  const nebula_layout too_strict = {1, 2 * block_align};
  CHECK_CODE(EXHAUSTED, POOL(_allocate)(pool, whole, &untouched));
  CHECK_CODE(EXHAUSTED, POOL(_try_allocate)(pool, whole, 0, &untouched));
  CHECK_CODE(INVALID_LAYOUT, POOL(_allocate)(pool, malformed, &untouched));
  CHECK_CODE(LAYOUT_UNSUPPORTED, POOL(_allocate)(pool, too_large, &untouched));
  CHECK_CODE(LAYOUT_UNSUPPORTED, POOL(_allocate)(pool, too_strict, &untouched));
  CHECK(untouched == (void*)&memory && faults.count == 0);
  CHECK_MISUSE(&faults, NULL_POINTER, pool, POOL(_allocate)(pool, whole, NULL));
  CHECK_MISUSE(&faults, NULL_POINTER, pool, POOL(_try_allocate)(pool, whole, 0, NULL));

  CHECK(!POOL(_owns)(pool, &memory));
  CHECK_MISUSE(&faults, NULL_POINTER, pool, POOL(_deallocate)(pool, NULL, whole));
  CHECK_MISUSE(&faults, FOREIGN_POINTER, pool, POOL(_deallocate)(pool, &memory, whole));
  CHECK_MISUSE(&faults, MISALIGNED_POINTER, pool, POOL(_deallocate)(pool, moved(block[1], 8), whole));
  CHECK_MISUSE(&faults, LAYOUT_MISMATCH, pool, POOL(_deallocate)(pool, block[1], too_large));
  CHECK_MISUSE(&faults, BLOCKS_LIVE, pool, POOL(_reset)(pool));
  CHECK_CODE(NONE, POOL(_deallocate)(pool, block[1], whole));
  CHECK_MISUSE(&faults, DOUBLE_FREE, pool, POOL(_deallocate)(pool, block[1], whole));
  CHECK(faults.last.address == block[1] && faults.last.what.reporter == POOL_COMPONENT);
  CHECK_CODE(NONE, POOL(_deallocate_without_layout)(pool, block[2]));
  CHECK_MISUSE(&faults, DOUBLE_FREE, pool, POOL(_deallocate_without_layout)(pool, block[2]));

  nebula_state state;
  CHECK_CODE(NONE, POOL(_state)(pool, &state));
  CHECK(state.capacity_bytes == block_count * stride && state.used_bytes == (block_count - 2) * stride);
  CHECK(state.available_bytes == 2 * stride && state.peak_bytes == block_count * stride);
  CHECK(state.live_blocks == block_count - 2);
  CHECK(nebula_failures_of(&state, NEBULA_ERROR_DOUBLE_FREE) == 2);
  CHECK(nebula_failures_total(&state) == 14);
  CHECK_MISUSE(&faults, NULL_POINTER, pool, POOL(_state)(pool, NULL));
  CHECK_CODE(NONE, POOL(_deallocate)(pool, block[0], whole));
  CHECK_CODE(NONE, POOL(_deallocate)(pool, block[3], whole));
  CHECK_CODE(NONE, POOL(_deallocate)(pool, block[4], whole));
  CHECK_CODE(NONE, POOL(_reset)(pool));
  CHECK_CODE(NONE, POOL(_destroy)(pool));
}

static void handles(void) {
  POOL()* const pool = made_anew();
  void* block = NULL;
  void* found = NULL;
  nebula_block_handle handle;
  CHECK_CODE(NONE, POOL(_allocate)(pool, whole, &block));
  CHECK_CODE(NONE, POOL(_handle_of)(pool, block, &handle));
  CHECK_CODE(NONE, POOL(_resolve)(pool, handle, &found));
  CHECK(found == block && handle.slot != 0);
  CHECK_CODE(NONE, POOL(_deallocate_handle)(pool, handle));
  CHECK_MISUSE(&faults, STALE_HANDLE, pool, POOL(_deallocate_handle)(pool, handle));
  CHECK_MISUSE(&faults, STALE_HANDLE, pool, POOL(_resolve)(pool, handle, &found));
  CHECK_MISUSE(&faults, DOUBLE_FREE, pool, POOL(_handle_of)(pool, block, &handle));
  CHECK_CODE(NONE, POOL(_allocate)(pool, whole, &block)); // the same block again, and still stale
  CHECK(block == found);
  CHECK_MISUSE(&faults, STALE_HANDLE, pool, POOL(_resolve)(pool, handle, &found));

  const nebula_block_handle nobodys = {0};
  const nebula_block_handle beyond = {block_count + 1, 0};
  CHECK_MISUSE(&faults, FOREIGN_POINTER, pool, POOL(_resolve)(pool, nobodys, &found));
  CHECK_MISUSE(&faults, FOREIGN_POINTER, pool, POOL(_resolve)(pool, beyond, &found));
  CHECK_MISUSE(&faults, FOREIGN_POINTER, pool, POOL(_deallocate_handle)(pool, nobodys));
  CHECK_MISUSE(&faults, NULL_POINTER, pool, POOL(_resolve)(pool, handle, NULL));
  CHECK_MISUSE(&faults, NULL_POINTER, pool, POOL(_handle_of)(pool, block, NULL));
  CHECK_MISUSE(&faults, NULL_POINTER, pool, POOL(_handle_of)(pool, NULL, &handle));
  CHECK_MISUSE(&faults, FOREIGN_POINTER, pool, POOL(_handle_of)(pool, &memory, &handle));
  CHECK_MISUSE(&faults, MISALIGNED_POINTER, pool, POOL(_handle_of)(pool, moved(block, 1), &handle));
  CHECK_CODE(NONE, POOL(_destroy)(pool));
}

static void description(void) {
  POOL()* const pool = made_anew();
  CHECK(POOL(_block_count)(pool) == block_count);
  CHECK(POOL(_stride_bytes)(pool) == stride);
  const nebula_layout block = POOL(_block_layout)(pool);
  CHECK(block.size == block_size && block.align == block_align);
  const nebula_byte_span bytes = POOL(_block_bytes)(pool);
  CHECK(bytes.size == block_count * stride);
  CHECK((unsigned char*)bytes.data + bytes.size == storage + sizeof storage);
  CHECK_CODE(NONE, POOL(_destroy)(pool));
}

static void integrity(void) {
  POOL()* const pool = made_anew();
  void* block = NULL;
  CHECK_CODE(NONE, POOL(_allocate)(pool, whole, &block));
  CHECK_CODE(NONE, POOL(_check_invariants)(pool));
  nebula_audit_cursor cursor = {0};
  bool done = true;
  CHECK_CODE(NONE, POOL(_audit)(pool, &cursor, 2, &done));
  CHECK(!done);
  CHECK_CODE(NONE, POOL(_audit)(pool, &cursor, 100, &done));
  CHECK(done);
  CHECK_MISUSE(&faults, NULL_POINTER, pool, POOL(_audit)(pool, NULL, 1, &done));
  CHECK_MISUSE(&faults, NULL_POINTER, pool, POOL(_audit)(pool, &cursor, 1, NULL));
  CHECK(!POOL(_is_corrupted)(pool));

  for (size_t place = 0; place < block_count * POOL_RECORD_BYTES; ++place) {
    storage[place] = 0x55; // the records, in front of the blocks
  }
  CHECK_MISUSE(&faults, CORRUPTED, pool, POOL(_check_invariants)(pool));
  CHECK(!texts_equal(nebula_invariant_name(faults.last.broken), "none"));
  CHECK(POOL(_is_corrupted)(pool));
  const size_t heard = faults.count;
  const nebula_block_handle handle = {1, 0};
  nebula_block_handle of_block;
  CHECK_CODE(CORRUPTED, POOL(_allocate)(pool, whole, &block));
  CHECK_CODE(CORRUPTED, POOL(_try_allocate)(pool, whole, 1, &block));
  CHECK_CODE(CORRUPTED, POOL(_deallocate)(pool, block, whole));
  CHECK_CODE(CORRUPTED, POOL(_deallocate_without_layout)(pool, block));
  CHECK_CODE(CORRUPTED, POOL(_handle_of)(pool, block, &of_block));
  CHECK_CODE(CORRUPTED, POOL(_resolve)(pool, handle, &block));
  CHECK_CODE(CORRUPTED, POOL(_deallocate_handle)(pool, handle));
  CHECK_CODE(CORRUPTED, POOL(_reset)(pool));
  CHECK_CODE(CORRUPTED, POOL(_audit)(pool, &cursor, 1, &done));
  CHECK(faults.count == heard); // once, not each time
  CHECK_CODE(NONE, POOL(_destroy)(pool));
}

static void paranoia(void) {
  static NEBULA_ALIGNAS(64) unsigned char larger[POOL_STORAGE_BYTES(block_size + NEBULA_CANARY_BYTES, block_align, 1)];
  const nebula_pool_config config = {{larger, sizeof larger},     block_size, block_align, 1, fault_log_hook(&faults),
                                     NEBULA_CHECK_LEVEL_PARANOID, 0};
  POOL()* pool = NULL;
  void* block = NULL;
  CHECK_CODE(NONE, POOL(_create)(&memory, sizeof memory, &config, &pool));
  CHECK(POOL(_level)(pool) == NEBULA_CHECK_LEVEL_PARANOID);
  CHECK_CODE(NONE, POOL(_allocate)(pool, whole, &block));
  stray_write(moved(block, block_size));
  CHECK_MISUSE(&faults, OVERRUN, pool, POOL(_deallocate)(pool, block, whole));
  CHECK_CODE(NONE, POOL(_deallocate)(pool, block, whole)); // what was overwritten has been mended
  stray_write(block);
  CHECK_MISUSE(&faults, WRITTEN_AFTER_FREE, pool, POOL(_allocate)(pool, whole, &block));
  CHECK_CODE(NONE, POOL(_destroy)(pool));
}

/// Every function, with an object that is none.
static void without_object(POOL() * none, nebula_error_code code) {
  void* block = NULL;
  nebula_block_handle handle = {1, 0};
  nebula_state state;
  nebula_audit_cursor cursor = {0};
  bool done = false;
  const size_t heard = orphans.count;
  CHECK(POOL(_allocate)(none, whole, &block).code == code);
  CHECK(POOL(_try_allocate)(none, whole, 1, &block).code == code);
  CHECK(POOL(_deallocate)(none, storage, whole).code == code);
  CHECK(POOL(_deallocate_without_layout)(none, storage).code == code);
  CHECK(POOL(_handle_of)(none, storage, &handle).code == code);
  CHECK(POOL(_resolve)(none, handle, &block).code == code);
  CHECK(POOL(_deallocate_handle)(none, handle).code == code);
  CHECK(POOL(_reset)(none).code == code);
  CHECK(POOL(_state)(none, &state).code == code);
  CHECK(POOL(_check_invariants)(none).code == code);
  CHECK(POOL(_audit)(none, &cursor, 1, &done).code == code);
  CHECK(POOL(_destroy)(none).code == code);
  CHECK(!POOL(_owns)(none, storage));
  CHECK(!POOL(_is_corrupted)(none));
  CHECK(POOL(_block_count)(none) == 0);
  CHECK(POOL(_level)(none) == 0);
  CHECK(POOL(_stride_bytes)(none) == 0);
  CHECK(POOL(_block_layout)(none).size == 0);
  CHECK(POOL(_block_bytes)(none).data == NULL);
  CHECK(orphans.count == heard + 19);
  CHECK(orphans.last.what.code == code && orphans.last.what.reporter == POOL_COMPONENT);
}

void POOL_TEST(void) {
  creation();
  storage_computed();
  blocks();
  handles();
  description();
  integrity();
  paranoia();
  without_object(NULL, NEBULA_ERROR_NULL_POINTER);
  static POOL(_object) never_made;
  without_object((POOL()*)&never_made, NEBULA_ERROR_FOREIGN_POINTER);
  POOL()* const pool = made_anew();
  CHECK_CODE(NONE, POOL(_destroy)(pool));
  without_object(pool, NEBULA_ERROR_FOREIGN_POINTER);
}
