// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <limits>
#include <memory>
#include <mutex>
#include <span>

#include <nebula/services/object_pool.hpp>

#include "pool_bench.hpp"

namespace nebula::race {

/// Who waits, in the order in which they began to: judges each waking. All of it happens with the pool's lock.
class wait_ledger {
public:
  static constexpr unsigned thread_count_max = 3;

  /// Of this thread's next waiting.
  void set_priority(unsigned thread, services::wait_priority priority) { priority_[thread] = priority; }
  /// A shutdown has returned: from now on nobody waits.
  void closes() { is_closed_ = true; }
  void arrives(unsigned thread, const void* condition) {
    require(!is_closed_, "waits after shutdown");
    if (condition_[thread] == nullptr) {
      condition_[thread] = condition;
      arrived_[thread] = ++arrivals_;
    }
  }
  void leaves(unsigned thread) { condition_[thread] = nullptr; }
  void is_woken(const void* condition) {
    unsigned woken = thread_count_max;
    for (unsigned thread = 0; thread < thread_count_max; ++thread) {
      woken = condition_[thread] == condition ? thread : woken;
    }
    require(woken != thread_count_max, "woke one who did not wait");
    require(!is_closed_, "woken after shutdown");
    for (unsigned thread = 0; thread < thread_count_max; ++thread) {
      if (condition_[thread] != nullptr && thread != woken) {
        require(priority_[thread] <= priority_[woken], "a higher priority was passed over");
        require(priority_[thread] < priority_[woken] || arrived_[thread] > arrived_[woken], "overtaken");
      }
    }
    leaves(woken);
  }

private:
  std::array<const void*, thread_count_max> condition_{};
  std::array<unsigned, thread_count_max> arrived_{};
  std::array<services::wait_priority, thread_count_max> priority_{};
  unsigned arrivals_ = 0;
  bool is_closed_ = false;
};

/// In place of steady_waiting: the detector's mutex and condition variable, at each of which it may switch threads. A
/// deadline comes whenever the detector wants it to.
class modelled_waiting {
public:
  class mutex_type {
  public:
    void lock() { mutex_.lock(RL_INFO); }
    void unlock() { mutex_.unlock(RL_INFO); }

  private:
    friend class modelled_waiting;
    rl::mutex mutex_;
  };
  using condition_type = rl::condition_variable;

  explicit modelled_waiting(wait_ledger* waits) : waits_(waits) {}

  [[nodiscard]] static std::chrono::nanoseconds now() noexcept { return {}; }
  void wait(condition_type& condition, mutex_type& mutex) const noexcept {
    if (waits_ != nullptr) {
      waits_->arrives(rl::thread_index(), &condition);
    }
    condition.wait(mutex.mutex_, RL_INFO);
  }
  [[nodiscard]] bool wait_until(condition_type& condition, mutex_type& mutex,
                                std::chrono::nanoseconds /*deadline*/) const noexcept {
    if (waits_ != nullptr) {
      waits_->arrives(rl::thread_index(), &condition);
    }
    const bool is_notified = condition.wait_for(mutex.mutex_, 0, RL_INFO);
    if (waits_ != nullptr && !is_notified) {
      waits_->leaves(rl::thread_index());
    }
    return is_notified;
  }
  void notify(condition_type& condition) const noexcept {
    if (waits_ != nullptr) {
      waits_->is_woken(&condition);
    }
    condition.notify_one(RL_INFO);
  }

private:
  wait_ledger* waits_;
};

/// What two owners at a time would race for.
struct modelled_object {
  rl::var<unsigned> uses{0U};
};

/// The shipped pool over the detector's threads, with its oracle: at rest no object is lost, none is out, nobody waits,
/// and each lease has ended once.
class object_pool_bench : public scenario {
public:
  using pool_type = services::basic_object_pool<modelled_object, modelled_waiting>;
  using config_type = pool_type::config_type;
  using handle_type = pool_type::handle_type;
  using outcome_type = services::object_outcome<handle_type>;
  using code = services::object_failure_code;

  explicit object_pool_bench(services::object_hooks<modelled_object> hooks = {}, pool_type* parent = nullptr,
                             bool judges_order = true)
      : pool_(plan(hooks, parent), modelled_waiting(judges_order ? &waits_ : nullptr)) {}

  void inspect() override {
    const services::object_pool_state now = pool_.state();
    require(now.waiting_threads == 0, "somebody is still in the queue");
    require(now.leased_objects + now.detached_objects + now.busy_objects == 0, "lost object");
    require(now.borrowed_objects == 0, "a loan that was not paid back");
    require(now.absent_objects + now.idle_objects == now.object_count, "lost object");
    require(now.acquired == now.released, "wrong count");
    require(now.made - now.destroyed == now.idle_objects, "wrong count");
    require(!now.is_shut_down || now.idle_objects == 0, "kept after shutdown");
    require(now.misuses == expected_misuses_, "wrong count");
    if (!now.is_shut_down) {
      require(pool_.try_acquire().has_value(), "lost object");
    }
  }

protected:
  [[nodiscard]] pool_type& pool() { return pool_; }
  void set_priority(unsigned self, services::wait_priority priority) { waits_.set_priority(self, priority); }
  void shut_down() {
    require(pool_.shutdown() <= 1, "more are out than there are");
    waits_.closes();
    require(pool_.try_acquire().failure().code == code::shut_down, "given after shutdown");
  }
  void expect_misuses(std::uint64_t count) { expected_misuses_ += count; }
  /// As its owner.
  static void use(modelled_object& object) { object.uses(RL_INFO).store(object.uses(RL_INFO).load() + 1U); }

private:
  [[nodiscard]] pool_type::plan_type plan(services::object_hooks<modelled_object> hooks, pool_type* parent) {
    config_type config;
    config.object_count = 1;
    config.storage = {storage_.data(), storage_.size()};
    config.hooks = hooks;
    config.parent = parent;
    config.hook = {&ignore_fault, nullptr};
    return config.validate().value();
  }
  /// Each misuse is counted by the pool too.
  static void ignore_fault(void* /*context*/, const fault& report) {
    if (is_corruption(report.what.code)) {
      fail("corrupted: ", name(report.broken));
    }
  }

  alignas(std::max_align_t) std::array<std::byte, 512> storage_{};
  wait_ledger waits_{};
  std::uint64_t expected_misuses_ = 0;
  pool_type pool_;
};

/// Each acquires, uses and releases; with three, the last one is urgent.
template <unsigned Threads>
class object_pool_turns : public object_pool_bench {
public:
  void thread(unsigned self) override {
    const auto priority = self == 2 ? services::wait_priority::urgent : services::wait_priority::normal;
    set_priority(self, priority);
    for (unsigned turn = 0; turn < (Threads == 2 ? 2U : 1U); ++turn) {
      const outcome_type taken = pool().acquire(priority);
      require(taken.has_value(), "refused without a reason");
      use(*taken.value());
    }
  }
};

/// One holds an object; the others wait for it until their deadlines, which come at any moment.
template <unsigned Threads>
class object_pool_timed : public object_pool_bench {
public:
  object_pool_timed() : held_(pool().try_acquire().value()) {}
  void thread(unsigned self) override {
    if (self == 0) {
      use(*held_);
      require(held_.release().has_value(), "a right release was refused");
      return;
    }
    const outcome_type taken = pool().acquire_until(std::chrono::nanoseconds{1});
    if (taken.has_value()) {
      use(*taken.value());
    } else {
      require(taken.failure().code == code::timed_out, "wrong failure");
    }
  }

private:
  handle_type held_;
};

/// Two release one lease: exactly one succeeds. A third waits for the object.
template <unsigned Threads>
class object_pool_double_release : public object_pool_bench {
public:
  object_pool_double_release() : lease_(pool().try_acquire().value().let_go()) {}
  void thread(unsigned self) override {
    if (self == 2) {
      const outcome_type taken = pool().acquire();
      require(taken.has_value(), "refused without a reason");
      use(*taken.value());
      return;
    }
    const result<void> released = pool().release(lease_);
    if (released.has_value()) {
      releases_ += 1;
      require(releases_ == 1, "double release accepted");
    } else {
      require(released.code() == error_code::double_free || released.code() == error_code::stale_handle, "wrong error");
      expect_misuses(1);
    }
  }
  void inspect() override {
    require(releases_ == 1, "a right release was refused");
    object_pool_bench::inspect();
  }

private:
  services::object_lease<modelled_object> lease_;
  unsigned releases_ = 0;
};

/// One releases what it holds, one waits for it, perhaps until a deadline, and one shuts the pool down.
template <bool Timed>
class object_pool_shutdown : public object_pool_bench {
public:
  object_pool_shutdown() : held_(pool().try_acquire().value()) {}
  void thread(unsigned self) override {
    if (self == 0) {
      use(*held_);
      require(held_.release().has_value(), "a right release was refused");
    } else if (self == 1) {
      const outcome_type taken = Timed ? pool().acquire_until(std::chrono::nanoseconds{1}) : pool().acquire();
      if (taken.has_value()) {
        use(*taken.value());
      } else {
        require(taken.failure().code == code::shut_down || (Timed && taken.failure().code == code::timed_out),
                "wrong failure");
      }
    } else {
      shut_down();
    }
  }

private:
  handle_type held_;
};

/// Each destroys the object and leaves the other its place.
class object_pool_detached : public object_pool_bench {
public:
  void thread(unsigned /*self*/) override {
    outcome_type taken = pool().acquire();
    require(taken.has_value(), "refused without a reason");
    use(*taken.value());
    require(taken.value().detach().has_value(), "a right detachment was refused");
    require(taken.value().release().has_value(), "a right release was refused");
  }
};

/// Of one of the two none is made; the other has the place then, or had it before.
class object_pool_not_made : public object_pool_bench {
public:
  object_pool_not_made() : object_pool_bench(hooks(this)) {}
  void thread(unsigned /*self*/) override {
    const outcome_type taken = pool().acquire();
    if (taken.has_value()) {
      use(*taken.value());
    } else {
      require(taken.failure().code == code::not_made, "wrong failure");
    }
  }

private:
  [[nodiscard]] static services::object_hooks<modelled_object> hooks(object_pool_not_made* self) {
    services::object_hooks<modelled_object> wanted;
    wanted.context = self;
    wanted.make = [](void* context, services::object_place<modelled_object>& place) {
      if (++static_cast<object_pool_not_made*>(context)->attempts_ != 1) {
        place.emplace();
      }
    };
    return wanted;
  }
  unsigned attempts_ = 0;
};

/// A pool with one object and its parent with another, both out. Without a shutdown the pool's stays out, and two threads
/// wait, one in each pool, for the parent's; with one, of the parent, a thread waits in the pool for either.
template <bool ShutsDown>
class object_pool_family : public scenario {
public:
  object_pool_family() : own_(child_.take()), of_parent_(parent_.take()) {}
  void thread(unsigned self) override {
    if (self == 0) {
      if (ShutsDown) {
        require(own_.release().has_value(), "a right release was refused");
      } else {
        parent_.acquire();
      }
    } else if (self == 1) {
      child_.acquire();
    } else {
      require(of_parent_.release().has_value(), "a right release was refused");
      if (ShutsDown) {
        parent_.shut_down();
      }
    }
  }
  void inspect() override {
    require(own_.release().has_value(), "a right release was refused");
    child_.inspect();
    parent_.inspect();
  }

private:
  struct member : object_pool_bench {
    explicit member(pool_type* parent = nullptr) : object_pool_bench({}, parent, false) {}
    void thread(unsigned /*self*/) override {}
    using object_pool_bench::pool;
    [[nodiscard]] handle_type take() { return pool().try_acquire().value(); }
    void acquire() {
      const outcome_type taken = pool().acquire();
      require(taken.has_value(), "refused without a reason");
      use(*taken.value());
    }
    using object_pool_bench::shut_down;
  };
  member parent_{};
  member child_{&parent_.pool()};
  object_pool_bench::handle_type own_;
  object_pool_bench::handle_type of_parent_;
};

} // namespace nebula::race
