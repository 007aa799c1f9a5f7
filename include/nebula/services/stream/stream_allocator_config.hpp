// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/fault.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/result.hpp>

namespace nebula::services {

/// What a stream allocator knows of a block that is live. Apart from the blocks, where no overrun reaches it: in front of them.
struct stream_block_record {
  std::size_t begin = 0; ///< of the block, from the ring's first byte
  std::size_t size = 0;
  std::size_t align = 0;
  std::size_t taken = 0; ///< with the padding before it, and the bytes that were left out at the ring's end
};

/// A configuration that was found valid, and laid out. Made by stream_allocator_config::validate() only. One plan makes
/// one allocator.
class stream_allocator_plan {
public:
  constexpr stream_allocator_plan() noexcept = default; ///< no plan at all: its allocator has no memory to give

private:
  friend struct stream_allocator_config;
  friend class stream_allocator;

  std::byte* records_ = nullptr;
  std::byte* ring_ = nullptr;
  std::size_t capacity_bytes_ = 0;
  std::size_t block_count_max_ = 0;
  fault_hook hook_{};
};

/// What a stream allocator is to be. Fill in, then validate(). [SR-STREAM-010]
struct stream_allocator_config {
  byte_span storage{};             ///< lent for the allocator's life; at least storage_bytes(), of any alignment
  std::size_t capacity_bytes = 0;  ///< of the ring, any number
  std::size_t block_count_max = 0; ///< the most blocks that are live at a time
  fault_hook hook{};               ///< none: the program's

  /// The storage for so many bytes of blocks and so many records, wherever it begins. invalid_configuration:
  /// storage iff the capacity is 0; block_count iff the count is 0; size_overflow iff the sum exceeds SIZE_MAX.
  [[nodiscard]] static constexpr result<std::size_t> storage_bytes(std::size_t capacity, std::size_t count) noexcept {
    if (capacity == 0 || count == 0) {
      return invalid(capacity == 0 ? configuration_field::storage : configuration_field::block_count);
    }
    const checked_size records = checked_multiply(count, sizeof(stream_block_record));
    const checked_size padded = checked_add(records.value, alignof(stream_block_record) - 1);
    const checked_size total = checked_add(padded.value, capacity);
    if (!records.fits || !padded.fits || !total.fits) {
      return error{error_code::size_overflow, operation::configure, component::none};
    }
    return total.value;
  }

  /// As of storage_bytes(), and invalid_configuration: storage iff null, smaller than that, or past the end of the
  /// address space.
  [[nodiscard]] result<stream_allocator_plan> validate() const noexcept {
    const result<std::size_t> needed = storage_bytes(capacity_bytes, block_count_max);
    if (!needed.has_value()) {
      return needed.error();
    }
    const auto address = reinterpret_cast<std::uintptr_t>(storage.data);
    if (storage.data == nullptr || storage.size < needed.value() ||
        storage.size > std::numeric_limits<std::uintptr_t>::max() - address) {
      return invalid(configuration_field::storage);
    }
    stream_allocator_plan plan;
    plan.records_ = storage.data + padding_bytes(address, alignof(stream_block_record));
    plan.ring_ = plan.records_ + block_count_max * sizeof(stream_block_record);
    plan.capacity_bytes_ = capacity_bytes;
    plan.block_count_max_ = block_count_max;
    plan.hook_ = hook;
    return plan;
  }

private:
  [[nodiscard]] static constexpr error invalid(configuration_field field) noexcept {
    return error{error_code::invalid_configuration, operation::configure, component::none, field};
  }
};

} // namespace nebula::services
