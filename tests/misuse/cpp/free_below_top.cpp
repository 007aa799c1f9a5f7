// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of a stack is freed before the one above it.
// expect: lifo_violation
#include "fixtures.hpp"

using namespace misuse_corpus;

static nebula::static_stack<512> frames;

void misuse() {
  std::byte* const block = prepared(frames.allocate(record_layout));
  static_cast<void>(prepared(frames.allocate(record_layout)));
  returned(frames.deallocate(block, record_layout));
}
