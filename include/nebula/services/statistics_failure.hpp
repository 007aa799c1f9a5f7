// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include <nebula/services/outcome.hpp>

namespace nebula::services {

/// Why a call of the statistics failed.
enum class statistics_failure_code : std::uint8_t {
  none = 0,
  out_of_range = 1,        ///< `field` has `value`, which is not in lowest…highest
  out_of_memory = 2,       ///< the heap had no room for the answer
  no_values = 3,           ///< a percentile of a histogram that has recorded nothing
  layout_differs = 4,      ///< two histograms have other buckets
  name_not_allowed = 5,    ///< `field` has at byte `value` what such a name must not have, or is reserved as a whole
  reported_twice = 6,      ///< one source reported the same metric with the same label again
  kind_changed = 7,        ///< a metric is a counter here, and a gauge or a histogram elsewhere in the same collector
  other_collector = 8,     ///< the two snapshots are of different collectors
  snapshots_reversed = 9,  ///< the earlier snapshot was given as the later one
  reset_between = 10,      ///< the collector was reset between the two snapshots
  snapshot_is_change = 11, ///< a change, where a snapshot was expected
  called_by_source = 12,   ///< a source called its own collector while it reported
  address_refused = 13,    ///< the system does not let the endpoint listen there
};

/// What a failure is about.
enum class statistics_field : std::uint8_t {
  none = 0,
  precision_bits = 1,
  value_bits = 2,
  percentile = 3, ///< `number` is what was given
  source_name = 4,
  source_kind = 5,
  metric_name = 6,
  label_name = 7,
  label_value = 8,
  help = 9,
  snapshot = 10,
  report = 11,
  address = 12,
  port = 13,
  path = 14,
  thread_count = 15,
};

/// What was wrong, with which value, and what would be right. A plain value: making, copying and describing one never
/// allocates. [SR-STAT-001]
struct statistics_failure {
  statistics_failure_code code = statistics_failure_code::none;
  statistics_field field = statistics_field::none;
  std::uint64_t value = 0; ///< as given, or a length in bytes, or a place in a name
  std::uint64_t lowest = 0;
  std::uint64_t highest = 0;
  double number = 0; ///< of what may be a fraction: as given

  /// Of the same bits: a number that is none is equal to itself.
  friend constexpr bool operator==(const statistics_failure& left, const statistics_failure& right) noexcept {
    return left.code == right.code && left.field == right.field && left.value == right.value &&
           left.lowest == right.lowest && left.highest == right.highest &&
           std::bit_cast<std::uint64_t>(left.number) == std::bit_cast<std::uint64_t>(right.number);
  }
};

template <class T>
using statistics_outcome = outcome<T, statistics_failure>;

[[nodiscard]] constexpr statistics_failure refused(statistics_failure_code code,
                                                   statistics_field field = statistics_field::none,
                                                   std::uint64_t value = 0) noexcept {
  statistics_failure failure;
  failure.code = code;
  failure.field = field;
  failure.value = value;
  return failure;
}
[[nodiscard]] constexpr statistics_failure out_of_range(statistics_field field, std::uint64_t value,
                                                        std::uint64_t lowest, std::uint64_t highest) noexcept {
  statistics_failure failure = refused(statistics_failure_code::out_of_range, field, value);
  failure.lowest = lowest;
  failure.highest = highest;
  return failure;
}

/// The identifier as spelled here; "unknown" iff the value is none of the enumerators. Never null. Any thread.
[[nodiscard]] const char* name(statistics_failure_code code) noexcept;
[[nodiscard]] const char* name(statistics_field field) noexcept;

/// Writes one line for people: what was wrong, with which value, and what would be right. Ends with a zero byte unless
/// size_bytes is 0; nothing is written beyond it. Returns the bytes of the whole text without the zero, so that a return
/// of at least size_bytes says that it was cut. No heap, no locale, any thread.
std::size_t describe(const statistics_failure& failure, char* buffer, std::size_t size_bytes) noexcept;

} // namespace nebula::services
