// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/async/thread_pool_executor.hpp>

#include <cstddef>
#include <mutex>
#include <thread>

namespace nebula::services {

thread_pool_executor::thread_pool_executor(const thread_pool_config& config) noexcept
    : thread_count_(config.validate().has_value() ? config.thread_count : 0),
      queue_capacity_(config.validate().has_value() ? config.queue_capacity : 0) {}

thread_pool_executor::~thread_pool_executor() {
  static_cast<void>(shutdown(shutdown_mode::drain));
  static_cast<void>(run_pending());
}

async_outcome<void> thread_pool_executor::start_threads() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  while (started_ < thread_count_ && !is_closed_) {
    try {
      threads_[started_] = std::thread([this] { work(); });
    } catch (...) { // of the system, or of memory
      return async_failed(async_failure_code::thread_refused, started_);
    }
    ++started_;
  }
  return {};
}

bool thread_pool_executor::enqueue(work_item& item) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  item.was_submitted = false;
  going_on_.push(item);
  wanted_.notify_one();
  return false;
}

bool thread_pool_executor::withdraw(work_item& item) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  const bool is_here = item.is_queued();
  if (is_here) {
    (item.was_submitted ? submitted_ : going_on_).remove(item);
  }
  return is_here;
}

async_outcome<void> thread_pool_executor::submit(work_item& item) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (is_closed_) {
    return async_failed(async_failure_code::shut_down);
  }
  if (submitted_.count() >= queue_capacity_) {
    return async_failed(async_failure_code::queue_full, queue_capacity_);
  }
  item.was_submitted = true;
  submitted_.push(item);
  wanted_.notify_one();
  return {};
}

/// With the lock.
work_item* thread_pool_executor::next() noexcept {
  work_item* const first = going_on_.pop();
  return first != nullptr ? first : submitted_.pop();
}

void thread_pool_executor::work() noexcept {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    if (work_item* const item = next(); item != nullptr) {
      lock.unlock();
      item->call(*item, work_call::run); // the item may be gone now
      lock.lock();
    } else if (is_closed_) {
      return;
    } else {
      wanted_.wait(lock);
    }
  }
}

std::size_t thread_pool_executor::run_pending(std::size_t item_count_max) noexcept {
  std::size_t run = 0;
  std::unique_lock<std::mutex> lock(mutex_);
  for (; run < item_count_max; ++run) {
    work_item* const item = next();
    if (item == nullptr) {
      break;
    }
    lock.unlock();
    item->call(*item, work_call::run);
    lock.lock();
  }
  return run;
}

bool thread_pool_executor::shutdown(shutdown_mode mode) noexcept {
  std::unique_lock<std::mutex> lock(mutex_);
  is_closed_ = true;
  while (mode == shutdown_mode::refuse) {
    work_item* const item = submitted_.pop();
    if (item == nullptr) {
      break;
    }
    lock.unlock();
    item->call(*item, work_call::refuse);
    lock.lock();
  }
  wanted_.notify_all();
  if (is_joining_) { // before the threads are looked at: joining them writes to them
    return false;
  }
  for (std::size_t index = 0; index < started_; ++index) {
    if (threads_[index].get_id() == std::this_thread::get_id()) {
      return false;
    }
  }
  is_joining_ = true;
  const std::size_t started = started_;
  lock.unlock();
  for (std::size_t index = 0; index < started; ++index) {
    threads_[index].join();
  }
  lock.lock();
  started_ = 0;
  thread_count_ = 0;
  is_joining_ = false;
  return true;
}

std::size_t thread_pool_executor::pending() const noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  return going_on_.count() + submitted_.count();
}

} // namespace nebula::services
