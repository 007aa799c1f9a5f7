// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "c_test.h"

// SR-CAPI-001, SR-CAPI-004
void test_values(void) {
  CHECK(texts_equal(nebula_error_code_name(NEBULA_ERROR_NONE), "none"));
  CHECK(texts_equal(nebula_error_code_name(NEBULA_ERROR_DOUBLE_FREE), "double_free"));
  CHECK(texts_equal(nebula_error_code_name(200), "unknown"));
  CHECK(texts_equal(nebula_operation_name(NEBULA_OPERATION_RESOLVE_HANDLE), "resolve_handle"));
  CHECK(texts_equal(nebula_operation_name(200), "unknown"));
  CHECK(texts_equal(nebula_component_name(NEBULA_COMPONENT_LOCAL_POOL_ALLOCATOR), "local_pool_allocator"));
  CHECK(texts_equal(nebula_component_name(200), "unknown"));
  CHECK(texts_equal(nebula_configuration_field_name(NEBULA_FIELD_OBJECT_MEMORY), "object_memory"));
  CHECK(texts_equal(nebula_configuration_field_name(200), "unknown"));
  CHECK(texts_equal(nebula_invariant_name(0), "none"));
  CHECK(texts_equal(nebula_invariant_name(2), "link_in_range"));
  CHECK(texts_equal(nebula_invariant_name(200), "unknown"));

  for (unsigned value = 0; value < 256; ++value) {
    const uint8_t code = (uint8_t)value;
    CHECK(nebula_is_refusal(code) == (value >= 1 && value < 32));
    CHECK(nebula_is_misuse(code) == (value >= 32 && value < 64));
    CHECK(nebula_is_corruption(code) == (value >= 64));
    CHECK(nebula_is_retryable(code) == (nebula_is_stray_write(code) || value == NEBULA_ERROR_EXHAUSTED ||
                                        value == NEBULA_ERROR_CONTENDED || value == NEBULA_ERROR_OVER_BUDGET ||
                                        value == NEBULA_ERROR_OVER_CAPACITY || value == NEBULA_ERROR_NO_CACHE_SLOT));
    CHECK(nebula_is_stray_write(code) == (value == NEBULA_ERROR_WRITTEN_AFTER_FREE || value == NEBULA_ERROR_OVERRUN));
  }
}

void test_layouts(void) {
  nebula_layout made = {77, 77};
  CHECK_CODE(NONE, nebula_layout_make(24, 8, &made));
  CHECK(made.size == 24 && made.align == 8);
  CHECK_CODE(INVALID_LAYOUT, nebula_layout_make(0, 8, &made));
  CHECK_CODE(INVALID_LAYOUT, nebula_layout_make(8, 0, &made));
  CHECK_CODE(INVALID_LAYOUT, nebula_layout_make(8, 24, &made));
  CHECK_CODE(SIZE_OVERFLOW, nebula_layout_make(SIZE_MAX, 2, &made));
  CHECK(made.size == 24 && made.align == 8);
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_layout_make(8, 8, NULL));
  CHECK(orphans.last.what.during == NEBULA_OPERATION_MAKE_LAYOUT);
  CHECK(orphans.last.what.reporter == NEBULA_COMPONENT_LAYOUT);

  const nebula_layout element = NEBULA_LAYOUT_OF(uint32_t);
  CHECK(element.size == sizeof(uint32_t) && element.align == NEBULA_ALIGNOF(uint32_t));
  CHECK_CODE(NONE, nebula_layout_array(element, 5, &made));
  CHECK(made.size == 5 * sizeof(uint32_t) && made.align == element.align);
  CHECK_CODE(INVALID_LAYOUT, nebula_layout_array(element, 0, &made));
  const nebula_layout malformed = {8, 3};
  CHECK_CODE(INVALID_LAYOUT, nebula_layout_array(malformed, 1, &made));
  CHECK_CODE(SIZE_OVERFLOW, nebula_layout_array(element, SIZE_MAX / 2, &made));
  const nebula_layout packed = {SIZE_MAX / 3, 4096};
  CHECK_CODE(SIZE_OVERFLOW, nebula_layout_array(packed, 3, &made));
  CHECK(made.size == 5 * sizeof(uint32_t));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_layout_array(element, 1, NULL));
}

void test_states_and_reports(void) {
  nebula_state state = {100, 25, 75, 50, 2, {0}, 0};
  state.failures[0] = 3; // invalid_layout is the first reason, corrupted the last
  state.failures[NEBULA_FAILURE_REASON_COUNT - 1] = 4;
  CHECK(nebula_failures_of(&state, NEBULA_ERROR_INVALID_LAYOUT) == 3);
  CHECK(nebula_failures_of(&state, NEBULA_ERROR_CORRUPTED) == 4);
  CHECK(nebula_failures_of(&state, NEBULA_ERROR_EXHAUSTED) == 0);
  CHECK(nebula_failures_of(&state, NEBULA_ERROR_NONE) == 0);
  CHECK(nebula_failures_of(&state, 200) == 0);
  CHECK(nebula_failures_of(NULL, NEBULA_ERROR_EXHAUSTED) == 0);
  CHECK(nebula_failures_total(&state) == 7);
  CHECK(nebula_failures_total(NULL) == 0);

  const nebula_error failure = {NEBULA_ERROR_EXHAUSTED, NEBULA_OPERATION_ALLOCATE, NEBULA_COMPONENT_BUMP_ALLOCATOR, 0};
  const nebula_layout request = {80, 16};
  const char expected[] = "bump_allocator: allocate failed: exhausted\n";
  char report[512];
  const size_t length = nebula_describe(failure, request, &state, report, sizeof report);
  CHECK(length > sizeof expected && length < sizeof report && report[length] == '\0');
  char first_line[sizeof expected];
  CHECK(nebula_describe(failure, request, &state, first_line, sizeof first_line) == length); // says that it was cut
  CHECK(texts_equal(first_line, expected));
  CHECK(nebula_describe(failure, request, &state, NULL, 100) == length);
  CHECK(nebula_describe(failure, request, NULL, report, sizeof report) > 0);
}

// SR-CAPI-005
void test_program_hook(void) {
  static unsigned char storage[64];
  static nebula_bump_object memory;
  const nebula_bump_config config = {{storage, sizeof storage}, {NULL, NULL}, NEBULA_CHECK_LEVEL_STANDARD};
  nebula_bump* bump = NULL;
  CHECK_CODE(NONE, nebula_bump_create(&memory, sizeof memory, &config, &bump));
  const nebula_layout any = {8, 8};

  // an object without a hook of its own tells the program's, under its own name
  CHECK_MISUSE(&orphans, NULL_POINTER, bump, nebula_bump_deallocate(bump, NULL, any));

  static fault_log other;
  static nebula_fault_hook other_hook;
  other_hook = fault_log_hook(&other);
  nebula_set_program_fault_hook(&other_hook);
  CHECK_MISUSE(&other, NULL_POINTER, bump, nebula_bump_deallocate(bump, NULL, any));

  // without any hook, misuse returns its error and nothing else happens; so it is with a hook that has no function
  const nebula_fault_hook without_function = {NULL, &other};
  const size_t heard = other.count + orphans.count;
  nebula_set_program_fault_hook(NULL);
  CHECK_CODE(NULL_POINTER, nebula_bump_deallocate(bump, NULL, any));
  nebula_set_program_fault_hook(&without_function);
  CHECK_CODE(NULL_POINTER, nebula_bump_deallocate(bump, NULL, any));
  CHECK(other.count + orphans.count == heard);
  CHECK_CODE(NONE, nebula_bump_destroy(bump));
}
