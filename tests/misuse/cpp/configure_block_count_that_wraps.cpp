// SPDX-License-Identifier: Apache-2.0 OR MIT
// A pool is configured with more blocks than can be counted.
// expect: refusal invalid_configuration block_count
#include <limits>

#include "fixtures.hpp"

using namespace misuse_corpus;

static std::byte lent_bytes[nebula::pool_config::storage_bytes(24, 8, record_count).value() + 8];

void misuse() {
  nebula::pool_config config;
  config.storage = {lent_bytes, sizeof lent_bytes};
  config.block_size_bytes = 24;
  config.block_align_bytes = 8;
  config.block_count = record_count;
  config.block_count = std::numeric_limits<std::size_t>::max();
  returned(config.validate());
}
