// SPDX-License-Identifier: Apache-2.0 OR MIT
// More caches are attached than the pool was configured for.
// expect: refusal no_cache_slot
#include "fixtures.hpp"

using namespace misuse_corpus;

using caches_pool = nebula::static_pool<record, record_count, 1>;
static caches_pool messages;

void misuse() {
  const nebula::pool_cache<caches_pool, 2> first(messages);
  prepared(nebula::result<void>(first.error()));
  const nebula::pool_cache<caches_pool, 2> second(messages);
  returned(second.error());
}
