// SPDX-License-Identifier: Apache-2.0 OR MIT
// SR-CAPI-001 to SR-CAPI-003
#define SEGREGATED(suffix) nebula_segregated##suffix
#define SEGREGATED_COMPONENT NEBULA_COMPONENT_SEGREGATED_ALLOCATOR
#define POOL_COMPONENT NEBULA_COMPONENT_POOL_ALLOCATOR
#define SEGREGATED_TEST test_segregated
#define POOL_RECORD_BYTES NEBULA_POOL_RECORD_BYTES
#include "segregated_checks.h"
