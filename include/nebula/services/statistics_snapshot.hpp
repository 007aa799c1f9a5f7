// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nebula/services/metric.hpp>
#include <nebula/services/statistics_failure.hpp>

namespace nebula::services {

/// What a source is known by: the number is never given to another one of the same collector.
enum class source_id : std::uint64_t { none = 0 };

/// The numbers of one source.
struct source_snapshot {
  source_id id = source_id::none;
  std::string name{}; ///< any bytes
  std::string kind{}; ///< any bytes
  std::vector<metric> metrics{};
  std::uint64_t refused_count = 0; ///< metrics that the source reported and that were left out
  statistics_failure first_refusal{};

  /// Null iff there is no such metric.
  [[nodiscard]] const metric* find(std::string_view metric_name, std::string_view label_value = {}) const noexcept;
};

/// The numbers of all sources of a collector, in the order in which they were registered; or how they have changed
/// between two such. Made by stats_collector and change() only, so that exporters can rely on its names. A value: any
/// thread may read it. [SR-STAT-007]
class statistics_snapshot {
public:
  /// Of no collector.
  statistics_snapshot() noexcept = default;

  [[nodiscard]] const std::vector<source_snapshot>& sources() const noexcept { return sources_; }
  /// Null iff it has no such source.
  [[nodiscard]] const source_snapshot* find(source_id id) const noexcept;
  /// 1 and up: of this program's collectors.
  [[nodiscard]] std::uint64_t collector() const noexcept { return collector_; }
  /// 1 and up: of this collector's snapshots.
  [[nodiscard]] std::uint64_t sequence() const noexcept { return sequence_; }
  /// How often the collector had been reset.
  [[nodiscard]] std::uint64_t reset_count() const noexcept { return reset_count_; }
  /// Since the collector was made, or, of a change, between the two; by a clock that is never set.
  [[nodiscard]] std::uint64_t elapsed_nanoseconds() const noexcept { return elapsed_nanoseconds_; }
  [[nodiscard]] bool is_change() const noexcept { return is_change_; }
  /// Of a change: what the earlier snapshot has and the later one has not.
  [[nodiscard]] const std::vector<source_id>& ended_sources() const noexcept { return ended_; }

private:
  friend class stats_collector;
  friend statistics_outcome<statistics_snapshot> change(const statistics_snapshot& before,
                                                        const statistics_snapshot& after) noexcept;

  std::vector<source_snapshot> sources_{};
  std::vector<source_id> ended_{};
  std::uint64_t collector_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t reset_count_ = 0;
  std::uint64_t elapsed_nanoseconds_ = 0;
  bool is_change_ = false;
};

/// What happened between two snapshots of a collector. The sources of the later one, with their counters and histograms
/// less those of the earlier one, and their gauges as they are. What the earlier one has not counts whole; so does what
/// has fallen, which was begun anew: is_restarted. Failures, in this order: snapshot_is_change iff one of them is one;
/// other_collector; snapshots_reversed; reset_between; out_of_memory. O(metrics²) for each source. [SR-STAT-007]
[[nodiscard]] statistics_outcome<statistics_snapshot> change(const statistics_snapshot& before,
                                                             const statistics_snapshot& after) noexcept;

} // namespace nebula::services
