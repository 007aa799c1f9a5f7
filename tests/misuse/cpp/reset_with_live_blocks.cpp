// SPDX-License-Identifier: Apache-2.0 OR MIT
// A pool with a live block is reset.
// expect: blocks_live
#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;

void misuse() {
  static_cast<void>(prepared(records.allocate(record_layout)));
  returned(records.reset());
}
