// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is allocated whose alignment is as large as the address space is.
// expect: refusal layout_unsupported
#include <limits>

#include "fixtures.hpp"

using namespace misuse_corpus;

static nebula::static_stack<512> frames;

void misuse() { returned(frames.allocate({8, std::numeric_limits<std::size_t>::max() / 2 + 1})); }
