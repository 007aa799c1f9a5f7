// SPDX-License-Identifier: Apache-2.0 OR MIT
// The tests of one of the two segregated allocators: whoever includes this has defined SEGREGATED(suffix), the allocator's
// names; SEGREGATED_COMPONENT; POOL_COMPONENT and POOL_RECORD_BYTES, of its pools; and SEGREGATED_TEST, the function that runs
// them all.
#include "c_test.h"

enum { class_count = 3 };
static const nebula_size_class classes[class_count] = {{8, 8, 2}, {24, 8, 1}, {64, 64, 1}};
static unsigned char storage[NEBULA_SEGREGATED_CLASS_BYTES(8, 8, 2) + NEBULA_SEGREGATED_CLASS_BYTES(24, 8, 1) +
                             NEBULA_SEGREGATED_CLASS_BYTES(64, 64, 1)];
static SEGREGATED(_object) memory;
static fault_log faults;

static SEGREGATED() * made_anew(void) {
  const nebula_segregated_config config = {{storage, sizeof storage},  classes, class_count, 1, fault_log_hook(&faults),
                                           NEBULA_CHECK_LEVEL_STANDARD};
  SEGREGATED()* made = NULL;
  CHECK_CODE(NONE, SEGREGATED(_create)(&memory, sizeof memory, &config, &made));
  CHECK((void*)made == (void*)&memory);
  return made;
}

/// The field that a configuration is refused for; none iff it is not refused.
static nebula_configuration_field refused_for(nebula_byte_span bytes, const nebula_size_class* of, size_t count,
                                              size_t fallback) {
  const nebula_segregated_config config = {bytes, of, count, fallback, {NULL, NULL}, 0};
  SEGREGATED()* made = NULL;
  const nebula_error failure = SEGREGATED(_create)(&memory, sizeof memory, &config, &made);
  CHECK((failure.code == NEBULA_ERROR_NONE) == (made != NULL));
  CHECK(failure.code == NEBULA_ERROR_NONE || failure.code == NEBULA_ERROR_INVALID_CONFIGURATION);
  return (nebula_configuration_field)failure.field;
}

static void creation(void) {
  const nebula_segregated_config config = {{storage, sizeof storage}, classes, class_count, 1, {NULL, NULL}, 0};
  SEGREGATED()* made = NULL;
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, SEGREGATED(_create)(NULL, sizeof memory, &config, &made));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, SEGREGATED(_create)(&memory, sizeof memory, NULL, &made));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, SEGREGATED(_create)(&memory, sizeof memory, &config, NULL));
  nebula_error failure = SEGREGATED(_create)(&memory, sizeof memory - 1, &config, &made);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_OBJECT_MEMORY);
  failure = SEGREGATED(_create)(memory.bytes + 4, sizeof memory, &config, &made);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_OBJECT_MEMORY);
  CHECK(made == NULL);

  const nebula_byte_span all = {storage, sizeof storage};
  const nebula_byte_span nothing = {NULL, sizeof storage};
  const nebula_byte_span little = {storage, 100};
  const nebula_size_class descending[2] = {{24, 8, 1}, {8, 8, 1}};
  const nebula_size_class of_no_block[1] = {{8, 8, 0}};
  const nebula_size_class of_wrong_align[1] = {{8, 3, 1}};
  CHECK(refused_for(all, classes, class_count, 1) == NEBULA_FIELD_NONE);
  CHECK(refused_for(all, NULL, class_count, 1) == NEBULA_FIELD_CLASSES);
  CHECK(refused_for(all, classes, 0, 0) == NEBULA_FIELD_CLASSES);
  CHECK(refused_for(all, classes, NEBULA_SEGREGATED_CLASS_COUNT_MAX + 1, 0) == NEBULA_FIELD_CLASSES);
  CHECK(refused_for(all, descending, 2, 0) == NEBULA_FIELD_CLASSES);
  CHECK(refused_for(all, of_no_block, 1, 0) == NEBULA_FIELD_BLOCK_COUNT);
  CHECK(refused_for(all, of_wrong_align, 1, 0) == NEBULA_FIELD_BLOCK_ALIGN_BYTES);
  CHECK(refused_for(all, classes, class_count, class_count) == NEBULA_FIELD_FALLBACK_CLASSES);
  CHECK(refused_for(nothing, classes, class_count, 1) == NEBULA_FIELD_STORAGE);
  CHECK(refused_for(little, classes, class_count, 1) == NEBULA_FIELD_STORAGE);

  nebula_segregated_config of_no_level = config;
  of_no_level.level = 2;
  failure = SEGREGATED(_create)(&memory, sizeof memory, &of_no_level, &made);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_CHECK_LEVEL);

  size_t bytes = 77;
  CHECK_CODE(INVALID_CONFIGURATION, SEGREGATED(_storage_bytes)(&of_no_level, &bytes));
  nebula_segregated_config other = config;
  other.classes = NULL;
  CHECK_CODE(INVALID_CONFIGURATION, SEGREGATED(_storage_bytes)(&other, &bytes));
  const nebula_size_class huge[2] = {{SIZE_MAX / 4, 1, 3}, {SIZE_MAX / 2, 1, 1}};
  other.classes = huge;
  other.class_count = 2;
  CHECK_CODE(SIZE_OVERFLOW, SEGREGATED(_storage_bytes)(&other, &bytes));
  CHECK(bytes == 77);
  CHECK_CODE(NONE, SEGREGATED(_storage_bytes)(&config, &bytes));
  CHECK(bytes != 77 && bytes <= sizeof storage);
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, SEGREGATED(_storage_bytes)(NULL, &bytes));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, SEGREGATED(_storage_bytes)(&config, NULL));
}

static void blocks(void) {
  SEGREGATED()* const made = made_anew();
  const nebula_layout eight = {8, 8};
  const nebula_layout strict = {40, 64};
  void* block[4] = {NULL};
  CHECK_CODE(NONE, SEGREGATED(_allocate)(made, eight, &block[0]));
  CHECK_CODE(NONE, SEGREGATED(_try_allocate)(made, eight, 2, &block[1]));
  CHECK_CODE(NONE, SEGREGATED(_allocate)(made, eight, &block[2])); // from the next class
  CHECK_CODE(NONE, SEGREGATED(_allocate)(made, strict, &block[3]));
  CHECK(is_aligned(block[3], 64) && SEGREGATED(_owns)(made, block[3]) && !SEGREGATED(_owns)(made, &memory));

  void* untouched = &memory;
  const nebula_layout malformed = {0, 1};
  const nebula_layout too_large = {65, 1};
  CHECK_CODE(EXHAUSTED, SEGREGATED(_allocate)(made, eight, &untouched));
  CHECK_CODE(EXHAUSTED, SEGREGATED(_try_allocate)(made, eight, 0, &untouched));
  CHECK_CODE(INVALID_LAYOUT, SEGREGATED(_allocate)(made, malformed, &untouched));
  CHECK_CODE(LAYOUT_UNSUPPORTED, SEGREGATED(_allocate)(made, too_large, &untouched));
  CHECK(untouched == (void*)&memory && faults.count == 0);
  CHECK_MISUSE(&faults, NULL_POINTER, made, SEGREGATED(_allocate)(made, eight, NULL));
  CHECK_MISUSE(&faults, NULL_POINTER, made, SEGREGATED(_try_allocate)(made, eight, 0, NULL));

  CHECK_MISUSE(&faults, NULL_POINTER, made, SEGREGATED(_deallocate)(made, NULL, eight));
  CHECK_MISUSE(&faults, FOREIGN_POINTER, made, SEGREGATED(_deallocate)(made, &memory, eight));
  CHECK_MISUSE(&faults, LAYOUT_MISMATCH, made, SEGREGATED(_deallocate)(made, block[3], eight));
  CHECK_MISUSE(&faults, MISALIGNED_POINTER, made, SEGREGATED(_deallocate)(made, moved(block[0], 1), eight));
  CHECK_MISUSE(&faults, BLOCKS_LIVE, made, SEGREGATED(_reset)(made));
  CHECK_CODE(NONE, SEGREGATED(_deallocate)(made, block[0], eight));
  CHECK_MISUSE(&faults, DOUBLE_FREE, made, SEGREGATED(_deallocate)(made, block[0], eight));
  CHECK(faults.last.what.reporter == POOL_COMPONENT && faults.last.address == block[0]);
  CHECK_CODE(NONE, SEGREGATED(_deallocate_without_layout)(made, block[3]));
  CHECK_MISUSE(&faults, DOUBLE_FREE, made, SEGREGATED(_deallocate_without_layout)(made, block[3]));
  CHECK_MISUSE(&faults, FOREIGN_POINTER, made, SEGREGATED(_deallocate_without_layout)(made, &memory));

  nebula_state state;
  CHECK_CODE(NONE, SEGREGATED(_state)(made, &state));
  CHECK(state.capacity_bytes == 104 && state.used_bytes == 32 && state.available_bytes == 72);
  CHECK(state.peak_bytes == 104 && state.live_blocks == 2);
  CHECK(nebula_failures_of(&state, NEBULA_ERROR_DOUBLE_FREE) == 2 && nebula_failures_total(&state) == 14);
  CHECK_CODE(NONE, SEGREGATED(_deallocate)(made, block[1], eight));
  CHECK_CODE(NONE, SEGREGATED(_deallocate)(made, block[2], eight));
  CHECK_CODE(NONE, SEGREGATED(_reset)(made));
  CHECK_CODE(NONE, SEGREGATED(_destroy)(made));
}

static void parts(void) {
  SEGREGATED()* const made = made_anew();
  CHECK(SEGREGATED(_class_count)(made) == class_count);
  nebula_state state;
  nebula_byte_span bytes = {NULL, 0};
  CHECK_CODE(NONE, SEGREGATED(_class_state)(made, 1, &state));
  CHECK(state.capacity_bytes == 24 && state.live_blocks == 0);
  CHECK_CODE(NONE, SEGREGATED(_class_bytes)(made, 2, &bytes));
  CHECK(bytes.size == 64 && is_aligned(bytes.data, 64));
  CHECK_MISUSE(&faults, FOREIGN_POINTER, made, SEGREGATED(_class_state)(made, class_count, &state));
  CHECK_MISUSE(&faults, FOREIGN_POINTER, made, SEGREGATED(_class_bytes)(made, class_count, &bytes));
  CHECK_MISUSE(&faults, NULL_POINTER, made, SEGREGATED(_class_state)(made, 0, NULL));
  CHECK_MISUSE(&faults, NULL_POINTER, made, SEGREGATED(_class_bytes)(made, 0, NULL));
  CHECK(bytes.size == 64);
  CHECK_CODE(NONE, SEGREGATED(_destroy)(made));
}

static void integrity(void) {
  SEGREGATED()* const made = made_anew();
  const nebula_layout eight = {8, 8};
  void* block = NULL;
  CHECK_CODE(NONE, SEGREGATED(_allocate)(made, eight, &block));
  CHECK_CODE(NONE, SEGREGATED(_check_invariants)(made));
  nebula_audit_cursor cursor = {0};
  bool done = true;
  CHECK_CODE(NONE, SEGREGATED(_audit)(made, &cursor, 0, &done));
  CHECK(!done);
  CHECK_CODE(NONE, SEGREGATED(_audit)(made, &cursor, 100, &done));
  CHECK(done);
  CHECK_MISUSE(&faults, NULL_POINTER, made, SEGREGATED(_audit)(made, NULL, 1, &done));
  CHECK_MISUSE(&faults, NULL_POINTER, made, SEGREGATED(_audit)(made, &cursor, 1, NULL));
  CHECK(!SEGREGATED(_is_corrupted)(made));

  nebula_byte_span first = {NULL, 0};
  CHECK_CODE(NONE, SEGREGATED(_class_bytes)(made, 0, &first));
  unsigned char* const blocks_begin = first.data; // the records of all classes are in front, but for padding
  for (ptrdiff_t place = 1; place <= 4 * (ptrdiff_t)POOL_RECORD_BYTES; ++place) {
    blocks_begin[-place] = 0x55;
  }
  CHECK_CODE(CORRUPTED, SEGREGATED(_check_invariants)(made));
  CHECK(faults.last.what.code == NEBULA_ERROR_CORRUPTED && faults.last.allocator == (void*)made);
  CHECK(!texts_equal(nebula_invariant_name(faults.last.broken), "none"));
  CHECK(SEGREGATED(_is_corrupted)(made));
  CHECK_CODE(CORRUPTED, SEGREGATED(_allocate)(made, eight, &block));
  CHECK_CODE(CORRUPTED, SEGREGATED(_try_allocate)(made, eight, 1, &block));
  CHECK_CODE(CORRUPTED, SEGREGATED(_deallocate)(made, block, eight));
  CHECK_CODE(CORRUPTED, SEGREGATED(_deallocate_without_layout)(made, block));
  CHECK_CODE(CORRUPTED, SEGREGATED(_reset)(made));
  CHECK_CODE(CORRUPTED, SEGREGATED(_audit)(made, &cursor, 1, &done));
  CHECK_CODE(NONE, SEGREGATED(_destroy)(made));
}

static void paranoia(void) {
  static unsigned char larger[NEBULA_SEGREGATED_CLASS_BYTES(8 + NEBULA_CANARY_BYTES, 8, 1)];
  const nebula_size_class one[1] = {{8, 8, 1}};
  const nebula_segregated_config config = {{larger, sizeof larger},    one, 1, 0, fault_log_hook(&faults),
                                           NEBULA_CHECK_LEVEL_PARANOID};
  SEGREGATED()* made = NULL;
  const nebula_layout eight = {8, 8};
  void* block = NULL;
  CHECK_CODE(NONE, SEGREGATED(_create)(&memory, sizeof memory, &config, &made));
  CHECK(SEGREGATED(_level)(made) == NEBULA_CHECK_LEVEL_PARANOID);
  CHECK_CODE(NONE, SEGREGATED(_allocate)(made, eight, &block));
  stray_write(moved(block, 8));
  CHECK_MISUSE(&faults, OVERRUN, made, SEGREGATED(_deallocate)(made, block, eight));
  CHECK_CODE(NONE, SEGREGATED(_deallocate)(made, block, eight)); // what was overwritten has been mended
  stray_write(block);
  CHECK_MISUSE(&faults, WRITTEN_AFTER_FREE, made, SEGREGATED(_allocate)(made, eight, &block));
  CHECK_CODE(NONE, SEGREGATED(_destroy)(made));
}

/// Every function, with an object that is none.
static void without_object(SEGREGATED() * none, nebula_error_code code) {
  const nebula_layout eight = {8, 8};
  void* block = NULL;
  nebula_state state;
  nebula_byte_span bytes = {NULL, 0};
  nebula_audit_cursor cursor = {0};
  bool done = false;
  const size_t heard = orphans.count;
  CHECK(SEGREGATED(_allocate)(none, eight, &block).code == code);
  CHECK(SEGREGATED(_try_allocate)(none, eight, 1, &block).code == code);
  CHECK(SEGREGATED(_deallocate)(none, storage, eight).code == code);
  CHECK(SEGREGATED(_deallocate_without_layout)(none, storage).code == code);
  CHECK(SEGREGATED(_reset)(none).code == code);
  CHECK(SEGREGATED(_state)(none, &state).code == code);
  CHECK(SEGREGATED(_class_state)(none, 0, &state).code == code);
  CHECK(SEGREGATED(_class_bytes)(none, 0, &bytes).code == code);
  CHECK(SEGREGATED(_check_invariants)(none).code == code);
  CHECK(SEGREGATED(_audit)(none, &cursor, 1, &done).code == code);
  CHECK(SEGREGATED(_destroy)(none).code == code);
  CHECK(!SEGREGATED(_owns)(none, storage));
  CHECK(!SEGREGATED(_is_corrupted)(none));
  CHECK(SEGREGATED(_class_count)(none) == 0);
  CHECK(SEGREGATED(_level)(none) == 0);
  CHECK(orphans.count == heard + 15);
  CHECK(orphans.last.what.code == code && orphans.last.what.reporter == SEGREGATED_COMPONENT);
}

void SEGREGATED_TEST(void) {
  creation();
  blocks();
  parts();
  integrity();
  paranoia();
  without_object(NULL, NEBULA_ERROR_NULL_POINTER);
  static SEGREGATED(_object) never_made;
  without_object((SEGREGATED()*)&never_made, NEBULA_ERROR_FOREIGN_POINTER);
  SEGREGATED()* const made = made_anew();
  CHECK_CODE(NONE, SEGREGATED(_destroy)(made));
  without_object(made, NEBULA_ERROR_FOREIGN_POINTER);
}
