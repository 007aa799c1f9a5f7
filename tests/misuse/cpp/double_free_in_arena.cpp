// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block of an arena is freed twice, though others have come after it.
// expect: double_free
#include "fixtures.hpp"

using namespace misuse_corpus;

alignas(16) static std::byte lent_bytes[2048];

void misuse() {
  nebula::span_chunk_source chunks(prepared(nebula::stack_config{{lent_bytes, sizeof lent_bytes}}.validate()));
  nebula::arena_config config;
  config.source = chunks.source();
  config.chunk_bytes = 512;
  config.capacity_max_bytes = 600;
  nebula::arena scratch(prepared(config.validate()));
  std::byte* const block = prepared(scratch.allocate(record_layout));
  static_cast<void>(prepared(scratch.allocate(record_layout)));
  prepared(scratch.deallocate(block, record_layout));
  returned(scratch.deallocate(block, record_layout));
}
