// SPDX-License-Identifier: Apache-2.0 OR MIT
// More bytes are given back to a budget than were reserved.
// expect: over_release
#include "fixtures.hpp"

using namespace misuse_corpus;

void misuse() {
  nebula::budget part(prepared(nebula::budget_config{1000}.validate()));
  prepared(part.reserve(100));
  returned(part.release(101));
  prepared(part.release(100));
}
