// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/allocator_statistics.hpp>

#include <cstdint>

#include <nebula/kernel/budget_config.hpp>
#include <nebula/kernel/error.hpp>
#include <nebula/kernel/state.hpp>
#include <nebula/services/counted.hpp>
#include <nebula/services/memory_info.hpp>
#include <nebula/services/metric.hpp>
#include <nebula/services/statistics_source.hpp>

namespace nebula::services {
namespace {

constexpr metric_description capacity{"capacity_bytes", "What blocks can occupy when nothing is live."};
constexpr metric_description used{"used_bytes", "What is occupied now, padding and rounding included."};
constexpr metric_description available{"available_bytes", "What can still be occupied."};
constexpr metric_description peak{"peak_bytes", "The highest used_bytes since construction."};
constexpr metric_description live{"live_blocks", "Blocks allocated and not yet freed."};
constexpr metric_description cached{"cached_blocks", "Free blocks of a pool that its caches keep."};
constexpr metric_description failed{"failed_calls", "Calls that failed, by the code of their error.", "reason"};
constexpr metric_description limit{"limit_bytes", "How many bytes may be reserved at a time."};
constexpr metric_description own{"own_bytes", "Bytes reserved through this budget itself."};
constexpr metric_description children{"child_budgets", "Budgets directly below this one."};
constexpr metric_description memory_total{"memory_total_bytes", "Memory there is, by what limits it.", "scope"};
constexpr metric_description memory_available{"memory_available_bytes", "Memory left, by what limits it.", "scope"};
constexpr metric_description resident{"resident_bytes", "Memory of this process."};

void report_failures(source_report& report, const failure_counts& failures) noexcept {
  constexpr std::uint8_t highest = static_cast<std::uint8_t>(error_code::corrupted);
  for (std::uint8_t value = 1; value <= highest; ++value) {
    const auto code = error_code{value};
    if (failure_reason_index(code) != failure_reason_count) {
      report.counter(failed, failures.of(code), name(code));
    }
  }
}

} // namespace

void report_state(source_report& report, const allocator_state& state) noexcept {
  report.gauge(capacity, state.capacity_bytes);
  report.gauge(used, state.used_bytes);
  report.gauge(available, state.available_bytes);
  report.gauge(peak, state.peak_bytes);
  report.gauge(live, state.live_blocks);
  report.gauge(cached, state.cached_blocks);
  report_failures(report, state.failures);
}

void report_state(source_report& report, const budget_state& state) noexcept {
  report.gauge(limit, state.limit_bytes);
  report.gauge(used, state.used_bytes);
  report.gauge(own, state.own_bytes);
  report.gauge(available, state.available_bytes);
  report.gauge(peak, state.peak_bytes);
  report.gauge(children, state.child_count);
  report_failures(report, state.failures);
}

void report_state(source_report& report, const memory_info& info) noexcept {
  report.gauge(memory_total, info.machine.total_bytes, "machine");
  report.gauge(memory_available, info.machine.available_bytes, "machine");
  if (info.limit_version != control_group_version::none) {
    report.gauge(memory_total, info.limit.total_bytes, "limit");
    report.gauge(memory_available, info.limit.available_bytes, "limit");
  }
  report.gauge(resident, info.resident_bytes);
}

void allocation_counts::report(source_report& report) const noexcept {
  constexpr metric_description allocated_calls{"allocated_blocks", "Calls that returned a block."};
  constexpr metric_description allocated_sizes{"allocated_bytes", "Bytes asked for by calls that returned a block."};
  constexpr metric_description freed_calls{"freed_blocks", "Calls that freed a block."};
  constexpr metric_description freed_sizes{"freed_bytes", "Bytes that calls freed, as they had been asked for."};
  constexpr metric_description refused_calls{"failed_allocations", "Calls that returned no block."};
  constexpr metric_description refused_frees{"failed_frees", "Calls that did not free a block."};
  constexpr metric_description sizes{"block_size_bytes", "Sizes asked for by calls that returned a block."};
  const auto recorded = sizes_.snapshot();
  if (!recorded) {
    report.refuse(recorded.failure());
    return;
  }
  report.counter(allocated_calls, recorded.value().count());
  report.counter(allocated_sizes, recorded.value().sum());
  report.counter(freed_calls, counters_.total(freed_blocks));
  report.counter(freed_sizes, counters_.total(freed_bytes));
  report.counter(refused_calls, counters_.total(failed_allocations));
  report.counter(refused_frees, counters_.total(failed_frees));
  report.distribution(sizes, recorded.value());
}

} // namespace nebula::services
