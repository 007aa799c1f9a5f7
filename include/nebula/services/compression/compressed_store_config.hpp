// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/fault.hpp>
#include <nebula/kernel/local_pool_allocator.hpp>
#include <nebula/services/compression/compression_failure.hpp>

namespace nebula::services {

/// The time, in nanoseconds: whoever replaces the function makes it. A plain value; the context outlives it.
struct compression_clock {
  void* context = nullptr;                                ///< passed to the function unchanged
  std::uint64_t (*now)(void* context) noexcept = nullptr; ///< never goes back; null: the system's
};

/// A configuration that was found valid, and laid out. Made by compressed_store_config::validate() only. One plan makes
/// one store.
class compressed_store_plan {
public:
  compressed_store_plan() noexcept = default; ///< no plan at all: its store takes nothing

private:
  friend struct compressed_store_config;
  friend class compressed_store;

  local_pool_plan entries_{};
  local_pool_plan blocks_{};
  local_pool_plan slabs_{};
  std::byte* block_records_ = nullptr;
  std::byte* generations_ = nullptr;
  std::byte* scratch_ = nullptr;
  std::byte* codec_state_ = nullptr;
  std::size_t value_max_bytes_ = 0;
  std::size_t block_bytes_ = 0;
  std::size_t threshold_bytes_ = 0;
  compression_clock clock_{};
  fault_hook hook_{};
};

/// What a compressed store is to be. Fill in, then validate(). [SR-COMPRESS-001]
struct compressed_store_config {
  byte_span storage{};               ///< lent for the store's life; at least storage_bytes(), of any alignment
  std::size_t value_count_max = 0;   ///< the most values at a time
  std::size_t value_max_bytes = 0;   ///< the largest value, before it is compressed
  std::size_t block_count = 0;       ///< what values are kept in: all of them share these
  std::size_t block_bytes = 256;     ///< a value takes a whole number of them, anywhere
  std::size_t threshold_bytes = 256; ///< a value below is kept as it is; so is one that would save no block
  std::size_t pin_count_max = 0;     ///< the most views at a time, of value_max_bytes each
  compression_clock clock{};         ///< for the statistics; none: the system's
  fault_hook hook{};                 ///< of misuse, and of the kernel's pools; none: the program's

  static constexpr std::size_t value_bytes_max =
      0x7E00'0000; ///< the most that LZ4's block format is made of in one piece
  static constexpr std::size_t block_bytes_min = 16;

  /// The storage, wherever it begins: for each value an entry and a generation, for each block its bytes, a link and an
  /// owner, for each view its bytes, the kernel's records of them, room for one compressed value, and what LZ4 works with, 16 KiB. The fields
  /// of `wanted` but for the storage: failures as of validate(). The field that is wrong iff the sum exceeds the address
  /// space is value_max_bytes.
  [[nodiscard]] static compression_outcome<std::size_t> storage_bytes(const compressed_store_config& wanted) noexcept;

  /// invalid_configuration, with field, value and range, in the order of the enumerators: iff out of range; storage iff
  /// null, below storage_bytes(), or past the end of the address space.
  [[nodiscard]] compression_outcome<compressed_store_plan> validate() const noexcept;
};

} // namespace nebula::services
