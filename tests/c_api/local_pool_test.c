// SPDX-License-Identifier: Apache-2.0 OR MIT
// SR-CAPI-001 to SR-CAPI-003
#define POOL(suffix) nebula_local_pool##suffix
#define POOL_COMPONENT NEBULA_COMPONENT_LOCAL_POOL_ALLOCATOR
#define POOL_TEST test_local_pool
#define POOL_RECORD_BYTES NEBULA_LOCAL_POOL_RECORD_BYTES
#define POOL_STORAGE_BYTES NEBULA_LOCAL_POOL_STORAGE_BYTES
#include "pool_checks.h"
