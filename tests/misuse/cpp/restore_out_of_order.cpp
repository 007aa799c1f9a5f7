// SPDX-License-Identifier: Apache-2.0 OR MIT
// An inner marker is restored after the outer one.
// expect: spent_marker
#include "fixtures.hpp"

using namespace misuse_corpus;

static nebula::static_stack<512> frames;

void misuse() {
  const nebula::marker outer = prepared(frames.mark());
  const nebula::marker inner = prepared(frames.mark());
  prepared(frames.restore(outer));
  returned(frames.restore(inner));
}
