// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of all of the address space is allocated.
// expect: refusal layout_unsupported
#include <limits>

#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;

void misuse() { returned(records.allocate({std::numeric_limits<std::size_t>::max(), 1})); }
