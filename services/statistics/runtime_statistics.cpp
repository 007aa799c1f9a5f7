// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/runtime_statistics.hpp>

#include <cstdint>

#include <nebula/kernel/state.hpp>
#include <nebula/services/allocator_registry.hpp>
#include <nebula/services/memory_runtime.hpp>
#include <nebula/services/metric.hpp>
#include <nebula/services/statistics_source.hpp>

namespace nebula::services {
namespace {

constexpr metric_description allocators{"allocators", "Allocators that are registered."};
constexpr metric_description not_asked{"allocators_not_asked", "Of them, those that only another thread may ask."};
constexpr metric_description capacity{"allocator_capacity_bytes", "What blocks can occupy when nothing is live.",
                                      "allocator"};
constexpr metric_description used{"allocator_used_bytes", "What is occupied now, padding and rounding included.",
                                  "allocator"};
constexpr metric_description live{"allocator_live_blocks", "Blocks allocated and not yet freed.", "allocator"};
constexpr metric_description failed{"allocator_failed_calls", "Calls that failed, for whatever reason.", "allocator"};
constexpr metric_description corrupted{"allocator_corrupted", "1 iff the allocator has found its own state broken.",
                                       "allocator"};
constexpr metric_description state{"health_state", "0: healthy, 1: degraded, 2: failed."};
constexpr metric_description reason{"health_reason", "1: this is why the memory is not healthy.", "reason"};

/// What is counted while the allocators are shown.
struct visit_so_far {
  source_report& report;
  std::uint64_t count = 0;
  std::uint64_t not_asked_count = 0;
};

void report_one(void* context, const registered_allocator& each) noexcept {
  auto& so_far = *static_cast<visit_so_far*>(context);
  ++so_far.count;
  if (!each.may_ask) {
    ++so_far.not_asked_count;
    return;
  }
  const allocator_state now = each.reference.state();
  so_far.report.gauge(capacity, now.capacity_bytes, each.name.view());
  so_far.report.gauge(used, now.used_bytes, each.name.view());
  so_far.report.gauge(live, now.live_blocks, each.name.view());
  so_far.report.counter(failed, now.failures.total(), each.name.view());
  so_far.report.gauge(corrupted, each.reference.is_corrupted() ? 1 : 0, each.name.view());
}

} // namespace

void report_allocators(source_report& report, const allocator_registry& registry) noexcept {
  visit_so_far so_far{report};
  registry.visit({&report_one, &so_far});
  report.gauge(allocators, so_far.count);
  report.gauge(not_asked, so_far.not_asked_count);
}

void runtime_statistics::report(source_report& report) const noexcept {
  report_allocators(report, runtime_.registry());
  const health_report health = runtime_.health_check();
  report.gauge(state, static_cast<std::uint64_t>(health.state));
  constexpr auto last = static_cast<std::uint8_t>(health_reason::shut_down);
  for (std::uint8_t value = 1; value <= last; ++value) {
    const auto each = health_reason{value};
    report.gauge(reason, health.reason == each ? 1 : 0, name(each));
  }
}

} // namespace nebula::services
