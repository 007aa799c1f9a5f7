// SPDX-License-Identifier: Apache-2.0 OR MIT
// The address behind the last block is freed.
// expect: foreign_pointer
#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;

void misuse() {
  const nebula::byte_span blocks = records.block_bytes();
  returned(records.deallocate(moved(blocks.data, static_cast<std::ptrdiff_t>(blocks.size)), record_layout));
}
