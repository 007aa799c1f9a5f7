// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <utility>

#include <nebula/services/async/task.hpp>

namespace nebula::services {

/// Tasks that run by themselves, and the one place that knows when the last has ended. A task's frame is freed when it
/// ends, so that as many can follow each other as are wanted. Nothing allocates: what a task needs stands in its frame.
/// Any thread may call any function, but for constructor and destructor. [SR-ASYNC-014]
class task_group final : public task_end {
public:
  task_group() noexcept = default;
  /// Traps iff a task has not ended: its coroutine would tell its end to a group that is no more.
  ~task_group() {
    if (live() != 0) {
      __builtin_trap();
    }
  }
  task_group(const task_group&) = delete;
  task_group& operator=(const task_group&) = delete;

  /// The task begins on the executor, at once where that is inline, and belongs to the group. no_frame or no_task iff
  /// there is no coroutine, queue_full or shut_down iff the executor refuses it: it is the caller's then, as it was. O(1).
  [[nodiscard]] async_outcome<void> start(task<void>&& begun, executor& on) noexcept {
    if (!begun.has_value()) {
      return begun.failure();
    }
    task<void> mine(std::move(begun)); // before it begins: it may end before start() returns
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ++live_;
    }
    // What has been let go of is not to be destroyed here; what was refused is to go back.
    const async_outcome<void> started = start_and_let_go(mine, on);
    if (!started.has_value()) {
      begun = std::move(mine);
      one_less(nullptr, false);
    }
    return started;
  }
  /// Blocks the thread until no task is live, and then throws the first exception that ended one, if any did, once. Not
  /// for a thread that the tasks need to run in: the inline executor's items, the workers of a thread pool.
  void wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    none_left_.wait(lock, [this] { return live_ == 0; });
    if (first_failure_ != nullptr) {
      const std::exception_ptr failure = std::exchange(first_failure_, nullptr);
      lock.unlock();
      std::rethrow_exception(failure);
    }
  }
  [[nodiscard]] std::size_t live() const noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    return live_;
  }
  /// Tasks that were submitted, and never begun, for their executor was shut down.
  [[nodiscard]] std::uint64_t refused() const noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    return refused_;
  }

  void ended(std::coroutine_handle<> coroutine, std::exception_ptr failure, bool was_refused) noexcept override {
    coroutine.destroy();
    one_less(std::move(failure), was_refused);
  }

private:
  [[nodiscard]] async_outcome<void> start_and_let_go(task<void>& mine, executor& on) noexcept {
    task<void> starting(std::move(mine));
    const async_outcome<void> started = starting.start(on, *this); // may have ended already
    if (started.has_value()) {
      static_cast<void>(starting.let_go());
    } else {
      mine = std::move(starting);
    }
    return started;
  }
  /// Notified with the lock held: whoever waits may end the group as soon as it is let go of.
  void one_less(std::exception_ptr failure, bool was_refused) noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    refused_ += was_refused ? 1U : 0U;
    if (failure != nullptr && first_failure_ == nullptr) {
      first_failure_ = std::move(failure);
    }
    if (--live_ == 0) {
      none_left_.notify_all();
    }
  }

  mutable std::mutex mutex_{};
  std::condition_variable none_left_{};
  std::size_t live_ = 0;
  std::uint64_t refused_ = 0;
  std::exception_ptr first_failure_{};
};

/// Runs a task on an executor, and blocks the thread until it has ended: its value, or its exception. no_frame or no_task
/// iff there is no coroutine; queue_full or shut_down iff the executor refuses it, or was shut down before it began. Not
/// for a thread that the task needs to run in.
template <class T>
[[nodiscard]] async_outcome<T> block_on(task<T>& blocked_on, executor& on) {
  struct end final : task_end {
    void ended(std::coroutine_handle<> /*coroutine*/, std::exception_ptr /*failure*/, bool refused) noexcept override {
      const std::lock_guard<std::mutex> lock(mutex);
      was_refused = refused;
      has_ended = true;
      condition.notify_one();
    }
    std::mutex mutex{};
    std::condition_variable condition{};
    bool has_ended = false;
    bool was_refused = false;
  } seen;
  if (const async_outcome<void> started = blocked_on.start(on, seen); !started.has_value()) {
    return started.failure();
  }
  std::unique_lock<std::mutex> lock(seen.mutex);
  seen.condition.wait(lock, [&seen] { return seen.has_ended; });
  if (seen.was_refused) {
    return async_failed(async_failure_code::shut_down);
  }
  return blocked_on.result();
}
template <class T>
[[nodiscard]] async_outcome<T> block_on(task<T>&& blocked_on, executor& on) {
  task<T> held(std::move(blocked_on));
  return block_on(held, on);
}

} // namespace nebula::services
