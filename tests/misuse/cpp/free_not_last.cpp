// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of a bump allocator that is not its last is given back.
// expect: refusal not_last_block
#include "fixtures.hpp"

using namespace misuse_corpus;

static nebula::static_bump<512> bytes;

void misuse() {
  std::byte* const block = prepared(bytes.allocate(record_layout));
  static_cast<void>(prepared(bytes.allocate(record_layout)));
  returned(bytes.deallocate(block, record_layout));
}
