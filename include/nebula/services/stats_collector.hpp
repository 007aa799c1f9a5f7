// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include <nebula/services/statistics_failure.hpp>
#include <nebula/services/statistics_snapshot.hpp>
#include <nebula/services/statistics_source.hpp>

namespace nebula::services {

namespace detail {
struct collector_state;
}

/// A source's membership of a collector, which ends with this object. Once the end has returned, the source is not asked
/// any more, and may be destroyed. Can be moved. May outlive the collector.
class statistics_registration {
public:
  statistics_registration() noexcept = default; ///< of nothing
  ~statistics_registration() { end(); }
  statistics_registration(statistics_registration&& other) noexcept
      : state_(std::move(other.state_)), id_(std::exchange(other.id_, source_id::none)) {}
  statistics_registration& operator=(statistics_registration&& other) noexcept {
    if (this != &other) {
      end();
      state_ = std::move(other.state_);
      id_ = std::exchange(other.id_, source_id::none);
    }
    return *this;
  }
  statistics_registration(const statistics_registration&) = delete;
  statistics_registration& operator=(const statistics_registration&) = delete;

  /// none iff of nothing.
  [[nodiscard]] source_id id() const noexcept { return id_; }
  /// Waits for a snapshot under way. Nothing iff of nothing, or ended. Not inside of a source's report, which would wait
  /// for itself. O(sources).
  void end() noexcept;

private:
  friend class stats_collector;

  std::shared_ptr<detail::collector_state> state_{};
  source_id id_ = source_id::none;
};

/// Asks registered allocators and services for their numbers: they count, it reads. It never writes into a source, and
/// costs nothing while nobody asks. Any thread; calls wait for each other. A service's own memory is the heap's, and a
/// call that finds none there fails and changes nothing. [SR-STAT-006] [SR-STAT-007] [SR-STAT-008]
class stats_collector {
public:
  stats_collector() noexcept = default; ///< none: each call fails with out_of_memory
  /// out_of_memory.
  [[nodiscard]] static statistics_outcome<stats_collector> make() noexcept;

  /// Takes a source up. Name and kind are any bytes: they are told as they are. The id is never given again, even when
  /// the source has left. Failures, in this order: out_of_range iff name (1…text_bytes_max) or kind (0…text_bytes_max)
  /// are of another length; called_by_source; out_of_memory. [SR-STAT-008]
  [[nodiscard]] statistics_outcome<statistics_registration> add(std::string_view name, std::string_view kind,
                                                                statistics_source source) noexcept;

  /// The numbers of all sources now, counters and histograms as of the last reset. Each source is asked once, one after
  /// the other: numbers of one source belong together as far as the source makes them so. A metric that is of another
  /// kind than it was when it was first reported to this collector, by whichever source, is left out: kind_changed.
  /// Failures: called_by_source; out_of_memory. O(metrics²) for each source.
  [[nodiscard]] statistics_outcome<statistics_snapshot> snapshot() noexcept;

  /// Counters and histograms of later snapshots begin at what they are now. The sources are not touched; gauges stay, and
  /// so do peaks, which are gauges. Failures: called_by_source; out_of_memory.
  [[nodiscard]] statistics_outcome<void> reset() noexcept;

  /// 0 inside of a source's report.
  [[nodiscard]] std::uint64_t source_count() const noexcept;

private:
  explicit stats_collector(std::shared_ptr<detail::collector_state> state) noexcept : state_(std::move(state)) {}

  std::shared_ptr<detail::collector_state> state_{};
};

} // namespace nebula::services
