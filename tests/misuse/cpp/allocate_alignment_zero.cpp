// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of alignment 0 is allocated.
// expect: refusal invalid_layout
#include "fixtures.hpp"

using namespace misuse_corpus;

static nebula::static_bump<512> bytes;

void misuse() { returned(bytes.allocate({24, 0})); }
