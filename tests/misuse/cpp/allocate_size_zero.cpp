// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of size 0 is allocated.
// expect: refusal invalid_layout
#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;

void misuse() { returned(records.allocate({0, 8})); }
