// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>

#include <nebula/services/async/executor.hpp>
#include <nebula/services/async/wait_line.hpp>
#include <nebula/services/compute_cache/compute_layers.hpp>
#include <nebula/services/compute_cache/compute_state.hpp>

namespace nebula::services {

/// Which computations are under way, and who waits for each: one per key at a time, in a table of fixed size, with the
/// lock that is the layers', too. All is decided in three critical sections, and each decides for everybody:
///
/// join: looks into the layers; finds the key's flight, and waits for it; or opens one, and leads it. As looking and opening
///   are one section, nobody computes what has just been computed.
/// settle: gives the outcome to the layers, and to all who wait, and closes the flight to newcomers. Who waits stands in the
///   flight from before the lock is let go, so that no outcome passes it by.
/// abandon: without an outcome, the one who has waited longest becomes the leader; without anybody, the flight is free.
///
/// A flight whose outcome is still to be read holds it until the last reader is gone. Any thread. [SR-COMPUTE-002]
template <class Layers>
class compute_flights {
  static_assert(std::is_nothrow_default_constructible_v<typename Layers::value_type>,
                "a failure, which has an empty value beside it, can be told without an exception");

public:
  using key_type = typename Layers::key_type;
  using value_type = typename Layers::value_type;
  using outcome_type = compute_outcome<value_type>;
  using nanoseconds = std::chrono::nanoseconds;

  struct flight;
  struct waiter : work_item {
    waiter(work_item::function resumes, const key_type& wanted) noexcept : work_item(resumes), key(&wanted) {}
    const key_type* key;
    executor* resumes_on = nullptr;
    std::thread::id thread{}; ///< of one that blocks its thread; of none otherwise
    compute_role said = compute_role::none;
    flight* at = nullptr;
    std::optional<value_type> answer{}; ///< also of a leader that refreshes: the old value
    compute_failure failure{};
    bool is_stopped = false;
    waiter* later = nullptr;
    waiter* earlier = nullptr;
  };
  struct flight {
    std::optional<key_type> key{};
    std::optional<outcome_type> made{}; ///< from settle() until the last reader is gone
    wait_line<waiter> line{};
    std::size_t readers = 0; ///< who is still to read, and who is still telling them
    bool is_settled = false; ///< nobody joins it any more
    compute_ticket ticket{};
    std::thread::id leader{};
  };

  compute_flights(Layers layers, flight* first, std::size_t count) noexcept
      : layers_(std::move(layers)), first_(first), count_(count) {}
  ~compute_flights() = default;
  compute_flights(const compute_flights&) = delete;
  compute_flights& operator=(const compute_flights&) = delete;

  /// What becomes of one who asks. True iff it waits, and its executor will call it. Throws what looking, and copying a value
  /// or a key, throws: nothing has changed then. O(flights) and the layers.
  [[nodiscard]] bool join(waiter& asker, nanoseconds now) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (asker.is_stopped) {
      ++counts_.cancelled;
      return fail(asker, compute_failed(compute_failure_code::cancelled));
    }
    if (is_shut_down_) {
      return refuse(asker, compute_failed(compute_failure_code::shut_down));
    }
    const compute_answer<value_type> known = layers_.look(*asker.key, now);
    if (known.value != nullptr) {
      asker.answer.emplace(*known.value);
      asker.said = compute_role::answered;
      const bool refreshes =
          known.is_due && flight_of(*asker.key) == nullptr && open(asker, now).code == compute_failure_code::none;
      counts_.refreshes += refreshes ? 1U : 0U;
      ++counts_.hits;
      return false;
    }
    if (known.failure.code != compute_failure_code::none) {
      ++counts_.negative_hits;
      return fail(asker, known.failure);
    }
    if (flight* const under_way = flight_of(*asker.key); under_way != nullptr) {
      if (asker.thread != std::thread::id{} && under_way->leader == asker.thread) {
        return refuse(asker, compute_failed(compute_failure_code::recursive));
      }
      asker.said = compute_role::waiting;
      asker.at = under_way;
      under_way->line.push(asker);
      return true;
    }
    const compute_failure refused = open(asker, now);
    return refused.code != compute_failure_code::none && refuse(asker, refused);
  }

  /// Of the leader: the outcome. Throws what copying it throws: nothing has changed then. Never waits. O(waiters).
  void settle(flight& led, const outcome_type& made, nanoseconds now) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (led.line.count() != 0) {
        led.made.emplace(made);
      }
      try {
        layers_.settle(*led.key, made, now, led.ticket);
      } catch (...) { // a cache may always forget; those who wait are not to suffer for it
        ++counts_.not_stored;
      }
      close(led);
    }
    deliver(led);
  }
  /// Of the leader: there will be no outcome. Never waits. O(1), or O(waiters) iff the layers admit no other computation.
  void abandon(flight& led, abandon_cause cause, nanoseconds now) noexcept {
    std::unique_lock<std::mutex> lock(mutex_);
    hand_on(led, cause, now, lock);
  }
  /// Of one who was told that it follows, and has read, or never will. O(1).
  void leave(flight& read) noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    one_less(read);
  }
  /// Of one who waits, or will: cancelled, unless it has been told something already. It may be gone when this returns.
  void cancel(waiter& asker) noexcept {
    std::unique_lock<std::mutex> lock(mutex_);
    asker.is_stopped = true;
    if (asker.said != compute_role::waiting) {
      return;
    }
    ++counts_.cancelled;
    depart(asker);
    asker.failure = compute_failed(compute_failure_code::cancelled);
    asker.said = compute_role::failed;
    executor& on = *asker.resumes_on;
    const bool is_kick_due = on.enqueue(asker);
    lock.unlock();
    if (is_kick_due) {
      on.kick();
    }
  }
  /// Of one who has joined, and whom its executor has not called, and now never will: see basic_async_queue::abandon().
  void forget(waiter& asker, nanoseconds now) noexcept {
    std::unique_lock<std::mutex> lock(mutex_);
    if (asker.said == compute_role::waiting) {
      depart(asker);
    } else if (!asker.resumes_on->withdraw(asker)) {
      __builtin_trap();
    } else if (asker.said == compute_role::follows) {
      one_less(*asker.at);
    } else if (asker.said == compute_role::leads) {
      hand_on(*asker.at, abandon_cause::destroyed, now, lock);
    }
  }
  /// Nobody waits any more, and nobody is given anything; leaders go on. For good. O(flights · executors + waiters).
  void shutdown() noexcept {
    std::unique_lock<std::mutex> lock(mutex_);
    is_shut_down_ = true;
    for (std::size_t index = 0; index < count_;) {
      index += tell_those_in_line(first_[index], compute_role::failed, lock) ? 0U : 1U;
    }
  }

  [[nodiscard]] compute_state state() const noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    compute_state now = counts_;
    for (std::size_t index = 0; index < count_; ++index) {
      now.flights += first_[index].key.has_value() ? 1U : 0U;
      now.waiting += first_[index].line.count();
    }
    return now;
  }
  /// The layers, with the lock.
  template <class Look>
  [[nodiscard]] auto locked(Look look) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return look(layers_);
  }

private:
  // All with the lock.
  [[nodiscard]] static bool fail(waiter& asker, const compute_failure& why) noexcept {
    asker.said = compute_role::failed;
    asker.failure = why;
    return false;
  }
  [[nodiscard]] bool refuse(waiter& asker, const compute_failure& why) noexcept {
    ++counts_.refusals;
    return fail(asker, why);
  }
  /// The one that newcomers join; null iff there is none.
  [[nodiscard]] flight* flight_of(const key_type& key) {
    for (std::size_t index = 0; index < count_; ++index) {
      flight& each = first_[index];
      if (each.key.has_value() && !each.is_settled && *each.key == key) {
        return &each;
      }
    }
    return nullptr;
  }
  /// Code none iff the asker leads a new flight.
  [[nodiscard]] compute_failure open(waiter& asker, nanoseconds now) {
    flight* free = nullptr;
    for (std::size_t index = 0; index < count_ && free == nullptr; ++index) {
      free = first_[index].key.has_value() ? nullptr : &first_[index];
    }
    if (free == nullptr) {
      return compute_failed(compute_failure_code::flights_full, count_);
    }
    compute_ticket ticket;
    std::optional<key_type> key(*asker.key);
    const compute_failure refused = layers_.admit(*asker.key, now, ticket);
    if (refused.code != compute_failure_code::none) {
      return refused;
    }
    free->key.swap(key);
    free->ticket = ticket;
    free->leader = asker.thread;
    asker.at = free;
    asker.said = compute_role::leads;
    ++counts_.computations;
    return {};
  }
  static void release(flight& ended) noexcept {
    ended.key.reset();
    ended.made.reset();
    ended.is_settled = false;
    ended.leader = {};
  }
  static void one_less(flight& read) noexcept {
    if (--read.readers == 0) {
      release(read);
    }
  }
  /// One who waits leaves the line; in that of a settled flight it is one of the readers.
  static void depart(waiter& leaving) noexcept {
    leaving.at->line.remove(leaving);
    if (leaving.at->is_settled) {
      one_less(*leaving.at);
    }
  }
  /// All in line are readers from now on, and so is whoever tells them.
  static void close(flight& settled) noexcept {
    settled.is_settled = true;
    settled.readers = settled.line.count() + 1;
  }
  /// Tells those in line in one holding of the lock, unless it takes more kicks than there is room for; lets go of the lock
  /// to kick, and takes it again. False iff nobody was in line.
  bool tell_those_in_line(flight& whose, compute_role role, std::unique_lock<std::mutex>& lock) noexcept {
    constexpr std::size_t due_max = 8;
    executor* due[due_max] = {};
    std::size_t due_count = 0;
    bool is_anybody = false;
    while (waiter* const each = whose.line.first()) {
      executor& on = *each->resumes_on;
      const bool is_new = std::find(due, due + due_count, &on) == due + due_count;
      if (is_new && due_count == due_max) {
        break;
      }
      if (role == compute_role::follows) {
        whose.line.remove(*each);
        ++counts_.followed;
      } else {
        depart(*each);
        each->failure = compute_failed(compute_failure_code::shut_down);
        ++counts_.refusals;
      }
      each->said = role;
      is_anybody = true;
      if (on.enqueue(*each) && is_new) {
        due[due_count++] = &on;
      }
    }
    if (due_count != 0) {
      lock.unlock();
      for (std::size_t index = 0; index < due_count; ++index) {
        due[index]->kick();
      }
      lock.lock();
    }
    return is_anybody;
  }
  /// Without the lock: tells all who wait that it is settled.
  void deliver(flight& settled) noexcept {
    std::unique_lock<std::mutex> lock(mutex_);
    while (tell_those_in_line(settled, compute_role::follows, lock)) {
    }
    one_less(settled);
  }
  /// The flight goes to the one who has waited longest; to all as a failure, iff the layers admit no other computation; is
  /// free, iff nobody waits. Lets go of the lock.
  void hand_on(flight& led, abandon_cause cause, nanoseconds now, std::unique_lock<std::mutex>& lock) noexcept {
    ++counts_.abandoned;
    layers_.abandon(*led.key, cause, now, led.ticket);
    waiter* const next = led.line.first();
    if (next == nullptr) {
      release(led);
      return;
    }
    led.ticket = {};
    const compute_failure refused = layers_.admit(*led.key, now, led.ticket);
    if (refused.code != compute_failure_code::none) {
      led.made.emplace(refused);
      close(led);
      lock.unlock();
      deliver(led);
      return;
    }
    ++counts_.elected;
    ++counts_.computations;
    led.line.remove(*next);
    led.leader = next->thread;
    next->said = compute_role::leads;
    executor& on = *next->resumes_on;
    const bool is_kick_due = on.enqueue(*next);
    lock.unlock();
    if (is_kick_due) {
      on.kick();
    }
  }

  Layers layers_;
  flight* first_;
  std::size_t count_;
  mutable std::mutex mutex_{};
  bool is_shut_down_ = false;
  compute_state counts_{};
};

} // namespace nebula::services
