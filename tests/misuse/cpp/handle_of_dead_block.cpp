// SPDX-License-Identifier: Apache-2.0 OR MIT
// The handle of a block is asked for after it has been freed.
// expect: double_free
#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;

void misuse() {
  std::byte* const block = prepared(records.allocate(record_layout));
  prepared(records.deallocate(block, record_layout));
  returned(records.handle_of(block));
}
