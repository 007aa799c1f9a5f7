// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <nebula/c/base.h>

// NOLINTBEGIN(readability-identifier-naming): enumerators of C have no scope but their spelling

/// How much an allocator checks beyond what decides each call: nebula/kernel/check_level.hpp. At the paranoid level a
/// call can also end with written_after_free or overrun, see nebula_is_stray_write(); which call, and when:
/// nebula/nebula.h.
typedef enum nebula_check_level {
  NEBULA_CHECK_LEVEL_STANDARD = 0,
  NEBULA_CHECK_LEVEL_PARANOID = 1,
} nebula_check_level;

// NOLINTEND(readability-identifier-naming)

/// What stands behind each block at the paranoid level: a pool's storage is then of blocks that are so much larger.
#define NEBULA_CANARY_BYTES (2U * sizeof(size_t))
