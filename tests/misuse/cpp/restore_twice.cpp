// SPDX-License-Identifier: Apache-2.0 OR MIT
// A marker is restored twice.
// expect: spent_marker
#include "fixtures.hpp"

using namespace misuse_corpus;

static nebula::static_bump<512> bytes;

void misuse() {
  const nebula::marker point = prepared(bytes.mark());
  prepared(bytes.restore(point));
  returned(bytes.restore(point));
}
