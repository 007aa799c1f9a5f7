// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <nebula/services/histogram.hpp>
#include <nebula/services/statistics_failure.hpp>

namespace nebula::services {

enum class metric_kind : std::uint8_t {
  counter = 0,   ///< a number of events: never falls, but to begin anew
  gauge = 1,     ///< a number as it is now
  histogram = 2, ///< values in buckets
};

/// The identifier as spelled here; "unknown" iff none of them.
[[nodiscard]] constexpr const char* name(metric_kind kind) noexcept {
  switch (kind) {
  case metric_kind::counter: return "counter";
  case metric_kind::gauge: return "gauge";
  case metric_kind::histogram: return "histogram";
  }
  return "unknown";
}

/// What a metric is called, by the program's text. `name` and `label`, unless that is empty, are words of lower-case
/// letters, digits and underscores, of which the first is a letter, with the unit at the end: used_bytes. A name has at
/// most 128 bytes and ends with no suffix that exporters give it: _total, _bucket, _count, _sum, _created, _info. A label
/// is none of id, source, kind, le, quantile. `help` is a sentence of at most 512 bytes. [SR-STAT-006]
struct metric_description {
  std::string_view name{};
  std::string_view help{};
  std::string_view label{}; ///< what tells several metrics of this name in one source apart; empty: there is one

  static constexpr std::size_t name_bytes_max = 128;
  static constexpr std::size_t help_bytes_max = 512;
  /// Of a source's name and kind, and of a label's value: any bytes at all, but so many at most.
  static constexpr std::size_t text_bytes_max = 1024;

  /// name_not_allowed or out_of_range (a length in bytes), in this order: metric_name; label_name; help.
  [[nodiscard]] statistics_outcome<void> validate() const noexcept;
};

/// One number of a source, or one histogram, as it was at a snapshot.
struct metric {
  metric_kind kind = metric_kind::gauge;
  bool is_restarted = false;       ///< it was begun anew since what it is compared with, and is not compared
  std::uint64_t restart_count = 0; ///< how often the collector has seen it fall, which only what is begun anew does
  std::string name{};
  std::string help{};
  std::string label{};
  std::string label_value{}; ///< any bytes
  std::uint64_t value = 0;   ///< not of a histogram
  histogram distribution{};  ///< of a histogram
};

} // namespace nebula::services
