// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of a stack is freed from below a mark.
// expect: lifo_violation
#include "fixtures.hpp"

using namespace misuse_corpus;

static nebula::static_stack<512> frames;

void misuse() {
  std::byte* const block = prepared(frames.allocate(record_layout));
  static_cast<void>(prepared(frames.mark()));
  returned(frames.deallocate(block, record_layout));
}
