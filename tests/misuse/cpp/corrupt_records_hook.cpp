// SPDX-License-Identifier: Apache-2.0 OR MIT
// The records of a pool are overwritten; the program has a hook.
// expect: corrupted
#include "fixtures.hpp"

using namespace misuse_corpus;

alignas(16) static std::byte lent_bytes[nebula::pool_config::storage_bytes(24, 8, record_count).value()];

void misuse() {
  nebula::pool_allocator records(
      prepared(nebula::pool_config{{lent_bytes, sizeof lent_bytes}, 24, 8, record_count}.validate()));
  for (std::byte* place = lent_bytes; place != records.block_bytes().data; ++place) {
    *place = std::byte{0x55};
  }
  returned(records.check_invariants());
}
