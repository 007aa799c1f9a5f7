// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/pool_allocator.hpp>
#include <nebula/services/object_failure.hpp>
#include <nebula/services/object_hooks.hpp>
#include <nebula/services/object_slots.hpp>
#include <nebula/services/object_waiting.hpp>

namespace nebula::services {

template <class T, class Waiting>
class basic_object_pool;
template <class T, class Waiting>
struct basic_object_pool_config;

/// A configuration that was found valid, and laid out. Made by basic_object_pool_config::validate() only. One plan makes
/// one pool.
template <class T, class Waiting = steady_waiting>
class basic_object_pool_plan {
public:
  basic_object_pool_plan() noexcept = default; ///< no plan at all: its pool has no objects

  [[nodiscard]] std::uint32_t object_count() const noexcept { return blocks_.block_count(); }

private:
  friend struct basic_object_pool_config<T, Waiting>;
  friend class basic_object_pool<T, Waiting>;

  std::byte* slots_ = nullptr;
  pool_plan blocks_{};
  object_hooks<T> hooks_{};
  basic_object_pool<T, Waiting>* parent_ = nullptr;
  std::chrono::nanoseconds idle_time_to_live_{};
  std::chrono::nanoseconds lease_time_max_{};
  unsigned utilization_high_per_mille_ = 0;
  unsigned failure_high_per_mille_ = 0;
};

/// What an object pool is to be. Fill in, then validate(). [SR-OBJ-001]
template <class T, class Waiting = steady_waiting>
struct basic_object_pool_config {
  using plan_type = basic_object_pool_plan<T, Waiting>;

  std::size_t object_count = 0; ///< the most that there can be at a time, made when they are asked for
  byte_span storage{};          ///< lent for the pool's life; at least storage_bytes(), of any alignment
  object_hooks<T> hooks{};
  basic_object_pool<T, Waiting>* parent = nullptr; ///< asked when this one has nothing; outlives this one
  std::chrono::nanoseconds idle_time_to_live{};    ///< 0: idle objects are kept for ever
  std::chrono::nanoseconds lease_time_max{};       ///< from when on a lease is reported as a leak; 0: never
  unsigned utilization_high_per_mille = 900;       ///< of objects in use, from when on a pool is not healthy
  unsigned failure_high_per_mille = 100;           ///< of attempts that fail, likewise
  fault_hook hook{};                               ///< of releases that are refused, and of the kernel's pool
  check_level level = check_level::standard;       ///< of the kernel's pool

  static constexpr std::size_t object_count_max = pool_config::block_count_max;
  /// How many pools can stand one above the other.
  static constexpr unsigned level_count_max = 4;

  /// The storage for so many objects, wherever it begins: for each its block, the kernel's record of it, and a slot of 56
  /// bytes. object_count iff out of range, or if the storage would exceed the address space.
  [[nodiscard]] static constexpr object_outcome<std::size_t> storage_bytes(
      std::size_t count, check_level level = check_level::standard) noexcept {
    const object_failure wrong = out_of_range(object_field::object_count, count, 1, object_count_max);
    if (count == 0 || count > object_count_max) {
      return wrong;
    }
    const result<std::size_t> blocks = pool_config::storage_bytes(sizeof(T), alignof(T), count, level);
    const checked_size slots = checked_multiply(count, sizeof(object_slot));
    const checked_size padded =
        checked_add(slots.value, alignof(object_slot) - 1 + pool_config::storage_align(alignof(T)) - 1);
    const checked_size total = checked_add(padded.value, blocks.value());
    if (!blocks.has_value() || !slots.fits || !padded.fits || !total.fits) {
      return wrong;
    }
    return total.value;
  }

  /// invalid_configuration, with field, value and range, in this order: level iff none of the enumerators; object_count
  /// iff 0 or above the maximum; storage iff null, below storage_bytes(), or past the end of the address space; idle_time_to_live and lease_time_max iff
  /// negative; the thresholds iff above 1000; make iff null and T has no default constructor; parent iff it has
  /// level_count_max - 1 levels above it.
  [[nodiscard]] object_outcome<plan_type> validate() const noexcept {
    if (const object_failure wrong = wrong_field(); wrong.code != object_failure_code::none) {
      return wrong;
    }
    if (storage.size > UINTPTR_MAX - reinterpret_cast<std::uintptr_t>(storage.data)) {
      return out_of_range(object_field::storage, storage.size, 1, 0);
    }
    const std::size_t padding = padding_bytes(reinterpret_cast<std::uintptr_t>(storage.data), alignof(object_slot));
    const std::size_t before = padding + object_count * sizeof(object_slot);
    pool_config blocks;
    blocks.storage = {storage.data + before, storage.size - before};
    blocks.block_size_bytes = sizeof(T);
    blocks.block_align_bytes = alignof(T);
    blocks.block_count = object_count;
    blocks.hook = hook;
    blocks.level = level;
    const result<pool_plan> laid_out = blocks.validate(); // has a value: all that it asks for has been seen to
    plan_type plan;
    plan.slots_ = storage.data + padding;
    plan.blocks_ = laid_out.value();
    plan.hooks_ = hooks;
    plan.parent_ = parent;
    plan.idle_time_to_live_ = idle_time_to_live;
    plan.lease_time_max_ = lease_time_max;
    plan.utilization_high_per_mille_ = utilization_high_per_mille;
    plan.failure_high_per_mille_ = failure_high_per_mille;
    return plan;
  }

private:
  [[nodiscard]] object_failure wrong_field() const noexcept {
    if (!is_check_level(level)) {
      return out_of_range(object_field::level, static_cast<std::uint64_t>(level), 0,
                          static_cast<std::uint64_t>(check_level::paranoid));
    }
    const object_outcome<std::size_t> needed = storage_bytes(object_count, level);
    if (!needed.has_value()) {
      return needed.failure();
    }
    if (storage.data == nullptr || storage.size < needed.value()) {
      return out_of_range(object_field::storage, storage.data == nullptr ? 0 : storage.size, needed.value(), SIZE_MAX);
    }
    if (idle_time_to_live.count() < 0) {
      return negative(object_field::idle_time_to_live, idle_time_to_live);
    }
    if (lease_time_max.count() < 0) {
      return negative(object_field::lease_time_max, lease_time_max);
    }
    constexpr unsigned whole = 1000;
    if (utilization_high_per_mille > whole) {
      return out_of_range(object_field::utilization_high_per_mille, utilization_high_per_mille, 0, whole);
    }
    if (failure_high_per_mille > whole) {
      return out_of_range(object_field::failure_high_per_mille, failure_high_per_mille, 0, whole);
    }
    if (hooks.make == nullptr && !std::is_default_constructible_v<T>) {
      return out_of_range(object_field::make, 0, 1, 1);
    }
    if (parent != nullptr && parent->level() + 1 >= level_count_max) {
      return out_of_range(object_field::parent, parent->level() + 1, 0, level_count_max - 1);
    }
    return {};
  }
  [[nodiscard]] static object_failure negative(object_field field, std::chrono::nanoseconds time) noexcept {
    return out_of_range(field, ~static_cast<std::uint64_t>(time.count()) + 1, 0, INT64_MAX);
  }
};

} // namespace nebula::services
