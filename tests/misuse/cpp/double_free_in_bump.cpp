// SPDX-License-Identifier: Apache-2.0 OR MIT
// The last block of a bump allocator is given back twice.
// expect: double_free
#include "fixtures.hpp"

using namespace misuse_corpus;

static nebula::static_bump<512> bytes;

void misuse() {
  std::byte* const block = prepared(bytes.allocate(record_layout));
  prepared(bytes.deallocate(block, record_layout));
  returned(bytes.deallocate(block, record_layout));
}
