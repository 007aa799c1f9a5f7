// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/services/outcome.hpp>

namespace nebula::services {

/// How bytes are copied.
enum class copy_way : std::uint8_t {
  scalar = 0,    ///< by words, on every processor
  avx2 = 1,      ///< 128 bytes at a time, with a scalar tail
  streaming = 2, ///< likewise, past the caches
};

/// Why a copy was refused.
enum class copy_rule : std::uint8_t {
  none = 0,
  destination_not_null = 1,
  source_not_null = 2,
  within_address_space = 3, ///< one of the ranges runs past its end
  no_overlap = 4,
  way_available = 5, ///< the processor does not have it
};

/// What was wrong, and with which sizes.
struct copy_failure {
  copy_rule rule = copy_rule::none;
  std::size_t bytes = 0;    ///< as given
  std::size_t distance = 0; ///< of no_overlap: between the beginnings of the two ranges

  friend constexpr bool operator==(const copy_failure&, const copy_failure&) noexcept = default;
};

/// From so many bytes on a copy goes past the caches: as much as would push everything else out of them.
inline constexpr std::size_t streaming_bytes_min = std::size_t{8} << 20U;

/// The identifiers as spelled here; "unknown" iff none of them.
[[nodiscard]] const char* name(copy_way way) noexcept;
[[nodiscard]] const char* name(copy_rule rule) noexcept;

/// Writes one line for people, as "no_overlap: 16 bytes at a distance of 3". As describe() of a memory_failure.
std::size_t describe(const copy_failure& failure, char* buffer, std::size_t size_bytes) noexcept;

/// True iff the processor that this runs on has the way; scalar always. Asked at run time. Any thread.
[[nodiscard]] bool is_available(copy_way way) noexcept;

/// Why bulk_copy() would refuse; none iff it would not. The rules are looked at in their order; a copy of 0 bytes breaks
/// none. O(1), nothing is read.
[[nodiscard]] inline copy_failure check_copy(const std::byte* destination, const std::byte* source,
                                             std::size_t bytes) noexcept {
  if (bytes == 0) {
    return {};
  }
  if (destination == nullptr) {
    return {copy_rule::destination_not_null, bytes, 0};
  }
  if (source == nullptr) {
    return {copy_rule::source_not_null, bytes, 0};
  }
  const auto to = reinterpret_cast<std::uintptr_t>(destination);
  const auto from = reinterpret_cast<std::uintptr_t>(source);
  const std::uintptr_t higher = to > from ? to : from;
  if (bytes - 1 > UINTPTR_MAX - higher) {
    return {copy_rule::within_address_space, bytes, 0};
  }
  const std::uintptr_t distance = to > from ? to - from : from - to;
  if (distance < bytes) {
    return {copy_rule::no_overlap, bytes, distance};
  }
  return {};
}

/// Copies exactly `bytes` bytes; nothing outside of the ranges is read or written, whatever their alignment. The way is
/// the best that the processor has: streaming from streaming_bytes_min on, and complete for other threads like any store
/// when the call returns. Returns the way. Failures, nothing copied: those of check_copy(). O(bytes). No heap. Any thread,
/// on ranges that nobody else writes. [SR-SYS-012]
[[nodiscard]] outcome<copy_way, copy_failure> bulk_copy(std::byte* destination, const std::byte* source,
                                                        std::size_t bytes) noexcept;

/// The same, in a way that is chosen. Also way_available iff the processor does not have it.
[[nodiscard]] outcome<copy_way, copy_failure> bulk_copy(std::byte* destination, const std::byte* source,
                                                        std::size_t bytes, copy_way way) noexcept;

} // namespace nebula::services
