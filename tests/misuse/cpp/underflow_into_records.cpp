// SPDX-License-Identifier: Apache-2.0 OR MIT
// A write in front of the first block of a pool meets the records.
// expect: corrupted
#include "fixtures.hpp"

using namespace misuse_corpus;

alignas(16) static std::byte lent_bytes[nebula::pool_config::storage_bytes(24, 8, record_count).value()];

void misuse() {
  nebula::pool_allocator records(
      prepared(nebula::pool_config{{lent_bytes, sizeof lent_bytes}, 24, 8, record_count}.validate()));
  std::byte* const block = prepared(records.allocate(record_layout));
  for (std::byte* place = lent_bytes; place != block; ++place) {
    *place = std::byte{0xFF};
  }
  returned(records.check_invariants());
}
