// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include <nebula/services/allocator_registry.hpp>
#include <nebula/services/lifecycle_failure.hpp>
#include <nebula/services/memory_info.hpp>
#include <nebula/services/memory_pressure.hpp>
#include <nebula/services/system_memory.hpp>

namespace nebula::services {

/// How the memory of a program is, the worst last.
enum class health_state : std::uint8_t { healthy = 0, degraded = 1, failed = 2 };

/// Why.
enum class health_reason : std::uint8_t {
  none = 0,
  near_capacity = 1,    ///< degraded: as much of an allocator is used as the configuration says, or more
  misuse = 2,           ///< degraded: an allocator has refused more wrong calls than the configuration allows
  machine_pressure = 3, ///< degraded: the machine, or the limit of its control group, is at critical pressure
  machine_unknown = 4,  ///< degraded: the machine was to be looked at, and did not answer
  corrupted = 5,        ///< failed: an allocator has found its own state broken
  shut_down = 6,        ///< failed: the runtime has been shut down
};

/// The identifiers as spelled here; "unknown" iff none of them. Never null. Any thread.
[[nodiscard]] const char* name(health_state state) noexcept;
[[nodiscard]] const char* name(health_reason reason) noexcept;

/// The worst that was found, of the first allocator that it was found at, and how many are how. A plain value.
struct health_report {
  health_state state = health_state::healthy;
  health_reason reason = health_reason::none;
  allocator_name allocator{}; ///< none iff it is about none
  std::size_t used_bytes = 0; ///< of the allocator, or of the machine
  std::size_t capacity_bytes = 0;
  std::uint64_t misuse_count = 0; ///< of the allocator
  std::size_t healthy_count = 0;  ///< allocators
  std::size_t degraded_count = 0;
  std::size_t failed_count = 0;
  std::size_t not_asked_count = 0; ///< they have one owner, which is another thread
};

/// Writes one line for people, the name escaped. As describe() of a lifecycle_failure.
std::size_t describe(const health_report& report, char* buffer, std::size_t size_bytes) noexcept;

/// Sums over the allocators that could be asked.
struct memory_metrics {
  std::uint64_t used_bytes = 0;
  std::uint64_t available_bytes = 0;
  std::uint64_t capacity_bytes = 0;
  std::uint64_t live_blocks = 0;
  std::uint64_t failure_count = 0; ///< calls that failed, for whatever reason
  std::size_t allocator_count = 0;
  std::size_t not_asked_count = 0;
};

class runtime_plan;

struct runtime_config {
  registry_config registry{};
  unsigned near_capacity_per_mille = 900; ///< of an allocator's capacity: from there on it is degraded
  std::uint64_t misuse_count_max = 0;     ///< wrong calls that an allocator may have refused and be healthy
  system_memory machine{};                ///< health_check() asks it, too, iff it was detected
  pressure_scale pressure{};              ///< of the machine

  /// Failures, in this order: as registry_config; out_of_range iff near_capacity_per_mille is not in 1…1000. [SR-LC-005]
  [[nodiscard]] lifecycle_outcome<runtime_plan> validate() const noexcept;
};

/// A runtime's configuration that was found valid. Made by runtime_config::validate() only.
class runtime_plan {
public:
  constexpr runtime_plan() noexcept = default; ///< the default configuration

private:
  friend struct runtime_config;
  friend class memory_runtime;

  runtime_config config_{};
};

/// The memory of a program as a whole: initialised once, looked after, shut down. Shutting down refuses to forget live
/// blocks. One owner, who moves it and shuts it down; the const functions are for any thread, also meanwhile, but not of a
/// runtime that is assigned to; what they ask may be used by others. Ends with a report of leaks, if it was not shut down
/// before. [SR-LC-005] [SR-LC-006]
class memory_runtime {
public:
  memory_runtime() noexcept = default; ///< shut down
  ~memory_runtime();
  memory_runtime(memory_runtime&& other) noexcept;
  memory_runtime& operator=(memory_runtime&& other) noexcept;
  memory_runtime(const memory_runtime&) = delete;
  memory_runtime& operator=(const memory_runtime&) = delete;

  /// out_of_memory.
  [[nodiscard]] static lifecycle_outcome<memory_runtime> initialize(const runtime_plan& plan) noexcept;

  /// For allocators to be registered in. After shutdown() it takes up no more of them, and its allocate() fails with
  /// shut_down; blocks can be given back still.
  [[nodiscard]] const allocator_registry& registry() const noexcept { return registry_; }
  [[nodiscard]] bool is_running() const noexcept { return is_running_.load(std::memory_order_relaxed); }

  /// Failures, in this order, and the runtime goes on: other_thread iff an allocator has one owner, which is another
  /// thread: its blocks cannot be counted, end its registration first; blocks_live iff an allocator has live blocks that
  /// are leaks: it says which. What has left with live blocks is no hindrance, it is in the report of leaks. Once it is
  /// shut down, further calls succeed. O(allocators).
  [[nodiscard]] lifecycle_outcome<void> shutdown() noexcept;

  /// Asks each allocator that may be asked in this thread, and the machine. No heap. O(allocators).
  [[nodiscard]] health_report health_check() const noexcept;
  /// The same for numbers.
  [[nodiscard]] memory_metrics metrics() const noexcept;

  /// Where the destructor writes its report of leaks; null: nowhere. stderr at first.
  void report_leaks_to(std::FILE* file) noexcept { leaks_file_ = file; }

private:
  void report_leaks() noexcept;

  runtime_config config_{};
  allocator_registry registry_{};
  std::FILE* leaks_file_ = stderr;
  std::atomic<bool> is_running_{false}; // relaxed: the registry has a lock of its own
};

} // namespace nebula::services
