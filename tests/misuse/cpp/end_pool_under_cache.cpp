// SPDX-License-Identifier: Apache-2.0 OR MIT
// A pool ends while a cache is attached to it.
// expect: caches_attached
#include <new>

#include "fixtures.hpp"

using namespace misuse_corpus;

using cache = nebula::pool_cache<nebula::pool_allocator, 2>;
alignas(64) static std::byte lent_bytes[1024];
alignas(nebula::pool_allocator) static std::byte memory_of_pool[sizeof(nebula::pool_allocator)];
alignas(cache) static std::byte memory_of_cache[sizeof(cache)];

void misuse() {
  nebula::pool_config config;
  config.storage = {lent_bytes, sizeof lent_bytes};
  config.block_size_bytes = 24;
  config.block_align_bytes = 8;
  config.block_count = record_count;
  config.cache_count = 1;
  auto* const records = ::new (memory_of_pool) nebula::pool_allocator(prepared(config.validate()));
  const auto* const attached = ::new (memory_of_cache) cache(*records); // and forgotten
  prepared(nebula::result<void>(attached->error()));
  records->~pool_allocator();
  returned_nothing();
}
