// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is freed to a pool that it is not of.
// expect: foreign_pointer
#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;
static pool others;

void misuse() {
  std::byte* const block = prepared(records.allocate(record_layout));
  returned(others.deallocate(block, record_layout));
}
