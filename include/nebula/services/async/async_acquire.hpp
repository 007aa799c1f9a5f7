// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <concepts>
#include <coroutine>
#include <optional>
#include <stop_token>
#include <utility>

#include <nebula/services/async/async_failure.hpp>
#include <nebula/services/async/async_queue.hpp>

namespace nebula::services {

/// How one waits. Plain arguments in one place; none of them is needed. [SR-ASYNC-005]
struct wait_terms {
  /// A request ends the waiting; whoever has been granted by then keeps it. request_stop() runs what is due on inline
  /// executors, and whoever was cancelled waits for it to return: nothing that runs there may block.
  std::stop_token stop{};
  executor* resumes_on = nullptr; ///< null: the coroutine's own, and if it has none, the pool's inline one
  std::optional<std::chrono::nanoseconds> deadline{}; ///< on the clock that expire() is called with
};

/// A coroutine whose promise says where it goes on.
template <class Promise>
concept has_executor = requires(Promise& promise) {
  { promise.get_executor() } -> std::convertible_to<executor*>;
};

/// The failure that a verdict is for whoever asked.
[[nodiscard]] constexpr async_failure failure_of(wait_verdict said, error refusal) noexcept {
  switch (said) {
  case wait_verdict::cancelled: return async_failed(async_failure_code::cancelled);
  case wait_verdict::timed_out: return async_failed(async_failure_code::timed_out);
  case wait_verdict::shut_down: return async_failed(async_failure_code::shut_down);
  case wait_verdict::refused: return async_failed(async_failure_code::refused_by_kernel, 0, refusal);
  case wait_verdict::none:
  case wait_verdict::waiting:
  case wait_verdict::granted: break;
  }
  return async_failed(async_failure_code::none_free);
}

/// What `co_await pool.acquire()` waits with. It stands in the coroutine's frame, and the waiter in it: nothing
/// allocates. The end of the coroutine is the end of the waiting: what was granted and not taken goes to the next.
/// Made by a pool only, neither copied nor moved. `Owner` has `queue()` and `taken(grant)`, which makes the value.
///
/// Ends: its executor calls it once, or it is destroyed before that; never both. Whoever destroys a coroutine that waits
/// must know that its executor does not run it: an item of the same inline executor knows, and a program's thread does
/// while the executor has not come to it. The stop token is there for those who cannot know. [SR-ASYNC-006]
template <class Owner>
class [[nodiscard]] async_acquire {
  using queue_type = typename Owner::queue_type;
  using waiter_type = typename queue_type::waiter;

public:
  using result_type = typename Owner::acquired_type;

  async_acquire(Owner& owner, const typename queue_type::request_type& request, wait_terms terms) noexcept
      : owner_(owner), stop_(std::move(terms.stop)), waiter_(request) {
    waiter_.resumes_on = terms.resumes_on;
    waiter_.deadline = terms.deadline;
  }
  ~async_acquire() {
    stopper_.reset(); // waits for a cancellation that is under way in another thread; it holds no lock meanwhile
    if (is_in_line_) {
      owner_.queue().abandon(waiter_);
    } else if (is_unclaimed_) { // granted at once, and never asked for the result
      static_cast<void>(owner_.queue().give(waiter_.grant));
    }
  }
  async_acquire(const async_acquire&) = delete;
  async_acquire& operator=(const async_acquire&) = delete;

  [[nodiscard]] bool await_ready() noexcept {
    waiter_.is_stopped = stop_.stop_requested();
    const bool is_decided = owner_.queue().ask(waiter_) != wait_verdict::none;
    is_unclaimed_ = waiter_.said == wait_verdict::granted;
    return is_decided;
  }
  /// Not inlined: once join() has said yes, another thread may resume the coroutine, or end it, and nothing of its frame
  /// may be used any more. clang before 18 kept the returned value there when it inlined this
  /// (https://github.com/llvm/llvm-project/issues/56301).
  template <class Promise>
  [[gnu::noinline]] bool await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
    waiter_.coroutine = coroutine;
    if constexpr (has_executor<Promise>) {
      waiter_.resumes_on = waiter_.resumes_on == nullptr ? coroutine.promise().get_executor() : waiter_.resumes_on;
    }
    if (waiter_.resumes_on == nullptr) {
      waiter_.resumes_on = &owner_.queue().own_executor();
    }
    if (stop_.stop_possible()) { // before it can be resumed, for then it would be too late to make it
      stopper_.emplace(std::move(stop_), canceller{owner_.queue(), waiter_});
    }
    is_in_line_ = true;
    if (owner_.queue().join(waiter_)) {
      return true;
    }
    is_in_line_ = false;
    is_unclaimed_ = waiter_.said == wait_verdict::granted;
    return false;
  }
  /// What the owner makes of the grant, else why there is none. Throws what the owner throws, and the grant has gone
  /// back then.
  [[nodiscard]] result_type await_resume() {
    stopper_.reset();
    is_in_line_ = false;
    is_unclaimed_ = false;
    if (waiter_.said != wait_verdict::granted) {
      return failure_of(waiter_.said, waiter_.refusal);
    }
    return owner_.taken(waiter_.grant);
  }

private:
  struct canceller {
    queue_type& queue;
    waiter_type& waiter;
    void operator()() const noexcept { queue.cancel(waiter); } // the waiter, and this, may be gone afterwards
  };
  struct resumed_waiter : waiter_type {
    explicit resumed_waiter(const typename queue_type::request_type& wanted) noexcept : waiter_type(&resume, wanted) {}
    static void resume(work_item& self, work_call /*call: what waits is never refused*/) noexcept {
      static_cast<resumed_waiter&>(self).coroutine.resume();
    }
    std::coroutine_handle<> coroutine{};
  };

  Owner& owner_;
  std::stop_token stop_;
  bool is_in_line_ = false;   ///< as the coroutine knows: in the line, or in its executor's queue
  bool is_unclaimed_ = false; ///< granted, and the result has not been asked for
  resumed_waiter waiter_;
  std::optional<std::stop_callback<canceller>> stopper_{};
};

} // namespace nebula::services
