// SPDX-License-Identifier: Apache-2.0 OR MIT
// A pointer into the top block of a stack is freed.
// expect: misaligned_pointer
#include "fixtures.hpp"

using namespace misuse_corpus;

static nebula::static_stack<512> frames;

void misuse() {
  std::byte* const block = prepared(frames.allocate(record_layout));
  returned(frames.deallocate(moved(block, 8), record_layout));
}
