// SPDX-License-Identifier: Apache-2.0 OR MIT
// A marker that no allocator has made is restored.
// expect: foreign_marker
#include "fixtures.hpp"

using namespace misuse_corpus;

static nebula::static_stack<512> frames;

void misuse() { returned(frames.restore(nebula::marker{})); }
