// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace nebula {

/// Where a bounded integrity walk of one allocator stands. Value-initialise it to begin; hand it to that allocator's
/// audit() again and again. If the list, the marks or the records have changed in between, the walk of them begins
/// anew, so that one that completes has seen one state of them; a composite's walk is one of each of its parts.
/// [SR-INV-002]
///
/// A cursor ends with its allocator: another one at the same place needs a new one, for nothing tells the two apart.
struct audit_cursor {
  const void* owner = nullptr; ///< the allocator, or the part of a composite, that is being walked
  const void* whole = nullptr; ///< the composite, if it is a part
  std::uint64_t version = 0;   ///< of what is walked, when the walk began
  std::size_t position = 0;    ///< the next element of the phase
  std::size_t visited = 0;     ///< elements of interest seen in the phase
  std::size_t part = 0;        ///< of a composite: which of its allocators
  std::uint8_t phase = 0;      ///< 0: not begun

  /// True iff the walk that this cursor is in is the owner's, of this version, and in one of the phases 1…phases.
  [[nodiscard]] constexpr bool is_in(const void* walked, std::uint64_t now, std::uint8_t phases) const noexcept {
    return phase != 0 && phase <= phases && owner == walked && version == now;
  }
  /// Begins a phase of a walk.
  constexpr void begin(const void* walked, std::uint64_t now, std::size_t first, std::uint8_t which) noexcept {
    owner = walked;
    version = now;
    position = first;
    visited = 0;
    phase = which;
  }
};

/// The cursor that an allocator's audit() takes: audit_cursor, unless it names another audit_cursor_type.
template <class Allocator, class = void>
struct audit_cursor_for {
  using type = audit_cursor;
};
template <class Allocator>
struct audit_cursor_for<Allocator, std::void_t<typename Allocator::audit_cursor_type>> {
  using type = typename Allocator::audit_cursor_type;
};

} // namespace nebula
