// SPDX-License-Identifier: Apache-2.0 OR MIT
// A marker is restored on an allocator that did not make it.
// expect: foreign_marker
#include "fixtures.hpp"

using namespace misuse_corpus;

static nebula::static_bump<512> bytes;
static nebula::static_bump<512> others;

void misuse() {
  const nebula::marker point = prepared(bytes.mark());
  returned(others.restore(point));
}
