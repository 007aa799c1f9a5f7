// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include <nebula/services/async/async_acquire.hpp>
#include <nebula/services/async/task.hpp>
#include <nebula/services/compute_cache/compute_cache_config.hpp>
#include <nebula/services/object_waiting.hpp>

namespace nebula::services {

/// The clock of the machine; a program's own has the same member.
struct steady_compute_clock {
  [[nodiscard]] static std::chrono::nanoseconds now() noexcept { return steady_waiting::now(); }
};

/// Values that are computed when they are first asked for: at most one computation per key at a time, whose outcome goes to
/// all who ask meanwhile, be they threads, which block, or coroutines, which suspend. Over a store of the program's, with
/// such layers as it wants: `compute_cache<circuit_breaker<negative<stored<K, V, S>, F>>>`.
///
/// What becomes of those who wait: a value, or a failure that the function returned, is everybody's. An exception is the
/// leader's alone, and so is its coroutine's end: then the one who has waited longest computes in its place, with its own
/// function. Nobody computes twice, so that a function which always throws ends as many calls as there are. A computation
/// that has begun is not cancelled by the stop token: that is the function's to do.
///
/// Functions run outside of the lock; layers, the store, and copies of key and value within. Nothing allocates, but what
/// these do. Any thread may call any function, but for constructor and destructor. [SR-COMPUTE-001] [SR-COMPUTE-002]
template <class Layers, class Clock = steady_compute_clock>
class compute_cache {
  static_assert(compute_layer<Layers>, "Layers is a layer over layers, the lowest over a store");
  using flights_type = compute_flights<Layers>;
  using flight = typename flights_type::flight;
  using waiter = typename flights_type::waiter;

public:
  using key_type = typename Layers::key_type;
  using value_type = typename Layers::value_type;
  using outcome_type = compute_outcome<value_type>;

  explicit compute_cache(const compute_cache_plan& plan, Layers layers, Clock clock = Clock{}) noexcept
      : clock_(std::move(clock)),
        first_(make_flights(plan)),
        flight_count_(plan.flight_count_),
        flights_(std::move(layers), first_, plan.flight_count_) {}
  /// Nobody calls, computes or waits any more.
  ~compute_cache() { std::destroy_n(first_, flight_count_); }
  compute_cache(const compute_cache&) = delete;
  compute_cache& operator=(const compute_cache&) = delete;

  /// The value of the key, computed by `compute(key)`, which returns an outcome_type, unless it is known or being computed:
  /// then the thread waits. Failures: the function's, or the one that is remembered; flights_full, circuit_open, shut_down;
  /// recursive iff a function asks, in its own thread, for its own key. Throws what the function throws, and what copies of
  /// key and value do. O(flights) and the layers, besides function and waiting.
  template <class Function>
  [[nodiscard]] outcome_type get_or_compute(const key_type& key, Function&& compute) {
    thread_wakeup wakeup;
    waiter asker(&thread_wakeup::called, key);
    asker.resumes_on = &wakeup;
    asker.thread = std::this_thread::get_id();
    if (flights_.join(asker, clock_.now())) {
      wakeup.wait();
    }
    if (asker.said != compute_role::leads) {
      return answer_to(asker);
    }
    leading led(*this, asker);
    try {
      outcome_type made = std::forward<Function>(compute)(key);
      return led.settle(std::move(made));
    } catch (...) {
      led.has_thrown();
      throw;
    }
  }

  /// The same for coroutines: `compute(key)` returns a task<computed<value_type>>. Who waits suspends, until a stop is requested,
  /// too: cancelled. Destroyed, it leaves; and if it computes, another one does in its place. no_frame iff the frame pool
  /// has no block for the function's coroutine: then, too, another one does. [SR-COMPUTE-007]
  template <class Function>
  [[nodiscard]] task<computed<value_type>> get_or_compute_async(frame_pool& /*frames*/, key_type key, Function compute,
                                                                std::stop_token stop = {}) {
    joining asking(*this, key, std::move(stop));
    co_await asking;
    if (!asking.leads()) {
      co_return asking.answer();
    }
    leading led(*this, asking.asker());
    try {
      task<computed<value_type>> computing = compute(std::as_const(key));
      async_outcome<computed<value_type>> ran = co_await std::move(computing);
      if (!ran.has_value()) {
        co_return outcome_type(compute_failed(compute_failure_code::no_frame));
      }
      co_return led.settle(std::move(ran.value()));
    } catch (...) {
      led.has_thrown();
      throw;
    }
  }

  /// All who wait go on with shut_down, and so does whoever asks later. Those who compute end. For good. O(flights · executors + waiters).
  void shutdown() noexcept { flights_.shutdown(); }
  /// Exact. O(flights).
  [[nodiscard]] compute_state state() const noexcept { return flights_.state(); }
  /// `look(layers)`, with the lock: for what layers say of themselves.
  template <class Look>
  [[nodiscard]] auto locked(Look look) {
    return flights_.locked(std::move(look));
  }

private:
  /// The executor of one thread that waits: it goes on where it stands.
  class thread_wakeup final : public executor {
  public:
    /// Notified with the lock held: whoever waits may end this as soon as it is let go of.
    [[nodiscard]] bool enqueue(work_item& /*item*/) noexcept override {
      const std::lock_guard<std::mutex> lock(mutex_);
      is_called_ = true;
      condition_.notify_one();
      return false;
    }
    void kick() noexcept override {}
    [[nodiscard]] bool withdraw(work_item& /*item*/) noexcept override { return false; }
    void wait() noexcept {
      std::unique_lock<std::mutex> lock(mutex_);
      condition_.wait(lock, [this] { return is_called_; });
    }
    static void called(work_item& /*self*/, work_call /*call*/) noexcept {}

  private:
    std::mutex mutex_{};
    std::condition_variable condition_{};
    bool is_called_ = false;
  };

  /// One who reads another's outcome, and leaves though copying throws.
  struct reading {
    reading(flights_type& flights, flight& read) noexcept : all(flights), one(read) {}
    ~reading() { all.leave(one); }
    reading(const reading&) = delete;
    reading& operator=(const reading&) = delete;
    flights_type& all;
    flight& one;
  };
  // cppcheck-suppress constParameter ; the value is moved out of it
  [[nodiscard]] outcome_type answer_to(waiter& asker) {
    if (asker.said == compute_role::answered) {
      return std::move(*asker.answer);
    }
    if (asker.said == compute_role::follows) {
      const reading one(flights_, *asker.at);
      return *asker.at->made;
    }
    return asker.failure;
  }

  /// One who computes, and hands the computation on unless it comes to an outcome.
  class leading {
  public:
    leading(compute_cache& cache, waiter& asker) noexcept : cache_(cache), led_(*asker.at), old_(asker.answer) {}
    ~leading() {
      if (is_open_) {
        cache_.flights_.abandon(led_, cause_, cache_.clock_.now());
      }
    }
    leading(const leading&) = delete;
    leading& operator=(const leading&) = delete;
    void has_thrown() noexcept { cause_ = abandon_cause::threw; }
    /// What to return: of a refresh that failed, the old value.
    [[nodiscard]] outcome_type settle(outcome_type made) {
      cache_.flights_.settle(led_, made, cache_.clock_.now());
      is_open_ = false;
      if (!made.has_value() && old_.has_value()) {
        return std::move(*old_);
      }
      return made;
    }

  private:
    compute_cache& cache_;
    flight& led_;
    std::optional<value_type>& old_;
    abandon_cause cause_ = abandon_cause::destroyed;
    bool is_open_ = true;
  };

  /// What a coroutine waits with; see async_acquire, which this is like.
  class joining {
  public:
    joining(compute_cache& cache, const key_type& key, std::stop_token stop) noexcept
        : cache_(cache), stop_(std::move(stop)), asker_(key) {}
    ~joining() {
      stopper_.reset();
      if (is_in_line_) {
        cache_.flights_.forget(asker_, cache_.clock_.now());
      } else if (is_unread_) {
        cache_.flights_.leave(*asker_.at);
      }
    }
    joining(const joining&) = delete;
    joining& operator=(const joining&) = delete;

    [[nodiscard]] static bool await_ready() noexcept { return false; }
    /// Not inlined, for the reason that async_acquire::await_suspend() has.
    template <class Promise>
    [[gnu::noinline]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
      asker_.coroutine = coroutine;
      executor* const own = coroutine.promise().get_executor();
      asker_.resumes_on = own != nullptr ? own : &cache_.own_executor_;
      asker_.is_stopped = stop_.stop_requested();
      if (stop_.stop_possible()) {
        stopper_.emplace(std::move(stop_), canceller{cache_.flights_, asker_});
      }
      is_in_line_ = true;
      const bool waits = joins();
      if (!waits) {
        is_in_line_ = false;
      }
      return waits;
    }
    void await_resume() noexcept {
      stopper_.reset();
      is_in_line_ = false;
      is_unread_ = asker_.said == compute_role::follows;
    }
    [[nodiscard]] bool leads() const noexcept { return asker_.said == compute_role::leads; }
    [[nodiscard]] waiter& asker() noexcept { return asker_; }
    [[nodiscard]] outcome_type answer() {
      is_unread_ = false; // answer_to() leaves
      return cache_.answer_to(asker_);
    }

  private:
    struct canceller {
      flights_type& flights;
      waiter& asker;
      void operator()() const noexcept { flights.cancel(asker); }
    };
    struct resumed : waiter {
      explicit resumed(const key_type& wanted) noexcept : waiter(&resume, wanted) {}
      static void resume(work_item& self, work_call /*call*/) noexcept {
        static_cast<resumed&>(self).coroutine.resume();
      }
      std::coroutine_handle<> coroutine{};
    };
    [[nodiscard]] bool joins() {
      try {
        return cache_.flights_.join(asker_, cache_.clock_.now());
      } catch (...) {
        is_in_line_ = false;
        throw;
      }
    }

    compute_cache& cache_;
    std::stop_token stop_;
    bool is_in_line_ = false;
    bool is_unread_ = false;
    resumed asker_;
    std::optional<std::stop_callback<canceller>> stopper_{};
  };

  [[nodiscard]] static flight* make_flights(const compute_cache_plan& plan) noexcept {
    // NOLINTNEXTLINE(bugprone-casting-through-void): g++ takes the direct cast for one to a stricter alignment
    auto* const first = static_cast<flight*>(static_cast<void*>(plan.flights_));
    std::uninitialized_value_construct_n(first, plan.flight_count_);
    return first;
  }

  Clock clock_;
  flight* first_;
  std::size_t flight_count_;
  flights_type flights_;
  inline_executor own_executor_{};
};

} // namespace nebula::services
