// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <mutex>

#include <nebula/services/async/async_failure.hpp>
#include <nebula/services/async/work_item.hpp>

namespace nebula::services {

/// The threads of a machine, as what is asynchronous sees them: a mutex, and no more, for nothing in it waits in a
/// thread. A race detector's has the same member. [SR-ASYNC-001]
struct machine_threads {
  using mutex_type = std::mutex;
};

/// Where coroutines go on. To resume one takes two steps, so that it can be decided under a lock and done without:
/// enqueue() takes the item and runs nothing; kick() runs, or makes others run, what has been enqueued.
///
/// An executor outlives each item that was enqueued, and each call that may enqueue one: of a release, a cancellation,
/// an expiry, a shutdown. Any thread may call any function. [SR-ASYNC-002]
class executor {
public:
  /// Takes the item; never refuses, and runs nothing. Called with another's lock held. True iff the caller is to kick()
  /// once it has let go of it. O(1).
  [[nodiscard]] virtual bool enqueue(work_item& item) noexcept = 0;
  /// Sees to it that what was enqueued runs. Called without any lock.
  virtual void kick() noexcept = 0;
  /// Takes an item back that has not begun to run; then it never will. False iff it has begun, or was never here. O(1).
  [[nodiscard]] virtual bool withdraw(work_item& item) noexcept = 0;
  /// Takes new work, and sees to it that it runs: queue_full or shut_down iff the executor has a limit, or an end, and
  /// the item is then where it was. What is enqueued goes on with work that was submitted before, and is not limited.
  /// Called without any lock. Here: never refuses. [SR-ASYNC-008]
  [[nodiscard]] virtual async_outcome<void> submit(work_item& item) noexcept {
    if (enqueue(item)) {
      kick();
    }
    return {};
  }

  executor(const executor&) = delete;
  executor& operator=(const executor&) = delete;

protected:
  executor() noexcept = default;
  ~executor() = default;
};

} // namespace nebula::services
