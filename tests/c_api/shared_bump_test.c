// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "c_test.h"

enum { storage_bytes = 256 };
static NEBULA_ALIGNAS(64) unsigned char storage[storage_bytes];
static nebula_shared_bump_object memory;
static fault_log faults;

static nebula_shared_bump* made_anew(void) {
  const nebula_shared_bump_config config = {{storage, sizeof storage}, fault_log_hook(&faults)};
  nebula_shared_bump* bump = NULL;
  CHECK_CODE(NONE, nebula_shared_bump_create(&memory, sizeof memory, &config, &bump));
  CHECK((void*)bump == (void*)&memory);
  return bump;
}

static void creation(void) {
  nebula_shared_bump_config config = {{storage, sizeof storage}, {NULL, NULL}};
  nebula_shared_bump* bump = NULL;
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_shared_bump_create(NULL, sizeof memory, &config, &bump));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_shared_bump_create(&memory, sizeof memory, NULL, &bump));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_shared_bump_create(&memory, sizeof memory, &config, NULL));
  nebula_error failure = nebula_shared_bump_create(&memory, sizeof memory - 1, &config, &bump);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_OBJECT_MEMORY);
  failure = nebula_shared_bump_create(memory.bytes + 4, sizeof memory, &config, &bump);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_OBJECT_MEMORY);
  config.storage.data = NULL;
  failure = nebula_shared_bump_create(&memory, sizeof memory, &config, &bump);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_STORAGE);
  CHECK(failure.reporter == NEBULA_COMPONENT_SHARED_BUMP_ALLOCATOR && bump == NULL);
}

static void blocks(void) {
  nebula_shared_bump* const bump = made_anew();
  const nebula_layout small = {10, 2};
  const nebula_layout strict = {32, 32};
  void* first = NULL;
  void* second = NULL;
  CHECK_CODE(NONE, nebula_shared_bump_allocate(bump, small, &first));
  CHECK_CODE(NONE, nebula_shared_bump_try_allocate(bump, strict, 3, &second));
  CHECK(first == (void*)storage && second == (void*)(storage + 32));
  CHECK(nebula_shared_bump_owns(bump, first) && !nebula_shared_bump_owns(bump, &memory));

  void* untouched = first;
  const nebula_layout malformed = {0, 8};
  const nebula_layout huge = {SIZE_MAX, 1};
  const nebula_layout rest = {sizeof storage - 63, 1};
  CHECK_CODE(INVALID_LAYOUT, nebula_shared_bump_allocate(bump, malformed, &untouched));
  CHECK_CODE(LAYOUT_UNSUPPORTED, nebula_shared_bump_allocate(bump, huge, &untouched));
  CHECK_CODE(EXHAUSTED, nebula_shared_bump_try_allocate(bump, rest, 0, &untouched));
  CHECK(untouched == first && faults.count == 0);
  CHECK_MISUSE(&faults, NULL_POINTER, bump, nebula_shared_bump_allocate(bump, small, NULL));
  CHECK_MISUSE(&faults, NULL_POINTER, bump, nebula_shared_bump_try_allocate(bump, small, 1, NULL));

  CHECK_CODE(NOT_LAST_BLOCK, nebula_shared_bump_deallocate(bump, second, strict));
  CHECK_MISUSE(&faults, NULL_POINTER, bump, nebula_shared_bump_deallocate(bump, NULL, small));
  CHECK_MISUSE(&faults, FOREIGN_POINTER, bump, nebula_shared_bump_deallocate(bump, &memory, small));
  CHECK_MISUSE(&faults, DOUBLE_FREE, bump, nebula_shared_bump_deallocate(bump, storage + 64, small));

  nebula_state state;
  CHECK_CODE(NONE, nebula_shared_bump_state(bump, &state));
  CHECK(state.used_bytes == 64 && state.live_blocks == 2 && nebula_failures_total(&state) == 9);
  CHECK_CODE(NONE, nebula_shared_bump_reset(bump));
  CHECK_CODE(NONE, nebula_shared_bump_state(bump, &state));
  CHECK(state.used_bytes == 0 && state.peak_bytes == 64);
  CHECK_CODE(NONE, nebula_shared_bump_check_invariants(bump));
  nebula_audit_cursor cursor = {0};
  bool done = true;
  CHECK_CODE(NONE, nebula_shared_bump_audit(bump, &cursor, 0, &done));
  CHECK(!done);
  CHECK_CODE(NONE, nebula_shared_bump_audit(bump, &cursor, 1, &done));
  CHECK(done && !nebula_shared_bump_is_corrupted(bump));
  CHECK_MISUSE(&faults, NULL_POINTER, bump, nebula_shared_bump_audit(bump, NULL, 1, &done));
  CHECK_CODE(NONE, nebula_shared_bump_destroy(bump));
}

/// Every function, with an object that is none.
static void without_object(nebula_shared_bump* none, nebula_error_code code) {
  const nebula_layout some = {16, 8};
  void* block = NULL;
  nebula_state state;
  nebula_audit_cursor cursor = {0};
  bool done = false;
  const size_t heard = orphans.count;
  CHECK(nebula_shared_bump_allocate(none, some, &block).code == code);
  CHECK(nebula_shared_bump_try_allocate(none, some, 1, &block).code == code);
  CHECK(nebula_shared_bump_deallocate(none, storage, some).code == code);
  CHECK(nebula_shared_bump_reset(none).code == code);
  CHECK(nebula_shared_bump_state(none, &state).code == code);
  CHECK(nebula_shared_bump_check_invariants(none).code == code);
  CHECK(nebula_shared_bump_audit(none, &cursor, 1, &done).code == code);
  CHECK(nebula_shared_bump_destroy(none).code == code);
  CHECK(!nebula_shared_bump_owns(none, storage));
  CHECK(!nebula_shared_bump_is_corrupted(none));
  CHECK(orphans.count == heard + 10);
  CHECK(orphans.last.what.code == code && orphans.last.what.reporter == NEBULA_COMPONENT_SHARED_BUMP_ALLOCATOR);
}

// SR-CAPI-001 to SR-CAPI-003
void test_shared_bump(void) {
  creation();
  blocks();
  without_object(NULL, NEBULA_ERROR_NULL_POINTER);
  static nebula_shared_bump_object never_made;
  without_object((nebula_shared_bump*)&never_made, NEBULA_ERROR_FOREIGN_POINTER);
}
