// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "c_test.h"

enum { storage_bytes = 512 };
static NEBULA_ALIGNAS(64) unsigned char storage[storage_bytes];
static nebula_bump_object memory;
static fault_log faults;

static nebula_bump* made_anew(void) {
  const nebula_bump_config config = {{storage, sizeof storage}, fault_log_hook(&faults), NEBULA_CHECK_LEVEL_STANDARD};
  nebula_bump* bump = NULL;
  CHECK_CODE(NONE, nebula_bump_create(&memory, sizeof memory, &config, &bump));
  CHECK((void*)bump == (void*)&memory);
  return bump;
}

static void creation(void) {
  nebula_bump_config config = {{storage, sizeof storage}, {NULL, NULL}, 0};
  static nebula_bump* const untouched = (nebula_bump*)&memory;
  nebula_bump* bump = untouched;
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_bump_create(NULL, sizeof memory, &config, &bump));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_bump_create(&memory, sizeof memory, NULL, &bump));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_bump_create(&memory, sizeof memory, &config, NULL));
  CHECK(orphans.last.what.during == NEBULA_OPERATION_CONFIGURE);

  nebula_error failure = nebula_bump_create(&memory, sizeof memory - 1, &config, &bump);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_OBJECT_MEMORY);
  failure = nebula_bump_create(memory.bytes + 1, sizeof memory, &config, &bump);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_OBJECT_MEMORY);
  config.storage.size = 0;
  failure = nebula_bump_create(&memory, sizeof memory, &config, &bump);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_STORAGE);
  config.level = 2;
  failure = nebula_bump_create(&memory, sizeof memory, &config, &bump);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_CHECK_LEVEL);
  config.level = NEBULA_CHECK_LEVEL_STANDARD;
  config.storage.size = SIZE_MAX;
  failure = nebula_bump_create(&memory, sizeof memory, &config, &bump);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_STORAGE);
  CHECK(failure.reporter == NEBULA_COMPONENT_BUMP_ALLOCATOR && failure.during == NEBULA_OPERATION_CONFIGURE);
  CHECK(bump == untouched);
}

static void blocks(void) {
  nebula_bump* const bump = made_anew();
  const nebula_layout small = {10, 2};
  const nebula_layout strict = {32, 32};
  void* first = NULL;
  void* second = NULL;
  CHECK_CODE(NONE, nebula_bump_allocate(bump, small, &first));
  CHECK_CODE(NONE, nebula_bump_allocate(bump, strict, &second));
  CHECK(first == (void*)storage && second == (void*)(storage + 32));
  CHECK(nebula_bump_owns(bump, first) && !nebula_bump_owns(bump, &memory));

  void* untouched = first;
  const nebula_layout malformed = {0, 8};
  const nebula_layout huge = {SIZE_MAX, 1};
  const nebula_layout rest = {sizeof storage - 63, 1};
  CHECK_CODE(INVALID_LAYOUT, nebula_bump_allocate(bump, malformed, &untouched));
  CHECK_CODE(LAYOUT_UNSUPPORTED, nebula_bump_allocate(bump, huge, &untouched));
  CHECK_CODE(EXHAUSTED, nebula_bump_allocate(bump, rest, &untouched));
  CHECK(untouched == first && faults.count == 0);
  CHECK_MISUSE(&faults, NULL_POINTER, bump, nebula_bump_allocate(bump, small, NULL));

  CHECK_CODE(NOT_LAST_BLOCK, nebula_bump_deallocate(bump, first, small));
  CHECK_MISUSE(&faults, NULL_POINTER, bump, nebula_bump_deallocate(bump, NULL, small));
  CHECK_MISUSE(&faults, FOREIGN_POINTER, bump, nebula_bump_deallocate(bump, moved(storage, -1), small));
  CHECK_MISUSE(&faults, LAYOUT_MISMATCH, bump, nebula_bump_deallocate(bump, second, small));
  CHECK_MISUSE(&faults, MISALIGNED_POINTER, bump, nebula_bump_deallocate(bump, moved(second, 1), strict));
  CHECK(faults.last.address == moved(second, 1));
  CHECK_CODE(NONE, nebula_bump_deallocate(bump, second, strict));
  CHECK_MISUSE(&faults, DOUBLE_FREE, bump, nebula_bump_deallocate(bump, second, strict));

  nebula_state state;
  CHECK_CODE(NONE, nebula_bump_state(bump, &state));
  CHECK(state.capacity_bytes == sizeof storage && state.used_bytes == 10 && state.peak_bytes == 64);
  CHECK(state.available_bytes == sizeof storage - 10 && state.live_blocks == 1);
  CHECK(nebula_failures_of(&state, NEBULA_ERROR_NULL_POINTER) == 2); // the missing place for a result is one of them
  CHECK(nebula_failures_of(&state, NEBULA_ERROR_EXHAUSTED) == 1);
  CHECK(nebula_failures_total(&state) == 10);
  CHECK_CODE(NONE, nebula_bump_destroy(bump));
}

static void marks(void) {
  nebula_bump* const bump = made_anew();
  const nebula_layout some = {16, 8};
  void* block = NULL;
  nebula_marker outer;
  nebula_marker inner;
  const nebula_marker nobodys = {0};
  CHECK_CODE(NONE, nebula_bump_mark(bump, &outer));
  CHECK_CODE(NONE, nebula_bump_allocate(bump, some, &block));
  CHECK_CODE(NONE, nebula_bump_mark(bump, &inner));
  CHECK(nebula_bump_mark_count(bump) == 2);
  CHECK_MISUSE(&faults, NULL_POINTER, bump, nebula_bump_mark(bump, NULL));
  CHECK_MISUSE(&faults, NULL_POINTER, bump, nebula_bump_restore(bump, NULL));
  CHECK_MISUSE(&faults, FOREIGN_MARKER, bump, nebula_bump_restore(bump, &nobodys));
  CHECK_CODE(NONE, nebula_bump_restore(bump, &outer));
  CHECK_MISUSE(&faults, SPENT_MARKER, bump, nebula_bump_restore(bump, &inner));
  CHECK_CODE(NONE, nebula_bump_mark(bump, &outer));
  CHECK_CODE(NONE, nebula_bump_reset(bump));
  CHECK_MISUSE(&faults, STALE_MARKER, bump, nebula_bump_restore(bump, &outer));

  size_t count = 0;
  while (nebula_bump_mark(bump, &inner).code == NEBULA_ERROR_NONE) {
    ++count;
  }
  CHECK(count == sizeof storage / nebula_bump_mark_bytes());
  CHECK_CODE(EXHAUSTED, nebula_bump_mark(bump, &inner));
  CHECK_CODE(NONE, nebula_bump_destroy(bump));
}

static void integrity(void) {
  nebula_bump* const bump = made_anew();
  nebula_marker point;
  CHECK_CODE(NONE, nebula_bump_mark(bump, &point));
  CHECK_CODE(NONE, nebula_bump_check_invariants(bump));
  nebula_audit_cursor cursor = {0};
  bool done = true;
  CHECK_CODE(NONE, nebula_bump_audit(bump, &cursor, 1, &done));
  CHECK(!done);
  CHECK_CODE(NONE, nebula_bump_audit(bump, &cursor, 1, &done));
  CHECK(done);
  CHECK_MISUSE(&faults, NULL_POINTER, bump, nebula_bump_audit(bump, NULL, 1, &done));
  CHECK_MISUSE(&faults, NULL_POINTER, bump, nebula_bump_audit(bump, &cursor, 1, NULL));
  CHECK(!nebula_bump_is_corrupted(bump));

  // the record of the mark, at the end of the storage
  for (size_t place = sizeof storage - nebula_bump_mark_bytes(); place < sizeof storage; ++place) {
    storage[place] = 0xFF;
  }
  CHECK_MISUSE(&faults, CORRUPTED, bump, nebula_bump_check_invariants(bump));
  CHECK(!texts_equal(nebula_invariant_name(faults.last.broken), "none"));
  CHECK(nebula_bump_is_corrupted(bump));
  const size_t heard = faults.count;
  const nebula_layout some = {16, 8};
  void* block = NULL;
  CHECK_CODE(CORRUPTED, nebula_bump_allocate(bump, some, &block));
  CHECK_CODE(CORRUPTED, nebula_bump_deallocate(bump, storage, some));
  CHECK_CODE(CORRUPTED, nebula_bump_mark(bump, &point));
  CHECK_CODE(CORRUPTED, nebula_bump_restore(bump, &point));
  CHECK_CODE(CORRUPTED, nebula_bump_reset(bump));
  CHECK_CODE(CORRUPTED, nebula_bump_audit(bump, &cursor, 1, &done));
  CHECK(faults.count == heard); // once, not each time
  CHECK_CODE(NONE, nebula_bump_destroy(bump));
}

static void paranoia(void) {
  nebula_bump_config config = {{storage, sizeof storage}, fault_log_hook(&faults), NEBULA_CHECK_LEVEL_PARANOID};
  nebula_bump* bump = NULL;
  const nebula_layout some = {16, 8};
  void* block = NULL;
  CHECK_CODE(NONE, nebula_bump_create(&memory, sizeof memory, &config, &bump));
  CHECK(nebula_bump_level(bump) == NEBULA_CHECK_LEVEL_PARANOID);
  CHECK_CODE(NONE, nebula_bump_allocate(bump, some, &block));
  stray_write(moved(block, 16));
  CHECK_MISUSE(&faults, OVERRUN, bump, nebula_bump_deallocate(bump, block, some));
  CHECK_CODE(NONE, nebula_bump_deallocate(bump, block, some)); // what was overwritten has been mended
  stray_write(block);
  CHECK_MISUSE(&faults, WRITTEN_AFTER_FREE, bump, nebula_bump_allocate(bump, some, &block));
  CHECK_CODE(NONE, nebula_bump_destroy(bump));
}

/// Every function, with an object that is none.
static void without_object(nebula_bump* none, nebula_error_code code) {
  const nebula_layout some = {16, 8};
  void* block = NULL;
  nebula_marker point = {0};
  nebula_state state;
  nebula_audit_cursor cursor = {0};
  bool done = false;
  const size_t heard = orphans.count;
  CHECK(nebula_bump_allocate(none, some, &block).code == code);
  CHECK(nebula_bump_deallocate(none, storage, some).code == code);
  CHECK(nebula_bump_mark(none, &point).code == code);
  CHECK(nebula_bump_restore(none, &point).code == code);
  CHECK(nebula_bump_reset(none).code == code);
  CHECK(nebula_bump_state(none, &state).code == code);
  CHECK(nebula_bump_check_invariants(none).code == code);
  CHECK(nebula_bump_audit(none, &cursor, 1, &done).code == code);
  CHECK(nebula_bump_destroy(none).code == code);
  CHECK(!nebula_bump_owns(none, storage));
  CHECK(!nebula_bump_is_corrupted(none));
  CHECK(nebula_bump_mark_count(none) == 0);
  CHECK(nebula_bump_level(none) == 0);
  CHECK(orphans.count == heard + 13);
  CHECK(orphans.last.what.code == code && orphans.last.what.reporter == NEBULA_COMPONENT_BUMP_ALLOCATOR);
  CHECK(orphans.last.allocator == NULL && orphans.last.address == (void*)none);
}

// SR-CAPI-002
static void objects_that_are_none(void) {
  without_object(NULL, NEBULA_ERROR_NULL_POINTER);
  static nebula_bump_object never_made;
  without_object((nebula_bump*)&never_made, NEBULA_ERROR_FOREIGN_POINTER);
  nebula_bump* const bump = made_anew();
  never_made = memory; // a copy
  without_object((nebula_bump*)&never_made, NEBULA_ERROR_FOREIGN_POINTER);
  CHECK_CODE(NONE, nebula_bump_destroy(bump));
  without_object(bump, NEBULA_ERROR_FOREIGN_POINTER);
  nebula_stack* const of_another_type = (nebula_stack*)made_anew();
  CHECK_MISUSE(&orphans, FOREIGN_POINTER, NULL, nebula_stack_reset(of_another_type));
}

// SR-CAPI-001 to SR-CAPI-003
void test_bump(void) {
  creation();
  blocks();
  marks();
  integrity();
  paranoia();
  objects_that_are_none();
}
