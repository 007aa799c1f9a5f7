// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/error.hpp>

namespace nebula {

/// What a configuration's field must be.
enum class value_rule : std::uint8_t {
  none = 0,         ///< the error is about no one value
  range = 1,        ///< from lowest to highest
  power_of_two = 2, ///< a power of two from lowest to highest
  pointer = 3,      ///< not null
  storage = 4,      ///< not null, and from lowest to highest bytes
  level = 5,        ///< an enumerator of check_level
  growth = 6,       ///< an enumerator of arena_growth
};

/// What a value counts.
enum class value_unit : std::uint8_t {
  none = 0,
  bytes = 1,
  blocks = 2,
  classes = 3,
  caches = 4,
  levels = 5,
  percent = 6
};

/// The field that a configuration was refused for, its value, and the values with which it would not have been, all
/// other fields as they are. Made by range_of(configuration, failure); describe() makes text of it. [SR-CONF-003]
struct configuration_report {
  static constexpr std::size_t no_position = std::numeric_limits<std::size_t>::max();

  configuration_field field = configuration_field::none;
  value_rule rule = value_rule::none;
  value_unit unit = value_unit::none;
  bool is_null = false;               ///< of a pointer, or of the storage's
  std::size_t value = 0;              ///< as given
  std::size_t lowest = 0;             ///< above highest iff no value would do as long as the other fields stay
  std::size_t highest = 0;            ///< SIZE_MAX: no bound of its own
  std::size_t position = no_position; ///< which class, where the value is one class's

  /// True iff the value, by this report, is right. It never is for a report of a configuration that was refused.
  [[nodiscard]] constexpr bool accepts_value() const noexcept {
    const bool in_range = value >= lowest && value <= highest;
    switch (rule) {
    case value_rule::none: return false;
    case value_rule::range:
    case value_rule::level:
    case value_rule::growth: return in_range;
    case value_rule::power_of_two: return in_range && value != 0 && (value & (value - 1)) == 0;
    case value_rule::pointer: return !is_null;
    case value_rule::storage: return in_range && !is_null;
    }
    return false;
  }
};

} // namespace nebula
