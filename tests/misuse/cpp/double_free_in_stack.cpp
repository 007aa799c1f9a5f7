// SPDX-License-Identifier: Apache-2.0 OR MIT
// The top of a stack is freed twice.
// expect: double_free
#include "fixtures.hpp"

using namespace misuse_corpus;

static nebula::static_stack<512> frames;

void misuse() {
  std::byte* const block = prepared(frames.allocate(record_layout));
  prepared(frames.deallocate(block, record_layout));
  returned(frames.deallocate(block, record_layout));
}
