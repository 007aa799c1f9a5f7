// SPDX-License-Identifier: Apache-2.0 OR MIT
// A handle that no pool has made is used.
// expect: foreign_pointer
#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;

void misuse() { returned(records.resolve(nebula::block_handle{})); }
