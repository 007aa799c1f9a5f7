// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <nebula/nebula.h>

/// The C API's own tests: C11 without a library, so that they run on a bare target too. Link all *_test.c and c_test.c
/// with the kernel and with something that prints; hosted_main.c is such a thing.

/// All tests. Returns the number of checks that failed. Can be called again.
int nebula_c_test_main(void);
/// How many checks were made.
int nebula_c_test_check_count(void);
/// Prints a text, which has its own line ends. Whoever links the tests defines it.
void nebula_c_test_print(const char* text);

/// One failed check is one line: file, line, what.
void c_test_check(bool holds, const char* file, int line, const char* what);
void c_test_check_code(nebula_error got, nebula_error_code expected, const char* file, int line, const char* what);

#define CHECK(condition) c_test_check((condition), __FILE__, __LINE__, #condition)
/// The call fails with the code, named without its prefix; NONE: it succeeds.
#define CHECK_CODE(expected, call) c_test_check_code((call), NEBULA_ERROR_##expected, __FILE__, __LINE__, #call)

/// What a hook has heard.
typedef struct fault_log {
  size_t count;
  nebula_fault last;
} fault_log;
/// Forgets what it has heard and returns the hook that fills it.
nebula_fault_hook fault_log_hook(fault_log* log);
/// The call fails with the misuse, and the log hears of just that, from this reporter.
#define CHECK_MISUSE(log, expected, reporter, call)          \
  do {                                                       \
    const size_t heard = (log)->count;                       \
    CHECK_CODE(expected, call);                              \
    CHECK((log)->count == heard + 1);                        \
    CHECK((log)->last.what.code == NEBULA_ERROR_##expected); \
    CHECK((log)->last.allocator == (reporter));              \
  } while (false)
/// The program's hook, for all tests: what no object is told of.
extern fault_log orphans;
/// The call, which returns no error, is told of a null pointer.
#define CHECK_ORPHAN(expected, condition)                     \
  do {                                                        \
    const size_t heard = orphans.count;                       \
    CHECK(condition);                                         \
    CHECK(orphans.count == heard + 1);                        \
    CHECK(orphans.last.what.code == NEBULA_ERROR_##expected); \
  } while (false)

/// An address that is a multiple of `align` and some.
bool is_aligned(const void* address, size_t align);
/// `bytes` and a distance, as an address that is not computed as a pointer.
void* moved(void* bytes, ptrdiff_t distance);
/// Writes to memory that is not the program's to write, unseen by the build's own memory checkers.
void stray_write(void* address);
bool texts_equal(const char* left, const char* right);

void test_values(void);
void test_layouts(void);
void test_states_and_reports(void);
void test_program_hook(void);
void test_bump(void);
void test_stack(void);
void test_pool(void);
void test_local_pool(void);
void test_segregated(void);
void test_local_segregated(void);
void test_shared_bump(void);
void test_pool_cache(void);
void test_arena(void);
void test_budget(void);
