// SPDX-License-Identifier: Apache-2.0 OR MIT
// An arena is asked for more than its maximal capacity.
// expect: refusal over_capacity
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
  static_cast<void>(prepared(scratch.allocate({400, 8})));
  returned(scratch.allocate({400, 8}));
}
