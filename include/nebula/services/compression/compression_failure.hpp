// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/error.hpp>
#include <nebula/services/outcome.hpp>

namespace nebula::services {

/// A value in a compressed store, as of one put(): once that is erased, it names nothing, whatever is put there, until
/// 2^31 values have been erased in its place: then the generations of the kernel's pool begin anew.
struct compressed_handle {
  std::uint32_t index = std::numeric_limits<std::uint32_t>::max(); ///< as made: of no store
  std::uint32_t generation = 0;

  friend constexpr bool operator==(compressed_handle, compressed_handle) noexcept = default;
};

/// Why a compressed store did not do what it was asked.
enum class compression_failure_code : std::uint8_t {
  none = 0,
  invalid_configuration = 1, ///< `field` has `value`, which is not in lowest…highest
  too_large = 2,             ///< the value has `value` bytes, and at most `highest` are taken
  full = 3,                  ///< the value takes `value` blocks, and `highest` are free
  too_many_values = 4,       ///< all `highest` values that there can be are there
  buffer_too_small = 5,      ///< the buffer has `value` bytes, and `lowest` are needed
  unknown_handle = 6,        ///< misuse: not of this store, or erased
  damaged = 7,           ///< what is stored under `handle` is not what was put: neither it nor a part of it is given
  no_pin_free = 8,       ///< all `highest` views that there can be are out
  refused_by_kernel = 9, ///< a pool of the kernel is broken: `kernel` says how
};

/// The field of a configuration that a failure is about.
enum class compression_field : std::uint8_t {
  none = 0,
  value_count_max = 1, ///< 0, or more than a pool of the kernel can have
  value_max_bytes = 2, ///< 0, or more than LZ4 takes
  block_bytes = 3,     ///< below block_bytes_min, or above value_bytes_max
  block_count = 4,     ///< 0, or more than a pool of the kernel can have
  pin_count_max = 5,   ///< more than a pool of the kernel can have
  storage = 6,         ///< null, or smaller than storage_bytes(); the value is its size
};

/// What was wrong, with which value, and what would be right. A plain value that owns nothing: making, copying and
/// describing one never allocates. [SR-COMPRESS-006]
struct compression_failure {
  compression_failure_code code = compression_failure_code::none;
  compression_field field = compression_field::none;
  nebula::error kernel{};     ///< code none unless the kernel has told
  compressed_handle handle{}; ///< of unknown_handle and damaged
  std::uint64_t value = 0;
  std::uint64_t lowest = 0;
  std::uint64_t highest = 0;

  friend constexpr bool operator==(const compression_failure&, const compression_failure&) noexcept = default;
};

template <class T>
using compression_outcome = outcome<T, compression_failure>;

/// The identifier as spelled here; "unknown" iff the value is none of the enumerators. Never null. Any thread.
[[nodiscard]] const char* name(compression_failure_code code) noexcept;
[[nodiscard]] const char* name(compression_field field) noexcept;

/// Writes one line for people. Ends with a zero byte unless size_bytes is 0; nothing is written beyond it. Returns the
/// bytes of the whole text without the zero, so that a return of at least size_bytes says that it was cut. No heap, no
/// locale, any thread.
std::size_t describe(const compression_failure& failure, char* buffer, std::size_t size_bytes) noexcept;

} // namespace nebula::services
