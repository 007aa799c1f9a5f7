// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is freed with another size.
// expect: layout_mismatch
#include "fixtures.hpp"

using namespace misuse_corpus;

static nebula::static_stack<512> frames;

void misuse() {
  std::byte* const block = prepared(frames.allocate(record_layout));
  returned(frames.deallocate(block, {16, 8}));
}
