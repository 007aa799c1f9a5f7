// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is allocated from a pool that has none left.
// expect: refusal exhausted
#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;

void misuse() {
  for (unsigned count = 0; count < record_count; ++count) {
    static_cast<void>(prepared(records.allocate(record_layout)));
  }
  returned(records.allocate(record_layout));
}
