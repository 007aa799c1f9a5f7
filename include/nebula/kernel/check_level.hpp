// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>

namespace nebula {

/// How much an allocator checks beyond what decides each call. A value of the configuration, not of the build: every
/// object has the same size and layout at either level, and both can live in one program. [SR-CHK-002]
enum class check_level : std::uint8_t {
  /// Pointers, double frees, order, markers, arithmetic, bounds and the invariants that each call relies on. There is
  /// no level below.
  standard = 0,
  /// In addition: free memory holds a pattern, which is verified before it is given out; a canary stands behind each
  /// block and is verified when the block is freed; and, where the allocator has one owner, the whole of its metadata,
  /// of the patterns and of the canaries is walked after each call. Calls are then O(capacity).
  paranoid = 1,
};

} // namespace nebula
