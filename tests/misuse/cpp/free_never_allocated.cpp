// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block that was never allocated is freed.
// expect: double_free
#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;

void misuse() {
  std::byte* const block = prepared(records.allocate(record_layout));
  returned(records.deallocate(moved(block, sizeof(record)), record_layout));
}
