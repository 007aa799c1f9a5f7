// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is allocated that is larger than those of the pool.
// expect: refusal layout_unsupported
#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;

void misuse() { returned(records.allocate({25, 8})); }
