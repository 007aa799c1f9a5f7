// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is freed with another alignment.
// expect: layout_mismatch
#include "fixtures.hpp"

using namespace misuse_corpus;

static nebula::static_bump<512> bytes;

void misuse() {
  std::byte* const block = prepared(bytes.allocate(record_layout));
  returned(bytes.deallocate(block, {24, 4}));
}
