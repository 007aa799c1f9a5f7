// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "verdict.h"

static unsigned heard;
static uint8_t heard_code;
static nebula_error outcome;
static bool has_no_outcome;
static bool is_unprepared;
static nebula_error_code unprepared_code;

// Faults of two threads at a time are counted, too.
static void hear(void* context, const nebula_fault* fault) {
  (void)context;
  __atomic_store_n(&heard_code, fault->what.code, __ATOMIC_RELAXED);
  __atomic_store_n(&heard, __atomic_load_n(&heard, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
}

void returned(nebula_error made) { outcome = made; }

void returned_nothing(void) { has_no_outcome = true; }

void prepared(nebula_error made) {
  if (made.code != NEBULA_ERROR_NONE && !is_unprepared) {
    is_unprepared = true;
    unprepared_code = (nebula_error_code)made.code;
  }
}

void without_hook(void) { nebula_set_program_fault_hook(NULL); }

static void print_verdict(void) {
  if (is_unprepared) {
    misuse_print("not prepared: ");
    misuse_print(nebula_error_code_name((uint8_t)unprepared_code));
  } else if (heard > 1) {
    misuse_print("several faults, the last ");
    misuse_print(nebula_error_code_name(heard_code));
  } else if (heard == 1 && heard_code != outcome.code && !has_no_outcome) {
    misuse_print("fault ");
    misuse_print(nebula_error_code_name(heard_code));
    misuse_print(", but returned ");
    misuse_print(nebula_error_code_name(outcome.code));
  } else if (heard == 1) {
    misuse_print(nebula_error_code_name(heard_code));
  } else if (outcome.code == NEBULA_ERROR_NONE) {
    misuse_print("undetected");
  } else {
    misuse_print(nebula_is_refusal(outcome.code) ? "refusal " : "no fault, but returned ");
    misuse_print(nebula_error_code_name(outcome.code));
    if (outcome.field != NEBULA_FIELD_NONE) {
      misuse_print(" ");
      misuse_print(nebula_configuration_field_name(outcome.field));
    }
  }
}

int main(void) {
  static const nebula_fault_hook hook = {hear, NULL};
  nebula_set_program_fault_hook(&hook);
  misuse_print("begins\n");
  misuse();
  misuse_print("verdict: ");
  print_verdict();
  misuse_print("\n");
  return 0;
}
