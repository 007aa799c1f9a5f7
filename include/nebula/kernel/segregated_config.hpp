// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/configuration.hpp>
#include <nebula/kernel/pool.hpp>
#include <nebula/kernel/size_class.hpp>

namespace nebula {

template <class Atomics>
class basic_segregated_plan;

/// What a segregated allocator is to be. Storage: the pool objects, the records of all classes, the blocks of all
/// classes, in this order: a write past the end of a block meets blocks or leaves the storage, and never meets a
/// record.
template <class Atomics>
struct basic_segregated_config {
  using plan_type = basic_segregated_plan<Atomics>;

  byte_span storage{};                 ///< lent for the allocator's life; any alignment
  const size_class* classes = nullptr; ///< ascending by size; read until the allocator is constructed
  std::size_t class_count = 0;         ///< at most size_class_table::class_count_max
  std::size_t fallback_classes = 0;    ///< how many larger classes may serve a request whose own is exhausted
  fault_hook hook{};                   ///< none: the program's
  check_level level = check_level::standard;

  /// The storage that the classes need if it is aligned to storage_align(). invalid_configuration iff a class is
  /// invalid as a pool, or classes as size_class_table::accepts() has it; size_overflow iff the sum exceeds SIZE_MAX.
  /// [SR-SEG-005] At the paranoid level more, for the canaries.
  [[nodiscard]] static constexpr result<std::size_t> storage_bytes(const size_class* classes, std::size_t count,
                                                                   check_level level = check_level::standard) noexcept {
    if (!is_check_level(level)) {
      return invalid(configuration_field::check_level);
    }
    if (!size_class_table::accepts(classes, count)) {
      return invalid(configuration_field::classes);
    }
    for (std::size_t index = 0; index < count; ++index) {
      const size_class& each = classes[index];
      const result<std::size_t> alone =
          pool_config_type::storage_bytes(each.block_size_bytes, each.block_align_bytes, each.block_count, level);
      if (!alone.has_value()) {
        return error{alone.code(), operation::configure, reporter, alone.error().field};
      }
    }
    const checked_size total = end_of_blocks(0, classes, count, level);
    if (!total.fits) {
      return error{error_code::size_overflow, operation::configure, reporter};
    }
    return total.value;
  }
  /// The alignment at which storage_bytes() is exact. The classes are valid.
  [[nodiscard]] static constexpr std::size_t storage_align(const size_class* classes, std::size_t count) noexcept {
    std::size_t strictest = alignof(pool_type);
    for (std::size_t index = 0; index < count; ++index) {
      strictest = classes[index].block_align_bytes > strictest ? classes[index].block_align_bytes : strictest;
    }
    return strictest;
  }

  /// invalid_configuration, with the field, or size_overflow: check_level iff none; as storage_bytes();
  /// fallback_classes iff not below class_count; storage iff null, too small, or past the end of the address space.
  [[nodiscard]] result<plan_type> validate() const noexcept {
    const result<std::size_t> needed = storage_bytes(classes, class_count, level);
    if (!needed.has_value()) {
      return needed.error();
    }
    if (fallback_classes >= class_count) {
      return invalid(configuration_field::fallback_classes);
    }
    const std::size_t room =
        std::numeric_limits<std::uintptr_t>::max() - reinterpret_cast<std::uintptr_t>(storage.data);
    if (storage.data == nullptr || storage.size > room) {
      return invalid(configuration_field::storage);
    }
    const checked_size bytes = storage_needed();
    if (!bytes.fits || bytes.value > storage.size) {
      return invalid(configuration_field::storage);
    }
    return plan_type{*this};
  }

  /// The bytes that validate() needs from storage.data on; does not fit iff no storage there would do. The classes are
  /// valid.
  [[nodiscard]] checked_size storage_needed() const noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(storage.data);
    const checked_size end = end_of_blocks(address, classes, class_count, level);
    return end.fits ? checked_size{end.value - address, true} : end;
  }

private:
  template <class>
  friend class basic_segregated;

  using record_type = pool_record<Atomics>;
  using pool_type = basic_pool<Atomics, span_block_storage<Atomics>>;
  using pool_config_type = basic_pool_config<Atomics>;
  static constexpr component reporter =
      Atomics::is_shared ? component::segregated_allocator : component::local_segregated_allocator;

  [[nodiscard]] static constexpr error invalid(configuration_field field) noexcept {
    return error{error_code::invalid_configuration, operation::configure, reporter, field};
  }
  /// The address where the pool objects end and the records begin, in a storage at `address`.
  [[nodiscard]] static constexpr checked_size end_of_pools(std::uintptr_t address, std::size_t count) noexcept {
    const checked_size pools = checked_align_up(address, alignof(pool_type));
    return pools.fits ? checked_add(pools.value, count * sizeof(pool_type)) : checked_size{};
  }
  /// Where the records of all classes end and the blocks begin. Each class is valid as a pool, so that no product
  /// wraps.
  [[nodiscard]] static constexpr checked_size end_of_records(std::uintptr_t address, const size_class* classes,
                                                             std::size_t count) noexcept {
    checked_size end = end_of_pools(address, count);
    for (std::size_t index = 0; index < count && end.fits; ++index) {
      end = checked_add(end.value, classes[index].block_count * sizeof(record_type));
    }
    return end;
  }
  /// Where the blocks of the last class end.
  [[nodiscard]] static constexpr checked_size end_of_blocks(std::uintptr_t address, const size_class* classes,
                                                            std::size_t count, check_level level) noexcept {
    checked_size end = end_of_records(address, classes, count);
    for (std::size_t index = 0; index < count && end.fits; ++index) {
      const checked_size begin = checked_align_up(end.value, classes[index].block_align_bytes);
      end = begin.fits ? checked_add(begin.value, class_block_bytes(classes[index], level)) : checked_size{};
    }
    return end;
  }
  [[nodiscard]] static constexpr std::size_t class_block_bytes(const size_class& each, check_level level) noexcept {
    return pool_config_type::stride_of(each.block_size_bytes, each.block_align_bytes, level).value * each.block_count;
  }
};

/// A segregated configuration that was found valid, and laid out. Made by basic_segregated_config::validate() only.
template <class Atomics>
class basic_segregated_plan {
public:
  constexpr basic_segregated_plan() noexcept =
      default; ///< no plan at all: the value of a result that failed; its allocator has no memory to give

private:
  template <class>
  friend struct basic_segregated_config;
  template <class>
  friend class basic_segregated;

  explicit constexpr basic_segregated_plan(const basic_segregated_config<Atomics>& config) noexcept : config_(config) {}

  basic_segregated_config<Atomics> config_{};
};

} // namespace nebula
