// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/memory_runtime.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include <nebula/kernel/bounded_text.hpp>
#include <nebula/kernel/error.hpp>
#include <nebula/kernel/state.hpp>
#include <nebula/services/allocator_registry.hpp>
#include <nebula/services/escaped_text.hpp>
#include <nebula/services/lifecycle_failure.hpp>
#include <nebula/services/memory_info.hpp>
#include <nebula/services/memory_pressure.hpp>

#include "name_at.hpp"
#include "number_text.hpp"

namespace nebula::services {
namespace {

constexpr unsigned whole_per_mille = 1000;

std::uint64_t misuse_in(const failure_counts& failures) noexcept {
  std::uint64_t sum = 0;
  for (std::size_t value = 0; value <= static_cast<std::size_t>(error_code::corrupted); ++value) {
    const auto code = static_cast<error_code>(value);
    sum += is_misuse(code) ? failures.of(code) : 0;
  }
  return sum;
}

class examination {
public:
  explicit examination(const runtime_config& config) noexcept
      : config_(config),
        capacities_(
            pressure_config{config.near_capacity_per_mille, config.near_capacity_per_mille}.validate().value()) {}

  void see(const registered_allocator& each) noexcept {
    if (!each.may_ask) {
      ++found_.not_asked_count;
      return;
    }
    const allocator_state now = each.reference.state();
    const std::uint64_t misuse = misuse_in(now.failures);
    health_reason reason = health_reason::none;
    health_state state = health_state::degraded;
    if (each.reference.is_corrupted()) {
      state = health_state::failed;
      reason = health_reason::corrupted;
    } else if (misuse > config_.misuse_count_max) {
      reason = health_reason::misuse;
    } else if (!each.traits.capacity_grows &&
               capacities_.of(now.used_bytes, now.capacity_bytes) != memory_pressure::normal) {
      reason = health_reason::near_capacity;
    } else {
      state = health_state::healthy;
    }
    count(state);
    if (state > found_.state) {
      found_.state = state;
      found_.reason = reason;
      found_.allocator = each.name;
      found_.used_bytes = now.used_bytes;
      found_.capacity_bytes = now.capacity_bytes;
      found_.misuse_count = misuse;
    }
  }
  void see_machine() noexcept {
    if (!config_.machine.is_detected() || found_.state != health_state::healthy) {
      return;
    }
    const auto asked = read_memory_info(config_.machine);
    if (!asked) {
      found_.state = health_state::degraded;
      found_.reason = health_reason::machine_unknown;
    } else if (asked.value().pressure(config_.pressure) == memory_pressure::critical) {
      const memory_info& info = asked.value();
      const bool is_limits = info.limit_version != control_group_version::none &&
                             info.limit.pressure(config_.pressure) == memory_pressure::critical &&
                             (info.machine.pressure(config_.pressure) != memory_pressure::critical ||
                              info.limit.available_bytes < info.machine.available_bytes);
      const memory_numbers& numbers = is_limits ? info.limit : info.machine;
      found_.state = health_state::degraded;
      found_.reason = health_reason::machine_pressure;
      found_.used_bytes = numbers.total_bytes - numbers.available_bytes;
      found_.capacity_bytes = numbers.total_bytes;
    }
  }
  [[nodiscard]] const health_report& found() const noexcept { return found_; }

private:
  void count(health_state state) noexcept {
    switch (state) {
    case health_state::healthy: ++found_.healthy_count; break;
    case health_state::degraded: ++found_.degraded_count; break;
    case health_state::failed: ++found_.failed_count; break;
    }
  }

  const runtime_config& config_;
  pressure_scale capacities_; // one threshold: at it, critical
  health_report found_{};
};

} // namespace

const char* name(health_state state) noexcept {
  constexpr const char* names[] = {"healthy", "degraded", "failed"};
  return name_at(names, state);
}

const char* name(health_reason reason) noexcept {
  constexpr const char* names[] = {"none",      "near_capacity", "misuse", "machine_pressure", "machine_unknown",
                                   "corrupted", "shut_down"};
  return name_at(names, reason);
}

std::size_t describe(const health_report& report, char* buffer, std::size_t size_bytes) noexcept {
  bounded_text text(buffer, size_bytes);
  text.add(name(report.state));
  if (report.reason != health_reason::none) {
    text.add(": ");
    if (!report.allocator.empty()) {
      text.add('\'');
      add_escaped(text, report.allocator.view());
      text.add("' ");
    }
    text.add(name(report.reason));
  }
  if (report.reason == health_reason::near_capacity || report.reason == health_reason::machine_pressure) {
    text.add(", ");
    text.add_size(report.used_bytes);
    text.add(" of ");
    text.add_size(report.capacity_bytes);
  }
  if (report.reason == health_reason::misuse) {
    text.add(", ");
    add_number(text, report.misuse_count);
    text.add(report.misuse_count == 1 ? " wrong call" : " wrong calls");
  }
  text.add("; healthy ");
  text.add_decimal(report.healthy_count);
  text.add(", degraded ");
  text.add_decimal(report.degraded_count);
  text.add(", failed ");
  text.add_decimal(report.failed_count);
  if (report.not_asked_count != 0) {
    text.add(", not asked ");
    text.add_decimal(report.not_asked_count);
  }
  return text.finish();
}

lifecycle_outcome<runtime_plan> runtime_config::validate() const noexcept {
  if (const auto valid = registry.validate(); !valid) {
    return valid.failure();
  }
  if (near_capacity_per_mille == 0 || near_capacity_per_mille > whole_per_mille) {
    return out_of_range(lifecycle_field::near_capacity_per_mille, near_capacity_per_mille, 1, whole_per_mille);
  }
  runtime_plan plan;
  plan.config_ = *this;
  return plan;
}

lifecycle_outcome<memory_runtime> memory_runtime::initialize(const runtime_plan& plan) noexcept {
  auto registry = allocator_registry::make(plan.config_.registry);
  if (!registry) {
    return registry.failure();
  }
  memory_runtime made;
  made.config_ = plan.config_;
  made.registry_ = registry.value();
  made.is_running_.store(true, std::memory_order_relaxed);
  return made;
}

memory_runtime::memory_runtime(memory_runtime&& other) noexcept
    : config_(other.config_),
      registry_(other.registry_),
      leaks_file_(other.leaks_file_),
      is_running_(other.is_running_.exchange(false, std::memory_order_relaxed)) {}

memory_runtime& memory_runtime::operator=(memory_runtime&& other) noexcept {
  if (this != &other) {
    report_leaks();
    config_ = other.config_;
    registry_ = other.registry_;
    leaks_file_ = other.leaks_file_;
    is_running_.store(other.is_running_.exchange(false, std::memory_order_relaxed), std::memory_order_relaxed);
  }
  return *this;
}

memory_runtime::~memory_runtime() { report_leaks(); }

void memory_runtime::report_leaks() noexcept {
  if (!is_running_.exchange(false, std::memory_order_relaxed) || leaks_file_ == nullptr) {
    return;
  }
  const auto report = registry_.leaks();
  if (!report) {
    static_cast<void>(std::fputs("Leaks are not known: no memory for the report\n", leaks_file_));
  } else if (!report.value().empty() || !report.value().not_asked.empty()) {
    print(report.value(), leaks_file_);
  }
}

lifecycle_outcome<void> memory_runtime::shutdown() noexcept {
  if (!is_running()) {
    return {};
  }
  if (const auto closed = registry_.close(); !closed) {
    return closed;
  }
  report_leaks(); // of those that had left before
  return {};
}

health_report memory_runtime::health_check() const noexcept {
  if (!is_running()) {
    health_report report;
    report.state = health_state::failed;
    report.reason = health_reason::shut_down;
    return report;
  }
  examination examining(config_);
  registry_.visit(
      {[](void* context, const registered_allocator& each) noexcept { static_cast<examination*>(context)->see(each); },
       &examining});
  examining.see_machine();
  return examining.found();
}

memory_metrics memory_runtime::metrics() const noexcept {
  memory_metrics sums;
  registry_.visit({[](void* context, const registered_allocator& each) noexcept {
                     auto& all = *static_cast<memory_metrics*>(context);
                     ++all.allocator_count;
                     if (!each.may_ask) {
                       ++all.not_asked_count;
                       return;
                     }
                     const allocator_state now = each.reference.state();
                     all.used_bytes += now.used_bytes;
                     all.available_bytes += now.available_bytes;
                     all.capacity_bytes += now.capacity_bytes;
                     all.live_blocks += now.live_blocks;
                     all.failure_count += now.failures.total();
                   },
                   &sums});
  return sums;
}

} // namespace nebula::services
