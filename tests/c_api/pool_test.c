// SPDX-License-Identifier: Apache-2.0 OR MIT
// SR-CAPI-001 to SR-CAPI-003
#define POOL(suffix) nebula_pool##suffix
#define POOL_COMPONENT NEBULA_COMPONENT_POOL_ALLOCATOR
#define POOL_TEST test_shared_pool
#define POOL_RECORD_BYTES NEBULA_POOL_RECORD_BYTES
#define POOL_STORAGE_BYTES NEBULA_POOL_STORAGE_BYTES
static void test_shared_pool(void);
#include "pool_checks.h"

/// Says what nebula_pool_storage_bytes() says; 0 iff that refuses.
static void check_storage(size_t constant, size_t size, size_t align, size_t count) {
  const nebula_pool_config config = {{NULL, 0}, size, align, count, {NULL, NULL}, NEBULA_CHECK_LEVEL_STANDARD, 0};
  size_t bytes = 0;
  const nebula_error failure = nebula_pool_storage_bytes(&config, &bytes);
  CHECK((failure.code == NEBULA_ERROR_NONE) == (bytes != 0));
  CHECK(constant == bytes);
}
#define CHECK_STORAGE(size, align, count) \
  check_storage(NEBULA_POOL_STORAGE_BYTES(size, align, count), size, align, count)

static void storage_sizes(void) {
  CHECK_STORAGE(1, 1, 1);
  CHECK_STORAGE(20, 8, 5);
  CHECK_STORAGE(48, 16, 1000);
  CHECK_STORAGE(100, 64, 3);
  CHECK_STORAGE(1, 4096, 2);
  CHECK_STORAGE(0, 8, 5);
  CHECK_STORAGE(20, 0, 5);
  CHECK_STORAGE(20, 12, 5);
  CHECK_STORAGE(20, 8, 0);
  CHECK_STORAGE(20, 8, SIZE_MAX);
  CHECK_STORAGE(SIZE_MAX, 8, 1);
  CHECK_STORAGE(SIZE_MAX / 2, 1, 3);
  CHECK(NEBULA_POOL_STORAGE_ALIGN(1) == 4 && NEBULA_POOL_STORAGE_ALIGN(64) == 64);
}

static void tags(void) {
  nebula_pool* const pool = made_anew();
  const unsigned bits = nebula_pool_tag_bits(pool);
  CHECK(bits >= 16 && bits < 64);
  CHECK(nebula_pool_tag_wrap_operations(pool) == (uint64_t)1 << bits);
  CHECK_ORPHAN(NULL_POINTER, nebula_pool_tag_bits(NULL) == 0);
  CHECK_ORPHAN(NULL_POINTER, nebula_pool_tag_wrap_operations(NULL) == 0);
  CHECK(nebula_pool_cache_count(pool) == 0);
  CHECK_ORPHAN(NULL_POINTER, nebula_pool_cache_count(NULL) == 0);
  CHECK_CODE(NONE, nebula_pool_destroy(pool));
}

void test_pool(void) {
  storage_sizes();
  test_shared_pool();
  tags();
}
