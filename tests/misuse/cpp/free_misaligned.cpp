// SPDX-License-Identifier: Apache-2.0 OR MIT
// A pointer that is one byte off is freed.
// expect: misaligned_pointer
#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;

void misuse() {
  std::byte* const block = prepared(records.allocate(record_layout));
  returned(records.deallocate(moved(block, 1), record_layout));
}
