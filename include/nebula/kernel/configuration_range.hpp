// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/arena_config.hpp>
#include <nebula/kernel/budget.hpp>
#include <nebula/kernel/bump_allocator.hpp>
#include <nebula/kernel/configuration_report.hpp>
#include <nebula/kernel/observed.hpp>
#include <nebula/kernel/pool_config.hpp>
#include <nebula/kernel/segregated_config.hpp>
#include <nebula/kernel/stack_allocator.hpp>

namespace nebula {

/// range_of(configuration, failure): the value that `failure`, which configuration.validate() returned, is about, and
/// the values with which validate() would not have named this field, all other fields as they are. Of rule none iff the
/// failure names no field: nothing failed, or size_overflow, for which no one field is to blame. O(1); O(classes) for a
/// segregated allocator. Safe from any thread. [SR-CONF-003]

namespace detail {

inline constexpr std::size_t no_upper_bound = std::numeric_limits<std::size_t>::max();
inline constexpr std::size_t highest_power_of_two = no_upper_bound - no_upper_bound / 2;

[[nodiscard]] inline configuration_report range_report(configuration_field field, value_unit unit, std::size_t value,
                                                       std::size_t lowest, std::size_t highest) noexcept {
  configuration_report report;
  report.field = field;
  report.rule = value_rule::range;
  report.unit = unit;
  report.value = value;
  report.lowest = lowest;
  report.highest = highest;
  return report;
}

[[nodiscard]] inline configuration_report level_report(check_level level) noexcept {
  configuration_report report = range_report(configuration_field::check_level, value_unit::none,
                                             static_cast<std::size_t>(level), 0, has_paranoid_level ? 1 : 0);
  report.rule = value_rule::level;
  return report;
}

/// `needed` bytes at the place of this storage, which must not run past the end of the address space.
[[nodiscard]] inline configuration_report storage_report(byte_span storage, checked_size needed) noexcept {
  const std::size_t room = std::numeric_limits<std::uintptr_t>::max() - reinterpret_cast<std::uintptr_t>(storage.data);
  const std::size_t lowest = needed.fits ? needed.value : no_upper_bound;
  const bool is_bounded = storage.size > room || lowest > room;
  configuration_report report = range_report(configuration_field::storage, value_unit::bytes, storage.size, lowest,
                                             is_bounded ? room : no_upper_bound);
  report.rule = value_rule::storage;
  report.is_null = storage.data == nullptr;
  return report;
}

/// A pool's block, or that of a class, which may have `lowest_count` blocks at least.
template <class Atomics>
[[nodiscard]] configuration_report block_report(const size_class& block, std::size_t lowest_count, check_level level,
                                                configuration_field field) noexcept {
  if (field == configuration_field::block_align_bytes) {
    configuration_report report =
        range_report(field, value_unit::bytes, block.block_align_bytes, 1, highest_power_of_two);
    report.rule = value_rule::power_of_two;
    return report;
  }
  if (field == configuration_field::block_size_bytes) {
    return range_report(field, value_unit::bytes, block.block_size_bytes, 1,
                        basic_pool_config<Atomics>::block_size_max(block.block_align_bytes, level));
  }
  return range_report(field, value_unit::blocks, block.block_count, lowest_count,
                      basic_pool_config<Atomics>::block_count_max);
}

/// Why size_class_table::accepts() does not: about the first class that does not fit behind the one before it.
[[nodiscard]] inline configuration_report classes_report(const size_class* classes, std::size_t count) noexcept {
  constexpr configuration_field field = configuration_field::classes;
  configuration_report report = range_report(field, value_unit::classes, count, 1, size_class_table::class_count_max);
  if (classes == nullptr) {
    report.rule = value_rule::pointer;
    report.is_null = true;
    return report;
  }
  if (!report.accepts_value()) {
    return report;
  }
  // At most class_count_max rounds.
  for (std::size_t index = 1; index < count; ++index) {
    if (!size_class_table::accepts(classes + (index - 1), 2)) {
      const checked_size lowest = size_class_table::next_class_size(classes[index - 1].block_size_bytes);
      const std::size_t highest =
          index + 1 == count ? no_upper_bound : size_class_table::largest_before(classes[index + 1].block_size_bytes);
      report = range_report(field, value_unit::bytes, classes[index].block_size_bytes,
                            lowest.fits ? lowest.value : no_upper_bound, lowest.fits ? highest : 0);
      report.position = index;
      return report;
    }
  }
  return report;
}

} // namespace detail

// The fields of each, in an order that does not matter: an error names one. What none of them names is none.

[[nodiscard]] inline configuration_report range_of(const bump_config& config, error failure) noexcept {
  if (failure.field == configuration_field::check_level) {
    return detail::level_report(config.level);
  }
  return failure.field == configuration_field::storage ? detail::storage_report(config.storage, {1, true})
                                                       : configuration_report{};
}

[[nodiscard]] inline configuration_report range_of(const stack_config& config, error failure) noexcept {
  if (failure.field == configuration_field::check_level) {
    return detail::level_report(config.level);
  }
  const checked_size needed = checked_add(basic_stack<span_byte_storage>::record_bytes(), 1);
  return failure.field == configuration_field::storage ? detail::storage_report(config.storage, needed)
                                                       : configuration_report{};
}

template <class Atomics>
[[nodiscard]] configuration_report range_of(const basic_pool_config<Atomics>& config, error failure) noexcept {
  if (failure.field == configuration_field::none) {
    return {};
  }
  if (failure.field == configuration_field::check_level) {
    return detail::level_report(config.level);
  }
  if (failure.field == configuration_field::storage) {
    return detail::storage_report(config.storage, config.storage_needed());
  }
  if (failure.field == configuration_field::cache_count) {
    return detail::range_report(failure.field, value_unit::caches, config.cache_count, 0,
                                basic_pool_config<Atomics>::cache_count_max);
  }
  return detail::block_report<Atomics>({config.block_size_bytes, config.block_align_bytes, config.block_count}, 0,
                                       config.level, failure.field);
}

template <class Atomics>
[[nodiscard]] configuration_report range_of(const basic_segregated_config<Atomics>& config, error failure) noexcept {
  if (failure.field == configuration_field::check_level) {
    return detail::level_report(config.level);
  }
  if (failure.field == configuration_field::storage) {
    return detail::storage_report(config.storage, config.storage_needed());
  }
  if (failure.field == configuration_field::fallback_classes) {
    return detail::range_report(failure.field, value_unit::classes, config.fallback_classes, 0, config.class_count - 1);
  }
  if (failure.field == configuration_field::classes) {
    return detail::classes_report(config.classes, config.class_count);
  }
  // The first class that is no pool is the one that was refused. At most class_count rounds.
  for (std::size_t index = 0; failure.field != configuration_field::none && index < config.class_count; ++index) {
    const size_class& each = config.classes[index];
    const auto alone = basic_pool_config<Atomics>::storage_bytes(each.block_size_bytes, each.block_align_bytes,
                                                                 each.block_count, config.level);
    if (alone.error().field != configuration_field::none) {
      configuration_report report = detail::block_report<Atomics>(each, 1, config.level, failure.field);
      report.position = index;
      return report;
    }
  }
  return {};
}

[[nodiscard]] inline configuration_report range_of(const arena_config& config, error failure) noexcept {
  if (failure.field == configuration_field::check_level) {
    return detail::level_report(config.level);
  }
  if (failure.field == configuration_field::chunk_source) {
    configuration_report report;
    report.field = failure.field;
    report.rule = value_rule::pointer;
    report.is_null = config.source.acquire == nullptr || config.source.release == nullptr;
    return report;
  }
  if (failure.field == configuration_field::chunk_bytes) {
    return detail::range_report(failure.field, value_unit::bytes, config.chunk_bytes, arena_config::chunk_bytes_min(),
                                detail::no_upper_bound);
  }
  if (failure.field == configuration_field::growth_bytes) {
    constexpr auto last = static_cast<std::size_t>(arena_growth::incremental);
    const auto growth = static_cast<std::size_t>(config.growth);
    configuration_report report =
        detail::range_report(failure.field, value_unit::bytes, config.growth_bytes, 1, detail::no_upper_bound);
    if (growth > last) {
      report = detail::range_report(failure.field, value_unit::none, growth, 0, last);
      report.rule = value_rule::growth;
    }
    return report;
  }
  if (failure.field == configuration_field::capacity_max_bytes) {
    return detail::range_report(failure.field, value_unit::bytes, config.capacity_max_bytes, config.chunk_bytes,
                                detail::no_upper_bound);
  }
  return {};
}

template <class Atomics>
[[nodiscard]] configuration_report range_of(const basic_budget_config<Atomics>& config, error failure) noexcept {
  constexpr std::size_t whole = 100; // percent
  if (failure.field == configuration_field::limit_bytes) {
    return detail::range_report(failure.field, value_unit::bytes, config.limit_bytes, 1,
                                config.parent == nullptr ? detail::no_upper_bound : config.parent->limit_bytes());
  }
  if (failure.field == configuration_field::block_limit_bytes) {
    return detail::range_report(failure.field, value_unit::bytes, config.block_limit_bytes, 0, config.limit_bytes);
  }
  if (failure.field == configuration_field::high_percent) {
    return detail::range_report(failure.field, value_unit::percent, config.high_percent, 0,
                                smaller(config.critical_percent, whole));
  }
  if (failure.field == configuration_field::critical_percent) {
    return detail::range_report(failure.field, value_unit::percent, config.critical_percent, 0, whole);
  }
  if (failure.field == configuration_field::parent) {
    return detail::range_report(failure.field, value_unit::levels, config.parent->depth(), 0,
                                basic_budget_config<Atomics>::depth_max - 1);
  }
  return {};
}

/// The field high_percent is near_percent here.
template <class Atomics>
[[nodiscard]] configuration_report range_of(const basic_observer_config<Atomics>& config, error failure) noexcept {
  constexpr std::size_t whole = 100; // percent
  if (failure.field == configuration_field::high_percent) {
    return detail::range_report(failure.field, value_unit::percent, config.near_percent, 0, whole);
  }
  return {};
}

} // namespace nebula
