// SPDX-License-Identifier: Apache-2.0 OR MIT
// A budget ends while bytes are reserved in it.
// expect: budget_in_use
#include "fixtures.hpp"

using namespace misuse_corpus;

void misuse() {
  {
    nebula::budget part(prepared(nebula::budget_config{1000}.validate()));
    prepared(part.reserve(100));
  }
  returned_nothing();
}
