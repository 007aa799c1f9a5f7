// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "c_test.h"

static nebula_budget_object memory;
static nebula_budget_object memory_of_child;
static fault_log faults;

static nebula_budget_config right_config(nebula_budget* parent) {
  const nebula_budget_config config = {1000, 400, parent, 70, 90, fault_log_hook(&faults)};
  return config;
}
static nebula_budget* made_anew(nebula_budget_object* where, nebula_budget* parent) {
  const nebula_budget_config config = right_config(parent);
  nebula_budget* budget = NULL;
  CHECK_CODE(NONE, nebula_budget_create(where, sizeof *where, &config, &budget));
  CHECK((void*)budget == (void*)where);
  return budget;
}

/// The field that the configuration is refused for; none iff it is not refused.
static nebula_configuration_field refused_for(const nebula_budget_config* config) {
  nebula_budget* budget = NULL;
  const nebula_error failure = nebula_budget_create(&memory_of_child, sizeof memory_of_child, config, &budget);
  CHECK((failure.code == NEBULA_ERROR_NONE) == (budget != NULL));
  return (nebula_configuration_field)failure.field;
}

static void creation(void) {
  nebula_budget_config config = right_config(NULL);
  nebula_budget* budget = NULL;
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_budget_create(NULL, sizeof memory, &config, &budget));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_budget_create(&memory, sizeof memory, NULL, &budget));
  CHECK_MISUSE(&orphans, NULL_POINTER, NULL, nebula_budget_create(&memory, sizeof memory, &config, NULL));
  const nebula_error failure = nebula_budget_create(&memory, sizeof memory - 1, &config, &budget);
  CHECK(failure.code == NEBULA_ERROR_INVALID_CONFIGURATION && failure.field == NEBULA_FIELD_OBJECT_MEMORY);
  static nebula_budget_object never_made;
  config.parent = (nebula_budget*)&never_made;
  CHECK_MISUSE(&orphans, FOREIGN_POINTER, NULL, nebula_budget_create(&memory, sizeof memory, &config, &budget));
  CHECK(budget == NULL);

  nebula_budget* const root = made_anew(&memory, NULL);
  config = right_config(root);
  config.limit_bytes = 0;
  CHECK(refused_for(&config) == NEBULA_FIELD_LIMIT_BYTES);
  config.limit_bytes = 1001;
  CHECK(refused_for(&config) == NEBULA_FIELD_LIMIT_BYTES);
  config = right_config(root);
  config.block_limit_bytes = 1001;
  CHECK(refused_for(&config) == NEBULA_FIELD_BLOCK_LIMIT_BYTES);
  config = right_config(root);
  config.high_percent = 95;
  CHECK(refused_for(&config) == NEBULA_FIELD_HIGH_PERCENT);
  config.critical_percent = 101;
  CHECK(refused_for(&config) == NEBULA_FIELD_CRITICAL_PERCENT);

  static nebula_budget_object levels[8];
  nebula_budget* deepest = root;
  nebula_budget* made[7];
  for (size_t depth = 0; depth < 7; ++depth) {
    made[depth] = made_anew(&levels[depth], deepest);
    deepest = made[depth];
  }
  config = right_config(deepest);
  CHECK(refused_for(&config) == NEBULA_FIELD_PARENT);
  for (size_t depth = 7; depth != 0; --depth) {
    CHECK_CODE(NONE, nebula_budget_destroy(made[depth - 1]));
  }
  CHECK_CODE(NONE, nebula_budget_destroy(root));
}

static void reservations(void) {
  nebula_budget* const root = made_anew(&memory, NULL);
  nebula_budget* const child = made_anew(&memory_of_child, root);
  CHECK_CODE(NONE, nebula_budget_reserve(child, 400));
  CHECK_CODE(NONE, nebula_budget_try_reserve(child, 350, 3));
  CHECK_CODE(INVALID_LAYOUT, nebula_budget_reserve(child, 0));
  CHECK_CODE(OVER_BLOCK_LIMIT, nebula_budget_reserve(child, 401));
  CHECK_CODE(OVER_BUDGET, nebula_budget_try_reserve(child, 251, 3));
  CHECK_MISUSE(&faults, OVER_RELEASE, child, nebula_budget_release(child, 751));
  CHECK_MISUSE(&faults, OVER_RELEASE, root, nebula_budget_release(root, 1)); // those are its child's
  CHECK_MISUSE(&faults, BUDGET_IN_USE, root, nebula_budget_destroy(root));
  CHECK_MISUSE(&faults, BUDGET_IN_USE, child, nebula_budget_destroy(child));

  nebula_budget_state state;
  CHECK_CODE(NONE, nebula_budget_get_state(child, &state));
  CHECK(state.limit_bytes == 1000 && state.used_bytes == 750 && state.own_bytes == 750 && state.peak_bytes == 750);
  CHECK(state.available_bytes == 250 && state.child_count == 0 && state.level == NEBULA_BUDGET_LEVEL_HIGH);
  CHECK_CODE(NONE, nebula_budget_get_state(root, &state));
  CHECK(state.used_bytes == 750 && state.own_bytes == 0 && state.child_count == 1);
  size_t used = 0;
  CHECK_CODE(NONE, nebula_budget_set_limit(child, 700, &used));
  CHECK(used == 750);
  CHECK_CODE(NONE, nebula_budget_get_state(child, &state));
  CHECK(state.level == NEBULA_BUDGET_LEVEL_EXCEEDED);
  CHECK_CODE(INVALID_CONFIGURATION, nebula_budget_set_limit(child, 1001, &used));
  CHECK_MISUSE(&faults, NULL_POINTER, child, nebula_budget_set_limit(child, 700, NULL));
  CHECK_MISUSE(&faults, NULL_POINTER, child, nebula_budget_get_state(child, NULL));
  CHECK_CODE(NONE, nebula_budget_check_invariants(child));
  CHECK(!nebula_budget_is_corrupted(child));
  CHECK_CODE(NONE, nebula_budget_release(child, 700));
  CHECK_CODE(NONE, nebula_budget_release(child, 50));
  CHECK_CODE(NONE, nebula_budget_destroy(child));
  CHECK_CODE(NONE, nebula_budget_destroy(root));
}

// A budget made over its own parent would be its own parent.
static void over_its_parent(void) {
  nebula_budget_config config = {.limit_bytes = 100};
  nebula_budget* parent = NULL;
  CHECK_CODE(NONE, nebula_budget_create(&memory, sizeof memory, &config, &parent));
  config.parent = parent;
  const size_t heard = orphans.count;
  nebula_budget* child = NULL;
  CHECK_CODE(FOREIGN_POINTER, nebula_budget_create(&memory, sizeof memory, &config, &child));
  CHECK(child == NULL && orphans.count == heard + 1);
  nebula_budget_state state;
  CHECK_CODE(NONE, nebula_budget_get_state(parent, &state));
  CHECK_CODE(NONE, nebula_budget_destroy(parent));
}

/// Every function, with an object that is none.
static void without_object(nebula_budget* none, nebula_error_code code) {
  nebula_budget_state state;
  size_t used = 0;
  const size_t heard = orphans.count;
  CHECK(nebula_budget_reserve(none, 1).code == code);
  CHECK(nebula_budget_try_reserve(none, 1, 1).code == code);
  CHECK(nebula_budget_release(none, 1).code == code);
  CHECK(nebula_budget_set_limit(none, 1, &used).code == code);
  CHECK(nebula_budget_get_state(none, &state).code == code);
  CHECK(nebula_budget_check_invariants(none).code == code);
  CHECK(nebula_budget_destroy(none).code == code);
  CHECK(!nebula_budget_is_corrupted(none));
  CHECK(orphans.count == heard + 8);
  CHECK(orphans.last.what.code == code && orphans.last.what.reporter == NEBULA_COMPONENT_BUDGET);
}

// SR-CAPI-001 to SR-CAPI-003
void test_budget(void) {
  creation();
  reservations();
  over_its_parent();
  without_object(NULL, NEBULA_ERROR_NULL_POINTER);
  static nebula_budget_object never_made;
  without_object((nebula_budget*)&never_made, NEBULA_ERROR_FOREIGN_POINTER);
}
