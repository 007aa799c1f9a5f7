// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is used through its handle after it has been freed.
// expect: stale_handle
#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;

void misuse() {
  std::byte* const block = prepared(records.allocate(record_layout));
  const nebula::block_handle handle = prepared(records.handle_of(block));
  prepared(records.deallocate(block, record_layout));
  returned(records.resolve(handle));
}
