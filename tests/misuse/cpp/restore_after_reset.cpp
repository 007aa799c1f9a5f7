// SPDX-License-Identifier: Apache-2.0 OR MIT
// A marker is restored after a reset.
// expect: stale_marker
#include "fixtures.hpp"

using namespace misuse_corpus;

static nebula::static_bump<512> bytes;

void misuse() {
  const nebula::marker point = prepared(bytes.mark());
  prepared(bytes.reset());
  returned(bytes.restore(point));
}
