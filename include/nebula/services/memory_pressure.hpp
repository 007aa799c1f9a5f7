// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/budget_config.hpp>
#include <nebula/services/memory_failure.hpp>

namespace nebula::services {

/// How near to its limit something is.
enum class memory_pressure : std::uint8_t { normal = 0, high = 1, critical = 2 };

/// The identifier as spelled here; "unknown" iff none of them.
[[nodiscard]] constexpr const char* name(memory_pressure pressure) noexcept {
  switch (pressure) {
  case memory_pressure::normal: return "normal";
  case memory_pressure::high: return "high";
  case memory_pressure::critical: return "critical";
  }
  return "unknown";
}

/// The one scale of pressure, of machines, control groups, budgets and whatever else has a limit: made by
/// pressure_config::validate() only, or by default with that configuration's defaults. A plain value. [SR-SYS-004]
class pressure_scale {
public:
  constexpr pressure_scale() noexcept = default;

  /// critical iff used_bytes · 1000 >= limit_bytes · critical_per_mille, else high likewise, else normal; exact, by whole
  /// numbers that do not wrap. What has no limit to speak of, 0 bytes, is critical iff anything of it is used. O(1).
  [[nodiscard]] constexpr memory_pressure of(std::size_t used_bytes, std::size_t limit_bytes) const noexcept {
    if (used_bytes == 0 && limit_bytes == 0) {
      return memory_pressure::normal;
    }
    if (used_bytes >= least_of(limit_bytes, critical_)) {
      return memory_pressure::critical;
    }
    return used_bytes >= least_of(limit_bytes, high_) ? memory_pressure::high : memory_pressure::normal;
  }
  /// That of a budget, by its own limit.
  [[nodiscard]] constexpr memory_pressure of(const budget_state& budget) const noexcept {
    return of(budget.used_bytes, budget.limit_bytes);
  }

  [[nodiscard]] constexpr unsigned high_per_mille() const noexcept { return high_; }
  [[nodiscard]] constexpr unsigned critical_per_mille() const noexcept { return critical_; }

private:
  friend struct pressure_config;

  /// The least integer that is `per_mille` thousandths of the whole or more: per_mille is at most 1000.
  [[nodiscard]] static constexpr std::size_t least_of(std::size_t whole, unsigned per_mille) noexcept {
    const division thousandths = divide(whole, 1000);
    return thousandths.quotient * per_mille + divide(thousandths.remainder * per_mille + 999, 1000).quotient;
  }

  unsigned high_ = 850;
  unsigned critical_ = 950;
};

/// Thresholds, in thousandths of a limit that are used.
struct pressure_config {
  unsigned high_per_mille = 850;
  unsigned critical_per_mille = 950;

  /// invalid_configuration, with field, value and range, in this order: critical_per_mille iff above 1000;
  /// high_per_mille iff above critical_per_mille. [SR-SYS-004]
  [[nodiscard]] constexpr memory_outcome<pressure_scale> validate() const noexcept {
    constexpr unsigned whole = 1000;
    if (critical_per_mille > whole) {
      return out_of_range(memory_field::critical_per_mille, critical_per_mille, 0, whole);
    }
    if (high_per_mille > critical_per_mille) {
      return out_of_range(memory_field::high_per_mille, high_per_mille, 0, critical_per_mille);
    }
    pressure_scale scale;
    scale.high_ = high_per_mille;
    scale.critical_ = critical_per_mille;
    return scale;
  }
};

} // namespace nebula::services
