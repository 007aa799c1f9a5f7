// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <atomic>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include <nebula/services/async/async_failure.hpp>
#include <nebula/services/async/executor.hpp>
#include <nebula/services/async/frame_pool.hpp>

namespace nebula::services {

template <class T>
class task;

/// Who is told that a task has ended, other than a coroutine that awaits it. [SR-ASYNC-013]
class task_end {
public:
  /// Called once: the coroutine stands at its end, or, refused, at its beginning, and the callee may destroy it.
  virtual void ended(std::coroutine_handle<> coroutine, std::exception_ptr failure, bool was_refused) noexcept = 0;

protected:
  ~task_end() = default;
};

/// What the promises of all tasks have in common.
class task_promise_base {
public:
  // No other operator new: a coroutine without a frame_pool where it belongs does not compile. Inlined always, or g++ 12
  // takes the operators for a pair that does not match, because one is a template.
  template <class... Others>
  [[gnu::always_inline]] static inline void* operator new(std::size_t bytes, frame_pool& frames,
                                                          Others&... /*others*/) noexcept {
    return frames.allocate(bytes);
  }
  template <class Self, class... Others>
    requires(!std::is_same_v<std::remove_cv_t<Self>, frame_pool>)
  [[gnu::always_inline]] static inline void* operator new(std::size_t bytes, Self& /*object*/, frame_pool& frames,
                                                          Others&... /*others*/) noexcept {
    return frames.allocate(bytes);
  }
  // NOLINTNEXTLINE(cert-dcl54-cpp,misc-new-delete-overloads): the operators above are those that match
  static void operator delete(void* frame, std::size_t /*bytes*/) noexcept { frame_pool::free(frame); }

  task_promise_base(const task_promise_base&) = delete;
  task_promise_base& operator=(const task_promise_base&) = delete;

  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
  [[nodiscard]] static auto final_suspend() noexcept { return at_end{}; }
  void unhandled_exception() noexcept { failure_ = std::current_exception(); }

  /// Where the coroutine goes on after it has waited: as the one that awaits it, unless said otherwise; null: nobody said.
  [[nodiscard]] executor* get_executor() const noexcept { return executor_; }

protected:
  task_promise_base() noexcept = default;
  ~task_promise_base() {
    if (is_going_back_) {
      static_cast<void>(awaited_on_->withdraw(beginning_));
    }
  }
  void rethrow_failure() const {
    if (failure_ != nullptr) {
      std::rethrow_exception(failure_);
    }
  }

private:
  template <class>
  friend class task;
  struct at_end {
    [[nodiscard]] static bool await_ready() noexcept { return false; }
    /// Not inlined, as async_acquire::await_suspend(): the frame may be gone once its end has been told.
    template <class Promise>
    [[nodiscard, gnu::noinline]] static std::coroutine_handle<> await_suspend(
        std::coroutine_handle<Promise> coroutine) noexcept {
      task_promise_base& self = coroutine.promise();
      if (self.end_ != nullptr) {
        self.end_->ended(coroutine, self.failure_, false);
        return std::noop_coroutine();
      }
      const std::coroutine_handle<> awaiting = self.awaited_by_;
      executor* const back_to = self.awaited_on_ == self.executor_ ? nullptr : self.awaited_on_;
      if (back_to != nullptr) { // before the meeting: afterwards this may be gone
        self.beginning_.coroutine = awaiting;
      }
      // It releases the value, for whoever awaits, and acquires that it stands where it can be resumed. Of the strongest order, for
      // no model runs this: one exchange for a task that is awaited.
      if (!self.have_met_.exchange(true)) {
        return std::noop_coroutine();
      }
      if (back_to == nullptr) {
        return awaiting;
      }
      self.is_going_back_ = true; // the frame stands until whoever awaits goes on, or ends and withdraws this
      if (back_to->enqueue(self.beginning_)) {
        back_to->kick();
      }
      return std::noop_coroutine();
    }
    static void await_resume() noexcept {}
  };
  struct beginning : work_item {
    beginning() noexcept : work_item(&begin) {}
    static void begin(work_item& self, work_call how) noexcept {
      auto& start = static_cast<beginning&>(self);
      if (how == work_call::refuse) {
        start.end->ended(start.coroutine, nullptr, true);
        return;
      }
      start.coroutine.resume();
    }
    std::coroutine_handle<> coroutine{};
    task_end* end = nullptr;
  };

  executor* executor_ = nullptr;
  std::coroutine_handle<> awaited_by_ = std::noop_coroutine();
  executor* awaited_on_ = nullptr; ///< where that one goes on
  bool is_going_back_ = false;     ///< to there, by `beginning_`
  bool is_begun_ = false;
  bool is_taken_ = false;             ///< its outcome has been given
  std::atomic<bool> have_met_{false}; ///< the end of this, and the suspension of whoever awaits it
  task_end* end_ = nullptr;
  std::exception_ptr failure_{};
  beginning beginning_{};
};

template <class T>
class task_promise : public task_promise_base {
public:
  [[nodiscard]] task<T> get_return_object() noexcept;
  [[nodiscard]] static task<T> get_return_object_on_allocation_failure() noexcept;
  template <class Value>
  void return_value(Value&& value) noexcept(std::is_nothrow_constructible_v<T, Value&&>) {
    value_.emplace(std::forward<Value>(value));
  }
  [[nodiscard]] async_outcome<T> take() {
    rethrow_failure();
    return std::move(*value_);
  }

private:
  std::optional<T> value_{};
};

template <>
class task_promise<void> : public task_promise_base {
public:
  [[nodiscard]] task<void> get_return_object() noexcept;
  [[nodiscard]] static task<void> get_return_object_on_allocation_failure() noexcept;
  static void return_void() noexcept {}
  [[nodiscard]] async_outcome<void> take() const {
    rethrow_failure();
    return {};
  }
};

/// A coroutine that has not begun: it does when it is awaited, or started by a task_group or block_on(). `co_await`ing it
/// gives an async_outcome<T>: its value, or no_frame iff there was no frame for it, no_task iff it has been given before; its exceptions go on to whoever awaits
/// it. A task that ends after it has suspended goes on with whoever awaits it by symmetric transfer; a loop of tasks takes no
/// stack, and a chain as much as the same calls of functions. T is an object that can be moved and has a default, or void.
///
/// The end of the task is the end of the coroutine: what waits inside it leaves its line. One owner. [SR-ASYNC-013]
template <class T = void>
class [[nodiscard]] task {
public:
  using promise_type = task_promise<T>;
  using value_type = T;

  task() noexcept = default; ///< holds no coroutine: no_task
  ~task() { end(); }
  task(task&& other) noexcept
      : coroutine_(std::exchange(other.coroutine_, nullptr)), why_none_(std::exchange(other.why_none_, no_task)) {}
  task& operator=(task&& other) noexcept {
    task taken(std::move(other));
    std::swap(coroutine_, taken.coroutine_);
    std::swap(why_none_, taken.why_none_);
    return *this;
  }
  task(const task&) = delete;
  task& operator=(const task&) = delete;

  /// True iff there is a coroutine.
  [[nodiscard]] bool has_value() const noexcept { return coroutine_ != nullptr; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
  /// Why there is none: no_frame or no_task.
  [[nodiscard]] async_failure failure() const noexcept {
    return async_failed(has_value() ? async_failure_code::none : why_none_);
  }
  /// Where it goes on, if not where the one does that awaits it. Before it begins.
  task& on(executor& where) noexcept {
    if (has_value()) {
      coroutine_.promise().executor_ = &where;
    }
    return *this;
  }

  [[nodiscard]] bool await_ready() const noexcept { return !has_value() || coroutine_.done(); }
  /// Runs the task here until it suspends or ends. Whichever of the two comes second to their meeting goes on: if the task
  /// ends first, this says that there is nothing to wait for; if it is suspended, its end resumes whoever awaits. So a
  /// loop over tasks that never suspend is a loop, whatever the compiler makes of transfers from one coroutine to another
  /// (g++ before -O2 makes calls of them). Not inlined, as async_acquire::await_suspend().
  template <class Promise>
  [[nodiscard, gnu::noinline]] bool await_suspend(std::coroutine_handle<Promise> awaiting) const noexcept {
    task_promise_base& own = coroutine_.promise();
    if constexpr (requires(Promise& promise) {
                    { promise.get_executor() } -> std::convertible_to<executor*>;
                  }) {
      own.awaited_on_ = awaiting.promise().get_executor();
      own.executor_ = own.executor_ == nullptr ? own.awaited_on_ : own.executor_;
    }
    own.awaited_by_ = awaiting;
    own.is_begun_ = true;
    coroutine_.resume();
    return !own.have_met_.exchange(true); // then both frames may be gone
  }
  [[nodiscard]] async_outcome<T> await_resume() const {
    if (!has_value()) {
      return failure();
    }
    task_promise_base& own = coroutine_.promise();
    if (own.is_taken_) {
      return async_failed(no_task);
    }
    own.is_taken_ = true;
    return coroutine_.promise().take();
  }

  /// Submits the beginning to the executor, and says the end to `end`, which must be there until then. The failure is the
  /// executor's, or why there is no coroutine; nothing has changed then. For those who make something of it, as
  /// task_group does.
  [[nodiscard]] async_outcome<void> start(executor& on, task_end& end) noexcept {
    if (!has_value()) {
      return failure();
    }
    task_promise_base& own = coroutine_.promise();
    if (own.is_begun_) {
      return async_failed(no_task);
    }
    executor* const chosen = own.executor_;
    own.executor_ = chosen == nullptr ? &on : chosen;
    own.end_ = &end;
    own.is_begun_ = true;
    own.beginning_.coroutine = coroutine_;
    own.beginning_.end = &end;
    const async_outcome<void> submitted = on.submit(own.beginning_); // iff it was, the task may be gone
    if (!submitted.has_value()) {
      own.executor_ = chosen;
      own.end_ = nullptr;
      own.is_begun_ = false;
    }
    return submitted;
  }
  /// The coroutine has another owner from here on: who was started with `end` ends it.
  [[nodiscard]] std::coroutine_handle<> let_go() noexcept { return std::exchange(coroutine_, nullptr); }
  /// Of a task that has come to its end by start(): as co_await.
  [[nodiscard]] async_outcome<T> result() const { return await_resume(); }

private:
  friend class task_promise<T>;
  static constexpr async_failure_code no_task = async_failure_code::no_task;
  explicit task(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_(coroutine) {}
  explicit task(async_failure_code why_none) noexcept : why_none_(why_none) {}
  void end() noexcept {
    if (has_value()) {
      std::exchange(coroutine_, nullptr).destroy();
    }
  }

  std::coroutine_handle<promise_type> coroutine_{};
  async_failure_code why_none_ = no_task;
};

template <class T>
task<T> task_promise<T>::get_return_object() noexcept {
  return task<T>(std::coroutine_handle<task_promise>::from_promise(*this));
}
template <class T>
task<T> task_promise<T>::get_return_object_on_allocation_failure() noexcept {
  return task<T>(async_failure_code::no_frame);
}
inline task<void> task_promise<void>::get_return_object() noexcept {
  return task<void>(std::coroutine_handle<task_promise>::from_promise(*this));
}
inline task<void> task_promise<void>::get_return_object_on_allocation_failure() noexcept {
  return task<void>(async_failure_code::no_frame);
}

} // namespace nebula::services
