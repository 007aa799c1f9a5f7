// SPDX-License-Identifier: Apache-2.0 OR MIT
// A local variable is freed.
// expect: foreign_pointer
#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;

void misuse() {
  record local{};
  returned(records.deallocate(local.bytes, record_layout));
}
