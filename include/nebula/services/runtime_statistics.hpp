// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <nebula/services/memory_runtime.hpp>
#include <nebula/services/statistics_source.hpp>

namespace nebula::services {

/// The numbers of all allocators of a registry: allocators, allocators_not_asked; and by the allocator's name those of
/// each that may be asked in this thread: allocator_capacity_bytes, allocator_used_bytes, allocator_live_blocks,
/// allocator_failed_calls, allocator_corrupted (1 iff it is). Takes the lock that the registry's callers share; one that
/// joins or leaves meanwhile waits. O(allocators²), for each report is looked through for its like. [SR-STAT-012]
void report_allocators(source_report& report, const allocator_registry& registry) noexcept;

/// The same of a runtime, and its health: health_state, 0 for healthy, 1 for degraded, 2 for failed; health_reason, 1 for
/// the one that is true, by name. [SR-STAT-012]
class runtime_statistics {
public:
  /// The runtime is not moved, and outlives this.
  explicit runtime_statistics(const memory_runtime& runtime) noexcept : runtime_(runtime) {}

  void report(source_report& report) const noexcept;

private:
  const memory_runtime& runtime_;
};

} // namespace nebula::services
