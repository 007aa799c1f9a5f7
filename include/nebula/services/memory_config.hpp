// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include <nebula/kernel/configuration.hpp>
#include <nebula/services/config_failure.hpp>
#include <nebula/services/event_log.hpp>
#include <nebula/services/histogram_layout.hpp>
#include <nebula/services/memory_pressure.hpp>
#include <nebula/services/memory_runtime.hpp>
#include <nebula/services/monitored.hpp>
#include <nebula/services/page_mapping_config.hpp>

namespace nebula::services {

/// What an allocator does on misuse when the program has no fault hook.
enum class misuse_reaction : std::uint8_t { return_error = 0, trap = 1 };

/// The configurations that a program begins with. None drops a check: they differ in what is done in addition.
enum class memory_preset : std::uint8_t { production = 0, development = 1, paranoid = 2 };

/// The identifiers as spelled here; "unknown" iff none of them. Never null. Any thread.
[[nodiscard]] const char* name(misuse_reaction reaction) noexcept;
[[nodiscard]] const char* name(memory_preset preset) noexcept;

/// What can be configured of a program's memory, of all layers, in one place: from code, from JSON, or from the
/// environment (memory_config_text.hpp). The keys of both are the fields' names with a point for the first underscore:
/// log.level. What each layer takes of it is made by the functions below. A plain value. [SR-CONFIG-001]
struct memory_config {
  // Allocators of the kernel.
  nebula::check_level kernel_check_level = check_level::standard;
  misuse_reaction kernel_on_misuse = misuse_reaction::return_error;
  // The registry, and what is healthy.
  std::uint32_t registry_allocator_count_max = 64;
  std::uint16_t health_near_capacity_per_mille = 900;
  std::uint64_t health_misuse_count_max = 0;
  // The scale of pressure, of the machine and whatever else has a limit.
  std::uint16_t pressure_high_per_mille = 850;
  std::uint16_t pressure_critical_per_mille = 950;
  // What monitored<> turns away.
  std::uint64_t shedding_above_high_bytes = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t shedding_above_critical_bytes = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t shedding_calls_between_probes = 256;
  after_failed_probe shedding_on_failed_probe = after_failed_probe::keep_last;
  // What tracked<> keeps.
  bool tracking_enabled = false;
  std::uint32_t tracking_live_blocks_max = 65536;
  bool tracking_backtraces = true;
  // Logs of allocators.
  services::log_level log_level = services::log_level::warning;
  std::uint32_t log_sample_every = 1;
  std::uint32_t log_events_per_second = 0; ///< 0: all
  std::uint32_t log_burst_events = 100;
  std::uint16_t log_near_percent = 90;
  // Histograms of the statistics.
  std::uint16_t statistics_precision_bits = 5;
  std::uint16_t statistics_value_bits = 40;
  // Mappings of the system.
  page_kind pages_kind = page_kind::normal;
  page_kind pages_kind_least = page_kind::normal;
  std::uint32_t pages_guard_pages = 1;
  bool pages_prefault = false;
  demand pages_lock = demand::none;

  /// Standard checks; misuse returns its error; logs warn.
  [[nodiscard]] static memory_config production() noexcept { return {}; }
  /// Misuse traps, in the call that did it; blocks are tracked with backtraces; logs tell changes of state.
  [[nodiscard]] static memory_config development() noexcept;
  /// As development(), with the paranoid level of checks, and logs of each call.
  [[nodiscard]] static memory_config paranoid() noexcept;
  [[nodiscard]] static memory_config of(memory_preset preset) noexcept;

  /// The first key, in the order of the fields, whose value is out of range or no enumerator; then conflict, iff two values do
  /// not go together: pressure.high_per_mille above pressure.critical_per_mille; shedding.above_critical_bytes above
  /// shedding.above_high_bytes; pages.kind_least better than pages.kind. No heap. [SR-CONFIG-002]
  [[nodiscard]] config_outcome<void> validate() const noexcept;

  // What the layers take. Of a configuration that is valid, they are valid as far as the configuration decides.
  [[nodiscard]] settings kernel() const noexcept;
  [[nodiscard]] runtime_config runtime(const system_memory& machine = {}) const noexcept;
  [[nodiscard]] pressure_scale pressure() const noexcept;
  [[nodiscard]] shedding_config shedding(pressure_probe probe) const noexcept;
  [[nodiscard]] event_log_config log(std::string_view allocator) const noexcept;
  /// For histograms that are made while the program runs; a thread_histogram's buckets are the compiler's.
  [[nodiscard]] histogram_layout statistics() const noexcept;
  [[nodiscard]] page_mapping_config pages(std::size_t bytes) const noexcept;

  friend bool operator==(const memory_config&, const memory_config&) noexcept = default;
};

} // namespace nebula::services
