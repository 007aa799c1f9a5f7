// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/pool.hpp>
#include <nebula/kernel/size_class.hpp>

namespace nebula {

/// A segregated configuration that was found valid, and laid out. Made by basic_segregated_config::validate() only.
template <class Atomics>
class basic_segregated_plan {
public:
  constexpr basic_segregated_plan() noexcept =
      default; ///< no plan at all: the value of a result that failed; its allocator refuses everything

private:
  template <class>
  friend struct basic_segregated_config;
  template <class>
  friend class basic_segregated;

  const size_class* classes_ = nullptr;
  std::size_t class_count_ = 0;
  std::size_t fallback_classes_ = 0;
  std::byte* pools_ = nullptr; ///< room for class_count_ pools
  std::byte* parts_ = nullptr; ///< room for their records and blocks
  fault_hook hook_{};
};

/// What a segregated allocator is to be. Storage: the pool objects, then for each class its records and blocks.
template <class Atomics>
struct basic_segregated_config {
  using plan_type = basic_segregated_plan<Atomics>;

  byte_span storage{};                 ///< lent for the allocator's life; any alignment
  const size_class* classes = nullptr; ///< ascending by size; read until the allocator is constructed
  std::size_t class_count = 0;         ///< at most size_class_table::class_count_max
  std::size_t fallback_classes = 0;    ///< how many larger classes may serve a request whose own is exhausted
  fault_hook hook{};                   ///< none: the program's

  /// The storage that the classes need if it is aligned to storage_align(). invalid_configuration iff a class is
  /// invalid as a pool, or classes as size_class_table::accepts() has it; size_overflow iff the sum exceeds SIZE_MAX.
  /// [SR-SEG-005]
  [[nodiscard]] static constexpr result<std::size_t> storage_bytes(const size_class* classes,
                                                                   std::size_t count) noexcept {
    if (!size_class_table::accepts(classes, count)) {
      return invalid(configuration_field::classes);
    }
    checked_size total{count * sizeof(pool_type), true};
    for (std::size_t index = 0; index < count && total.fits; ++index) {
      const result<std::size_t> part = part_bytes(classes[index]);
      if (!part.has_value()) {
        return error{part.code(), operation::configure, reporter, part.error().field};
      }
      const checked_size begin = checked_align_up(total.value, part_align(classes[index]));
      total = begin.fits ? checked_add(begin.value, part.value()) : checked_size{};
    }
    if (!total.fits) {
      return error{error_code::size_overflow, operation::configure, reporter};
    }
    return total.value;
  }
  /// The alignment at which storage_bytes() is exact. The classes are valid.
  [[nodiscard]] static constexpr std::size_t storage_align(const size_class* classes, std::size_t count) noexcept {
    std::size_t strictest = alignof(pool_type);
    for (std::size_t index = 0; index < count; ++index) {
      strictest = part_align(classes[index]) > strictest ? part_align(classes[index]) : strictest;
    }
    return strictest;
  }

  /// invalid_configuration, with the field, or size_overflow: as storage_bytes(); fallback_classes iff not below
  /// class_count; storage iff null or too small.
  [[nodiscard]] result<plan_type> validate() const noexcept {
    const result<std::size_t> needed = storage_bytes(classes, class_count);
    if (!needed.has_value()) {
      return needed.error();
    }
    if (fallback_classes >= class_count) {
      return invalid(configuration_field::fallback_classes);
    }
    if (storage.data == nullptr) {
      return invalid(configuration_field::storage);
    }
    const auto address = reinterpret_cast<std::uintptr_t>(storage.data);
    const checked_size end = end_of_parts(address);
    if (!end.fits || end.value - address > storage.size) {
      return invalid(configuration_field::storage);
    }
    plan_type plan;
    plan.classes_ = classes;
    plan.class_count_ = class_count;
    plan.fallback_classes_ = fallback_classes;
    plan.pools_ = storage.data + padding_bytes(address, alignof(pool_type));
    plan.parts_ = plan.pools_ + class_count * sizeof(pool_type);
    plan.hook_ = hook;
    return plan;
  }

  /// One class's share of the storage, and its alignment.
  [[nodiscard]] static constexpr result<std::size_t> part_bytes(const size_class& part) noexcept {
    return pool_config_type::storage_bytes(part.block_size_bytes, part.block_align_bytes, part.block_count);
  }
  [[nodiscard]] static constexpr std::size_t part_align(const size_class& part) noexcept {
    return pool_config_type::storage_align(part.block_align_bytes);
  }

private:
  using pool_type = basic_pool<Atomics, span_block_storage<Atomics>>;
  using pool_config_type = basic_pool_config<Atomics>;
  static constexpr component reporter =
      Atomics::is_shared ? component::segregated_allocator : component::local_segregated_allocator;

  [[nodiscard]] static constexpr error invalid(configuration_field field) noexcept {
    return error{error_code::invalid_configuration, operation::configure, reporter, field};
  }
  /// The address where the last class ends, each part at its alignment: for a storage of any alignment.
  [[nodiscard]] checked_size end_of_parts(std::uintptr_t address) const noexcept {
    const checked_size pools = checked_align_up(address, alignof(pool_type));
    checked_size next = pools.fits ? checked_add(pools.value, class_count * sizeof(pool_type)) : checked_size{};
    for (std::size_t index = 0; index < class_count && next.fits; ++index) {
      const checked_size begin = checked_align_up(next.value, part_align(classes[index]));
      next = begin.fits ? checked_add(begin.value, part_bytes(classes[index]).value()) : checked_size{};
    }
    return next;
  }
};

} // namespace nebula
