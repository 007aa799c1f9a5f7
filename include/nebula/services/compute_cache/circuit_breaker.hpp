// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <utility>

#include <nebula/services/compute_cache/compute_layers.hpp>

namespace nebula::services {

/// What a circuit breaker is to be.
struct circuit_breaker_config {
  std::uint32_t failure_limit = 5;                               ///< so many failures in a row open the circuit
  std::chrono::nanoseconds open_time = std::chrono::seconds(10); ///< from then on, until one computation is tried

  /// invalid_configuration, with field, value and range: failure_limit iff 0; open_time iff 0 or less.
  [[nodiscard]] constexpr outcome<void, compute_failure> validate() const noexcept {
    if (failure_limit == 0) {
      return compute_field_wrong(compute_field::failure_limit, 0, 1, std::numeric_limits<std::uint32_t>::max());
    }
    if (open_time.count() <= 0) {
      return compute_field_wrong(compute_field::open_time, 0, 1, INT64_MAX);
    }
    return {};
  }
};

enum class circuit : std::uint8_t { closed, open, half_open };

/// A layer that stops computing for a while when computing fails: what is known is given out still, and what would have to
/// be computed is refused at once. Closed: all is admitted, and failures in a row are counted. Open: nothing is. Half
/// open, after open_time: one computation at a time is admitted; a value closes the circuit, a failure opens it again.
/// Exceptions count as failures; a computation that was destroyed counts as nothing, and lets the next one try. What was
/// admitted before the circuit last changed has nothing to say about it any more. [SR-COMPUTE-006]
template <class Below>
class circuit_breaker {
public:
  using key_type = typename Below::key_type;
  using value_type = typename Below::value_type;

  /// Of a configuration that was found valid.
  circuit_breaker(Below below, const circuit_breaker_config& config) noexcept
      : below_(std::move(below)), config_(config) {}

  [[nodiscard]] compute_answer<value_type> look(const key_type& key, std::chrono::nanoseconds now) {
    return below_.look(key, now);
  }
  [[nodiscard]] compute_failure admit(const key_type& key, std::chrono::nanoseconds now, compute_ticket& ticket) {
    if (circuit_ == circuit::open && now >= open_until_) {
      change(circuit::half_open);
    }
    if (circuit_ == circuit::open || (circuit_ == circuit::half_open && is_probed_)) {
      return compute_failed(compute_failure_code::circuit_open);
    }
    const compute_failure refused = below_.admit(key, now, ticket);
    if (refused.code == compute_failure_code::none) {
      is_probed_ = circuit_ == circuit::half_open;
      ticket.epoch = epoch_;
    }
    return refused;
  }
  void settle(const key_type& key, const compute_outcome<value_type>& made, std::chrono::nanoseconds now,
              const compute_ticket& ticket) {
    learn(made.has_value(), now, ticket); // before what may throw
    below_.settle(key, made, now, ticket);
  }
  void abandon(const key_type& key, abandon_cause cause, std::chrono::nanoseconds now, const compute_ticket& ticket) {
    if (cause == abandon_cause::threw) {
      learn(false, now, ticket);
    } else if (ticket.epoch == epoch_) {
      is_probed_ = false;
    }
    below_.abandon(key, cause, now, ticket);
  }
  /// As it was left by the last call: open is half open in truth once open_time is over.
  [[nodiscard]] circuit state() const noexcept { return circuit_; }

private:
  void learn(bool is_success, std::chrono::nanoseconds now, const compute_ticket& ticket) noexcept {
    if (ticket.epoch != epoch_) {
      return;
    }
    if (is_success) {
      failures_ = 0;
      if (circuit_ == circuit::half_open) {
        change(circuit::closed);
      }
    } else if (circuit_ == circuit::half_open || ++failures_ >= config_.failure_limit) {
      open_until_ = moment_after(now, config_.open_time);
      change(circuit::open);
    }
  }
  void change(circuit to) noexcept {
    circuit_ = to;
    failures_ = 0;
    is_probed_ = false;
    ++epoch_;
  }

  Below below_;
  circuit_breaker_config config_;
  circuit circuit_ = circuit::closed;
  bool is_probed_ = false; ///< half open: the one computation is under way
  std::uint32_t failures_ = 0;
  std::uint64_t epoch_ = 1;
  std::chrono::nanoseconds open_until_{};
};

} // namespace nebula::services
