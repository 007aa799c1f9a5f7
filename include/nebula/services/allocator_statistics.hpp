// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <type_traits>

#include <nebula/kernel/budget_config.hpp>
#include <nebula/kernel/error.hpp>
#include <nebula/kernel/failure_record.hpp>
#include <nebula/kernel/state.hpp>
#include <nebula/services/memory_info.hpp>
#include <nebula/services/statistics_source.hpp>

namespace nebula::services {

/// The numbers of an allocator: capacity_bytes, used_bytes, available_bytes, peak_bytes, live_blocks, cached_blocks, and
/// failed_calls by reason, each of error_code. [SR-STAT-006]
void report_state(source_report& report, const allocator_state& state) noexcept;
/// Of a budget: limit_bytes, used_bytes, own_bytes, available_bytes, peak_bytes, child_budgets, failed_calls.
void report_state(source_report& report, const budget_state& state) noexcept;
/// Of the machine: total_bytes and available_bytes by scope, machine and limit; resident_bytes.
void report_state(source_report& report, const memory_info& info) noexcept;

namespace detail {

template <class Atomics, component Reporter>
constexpr std::bool_constant<Atomics::is_shared> is_shared_record(const failure_record<Atomics, Reporter>*) noexcept {
  return {};
}
constexpr std::false_type is_shared_record(const void*) noexcept { return {}; }

template <class Subject>
void report_state_of(const void* context, source_report& report) noexcept {
  report_state(report, static_cast<const Subject*>(context)->state());
}

} // namespace detail

/// True iff state() may be called while other threads use the allocator or budget.
template <class Subject>
inline constexpr bool is_shared_subject =
    decltype(detail::is_shared_record(static_cast<const Subject*>(nullptr)))::value;

/// A source of an allocator or budget that threads share: pools, segregated allocators, shared bumps, budgets. It is not
/// written to, and outlives its registration. One with a single owner does not compile: that can be asked by its owner
/// only, and a state_publisher asks for it.
template <class Subject>
[[nodiscard]] constexpr statistics_source source_of(const Subject& subject) noexcept {
  static_assert(
      is_shared_subject<Subject>,
      "this allocator has one owner, and another thread's look at it is a race: let its owner publish its state "
      "in a state_publisher, or use source_of_owned() where the owner itself asks the collector");
  return {&detail::report_state_of<Subject>, &subject};
}
/// The same of any, for a collector that only the allocator's owner asks.
template <class Subject>
[[nodiscard]] constexpr statistics_source source_of_owned(const Subject& subject) noexcept {
  return {&detail::report_state_of<Subject>, &subject};
}

} // namespace nebula::services
