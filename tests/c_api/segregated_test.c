// SPDX-License-Identifier: Apache-2.0 OR MIT
// SR-CAPI-001 to SR-CAPI-003
#define SEGREGATED(suffix) nebula_segregated##suffix
#define SEGREGATED_COMPONENT NEBULA_COMPONENT_SEGREGATED_ALLOCATOR
#define POOL_COMPONENT NEBULA_COMPONENT_POOL_ALLOCATOR
#define SEGREGATED_TEST test_segregated
#include "segregated_checks.h"
