// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is freed twice, and another one in between, so that it is not the head of the free list.
// expect: double_free
#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;

void misuse() {
  std::byte* const block = prepared(records.allocate(record_layout));
  std::byte* const other = prepared(records.allocate(record_layout));
  prepared(records.deallocate(block, record_layout));
  prepared(records.deallocate(other, record_layout));
  returned(records.deallocate(block, record_layout));
}
