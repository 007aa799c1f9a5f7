// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block is freed through one cache, and then through another.
// expect: double_free
#include "fixtures.hpp"

using namespace misuse_corpus;

using caches_pool = nebula::static_pool<record, record_count, 2>;
static caches_pool messages;

void misuse() {
  nebula::pool_cache<caches_pool, 2> first(messages);
  nebula::pool_cache<caches_pool, 2> second(messages);
  std::byte* const block = prepared(first.allocate(record_layout));
  prepared(first.deallocate(block, record_layout));
  returned(second.deallocate(block, record_layout));
}
