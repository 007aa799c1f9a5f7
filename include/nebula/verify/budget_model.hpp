// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <tuple>
#include <vector>

#include <nebula/kernel/budget.hpp>
#include <nebula/verify/model.hpp>

namespace nebula::verify {

/// What a tree of budgets does, from its contract. Budgets are numbered in the order in which they are made, so that
/// each has a higher number than its parent. [SR-BUDGET-001] to [SR-BUDGET-007]
class budget_model {
public:
  struct budget_data {
    std::size_t limit = 0;
    std::size_t block_limit = 0; ///< 0: none but the limit
    std::optional<std::size_t> parent{};
    unsigned high = 70;
    unsigned critical = 90;
    std::size_t used = 0;
    std::size_t own = 0;
    std::size_t peak = 0;
    failure_tally failed{};

    /// What its later answers depend on, failures apart: see state_key.
    [[nodiscard]] auto members() const { return std::tie(limit, block_limit, parent, used, own, peak); }
  };

  /// What validate() says: a field, or none.
  [[nodiscard]] configuration_field wrong_field(const budget_data& wanted) const {
    if (wanted.limit == 0 || (wanted.parent && wanted.limit > budgets_[*wanted.parent].limit)) {
      return configuration_field::limit_bytes;
    }
    if (wanted.block_limit > wanted.limit) {
      return configuration_field::block_limit_bytes;
    }
    if (wanted.high > 100 || (wanted.critical <= 100 && wanted.high > wanted.critical)) {
      return configuration_field::high_percent;
    }
    if (wanted.critical > 100) {
      return configuration_field::critical_percent;
    }
    return wanted.parent && depth(*wanted.parent) == 8 ? configuration_field::parent : configuration_field::none;
  }
  std::size_t add(const budget_data& made) {
    budgets_.push_back(made);
    return budgets_.size() - 1;
  }
  /// Ends a budget without children, and makes it anew; true iff it was in use.
  bool renew(std::size_t which, const budget_data& made) {
    const std::size_t left = budgets_[which].used;
    if (budgets_[which].parent) {
      budgets_[*budgets_[which].parent].own += left;
    }
    budgets_[which] = made;
    return left != 0;
  }
  [[nodiscard]] const budget_data& at(std::size_t which) const { return budgets_[which]; }
  [[nodiscard]] std::size_t size() const { return budgets_.size(); }
  [[nodiscard]] std::size_t child_count(std::size_t which) const {
    return static_cast<std::size_t>(
        std::count_if(budgets_.begin(), budgets_.end(), [&](const budget_data& each) { return each.parent == which; }));
  }

  error_code reserve(std::size_t which, std::size_t bytes) {
    failure_tally& failed = budgets_[which].failed;
    const std::vector<std::size_t> path = levels(which);
    if (bytes == 0) {
      return failed(error_code::invalid_layout);
    }
    for (const std::size_t level : path) {
      if (bytes > budgets_[level].limit || (budgets_[level].block_limit != 0 && bytes > budgets_[level].block_limit)) {
        return failed(error_code::over_block_limit);
      }
    }
    for (const std::size_t level : path) {
      if (static_cast<wide>(budgets_[level].used) + bytes > budgets_[level].limit) {
        return failed(error_code::over_budget);
      }
    }
    for (const std::size_t level : path) {
      budgets_[level].used += bytes;
      budgets_[level].peak = std::max(budgets_[level].peak, budgets_[level].used);
    }
    budgets_[which].own += bytes;
    return error_code::none;
  }

  error_code release(std::size_t which, std::size_t bytes) {
    if (bytes == 0) {
      return budgets_[which].failed(error_code::invalid_layout);
    }
    if (bytes > budgets_[which].own) {
      return budgets_[which].failed(error_code::over_release);
    }
    budgets_[which].own -= bytes;
    for (const std::size_t level : levels(which)) {
      budgets_[level].used -= bytes;
    }
    return error_code::none;
  }

  error_code set_limit(std::size_t which, std::size_t bytes) {
    const auto parent = budgets_[which].parent;
    if (bytes == 0 || (parent && bytes > budgets_[*parent].limit)) {
      return budgets_[which].failed(error_code::invalid_configuration);
    }
    budgets_[which].limit = bytes;
    return error_code::none;
  }

  [[nodiscard]] budget_state state(std::size_t which) const {
    const budget_data& each = budgets_[which];
    budget_state now{each.limit,           each.used,           each.own, left(which), each.peak, child_count(which),
                     budget_level::normal, each.failed.counts()};
    for (const std::size_t level : levels(which)) {
      now.available_bytes = std::min(now.available_bytes, left(level));
    }
    const wide hundredfold = static_cast<wide>(each.used) * 100;
    now.level = each.used > each.limit                                        ? budget_level::exceeded
                : hundredfold > static_cast<wide>(each.limit) * each.critical ? budget_level::critical
                : hundredfold > static_cast<wide>(each.limit) * each.high     ? budget_level::high
                                                                              : budget_level::normal;
    return now;
  }
  [[nodiscard]] auto members() const { return std::tie(budgets_); }

private:
  /// A budget and all above it.
  [[nodiscard]] std::vector<std::size_t> levels(std::size_t which) const {
    std::vector<std::size_t> path{which};
    while (budgets_[path.back()].parent) {
      path.push_back(*budgets_[path.back()].parent);
    }
    return path;
  }
  [[nodiscard]] std::size_t depth(std::size_t which) const { return levels(which).size(); }
  [[nodiscard]] std::size_t left(std::size_t which) const {
    const budget_data& each = budgets_[which];
    return each.used < each.limit ? each.limit - each.used : 0;
  }

  std::vector<budget_data> budgets_;
};

/// The same numbers, failures too; else which differs.
[[nodiscard]] inline const char* differing(const budget_state& expected, const budget_state& got) {
  if (expected.limit_bytes != got.limit_bytes) {
    return "limit_bytes of a budget";
  }
  if (expected.used_bytes != got.used_bytes) {
    return "used_bytes of a budget";
  }
  if (expected.own_bytes != got.own_bytes) {
    return "own_bytes of a budget";
  }
  if (expected.available_bytes != got.available_bytes) {
    return "available_bytes of a budget";
  }
  if (expected.peak_bytes != got.peak_bytes) {
    return "peak_bytes of a budget";
  }
  if (expected.child_count != got.child_count) {
    return "child_count of a budget";
  }
  if (expected.level != got.level) {
    return "level of a budget";
  }
  return expected.failures == got.failures ? nullptr : "failures of a budget";
}

} // namespace nebula::verify
