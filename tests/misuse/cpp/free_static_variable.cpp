// SPDX-License-Identifier: Apache-2.0 OR MIT
// A variable of static storage is freed.
// expect: foreign_pointer
#include "fixtures.hpp"

using namespace misuse_corpus;

static nebula::static_bump<512> bytes;
static record variable;

void misuse() { returned(bytes.deallocate(variable.bytes, record_layout)); }
