// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

namespace nebula::services {

/// A bucket of tokens, in whole nanoseconds: one token for each event, `burst` at the most, `per_second` of them come
/// back each second, evenly, and never more. It is kept as one number, the time at which it will be full again (the
/// virtual scheduling of the generic cell rate algorithm, ITU-T I.371): so one compare-exchange takes a token. Threads:
/// any number at a time. [SR-LOG-004]
class rate_limit {
public:
  static constexpr std::uint32_t rate_max = 1'000'000'000;

  rate_limit() noexcept = default; ///< limits nothing
  /// per_second: 0, which limits nothing, to rate_max. burst: at least 1.
  rate_limit(std::uint32_t per_second, std::uint32_t burst) noexcept
      // Rounded up, so that the rate is never exceeded.
      : interval_(per_second == 0 ? 0 : (std::uint64_t{rate_max} + per_second - 1) / per_second),
        tolerance_(interval_ * (burst - 1)) {}

  /// Takes a token: false iff there is none. `now` is of a clock that does not go back; if it does, there are no tokens
  /// until it has caught up. Lock-free; retries only when another thread has taken one.
  [[nodiscard]] bool take(std::uint64_t now_nanoseconds) noexcept {
    if (interval_ == 0) {
      return true;
    }
    // relaxed, all: one number, which orders nothing else
    std::uint64_t full_at = full_at_.load(std::memory_order_relaxed);
    std::uint64_t begin = 0;
    do {
      begin = std::max(full_at, now_nanoseconds);
      if (begin - now_nanoseconds > tolerance_) {
        return false;
      }
    } while (!full_at_.compare_exchange_weak(full_at, begin + std::min(interval_, most - begin),
                                             std::memory_order_relaxed, std::memory_order_relaxed));
    return true;
  }

private:
  static constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t interval_ = 0;  ///< between two tokens
  std::uint64_t tolerance_ = 0; ///< how far ahead of the clock the bucket may be
  std::atomic<std::uint64_t> full_at_{0};
};

} // namespace nebula::services
