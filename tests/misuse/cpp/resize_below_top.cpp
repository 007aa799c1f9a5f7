// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of a stack that is not the top is resized.
// expect: lifo_violation
#include "fixtures.hpp"

using namespace misuse_corpus;

static nebula::static_stack<512> frames;

void misuse() {
  std::byte* const block = prepared(frames.allocate(record_layout));
  static_cast<void>(prepared(frames.allocate(record_layout)));
  returned(frames.resize_top(block, record_layout, 48));
}
