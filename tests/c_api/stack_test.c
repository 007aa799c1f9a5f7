// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "c_test.h"

enum { storage_bytes = 512 };
static NEBULA_ALIGNAS(64) unsigned char storage[storage_bytes];
static nebula_stack_object memory;
static fault_log faults;

static nebula_stack* made_anew(void) {
  const nebula_stack_config config = {{storage, sizeof storage}, fault_log_hook(&faults), NEBULA_CHECK_LEVEL_STANDARD};
  nebula_stack* stack = NULL;
  CHECK_CODE(NONE, nebula_stack_create(&memory, sizeof memory, &config, &stack));
  CHECK((void*)stack == (void*)&memory);
  return stack;
}

static void creation(void) {
  nebula_stack_config config = {{storage, sizeof storage}, {NULL, NULL}, 0};
  nebula_stack* stack = NULL;
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_stack_create(NULL, sizeof memory, &config, &stack));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_stack_create(&memory, sizeof memory, NULL, &stack));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_stack_create(&memory, sizeof memory, &config, NULL));

  nebula_error failure = nebula_stack_create(&memory, sizeof memory - 1, &config, &stack);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_OBJECT_MEMORY);
  failure = nebula_stack_create(memory.bytes + 1, sizeof memory, &config, &stack);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_OBJECT_MEMORY);
  config.storage.size = nebula_stack_record_bytes();
  failure = nebula_stack_create(&memory, sizeof memory, &config, &stack);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_STORAGE);
  config.level = 2;
  failure = nebula_stack_create(&memory, sizeof memory, &config, &stack);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_CHECK_LEVEL);
  config.level = NEBULA_CHECK_LEVEL_STANDARD;
  CHECK(stack == NULL);
}

static void blocks(void) {
  nebula_stack* const stack = made_anew();
  const nebula_layout small = {10, 2};
  const nebula_layout strict = {32, 32};
  void* first = NULL;
  void* second = NULL;
  CHECK_CODE(NONE, nebula_stack_allocate(stack, small, &first));
  CHECK_CODE(NONE, nebula_stack_allocate(stack, strict, &second));
  CHECK(first == (void*)storage && second == (void*)(storage + 32));
  CHECK(nebula_stack_owns(stack, first) && !nebula_stack_owns(stack, &memory));

  void* untouched = first;
  const nebula_layout malformed = {8, 3};
  const nebula_layout huge = {SIZE_MAX - 8, 8};
  const nebula_layout too_much_now = {sizeof storage - nebula_stack_record_bytes(), 1};
  CHECK_CODE(INVALID_LAYOUT, nebula_stack_allocate(stack, malformed, &untouched));
  CHECK_CODE(LAYOUT_UNSUPPORTED, nebula_stack_allocate(stack, huge, &untouched));
  CHECK_CODE(EXHAUSTED, nebula_stack_allocate(stack, too_much_now, &untouched));
  CHECK(untouched == first && faults.count == 0);
  CHECK_MISUSE(&faults, NULL_POINTER, stack, nebula_stack_allocate(stack, small, NULL));

  CHECK_MISUSE(&faults, NULL_POINTER, stack, nebula_stack_deallocate(stack, NULL, small));
  CHECK_MISUSE(&faults, FOREIGN_POINTER, stack, nebula_stack_deallocate(stack, &memory, small));
  CHECK_MISUSE(&faults, MISALIGNED_POINTER, stack, nebula_stack_deallocate(stack, moved(second, 1), strict));
  CHECK_MISUSE(&faults, LIFO_VIOLATION, stack, nebula_stack_deallocate(stack, first, small));
  CHECK_MISUSE(&faults, LAYOUT_MISMATCH, stack, nebula_stack_deallocate(stack, second, small));
  CHECK_CODE(NONE, nebula_stack_deallocate(stack, second, strict));
  CHECK_MISUSE(&faults, DOUBLE_FREE, stack, nebula_stack_deallocate(stack, second, strict));

  nebula_state state;
  CHECK_CODE(NONE, nebula_stack_state(stack, &state));
  CHECK(state.capacity_bytes == sizeof storage - nebula_stack_record_bytes());
  CHECK(state.used_bytes == 10 && state.peak_bytes == 64 && state.live_blocks == 1);
  CHECK(state.available_bytes == sizeof storage - 10 - 2 * nebula_stack_record_bytes());
  CHECK(nebula_failures_of(&state, NEBULA_ERROR_LIFO_VIOLATION) == 1);
  CHECK(nebula_failures_total(&state) == 10);
  CHECK_CODE(NONE, nebula_stack_reset(stack));
  CHECK_CODE(NONE, nebula_stack_destroy(stack));
}

static void resizing(void) {
  nebula_stack* const stack = made_anew();
  const nebula_layout some = {16, 8};
  const nebula_layout grown = {40, 8};
  void* below = NULL;
  void* top = NULL;
  CHECK_CODE(NONE, nebula_stack_allocate(stack, some, &below));
  CHECK_CODE(NONE, nebula_stack_allocate(stack, some, &top));
  CHECK_CODE(NONE, nebula_stack_resize_top(stack, top, some, grown.size));
  CHECK_MISUSE(&faults, LAYOUT_MISMATCH, stack, nebula_stack_resize_top(stack, top, some, 8));
  CHECK_MISUSE(&faults, LIFO_VIOLATION, stack, nebula_stack_resize_top(stack, below, some, 8));
  CHECK_MISUSE(&faults, NULL_POINTER, stack, nebula_stack_resize_top(stack, NULL, some, 8));
  CHECK_CODE(INVALID_LAYOUT, nebula_stack_resize_top(stack, top, grown, 0));
  CHECK_CODE(EXHAUSTED, nebula_stack_resize_top(stack, top, grown, sizeof storage - nebula_stack_record_bytes()));
  CHECK_CODE(LAYOUT_UNSUPPORTED, nebula_stack_resize_top(stack, top, grown, SIZE_MAX));
  CHECK_CODE(NONE, nebula_stack_deallocate(stack, top, grown));
  CHECK_CODE(NONE, nebula_stack_destroy(stack));
}

static void marks(void) {
  nebula_stack* const stack = made_anew();
  const nebula_layout some = {16, 8};
  void* below = NULL;
  void* block = NULL;
  nebula_marker outer;
  nebula_marker inner;
  const nebula_marker nobodys = {0};
  CHECK_CODE(NONE, nebula_stack_allocate(stack, some, &below));
  CHECK_CODE(NONE, nebula_stack_mark(stack, &outer));
  CHECK_CODE(NONE, nebula_stack_allocate(stack, some, &block));
  CHECK_CODE(NONE, nebula_stack_mark(stack, &inner));
  CHECK(nebula_stack_mark_count(stack) == 2);
  CHECK_MISUSE(&faults, NULL_POINTER, stack, nebula_stack_mark(stack, NULL));
  CHECK_MISUSE(&faults, NULL_POINTER, stack, nebula_stack_restore(stack, NULL));
  CHECK_MISUSE(&faults, FOREIGN_MARKER, stack, nebula_stack_restore(stack, &nobodys));
  CHECK_MISUSE(&faults, LIFO_VIOLATION, stack, nebula_stack_deallocate(stack, block, some));
  CHECK_CODE(NONE, nebula_stack_restore(stack, &outer));
  CHECK_MISUSE(&faults, SPENT_MARKER, stack, nebula_stack_restore(stack, &inner));
  CHECK_CODE(NONE, nebula_stack_deallocate(stack, below, some));
  CHECK_CODE(NONE, nebula_stack_mark(stack, &outer));
  CHECK_CODE(NONE, nebula_stack_reset(stack));
  CHECK_MISUSE(&faults, STALE_MARKER, stack, nebula_stack_restore(stack, &outer));

  size_t count = 0;
  while (nebula_stack_mark(stack, &inner).code == NEBULA_ERROR_NONE) {
    ++count;
  }
  CHECK(count == sizeof storage / nebula_stack_record_bytes());
  CHECK_CODE(EXHAUSTED, nebula_stack_mark(stack, &inner));
  CHECK_CODE(NONE, nebula_stack_destroy(stack));
}

static void integrity(void) {
  nebula_stack* const stack = made_anew();
  const nebula_layout some = {16, 8};
  void* block = NULL;
  nebula_marker point;
  CHECK_CODE(NONE, nebula_stack_allocate(stack, some, &block));
  CHECK_CODE(NONE, nebula_stack_mark(stack, &point));
  CHECK_CODE(NONE, nebula_stack_check_invariants(stack));
  nebula_audit_cursor cursor = {0};
  bool done = true;
  CHECK_CODE(NONE, nebula_stack_audit(stack, &cursor, 2, &done));
  CHECK(!done);
  CHECK_CODE(NONE, nebula_stack_audit(stack, &cursor, 1, &done));
  CHECK(done);
  CHECK_MISUSE(&faults, NULL_POINTER, stack, nebula_stack_audit(stack, NULL, 1, &done));
  CHECK_MISUSE(&faults, NULL_POINTER, stack, nebula_stack_audit(stack, &cursor, 1, NULL));
  CHECK(!nebula_stack_is_corrupted(stack));

  // the records, at the end of the storage
  for (size_t place = sizeof storage - 2 * nebula_stack_record_bytes(); place < sizeof storage; ++place) {
    storage[place] = 0xFF;
  }
  CHECK_MISUSE(&faults, CORRUPTED, stack, nebula_stack_check_invariants(stack));
  CHECK(!texts_equal(nebula_invariant_name(faults.last.broken), "none"));
  CHECK(nebula_stack_is_corrupted(stack));
  CHECK_CODE(CORRUPTED, nebula_stack_allocate(stack, some, &block));
  CHECK_CODE(CORRUPTED, nebula_stack_deallocate(stack, block, some));
  CHECK_CODE(CORRUPTED, nebula_stack_mark(stack, &point));
  CHECK_CODE(CORRUPTED, nebula_stack_restore(stack, &point));
  CHECK_CODE(CORRUPTED, nebula_stack_reset(stack));
  CHECK_CODE(CORRUPTED, nebula_stack_audit(stack, &cursor, 1, &done));
  CHECK_CODE(NONE, nebula_stack_destroy(stack));
}

static void paranoia(void) {
  nebula_stack_config config = {{storage, sizeof storage}, fault_log_hook(&faults), NEBULA_CHECK_LEVEL_PARANOID};
  nebula_stack* stack = NULL;
  const nebula_layout some = {16, 8};
  void* block = NULL;
  CHECK_CODE(NONE, nebula_stack_create(&memory, sizeof memory, &config, &stack));
  CHECK(nebula_stack_level(stack) == NEBULA_CHECK_LEVEL_PARANOID);
  CHECK_CODE(NONE, nebula_stack_allocate(stack, some, &block));
  stray_write(moved(block, 16));
  CHECK_MISUSE(&faults, OVERRUN, stack, nebula_stack_deallocate(stack, block, some));
  CHECK_CODE(NONE, nebula_stack_deallocate(stack, block, some)); // what was overwritten has been mended
  stray_write(block);
  CHECK_MISUSE(&faults, WRITTEN_AFTER_FREE, stack, nebula_stack_allocate(stack, some, &block));
  CHECK_CODE(NONE, nebula_stack_destroy(stack));
}

/// Every function, with an object that is none.
static void without_object(nebula_stack* none, nebula_error_code code) {
  const nebula_layout some = {16, 8};
  void* block = NULL;
  nebula_marker point = {0};
  nebula_state state;
  nebula_audit_cursor cursor = {0};
  bool done = false;
  const size_t heard = orphans.count;
  CHECK(nebula_stack_allocate(none, some, &block).code == code);
  CHECK(nebula_stack_resize_top(none, storage, some, 8).code == code);
  CHECK(nebula_stack_deallocate(none, storage, some).code == code);
  CHECK(nebula_stack_mark(none, &point).code == code);
  CHECK(nebula_stack_restore(none, &point).code == code);
  CHECK(nebula_stack_reset(none).code == code);
  CHECK(nebula_stack_state(none, &state).code == code);
  CHECK(nebula_stack_check_invariants(none).code == code);
  CHECK(nebula_stack_audit(none, &cursor, 1, &done).code == code);
  CHECK(nebula_stack_destroy(none).code == code);
  CHECK(!nebula_stack_owns(none, storage));
  CHECK(!nebula_stack_is_corrupted(none));
  CHECK(nebula_stack_mark_count(none) == 0);
  CHECK(nebula_stack_level(none) == 0);
  CHECK(orphans.count == heard + 14);
  CHECK(orphans.last.what.code == code && orphans.last.what.reporter == NEBULA_COMPONENT_STACK_ALLOCATOR);
}

// SR-CAPI-001 to SR-CAPI-003
void test_stack(void) {
  creation();
  blocks();
  resizing();
  marks();
  integrity();
  paranoia();
  without_object(NULL, NEBULA_ERROR_NULL_POINTER);
  static nebula_stack_object never_made;
  without_object((nebula_stack*)&never_made, NEBULA_ERROR_FOREIGN_POINTER);
  nebula_stack* const stack = made_anew();
  CHECK_CODE(NONE, nebula_stack_destroy(stack));
  without_object(stack, NEBULA_ERROR_FOREIGN_POINTER);
}
