// SPDX-License-Identifier: Apache-2.0 OR MIT
// Runs every test of the program, one after the other, and says how many passed.
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>

namespace testing {
namespace {

struct run_so_far {
  internal::entry* first = nullptr;
  internal::entry* last = nullptr;
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t skipped = 0;
  const char* suite = nullptr;
  const char* test = nullptr;
  std::size_t number = 0;
  bool is_one_of_several = false;
  bool has_failed = false;
  bool was_skipped = false;
  std::jmp_buf* back = nullptr;
};
run_so_far run; // zero before the entries' constructors run

void say_test(const char* what) {
  std::printf("%s %s.%s", what, run.suite, run.test);
  if (run.is_one_of_several) {
    std::printf("/%u", static_cast<unsigned>(run.number));
  }
  std::printf("\n");
}

} // namespace

bool Test::HasFailure() { return run.has_failed; }

namespace internal {

entry::entry(const char* suite_name, const char* test_name) : suite(suite_name), test(test_name) {
  if (run.first == nullptr) {
    run.first = this;
  } else {
    run.last->next = this;
  }
  run.last = this;
}

void begin_test(const char* suite, const char* test, std::size_t number, bool is_one_of_several) {
  run.suite = suite;
  run.test = test;
  run.number = number;
  run.is_one_of_several = is_one_of_several;
  run.has_failed = false;
  run.was_skipped = false;
}

void end_test() {
  if (run.has_failed) {
    ++run.failed;
    say_test("[  FAILED  ]");
  } else if (run.was_skipped) {
    ++run.skipped;
    say_test("[  SKIPPED ]");
  } else {
    ++run.passed;
  }
}

void tell_failure(const char* file, int line, const char* what, const char* why, const char* message) {
  run.has_failed = true;
  std::printf("%s:%d: Failure\n  %s\n  %s\n  %s\n", file, line, what, why, message);
}

void tell_skipped(const char* why) {
  run.was_skipped = true;
  std::printf("skipped: %s\n", why);
}

std::jmp_buf* expect_death(std::jmp_buf* back) {
  std::jmp_buf* const before = run.back;
  run.back = back;
  return before;
}

} // namespace internal
} // namespace testing

/// The end of the fault handler: back to the statement that was to die, or the end of the program.
extern "C" [[noreturn]] void after_fault() {
  if (testing::run.back != nullptr) {
    std::longjmp(*testing::run.back, 1);
  }
  testing::say_test("the processor faulted in");
  std::exit(3);
}

int main() {
  for (auto* each = testing::run.first; each != nullptr; each = each->next) {
    each->run_all();
  }
  const auto& run = testing::run;
  std::printf("[  PASSED  ] %u tests.\n", static_cast<unsigned>(run.passed));
  if (run.skipped != 0) {
    std::printf("[  SKIPPED ] %u tests.\n", static_cast<unsigned>(run.skipped));
  }
  if (run.failed != 0) {
    std::printf("[  FAILED  ] %u tests.\n", static_cast<unsigned>(run.failed));
  }
  return run.failed == 0 && run.passed != 0 ? 0 : 1;
}
