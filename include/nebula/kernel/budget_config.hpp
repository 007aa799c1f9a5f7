// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/fault.hpp>
#include <nebula/kernel/result.hpp>
#include <nebula/kernel/state.hpp>

namespace nebula {

template <class Atomics>
class basic_budget;
template <class Atomics>
class basic_budget_plan;

/// How full a budget is. The thresholds are the budget's own. [SR-BUDGET-006]
enum class budget_level : std::uint8_t {
  normal = 0,
  high = 1,     ///< more than high_percent of the limit is reserved
  critical = 2, ///< more than critical_percent of the limit is reserved
  exceeded = 3, ///< more than the limit: it was lowered below what is reserved
};

/// What a budget is to be.
template <class Atomics>
struct basic_budget_config {
  using plan_type = basic_budget_plan<Atomics>;

  std::size_t limit_bytes = 0;             ///< how many bytes may be reserved at a time, children's included
  std::size_t block_limit_bytes = 0;       ///< how many in one reservation; 0: no fewer than the limit
  basic_budget<Atomics>* parent = nullptr; ///< outlives this budget; null: this is a root
  unsigned high_percent = 70;              ///< of the limit: what budget_level::high begins above
  unsigned critical_percent = 90;          ///< and budget_level::critical
  fault_hook hook{};                       ///< none: the program's

  /// The most levels that a tree of budgets may have, its root included: the bound of each call.
  static constexpr std::size_t depth_max = 8;

  /// invalid_configuration, with the field, in this order: limit_bytes iff 0 or above the parent's; block_limit_bytes
  /// iff above limit_bytes; high_percent iff above 100 or above critical_percent; critical_percent iff above 100;
  /// parent iff it is at depth_max already.
  [[nodiscard]] constexpr result<plan_type> validate() const noexcept {
    if (limit_bytes == 0 || (parent != nullptr && limit_bytes > parent->limit_bytes())) {
      return invalid(configuration_field::limit_bytes);
    }
    if (block_limit_bytes > limit_bytes) {
      return invalid(configuration_field::block_limit_bytes);
    }
    if (high_percent > 100 || (high_percent > critical_percent && critical_percent <= 100)) {
      return invalid(configuration_field::high_percent);
    }
    if (critical_percent > 100) {
      return invalid(configuration_field::critical_percent);
    }
    if (parent != nullptr && parent->depth() >= depth_max) {
      return invalid(configuration_field::parent);
    }
    return plan_type{*this};
  }

private:
  [[nodiscard]] static constexpr error invalid(configuration_field field) noexcept {
    return error{error_code::invalid_configuration, operation::configure, component::budget, field};
  }
};

/// A budget's configuration that was found valid. Made by basic_budget_config::validate() only. [SR-CFG-001]
template <class Atomics>
class basic_budget_plan {
public:
  constexpr basic_budget_plan() noexcept =
      default; ///< no plan at all: the value of a result that failed; its budget has a limit of 0

private:
  template <class>
  friend struct basic_budget_config;
  template <class>
  friend class basic_budget;

  explicit constexpr basic_budget_plan(const basic_budget_config<Atomics>& config) noexcept : config_(config) {}

  basic_budget_config<Atomics> config_{};
};

/// What a budget holds. Exact when no call is under way on it or on those below it; with calls under way, each number
/// is within its range, and bytes of a reservation that is still being made, and may be refused, count as used.
struct budget_state {
  std::size_t limit_bytes = 0;
  std::size_t used_bytes = 0;      ///< reserved, by its children too
  std::size_t own_bytes = 0;       ///< reserved through this budget itself: what it can release
  std::size_t available_bytes = 0; ///< what this budget and all above it have left
  std::size_t peak_bytes = 0;      ///< the highest used_bytes that a reservation has brought about
  std::size_t child_count = 0;
  budget_level level = budget_level::normal;
  failure_counts failures{}; ///< of calls of this budget
};

} // namespace nebula
