// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is freed with size 0.
// expect: layout_mismatch
#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;

void misuse() {
  std::byte* const block = prepared(records.allocate(record_layout));
  returned(records.deallocate(block, {0, 8}));
}
