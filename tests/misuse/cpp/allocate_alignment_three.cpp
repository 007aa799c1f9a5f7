// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of an alignment that is no power of two is allocated.
// expect: refusal invalid_layout
#include "fixtures.hpp"

using namespace misuse_corpus;

static nebula::static_stack<512> frames;

void misuse() { returned(frames.allocate({24, 3})); }
