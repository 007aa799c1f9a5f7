// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is allocated whose size wraps when it is added to an address.
// expect: refusal layout_unsupported
#include <limits>

#include "fixtures.hpp"

using namespace misuse_corpus;

static nebula::static_bump<512> bytes;

void misuse() { returned(bytes.allocate({std::numeric_limits<std::size_t>::max() - 7, 8})); }
