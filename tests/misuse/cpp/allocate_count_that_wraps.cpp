// SPDX-License-Identifier: Apache-2.0 OR MIT
// An array is allocated whose count times its element size wraps.
// expect: refusal size_overflow
#include <limits>

#include "fixtures.hpp"

using namespace misuse_corpus;

void misuse() { returned(nebula::layout::array<record>(std::numeric_limits<std::size_t>::max() / sizeof(record) + 1)); }
