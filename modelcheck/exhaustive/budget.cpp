// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "enumerate.hpp"

// A root of 4 bytes, a child of 3 in blocks of 2, and its child of 3: every refusal at every level within a few
// operations.
int main() {
  using nebula::verify::budget_action;
  return nebula::exhaustive::enumerate_main<nebula::verify::shared_budget_subject, nebula::verify::budget_tree,
                                            nebula::verify::budget_operation>(
      {{{{.parent = 0, .limit = 4}, {.parent = 0, .limit = 3, .block_limit = 2}, {.parent = 1, .limit = 3}}, false},
       {{budget_action::reserve, 0, 1},
        {budget_action::reserve, 0, 3},
        {budget_action::reserve, 1, 2},
        {budget_action::reserve, 2, 1},
        {budget_action::reserve, 2, 2},
        {budget_action::release, 0, 1},
        {budget_action::release, 1, 2},
        {budget_action::release, 2, 1},
        {budget_action::set_limit, 0, 3},
        {budget_action::set_limit, 1, 1},
        {budget_action::set_limit, 1, 3},
        {budget_action::renew, 2, 0}},
       8},
      469070940);
}
