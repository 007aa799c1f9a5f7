// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace nebula::services::test {

/// Wakes a thread that waits: by notify(), or because a clock has been moved.
struct manual_condition {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_notified = false;

  void wake(bool notify) {
    const std::lock_guard<std::mutex> lock(mutex);
    is_notified = is_notified || notify;
    changed.notify_all();
  }
};

/// A clock that stands still until a test moves it. It outlives the pools that use it.
class manual_clock {
public:
  using nanoseconds = std::chrono::nanoseconds;

  [[nodiscard]] nanoseconds now() const { return now_.load(); }
  /// Whoever waits for a moment that has come by then goes on.
  void advance(nanoseconds by) {
    now_.store(now_.load() + by);
    const std::lock_guard<std::mutex> lock(mutex_);
    for (manual_condition* const each : asleep_) {
      each->wake(false);
    }
  }
  /// From now on a call that waits for a deadline moves the clock to it: for tests with one thread.
  void jump_to_deadlines() { jumps_.store(true); }

  /// Until it is notified, or the deadline has come.
  void sleep(manual_condition& condition, nanoseconds deadline) {
    if (jumps_.load() && now() < deadline) {
      now_.store(deadline);
    }
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      asleep_.push_back(&condition);
    }
    {
      std::unique_lock<std::mutex> lock(condition.mutex);
      condition.changed.wait(lock, [&] { return condition.is_notified || now() >= deadline; });
      condition.is_notified = false;
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    asleep_.erase(std::find(asleep_.begin(), asleep_.end(), &condition));
  }

private:
  std::atomic<nanoseconds> now_{nanoseconds{1'000'000'000}};
  std::atomic<bool> jumps_{false};
  std::mutex mutex_;
  std::vector<manual_condition*> asleep_;
};

/// In place of steady_waiting: real threads, by a clock that the test moves.
class manual_waiting {
public:
  using mutex_type = std::mutex;
  using condition_type = manual_condition;
  using nanoseconds = std::chrono::nanoseconds;

  explicit manual_waiting(manual_clock& clock) : clock_(&clock) {}

  [[nodiscard]] nanoseconds now() const noexcept { return clock_->now(); }
  void wait(condition_type& condition, mutex_type& mutex) const noexcept {
    static_cast<void>(wait_until(condition, mutex, nanoseconds::max()));
  }
  [[nodiscard]] bool wait_until(condition_type& condition, mutex_type& mutex, nanoseconds deadline) const noexcept {
    mutex.unlock();
    clock_->sleep(condition, deadline);
    mutex.lock();
    return now() < deadline;
  }
  static void notify(condition_type& condition) noexcept { condition.wake(true); }

private:
  manual_clock* clock_;
};

} // namespace nebula::services::test
