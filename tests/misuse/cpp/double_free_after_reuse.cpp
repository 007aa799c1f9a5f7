// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is freed, allocated again by somebody else, and freed again through the handle of its first owner.
// expect: stale_handle
#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;

void misuse() {
  std::byte* const block = prepared(records.allocate(record_layout));
  const nebula::block_handle handle = prepared(records.handle_of(block));
  prepared(records.deallocate(handle));
  static_cast<void>(prepared(records.allocate(record_layout)));
  returned(records.deallocate(handle));
}
