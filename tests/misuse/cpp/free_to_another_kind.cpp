// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of a pool is freed to a stack.
// expect: foreign_pointer
#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;
static nebula::static_stack<512> frames;

void misuse() {
  std::byte* const block = prepared(records.allocate(record_layout));
  returned(frames.deallocate(block, record_layout));
}
