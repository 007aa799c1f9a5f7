// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include <nebula/kernel/error.hpp>
#include <nebula/kernel/fault.hpp>
#include <nebula/kernel/result.hpp>
#include <nebula/services/async/async_state.hpp>
#include <nebula/services/async/executor.hpp>
#include <nebula/services/async/inline_executor.hpp>
#include <nebula/services/async/wait_line.hpp>

namespace nebula::services {

/// What became of one who asked.
enum class wait_verdict : std::uint8_t { none, waiting, granted, refused, cancelled, timed_out, shut_down };

/// Something of which there is only so much, and the line of those who wait for it: the one place where what is
/// asynchronous is decided. A Source has `request_type`, `grant_type`, `take(request)` giving a result<grant>,
/// `give(grant)` giving a result<void>, and `may_come_back(code)`: false iff take() would fail so for ever. It is called
/// with the lock only, so that an allocator with one owner does.
///
/// Why no wake-up is lost: who finds nothing stands in the line before the lock is let go, and who brings something, or
/// leaves the line, serves the line before the lock is let go. A grant is the waiter's from then on; nobody who comes
/// later can have it. Whoever waits, waits for something that is out: with nothing out, a request that fails is refused.
///
/// Why nobody touches a coroutine that is gone: a waiter stands in the coroutine's frame. It is in the line, or in its
/// executor's queue, or it runs; it changes from the first to the second with the lock held, and abandon() takes it out
/// of either with the lock held. After the lock is let go only the executor is touched, which outlives all of them.
///
/// Any thread may call any function, but for constructor and destructor. A lock of an executor may be taken while this
/// one's is held, never the other way round. [SR-ASYNC-001]
template <class Source, class Threads = machine_threads>
class basic_async_queue {
public:
  using request_type = typename Source::request_type;
  using grant_type = typename Source::grant_type;
  using nanoseconds = std::chrono::nanoseconds;

  /// One who asks: made by the asker, in whose frame it stands, and in use from join() until its executor calls it.
  struct waiter : work_item {
    waiter(work_item::function resumes, const request_type& wanted) noexcept : work_item(resumes), request(wanted) {}

    request_type request;
    grant_type grant{};
    error refusal{};                ///< iff refused
    executor* resumes_on = nullptr; ///< never null in join()
    std::optional<nanoseconds> deadline{};
    wait_verdict said = wait_verdict::none;
    bool is_stopped = false; ///< cancel() has been called
    std::uint64_t arrival = 0;
    waiter* later = nullptr;
    waiter* earlier = nullptr;
  };

  template <class... Arguments>
  explicit basic_async_queue(fault_hook hook, Arguments&&... of_source) noexcept
      : source_(std::forward<Arguments>(of_source)...), hook_(hook) {}
  /// Shuts down. Misuse, reported: blocks_live iff a grant is still out.
  ~basic_async_queue() {
    static_cast<void>(shutdown());
    if (counts_.out != 0) {
      report_fault(hook_, fault{error{error_code::blocks_live, operation::release, component::object_handle},
                                invariant::none, this, nullptr});
    }
  }
  basic_async_queue(const basic_async_queue&) = delete;
  basic_async_queue& operator=(const basic_async_queue&) = delete;

  /// A verdict without waiting: granted, refused, shut_down, cancelled iff cancel() came before, or none iff the asker
  /// would have to wait, be it because others do. O(1) and the source.
  [[nodiscard]] wait_verdict ask(waiter& asker) noexcept {
    const std::lock_guard<typename Threads::mutex_type> lock(mutex_);
    asker.said = decide_now(asker);
    return asker.said;
  }
  /// The same, but who would have to wait does. True iff so: the waiter may be gone when this returns, for its executor
  /// may have called it. False: its verdict is there. O(1) and the source.
  [[nodiscard]] bool join(waiter& asker) noexcept {
    const std::lock_guard<typename Threads::mutex_type> lock(mutex_);
    asker.said = decide_now(asker);
    if (asker.said != wait_verdict::none) {
      return false;
    }
    asker.said = wait_verdict::waiting;
    asker.arrival = ++arrivals_;
    line_.push(asker);
    counts_.waiting_peak = line_.count() > counts_.waiting_peak ? line_.count() : counts_.waiting_peak;
    return true;
  }

  /// A grant comes back, and goes to whoever waits. Errors: the source's, and nothing has changed. Never waits.
  /// O(waiters served). [SR-ASYNC-004]
  result<void> give(const grant_type& grant) noexcept {
    round now;
    result<void> given;
    {
      const std::lock_guard<typename Threads::mutex_type> lock(mutex_);
      given = source_.give(grant);
      if (given.has_value()) {
        came_back();
      } else if (!is_corruption(given.code())) {
        return given;
      }
      serve(now); // of a corrupted source, nothing will come: all are refused
    }
    go_on(now);
    return given;
  }
  /// Of one who asks, or will: the verdict is cancelled, unless there is one already. The waiter may be gone when this
  /// returns. O(1), and as give(): whoever stood behind it may now be served. [SR-ASYNC-005]
  void cancel(waiter& asker) noexcept {
    round now;
    {
      const std::lock_guard<typename Threads::mutex_type> lock(mutex_);
      asker.is_stopped = true;
      if (asker.said != wait_verdict::waiting) {
        return;
      }
      decide(asker, wait_verdict::cancelled, now);
      serve(now);
    }
    go_on(now);
  }
  /// Of one who has joined and whom its executor has not called: it ends now, and its executor never will. What it had
  /// been granted goes to the next. Traps iff its executor calls it at this moment: the coroutine is being destroyed
  /// while another thread resumes it, and nothing that could be done is safe. As cancel(). [SR-ASYNC-006]
  void abandon(waiter& asker) noexcept {
    round now;
    {
      const std::lock_guard<typename Threads::mutex_type> lock(mutex_);
      if (asker.said == wait_verdict::waiting) {
        line_.remove(asker);
      } else if (!asker.resumes_on->withdraw(asker)) {
        __builtin_trap();
      } else if (asker.said == wait_verdict::granted) {
        static_cast<void>(source_.give(asker.grant)); // refused iff corrupted, which has been reported
        came_back();
      }
      ++counts_.abandoned;
      serve(now);
    }
    go_on(now);
  }

  /// Ends the waiting of all whose deadline is not after `now`: says how many. Who was granted before keeps it. Nobody
  /// else drives deadlines: a program calls this from its timer, its loop, or a thread of its own. Of those only who
  /// waited when it was called. O(waiters · executors). [SR-ASYNC-007]
  std::size_t expire(nanoseconds now) noexcept {
    std::uint64_t latest = 0;
    with_lock([&] { latest = arrivals_; });
    return sweep(wait_verdict::timed_out, [now, latest](const waiter& each) noexcept {
      return each.arrival <= latest && each.deadline.has_value() && *each.deadline <= now;
    });
  }
  /// When expire() will next have something to do; none iff nobody waits until a deadline. O(waiters).
  [[nodiscard]] std::optional<nanoseconds> next_deadline() const noexcept {
    std::optional<nanoseconds> earliest;
    with_lock([&] {
      for (const waiter* each = line_.first(); each != nullptr; each = each->later) {
        if (each->deadline.has_value() && (!earliest.has_value() || *each->deadline < *earliest)) {
          earliest = each->deadline;
        }
      }
    });
    return earliest;
  }
  /// From now on nobody is granted anything: all who wait go on with shut_down, and so does whoever asks later. What is
  /// out may come back. For good. Says how many waited. O(waiters · executors). [SR-ASYNC-009]
  std::size_t shutdown() noexcept {
    return sweep(wait_verdict::shut_down, [](const waiter&) noexcept { return true; });
  }

  [[nodiscard]] async_state state() const noexcept {
    async_state now;
    with_lock([&] {
      now = counts_;
      now.waiting = line_.count();
    });
    return now;
  }
  /// Of those who name no executor, and whose coroutine has none.
  [[nodiscard]] executor& own_executor() noexcept { return own_executor_; }
  /// Without the lock: for what of it never changes, or when nobody else calls.
  [[nodiscard]] Source& source() noexcept { return source_; }
  [[nodiscard]] const Source& source() const noexcept { return source_; }
  /// What of the source changes.
  template <class Look>
  [[nodiscard]] auto locked(Look look) const noexcept {
    const std::lock_guard<typename Threads::mutex_type> lock(mutex_);
    return look(source_);
  }

private:
  /// What was decided in one holding of the lock, which is everything, unless it takes more kicks than there is room for.
  struct round {
    static constexpr std::size_t due_max = 8;
    executor* due[due_max] = {}; ///< to be kicked once the lock has been let go of
    std::size_t due_count = 0;
    bool is_more = false; ///< there was no room

    [[nodiscard]] bool has_room_for(const executor& on) noexcept {
      for (std::size_t index = 0; index < due_count; ++index) {
        if (due[index] == &on) {
          return true;
        }
      }
      is_more = due_count == due_max || is_more;
      return due_count < due_max;
    }
    void is_due(executor& on) noexcept {
      for (std::size_t index = 0; index < due_count; ++index) {
        if (due[index] == &on) {
          return;
        }
      }
      due[due_count++] = &on;
    }
    void kick() const noexcept {
      for (std::size_t index = 0; index < due_count; ++index) {
        due[index]->kick();
      }
    }
  };

  template <class Update>
  void with_lock(Update update) const noexcept {
    const std::lock_guard<typename Threads::mutex_type> lock(mutex_);
    update();
  }
  /// With the lock, as all down to go_on().
  [[nodiscard]] wait_verdict decide_now(waiter& asker) noexcept {
    if (asker.is_stopped) {
      ++counts_.cancelled;
      return wait_verdict::cancelled;
    }
    if (counts_.is_shut_down) {
      ++counts_.turned_away;
      return wait_verdict::shut_down;
    }
    if (line_.first() != nullptr) {
      return wait_verdict::none; // nobody is overtaken
    }
    const wait_verdict verdict = try_grant(asker);
    counts_.granted_at_once += verdict == wait_verdict::granted ? 1U : 0U;
    return verdict;
  }
  /// Granted, refused, or none.
  [[nodiscard]] wait_verdict try_grant(waiter& asker) noexcept {
    const result<grant_type> taken = source_.take(asker.request);
    if (taken.has_value()) {
      asker.grant = taken.value();
      ++counts_.out;
      return wait_verdict::granted;
    }
    if (counts_.out != 0 && Source::may_come_back(taken.code())) {
      return wait_verdict::none;
    }
    asker.refusal = taken.error();
    ++counts_.refused;
    return wait_verdict::refused;
  }
  /// Those at the head of the line for whom there is enough. Who needs more holds up those behind: that is what order is.
  void serve(round& now) noexcept {
    while (waiter* const first = line_.first()) {
      if (!now.has_room_for(*first->resumes_on)) {
        return;
      }
      const wait_verdict verdict = counts_.is_shut_down ? wait_verdict::shut_down : try_grant(*first);
      if (verdict == wait_verdict::none) {
        return;
      }
      counts_.granted_by_waiting += verdict == wait_verdict::granted ? 1U : 0U;
      decide(*first, verdict, now);
    }
  }
  /// Out of the line and to its executor. The waiter is not to be touched from here on.
  void decide(waiter& each, wait_verdict verdict, round& now) noexcept {
    line_.remove(each);
    each.said = verdict;
    counts_.cancelled += verdict == wait_verdict::cancelled ? 1U : 0U;
    counts_.timed_out += verdict == wait_verdict::timed_out ? 1U : 0U;
    counts_.turned_away += verdict == wait_verdict::shut_down ? 1U : 0U;
    executor& on = *each.resumes_on;
    if (on.enqueue(each)) {
      now.is_due(on);
    }
  }
  void came_back() noexcept {
    --counts_.out;
    ++counts_.returned;
  }
  /// Without the lock: waiters go on, and the rest are decided for, if there was no room for all.
  void go_on(round now) noexcept {
    for (;;) {
      now.kick();
      if (!now.is_more) {
        return;
      }
      now = {};
      with_lock([&] { serve(now); });
    }
  }
  /// The same verdict for all of the line that are meant, and then the line is served. In one holding of the lock, as far
  /// as there is room; a shutdown closes in the first.
  template <class IsMeant>
  std::size_t sweep(wait_verdict verdict, IsMeant is_meant) noexcept {
    std::size_t swept = 0;
    round now;
    do {
      now = {};
      with_lock([&] {
        counts_.is_shut_down = counts_.is_shut_down || verdict == wait_verdict::shut_down;
        for (waiter *each = line_.first(), *next = nullptr; each != nullptr; each = next) {
          next = each->later;
          if (is_meant(*each) && now.has_room_for(*each->resumes_on)) {
            decide(*each, verdict, now);
            ++swept;
          }
        }
        if (!now.is_more) {
          serve(now); // those who stood behind
        }
      });
      now.kick();
    } while (now.is_more);
    return swept;
  }

  Source source_;
  fault_hook hook_;
  basic_inline_executor<Threads> own_executor_{};
  mutable typename Threads::mutex_type mutex_{};
  wait_line<waiter> line_{};
  std::uint64_t arrivals_ = 0;
  async_state counts_{};
};

} // namespace nebula::services
