// SPDX-License-Identifier: Apache-2.0 OR MIT
// SR-CAPI-001 to SR-CAPI-003
#define SEGREGATED(suffix) nebula_local_segregated##suffix
#define SEGREGATED_COMPONENT NEBULA_COMPONENT_LOCAL_SEGREGATED_ALLOCATOR
#define POOL_COMPONENT NEBULA_COMPONENT_LOCAL_POOL_ALLOCATOR
#define SEGREGATED_TEST test_local_segregated
#define POOL_RECORD_BYTES NEBULA_LOCAL_POOL_RECORD_BYTES
#include "segregated_checks.h"
