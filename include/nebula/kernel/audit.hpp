// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace nebula {

/// Where a bounded integrity walk of one allocator stands. Value-initialise it to begin; hand it to that allocator's
/// audit() again and again. If the list, the marks or the records have changed in between, the walk of them begins
/// anew, so that one that completes has seen one state of them; a composite's walk is one of each of its parts.
/// [SR-INV-002]
struct audit_cursor {
  std::uint64_t version = 0; ///< of the allocator's state, when the walk began
  std::size_t position = 0;  ///< the next element of the phase
  std::size_t visited = 0;   ///< elements of interest seen in the phase
  std::size_t part = 0;      ///< of a composite: which of its allocators
  std::uint8_t phase = 0;    ///< 0: not begun
};

} // namespace nebula
