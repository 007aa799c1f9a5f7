// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace nebula::services {

/// How the threads of an object pool exclude each other and wait, and what time it is for them: the one seam through
/// which a pool sees threads and the clock. A program can give a pool another of the same members: one whose clock its
/// tests move, or a race detector's. [SR-OBJ-007]
///
/// wait() and wait_until() are called with the mutex held, give it up while they wait, and hold it again when they
/// return; they may return for no reason. notify() is called with the mutex held. Nothing here allocates where a condition
/// needs no memory of its own, as with glibc.
class steady_waiting {
public:
  using mutex_type = std::mutex;
  using condition_type = std::condition_variable;

  /// Since some moment that is the same for the whole program; never goes back.
  [[nodiscard]] static std::chrono::nanoseconds now() noexcept;
  static void wait(condition_type& condition, mutex_type& mutex) noexcept;
  /// False iff now() has reached the deadline.
  [[nodiscard]] static bool wait_until(condition_type& condition, mutex_type& mutex,
                                       std::chrono::nanoseconds deadline) noexcept;
  /// Wakes the one thread that waits.
  static void notify(condition_type& condition) noexcept { condition.notify_one(); }
};

} // namespace nebula::services
