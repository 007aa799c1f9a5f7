// SPDX-License-Identifier: Apache-2.0 OR MIT
// The null pointer is freed.
// expect: null_pointer
#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;

void misuse() { returned(records.deallocate(nullptr, record_layout)); }
