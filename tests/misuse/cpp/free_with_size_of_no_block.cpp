// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of a pool is freed with a size that none of its blocks has.
// expect: layout_mismatch
#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;

void misuse() {
  std::byte* const block = prepared(records.allocate(record_layout));
  returned(records.deallocate(block, {25, 8}));
}
