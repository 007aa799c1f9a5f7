// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/budget.hpp>
#include <nebula/kernel/error.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/result.hpp>
#include <nebula/kernel/state.hpp>
#include <nebula/services/lifecycle_failure.hpp>
#include <nebula/services/memory_info.hpp>
#include <nebula/services/memory_pressure.hpp>

namespace nebula::services {

/// Asks somebody how near to its limit it is; or fails. Any thread.
struct pressure_probe {
  memory_outcome<memory_pressure> (*function)(const void* context) noexcept = nullptr;
  const void* context = nullptr;
};

/// What watches the machine, and the limit of its control group.
struct machine_pressure {
  system_memory machine{};
  pressure_scale scale{};

  /// The object outlives the probe.
  [[nodiscard]] pressure_probe probe() const noexcept {
    return {[](const void* context) noexcept -> memory_outcome<memory_pressure> {
              const auto& asked = *static_cast<const machine_pressure*>(context);
              const auto found = read_memory_info(asked.machine);
              if (!found) {
                return found.failure();
              }
              return found.value().pressure(asked.scale);
            },
            this};
  }
};

/// What the pressure is taken to be while the probe fails.
enum class after_failed_probe : std::uint8_t {
  keep_last = 0, ///< what it was found to be the last time; normal before the first
  assume_normal = 1,
  assume_critical = 2,
};

class shedding_plan;

/// When requests are turned away for the sake of others.
struct shedding_config {
  pressure_probe probe{};                   ///< without a function: never under pressure
  std::uint64_t calls_between_probes = 256; ///< 1: each allocation asks
  std::size_t shed_above_high_bytes = std::numeric_limits<std::size_t>::max();     ///< larger ones, at high pressure
  std::size_t shed_above_critical_bytes = std::numeric_limits<std::size_t>::max(); ///< likewise at critical; 0: all
  after_failed_probe on_failure = after_failed_probe::keep_last;

  /// out_of_range, in this order: calls_between_probes iff 0; shed_above_critical_bytes iff above shed_above_high_bytes.
  [[nodiscard]] lifecycle_outcome<shedding_plan> validate() const noexcept;
};

/// A configuration that was found valid. Made by shedding_config::validate() only.
class shedding_plan {
public:
  constexpr shedding_plan() noexcept = default; ///< sheds nothing

  [[nodiscard]] constexpr const shedding_config& config() const noexcept { return config_; }

private:
  friend struct shedding_config;

  shedding_config config_{};
};

inline lifecycle_outcome<shedding_plan> shedding_config::validate() const noexcept {
  if (calls_between_probes == 0) {
    return out_of_range(lifecycle_field::calls_between_probes, 0, 1, std::numeric_limits<std::uint64_t>::max());
  }
  if (shed_above_critical_bytes > shed_above_high_bytes) {
    return out_of_range(lifecycle_field::shed_above_critical_bytes, shed_above_critical_bytes, 0,
                        shed_above_high_bytes);
  }
  shedding_plan plan;
  plan.config_ = *this;
  return plan;
}

/// An allocator that turns large requests away while memory is short, so that small ones are served longer. Frees are never
/// turned away. Any thread, if the allocator allows any; not for interrupts where the probe is not. The allocator outlives
/// it. [SR-LC-009]
template <class Allocator>
class monitored {
public:
  monitored(Allocator& allocator, const shedding_plan& plan) noexcept : allocator_(allocator), config_(plan.config()) {}
  monitored(const monitored&) = delete;
  monitored& operator=(const monitored&) = delete;
  ~monitored() = default;

  /// As the allocator's; besides, exhausted, without a reporter, iff the request was shed: it can be retried later.
  [[nodiscard]] result<std::byte*> allocate(layout request) noexcept {
    if (request.size > most_bytes_at(pressure_now())) {
      // relaxed: a number by itself
      shed_.fetch_add(1, std::memory_order_relaxed);
      return error{error_code::exhausted, operation::allocate, component::none, configuration_field::none};
    }
    return allocator_.allocate(request);
  }
  [[nodiscard]] result<void> deallocate(std::byte* block, layout allocated) noexcept {
    return allocator_.deallocate(block, allocated);
  }

  [[nodiscard]] bool owns(const std::byte* address) const noexcept { return allocator_.owns(address); }
  [[nodiscard]] allocator_state state() const noexcept { return allocator_.state(); }
  [[nodiscard]] bool is_corrupted() const noexcept { return allocator_.is_corrupted(); }

  /// As it was found last, or is assumed to be.
  [[nodiscard]] memory_pressure pressure() const noexcept { return pressure_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t shed_count() const noexcept { return shed_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t failed_probe_count() const noexcept {
    return failed_probes_.load(std::memory_order_relaxed);
  }

private:
  [[nodiscard]] std::size_t most_bytes_at(memory_pressure pressure) const noexcept {
    switch (pressure) {
    case memory_pressure::normal: return std::numeric_limits<std::size_t>::max();
    case memory_pressure::high: return config_.shed_above_high_bytes;
    case memory_pressure::critical: break;
    }
    return config_.shed_above_critical_bytes;
  }
  // relaxed, all: each is a number by itself. Of several threads, each calls_between_probes-th call asks.
  [[nodiscard]] memory_pressure pressure_now() noexcept {
    if (config_.probe.function == nullptr) {
      return memory_pressure::normal;
    }
    if (calls_.fetch_add(1, std::memory_order_relaxed) % config_.calls_between_probes == 0) {
      const auto asked = config_.probe.function(config_.probe.context);
      if (asked) {
        pressure_.store(asked.value(), std::memory_order_relaxed);
      } else {
        failed_probes_.fetch_add(1, std::memory_order_relaxed);
        assume();
      }
    }
    return pressure_.load(std::memory_order_relaxed);
  }
  void assume() noexcept {
    if (config_.on_failure != after_failed_probe::keep_last) {
      pressure_.store(
          config_.on_failure == after_failed_probe::assume_normal ? memory_pressure::normal : memory_pressure::critical,
          std::memory_order_relaxed);
    }
  }

  Allocator& allocator_;
  shedding_config config_;
  std::atomic<std::uint64_t> calls_{0};
  std::atomic<std::uint64_t> shed_{0};
  std::atomic<std::uint64_t> failed_probes_{0};
  std::atomic<memory_pressure> pressure_{memory_pressure::normal};
};

} // namespace nebula::services
