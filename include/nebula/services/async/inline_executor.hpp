// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <mutex>

#include <nebula/services/async/executor.hpp>

namespace nebula::services {

/// Runs items in the thread that brings them, one at a time and in their order: who brings one while another runs leaves
/// it to the thread that runs. So an item that resumes a coroutine, which releases, which resumes another, and so on, is
/// a loop and not a recursion: the stack is as deep as one item needs. [SR-ASYNC-003]
///
/// Because one item runs at a time, what runs here needs no lock among itself, and a coroutine that waits may be
/// destroyed by any item of the same executor. The price: the thread that runs goes on for as long as others bring.
template <class Threads = machine_threads>
class basic_inline_executor final : public executor {
public:
  basic_inline_executor() noexcept = default;
  ~basic_inline_executor() = default; // nothing is enqueued, and nobody calls any more

  [[nodiscard]] bool enqueue(work_item& item) noexcept override {
    const std::lock_guard<typename Threads::mutex_type> lock(mutex_);
    queue_.push(item);
    return !is_running_;
  }
  /// A thread that finds another running has nothing to do: that one looks again, under the lock, before it stops.
  void kick() noexcept override {
    std::unique_lock<typename Threads::mutex_type> lock(mutex_);
    if (is_running_) {
      return;
    }
    is_running_ = true;
    while (work_item* const item = queue_.pop()) {
      lock.unlock();
      item->call(*item, work_call::run); // the item may be gone now
      lock.lock();
    }
    is_running_ = false;
  }
  [[nodiscard]] bool withdraw(work_item& item) noexcept override {
    const std::lock_guard<typename Threads::mutex_type> lock(mutex_);
    const bool is_here = item.is_queued();
    if (is_here) {
      queue_.remove(item);
    }
    return is_here;
  }
  [[nodiscard]] std::size_t pending() const noexcept {
    const std::lock_guard<typename Threads::mutex_type> lock(mutex_);
    return queue_.count();
  }

private:
  mutable typename Threads::mutex_type mutex_{};
  work_queue queue_{};
  bool is_running_ = false;
};

using inline_executor = basic_inline_executor<>;

} // namespace nebula::services
