// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/fault.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/services/stream/stream_failure.hpp>

namespace nebula::services {

template <class Atomics>
class basic_stream_buffer;

/// A configuration that was found valid. Made by stream_config::validate() only. One plan makes one buffer.
class stream_plan {
public:
  stream_plan() noexcept = default; ///< no plan at all: its buffer has room for nothing

  [[nodiscard]] std::size_t capacity_bytes() const noexcept { return capacity_bytes_; }
  [[nodiscard]] std::size_t contiguous_max_bytes() const noexcept { return contiguous_max_bytes_; }

private:
  friend struct stream_config;
  template <class>
  friend class basic_stream_buffer;

  std::byte* storage_ = nullptr;
  std::size_t capacity_bytes_ = 0;
  std::size_t contiguous_max_bytes_ = 0;
  fault_hook hook_{};
};

/// What a stream's buffer is to be. Fill in, then validate(). [SR-STREAM-001]
struct stream_config {
  byte_span storage{};                  ///< lent for the buffer's life; at least storage_bytes(), of any alignment
  std::size_t capacity_bytes = 0;       ///< the most bytes that are written and not yet read; any number
  std::size_t contiguous_max_bytes = 0; ///< the most bytes of one reserve() or peek(); at most the capacity
  fault_hook hook{};                    ///< of misuse; none: the program's

  /// A position and an advance beyond it, in a word that has two bits for other things.
  static constexpr std::size_t capacity_max_bytes = std::numeric_limits<std::size_t>::max() / 8;

  /// The storage, wherever it begins: the capacity, and contiguous_max - 1 bytes behind it, where the ring's first bytes
  /// stand once more. capacity_bytes iff 0 or above capacity_max_bytes; contiguous_max_bytes iff 0 or above the capacity.
  [[nodiscard]] static constexpr stream_outcome<std::size_t> storage_bytes(std::size_t capacity,
                                                                           std::size_t contiguous_max) noexcept {
    if (capacity == 0 || capacity > capacity_max_bytes) {
      return invalid(stream_field::capacity_bytes, capacity, 1, capacity_max_bytes);
    }
    if (contiguous_max == 0 || contiguous_max > capacity) {
      return invalid(stream_field::contiguous_max_bytes, contiguous_max, 1, capacity);
    }
    return capacity + (contiguous_max - 1);
  }

  /// invalid_configuration, with field, value and range, in this order: capacity_bytes and contiguous_max_bytes as of
  /// storage_bytes(); storage iff null, below storage_bytes(), or past the end of the address space.
  [[nodiscard]] stream_outcome<stream_plan> validate() const noexcept {
    const stream_outcome<std::size_t> needed = storage_bytes(capacity_bytes, contiguous_max_bytes);
    if (!needed.has_value()) {
      return needed.failure();
    }
    const std::size_t room =
        std::numeric_limits<std::uintptr_t>::max() - reinterpret_cast<std::uintptr_t>(storage.data);
    if (storage.data == nullptr || storage.size < needed.value() || storage.size > room) {
      return invalid(stream_field::storage, storage.data == nullptr ? 0 : storage.size, needed.value(), room);
    }
    stream_plan plan;
    plan.storage_ = storage.data;
    plan.capacity_bytes_ = capacity_bytes;
    plan.contiguous_max_bytes_ = contiguous_max_bytes;
    plan.hook_ = hook;
    return plan;
  }

private:
  [[nodiscard]] static constexpr stream_failure invalid(stream_field field, std::size_t value, std::size_t lowest,
                                                        std::size_t highest) noexcept {
    return {stream_failure_code::invalid_configuration, field, value, lowest, highest};
  }
};

} // namespace nebula::services
