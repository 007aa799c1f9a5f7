// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace nebula {

/// A point to go back to, in one allocator's life. A plain value: it may be copied, kept too long or given to the wrong
/// allocator, and restore() will say so. It does not say where the point lies; the allocator's own record does.
/// [SR-MARK-001]
struct marker {
  const void* owner = nullptr;  ///< the allocator that made it
  std::uint64_t generation = 0; ///< counts the owner's resets
  std::uint64_t serial = 0;     ///< no two marks of one allocator have the same
  std::size_t depth = 0;        ///< the place of the owner's record
};

/// What restoring a mark would discard, the mark itself not counted. [SR-MARK-009]
struct held_above_mark {
  std::size_t blocks = 0; ///< live ones
  std::size_t marks = 0;  ///< open ones
};

} // namespace nebula
