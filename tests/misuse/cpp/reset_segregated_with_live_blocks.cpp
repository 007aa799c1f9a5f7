// SPDX-License-Identifier: Apache-2.0 OR MIT
// A segregated allocator with a live block is reset.
// expect: blocks_live
#include "fixtures.hpp"

using namespace misuse_corpus;

static constexpr nebula::size_class classes[] = {{24, 8, record_count}, {64, 8, 1}};
alignas(64) static std::byte lent_bytes[nebula::segregated_config::storage_bytes(classes, 2).value()];

void misuse() {
  nebula::segregated_allocator records(
      prepared(nebula::segregated_config{{lent_bytes, sizeof lent_bytes}, classes, 2}.validate()));
  static_cast<void>(prepared(records.allocate(record_layout)));
  returned(records.reset());
}
