// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

/// What is hit, and what became of it. Knows no allocator.
namespace nebula::fault_injection {

enum class field_kind : std::uint8_t {
  list,     ///< which blocks are free: no flip may hand out a live block
  geometry, ///< where memory is, and how much: a flip may lead anywhere, and is made to trap there
  value,    ///< other numbers that the allocator works with
  code,     ///< an address that is jumped to, and not isolated here: not flipped, for nothing could be said of it
  bulk,     ///< of little say and many bytes: one bit of each byte is flipped, not eight
};
[[nodiscard]] constexpr const char* name(field_kind kind) {
  constexpr std::array<const char*, 5> names{"list", "geometry", "value", "code", "bulk"};
  return names[static_cast<std::size_t>(kind)];
}

/// What became of a flip; what is seen first, and of what is silent the gravest.
enum class outcome : std::uint8_t {
  masked,     ///< no difference from the model to the end, nor for a walk
  call,       ///< detected: a following call latched
  walk,       ///< detected: no call latched, but a walk right after the flip, or at the end, finds it
  misuse,     ///< reported: a right call was refused as misuse
  counters,   ///< silent: state() or the faults reported are wrong
  lost,       ///< silent: a right call was refused, blocks or bytes are lost
  accepted,   ///< silent: a call succeeded that should not have
  other,      ///< silent: another error, or another place, than predicted
  overlap,    ///< silent: a block was handed out that overlaps a live one
  misplaced,  ///< silent: a block was handed out misaligned, or outside of the storage
  contents,   ///< silent: a live block was written to
  wild_write, ///< silent: the allocator wrote outside of its storage
  trapped,    ///< a call, or a walk where no call was amiss, led to an access that the hardware refused
  hung,       ///< or did not come back
};
inline constexpr std::size_t outcome_count = 14;
inline constexpr std::array<const char*, outcome_count> outcome_names{
    "masked", "call",    "walk",      "misuse",   "counters",   "lost",    "accepted",
    "other",  "overlap", "misplaced", "contents", "wild_write", "trapped", "hung"};
[[nodiscard]] constexpr const char* name(outcome what) { return outcome_names[static_cast<std::size_t>(what)]; }

/// The outcome, and for one that a call told: which call after the flip it was, from 1.
struct verdict {
  outcome what = outcome::masked;
  std::uint8_t calls_later = 0;

  verdict() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): an outcome is a verdict without a number
  verdict(outcome only) : what(only) {}
  verdict(outcome seen, std::size_t calls) : what(seen), calls_later(static_cast<std::uint8_t>(calls)) {}
};

} // namespace nebula::fault_injection
