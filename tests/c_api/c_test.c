// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "c_test.h"

#if defined(NEBULA_VALGRIND) && NEBULA_VALGRIND
#include <valgrind/valgrind.h>
#else
#define VALGRIND_DISABLE_ERROR_REPORTING ((void)0)
#define VALGRIND_ENABLE_ERROR_REPORTING ((void)0)
#endif

static int made_checks;
static int failed_checks;
fault_log orphans;

static void print_number(int number) {
  char digits[12];
  size_t first = sizeof digits - 1;
  digits[first] = '\0';
  do {
    --first;
    digits[first] = (char)('0' + number % 10);
    number /= 10;
  } while (number != 0 && first != 0);
  nebula_c_test_print(digits + first);
}

static void print_failure(const char* file, int line, const char* what) {
  ++failed_checks;
  nebula_c_test_print(file);
  nebula_c_test_print(":");
  print_number(line);
  nebula_c_test_print(": ");
  nebula_c_test_print(what);
}

void c_test_check(bool holds, const char* file, int line, const char* what) {
  ++made_checks;
  if (!holds) {
    print_failure(file, line, what);
    nebula_c_test_print("\n");
  }
}

void c_test_check_code(nebula_error got, nebula_error_code expected, const char* file, int line, const char* what) {
  ++made_checks;
  if (got.code != expected) {
    print_failure(file, line, what);
    nebula_c_test_print(": expected ");
    nebula_c_test_print(nebula_error_code_name((uint8_t)expected));
    nebula_c_test_print(", got ");
    nebula_c_test_print(nebula_error_code_name(got.code));
    nebula_c_test_print("\n");
  }
}

static void write_down(void* context, const nebula_fault* fault) {
  fault_log* const log = context;
  ++log->count;
  log->last = *fault;
}

nebula_fault_hook fault_log_hook(fault_log* log) {
  const fault_log empty = {0};
  *log = empty;
  const nebula_fault_hook hook = {write_down, log};
  return hook;
}

bool is_aligned(const void* address, size_t align) { return (uintptr_t)address % align == 0; }

void* moved(void* bytes, ptrdiff_t distance) { return (void*)((uintptr_t)bytes + (uintptr_t)distance); }

__attribute__((no_sanitize_address)) void stray_write(void* address) {
  VALGRIND_DISABLE_ERROR_REPORTING;
  *(volatile unsigned char*)address = 0x11;
  VALGRIND_ENABLE_ERROR_REPORTING;
}

bool texts_equal(const char* left, const char* right) {
  while (*left != '\0' && *left == *right) {
    ++left;
    ++right;
  }
  return *left == *right;
}

int nebula_c_test_check_count(void) { return made_checks; }

int nebula_c_test_main(void) {
  static nebula_fault_hook program_hook;
  made_checks = 0;
  failed_checks = 0;
  program_hook = fault_log_hook(&orphans);
  nebula_set_program_fault_hook(&program_hook);
  test_values();
  test_layouts();
  test_states_and_reports();
  test_bump();
  test_stack();
  test_pool();
  test_local_pool();
  test_segregated();
  test_local_segregated();
  test_shared_bump();
  test_pool_cache();
  test_arena();
  test_budget();
  test_program_hook();
  nebula_set_program_fault_hook(NULL);
  return failed_checks;
}
