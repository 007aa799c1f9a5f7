// SPDX-License-Identifier: Apache-2.0 OR MIT
// More bytes are reserved than the budget has left.
// expect: refusal over_budget
#include "fixtures.hpp"

using namespace misuse_corpus;

void misuse() {
  nebula::budget part(prepared(nebula::budget_config{1000}.validate()));
  prepared(part.reserve(900));
  returned(part.reserve(101));
  prepared(part.release(900));
}
