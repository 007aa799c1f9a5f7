// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <thread>

#include <nebula/services/async/executor.hpp>

namespace nebula::services {

/// What a thread pool is to be.
struct thread_pool_config {
  static constexpr std::size_t thread_count_max = 64;

  std::size_t thread_count = 0;   ///< 0: the program runs the work itself, by run_pending()
  std::size_t queue_capacity = 0; ///< the most submitted items that wait to begin

  /// invalid_configuration, with field, value and range: thread_count iff above the maximum; queue_capacity iff 0.
  [[nodiscard]] constexpr async_outcome<void> validate() const noexcept {
    if (thread_count > thread_count_max) {
      return async_failure{
          async_failure_code::invalid_configuration, async_field::thread_count, {}, thread_count, 0, thread_count_max};
    }
    if (queue_capacity == 0) {
      return async_failure{async_failure_code::invalid_configuration, async_field::queue_capacity, {}, 0, 1,
                           std::numeric_limits<std::size_t>::max()};
    }
    return {};
  }
};

/// What becomes, at the end, of what was submitted and has not begun.
enum class shutdown_mode : std::uint8_t {
  drain = 0, ///< it is run
  refuse = 1 ///< it is called with work_call::refuse
};

/// Threads that run work: first what has begun and goes on, then what was submitted, each in its order. New work is
/// bounded and refused; what has begun is not, for its items stand in frames that there are anyway, and a coroutine that
/// holds memory must come to give it back. Any thread may call any function, but for constructor and destructor.
/// Nothing allocates but the threads, when they are started. [SR-ASYNC-008]
class thread_pool_executor final : public executor {
public:
  /// No threads yet. Of a configuration that was found valid; of any other, it has no threads and refuses all.
  explicit thread_pool_executor(const thread_pool_config& config) noexcept;
  /// shutdown(drain), and then what still comes. Nobody calls any more.
  ~thread_pool_executor();
  thread_pool_executor(const thread_pool_executor&) = delete;
  thread_pool_executor& operator=(const thread_pool_executor&) = delete;

  /// Starts the threads, once. thread_refused iff the system refuses one: `value` have been started then, and work.
  [[nodiscard]] async_outcome<void> start_threads() noexcept;

  [[nodiscard]] bool enqueue(work_item& item) noexcept override;
  void kick() noexcept override {} // enqueue() has woken a thread
  [[nodiscard]] bool withdraw(work_item& item) noexcept override;
  /// queue_full iff queue_capacity items have been submitted and not begun; shut_down iff it is.
  [[nodiscard]] async_outcome<void> submit(work_item& item) noexcept override;

  /// Runs up to so many items in the calling thread, and says how many: the whole of the work where there are no threads.
  std::size_t run_pending(std::size_t item_count_max = std::numeric_limits<std::size_t>::max()) noexcept;

  /// From now on new work is refused. Returns when the threads have ended, which they do when nothing is queued. What goes
  /// on afterwards waits for run_pending(), or the destructor: end pools, whose waiters go on here, first. False iff called
  /// by one of its own threads, or under way in another: nothing is waited for then.
  bool shutdown(shutdown_mode mode) noexcept;

  /// Items that were submitted and have not begun, and items that go on.
  [[nodiscard]] std::size_t pending() const noexcept;

private:
  void work() noexcept;
  [[nodiscard]] work_item* next() noexcept;

  mutable std::mutex mutex_{};
  std::condition_variable wanted_{};
  work_queue going_on_{};
  work_queue submitted_{};
  std::size_t thread_count_;
  std::size_t queue_capacity_;
  bool is_closed_ = false;
  bool is_joining_ = false;
  std::array<std::thread, thread_pool_config::thread_count_max> threads_{};
  std::size_t started_ = 0;
};

} // namespace nebula::services
