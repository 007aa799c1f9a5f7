// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include <nebula/services/async/async_queue.hpp>
#include <nebula/services/async/inline_executor.hpp>

#include "pool_bench.hpp"

namespace nebula::race {

/// In place of machine_threads: the detector's mutex, at which it may switch threads.
struct modelled_threads {
  class mutex_type {
  public:
    void lock() { mutex_.lock(RL_INFO); }
    void unlock() { mutex_.unlock(RL_INFO); }

  private:
    rl::mutex mutex_;
  };
};

/// So many units; a request is for a number of them. What two owners at a time would race for stands in the bench.
class unit_source {
public:
  using request_type = unsigned;
  using grant_type = unsigned;

  explicit unit_source(unsigned count) : free_(count), count_(count) {}
  [[nodiscard]] result<unsigned> take(unsigned wanted) {
    if (wanted > free_) {
      return error{error_code::exhausted, operation::allocate, component::object_handle};
    }
    free_ -= wanted;
    return wanted;
  }
  [[nodiscard]] result<void> give(unsigned given) {
    free_ += given;
    require(free_ <= count_, "more came back than there is");
    return {};
  }
  [[nodiscard]] static bool may_come_back(error_code /*code*/) { return true; }
  [[nodiscard]] unsigned free() const { return free_; }
  [[nodiscard]] unsigned count() const { return count_; }

private:
  unsigned free_;
  unsigned count_;
};

using async_queue = services::basic_async_queue<unit_source, modelled_threads>;
using modelled_inline_executor = services::basic_inline_executor<modelled_threads>;
using services::wait_verdict;

/// Takes items and never runs one: what waits to be destroyed stands here until it is.
class parked_executor final : public services::executor {
public:
  bool enqueue(services::work_item& item) noexcept override {
    const std::lock_guard<modelled_threads::mutex_type> lock(mutex_);
    queue_.push(item);
    return false;
  }
  void kick() noexcept override {}
  bool withdraw(services::work_item& item) noexcept override {
    const std::lock_guard<modelled_threads::mutex_type> lock(mutex_);
    const bool is_here = item.is_queued();
    if (is_here) {
      queue_.remove(item);
    }
    return is_here;
  }
  [[nodiscard]] std::size_t pending() const { return queue_.count(); }

private:
  modelled_threads::mutex_type mutex_;
  services::work_queue queue_;
};

/// What a coroutine with one `co_await` in it does, step by step: asks, joins, is resumed by its executor, uses what it
/// was granted, and gives it back.
class modelled_coroutine : public async_queue::waiter {
public:
  modelled_coroutine(async_queue& queue, services::executor& on, rl::var<unsigned>* uses, unsigned wanted = 1,
                     bool gives_back = true)
      : waiter(&resume, wanted), queue_(queue), uses_(uses), gives_back_(gives_back) {
    resumes_on = &on;
  }
  /// To the end, or to where it waits.
  void begin() {
    has_begun_ = true;
    if (queue_.ask(*this) != wait_verdict::none || !queue_.join(*this)) {
      go_on();
    }
  }
  /// As its frame is destroyed: nobody may touch it any more.
  void destroy() {
    queue_.abandon(*this);
    is_destroyed_ = true;
  }
  [[nodiscard]] bool has_ended() const { return has_ended_; }
  [[nodiscard]] bool is_destroyed() const { return is_destroyed_; }
  [[nodiscard]] wait_verdict verdict() const { return verdict_; }
  void expect_an_end() const { require(!has_begun_ || is_destroyed_ || has_ended_, "a coroutine was never resumed"); }

private:
  static void resume(services::work_item& self, services::work_call /*call*/) noexcept {
    static_cast<modelled_coroutine&>(self).go_on();
  }
  void go_on() {
    require(!is_destroyed_, "resumed after its end");
    require(!has_ended_, "resumed twice");
    require(said != wait_verdict::waiting && said != wait_verdict::none, "resumed without a verdict");
    verdict_ = said;
    has_ended_ = true;
    if (said == wait_verdict::granted) {
      if (uses_ != nullptr) {
        (*uses_)(RL_INFO).store((*uses_)(RL_INFO).load() + 1U);
      }
      if (gives_back_) {
        require(queue_.give(grant).has_value(), "a right release was refused");
      }
    }
  }

  async_queue& queue_;
  rl::var<unsigned>* uses_;
  bool gives_back_;
  bool has_begun_ = false;
  bool has_ended_ = false;
  bool is_destroyed_ = false;
  wait_verdict verdict_ = wait_verdict::none;
};

/// The shipped line over the detector's threads, with its oracle: at rest nothing is out, nobody waits, and each coroutine
/// has gone on once, or was destroyed.
class async_bench : public scenario {
public:
  explicit async_bench(unsigned units = 1) : queue_(fault_hook{&ignore_fault, nullptr}, units) {}

  void inspect() override {
    const services::async_state now = queue_.state();
    require(now.waiting == 0, "somebody is still in the line");
    require(now.out == 0 && queue_.source().free() == queue_.source().count(), "lost unit");
    require(now.granted_at_once + now.granted_by_waiting == now.returned, "wrong count");
    require(executor_.pending() == 0, "an item was never run");
    require(parked_.pending() == 0, "an item of what was destroyed is still queued");
  }

protected:
  static void ignore_fault(void* /*context*/, const fault& /*report*/) {}
  /// For as long as a test wants: what another holds.
  void hold(unsigned units = 1) { require(ask_now(units), "nothing to hold"); }
  void give(unsigned units = 1) { require(queue_.give(units).has_value(), "a right release was refused"); }
  /// As the owner of what hold() has.
  void use() { uses_(RL_INFO).store(uses_(RL_INFO).load() + 1U); }
  [[nodiscard]] bool ask_now(unsigned units) {
    async_queue::waiter asker(nullptr, units);
    return queue_.ask(asker) == wait_verdict::granted;
  }

  rl::var<unsigned> uses_{0U};
  async_queue queue_;
  modelled_inline_executor executor_{};
  parked_executor parked_{};
};

/// Each asks, uses and gives back; resumed by whichever thread gives back, on one inline executor.
template <unsigned Threads>
class async_turns : public async_bench {
public:
  void thread(unsigned self) override {
    first_[self].begin();
    if (Threads == 2) {
      second_[self].begin();
    }
  }
  void inspect() override {
    for (const modelled_coroutine& each : first_) {
      each.expect_an_end();
      require(each.verdict() == wait_verdict::granted, "refused without a reason");
    }
    for (const modelled_coroutine& each : second_) {
      each.expect_an_end();
    }
    async_bench::inspect();
  }

private:
  modelled_coroutine first_[3]{{queue_, executor_, &uses_}, {queue_, executor_, &uses_}, {queue_, executor_, &uses_}};
  modelled_coroutine second_[2]{{queue_, executor_, &uses_}, {queue_, executor_, &uses_}};

  // with two threads the third coroutine never begins
  static_assert(Threads == 2 || Threads == 3);

public:
  async_turns() {
    if (Threads == 2) {
      first_[2].begin();
    }
  }
};

/// One holds a unit and gives it back, one waits for it, and one cancels the waiting at any moment, before it too.
class async_cancel : public async_bench {
public:
  async_cancel() { hold(); }
  void thread(unsigned self) override {
    if (self == 0) {
      use();
      give();
    } else if (self == 1) {
      waiting_.begin();
    } else {
      queue_.cancel(waiting_);
    }
  }
  void inspect() override {
    waiting_.expect_an_end();
    require(waiting_.verdict() == wait_verdict::granted || waiting_.verdict() == wait_verdict::cancelled,
            "wrong verdict");
    async_bench::inspect();
  }

private:
  modelled_coroutine waiting_{queue_, executor_, &uses_};
};

/// Somebody waits, and is destroyed by a thread while another gives back, and a third asks, who is behind in the line.
class async_destroy : public async_bench {
public:
  async_destroy() {
    hold();
    doomed_.begin();
  }
  void thread(unsigned self) override {
    if (self == 0) {
      use();
      give();
    } else if (self == 1) {
      doomed_.destroy();
    } else {
      other_.begin();
    }
  }
  void inspect() override {
    doomed_.expect_an_end();
    other_.expect_an_end();
    require(!doomed_.has_ended(), "resumed where nobody runs it");
    require(other_.verdict() == wait_verdict::granted, "refused without a reason");
    async_bench::inspect();
  }

private:
  modelled_coroutine doomed_{queue_, parked_, &uses_};
  modelled_coroutine other_{queue_, executor_, &uses_};
};

/// The same on the inline executor: by an item of it, which knows that nothing else of it runs.
class async_destroy_inline : public async_bench {
public:
  async_destroy_inline() {
    hold();
    doomed_.begin();
  }
  void thread(unsigned self) override {
    if (self == 0) {
      use();
      give();
    } else if (self == 1) {
      require(executor_.submit(destroyer_).has_value(), "refused");
    } else {
      other_.begin();
    }
  }
  void inspect() override {
    doomed_.expect_an_end();
    other_.expect_an_end();
    require(other_.verdict() == wait_verdict::granted, "refused without a reason");
    async_bench::inspect();
  }

private:
  struct destroyer : services::work_item {
    explicit destroyer(modelled_coroutine& what) : work_item(&destroy), doomed(what) {}
    static void destroy(services::work_item& self, services::work_call /*call*/) noexcept {
      modelled_coroutine& doomed = static_cast<destroyer&>(self).doomed;
      if (!doomed.has_ended()) {
        doomed.destroy();
      }
    }
    modelled_coroutine& doomed;
  };
  modelled_coroutine doomed_{queue_, executor_, &uses_};
  modelled_coroutine other_{queue_, executor_, &uses_};
  destroyer destroyer_{doomed_};
};

/// One gives back, or waits as well, one waits, one shuts down: granted, or refused, and nothing of the line is left.
template <bool GivesBack>
class async_shutdown : public async_bench {
public:
  async_shutdown() { hold(); }
  void thread(unsigned self) override {
    if (self == 0 && GivesBack) {
      use();
      give();
    } else if (self == 0) {
      other_.begin();
    } else if (self == 1) {
      waiting_.begin();
    } else {
      require(queue_.shutdown() <= 2, "more waited than there are");
      require(!ask_now(1), "granted after shutdown");
    }
  }
  void inspect() override {
    waiting_.expect_an_end();
    other_.expect_an_end();
    if (!GivesBack) {
      give();
    }
    require(waiting_.verdict() == wait_verdict::granted || waiting_.verdict() == wait_verdict::shut_down,
            "wrong verdict");
    async_bench::inspect();
  }

private:
  modelled_coroutine waiting_{queue_, executor_, &uses_};
  modelled_coroutine other_{queue_, executor_, &uses_};
};

/// One gives back, one waits until a deadline, one says that it has come. Who was told of no deadline by then may wait on.
class async_deadline : public async_bench {
public:
  async_deadline() {
    hold();
    waiting_.deadline = std::chrono::nanoseconds{5};
    other_.deadline = std::chrono::nanoseconds{6};
    other_.begin();
  }
  void thread(unsigned self) override {
    if (self == 0) {
      use();
      give();
    } else if (self == 1) {
      waiting_.begin();
    } else {
      require(queue_.expire(std::chrono::nanoseconds{5}) <= 1, "expired before its time");
    }
  }
  void inspect() override {
    waiting_.expect_an_end();
    other_.expect_an_end();
    require(other_.verdict() == wait_verdict::granted, "expired before its time");
    require(waiting_.verdict() == wait_verdict::granted || waiting_.verdict() == wait_verdict::timed_out,
            "wrong verdict");
    async_bench::inspect();
  }

private:
  modelled_coroutine waiting_{queue_, executor_, &uses_};
  modelled_coroutine other_{queue_, executor_, &uses_};
};

/// Three wait; one thread gives back; one cancels the first and lets the second's deadline come; one destroys the third
/// and shuts down.
class async_all : public async_bench {
public:
  async_all() {
    hold();
    second_.deadline = std::chrono::nanoseconds{1};
    first_.begin();
    second_.begin();
    third_.begin();
  }
  void thread(unsigned self) override {
    if (self == 0) {
      use();
      give();
    } else if (self == 1) {
      queue_.cancel(first_);
      static_cast<void>(queue_.expire(std::chrono::nanoseconds{1}));
    } else {
      third_.destroy();
      static_cast<void>(queue_.shutdown());
    }
  }
  void inspect() override {
    first_.expect_an_end();
    second_.expect_an_end();
    third_.expect_an_end();
    async_bench::inspect();
  }

private:
  modelled_coroutine first_{queue_, executor_, &uses_};
  modelled_coroutine second_{queue_, executor_, &uses_};
  modelled_coroutine third_{queue_, parked_, &uses_};
};

/// Of two units one stays out. Who wants both stands at the head, and leaves: who wants one, and comes at any moment, is
/// served, though nobody gives anything back.
template <bool ByDeadline>
class async_leaver : public async_bench {
public:
  async_leaver() : async_bench(2) {
    hold();
    both_.deadline = std::chrono::nanoseconds{1};
    both_.begin();
  }
  void thread(unsigned self) override {
    if (self == 0) {
      if (ByDeadline) {
        require(queue_.expire(std::chrono::nanoseconds{1}) == 1, "nobody was expired");
      } else {
        queue_.cancel(both_);
      }
    } else {
      one_.begin();
    }
  }
  void inspect() override {
    both_.expect_an_end();
    one_.expect_an_end();
    require(one_.verdict() == wait_verdict::granted, "refused without a reason");
    give();
    async_bench::inspect();
  }

private:
  modelled_coroutine both_{queue_, executor_, nullptr, 2};
  modelled_coroutine one_{queue_, executor_, nullptr, 1};
};

/// The inline executor by itself: each item runs once, one at a time.
class async_inline_executor : public scenario {
public:
  void thread(unsigned self) override {
    require(executor_.submit(items_[self]).has_value(), "refused");
    if (executor_.enqueue(items_[3 + self])) {
      executor_.kick();
    }
  }
  void inspect() override {
    for (const item& each : items_) {
      require(each.runs == 1, "an item was never run");
    }
    require(executor_.pending() == 0, "an item was never run");
  }

private:
  struct item : services::work_item {
    explicit item(rl::var<unsigned>& of_all) : work_item(&run), uses(of_all) {}
    static void run(services::work_item& self, services::work_call /*call*/) noexcept {
      auto& each = static_cast<item&>(self);
      each.uses(RL_INFO).store(each.uses(RL_INFO).load() + 1U); // two at a time would race
      ++each.runs;
    }
    rl::var<unsigned>& uses;
    unsigned runs = 0;
  };
  rl::var<unsigned> uses_{0U};
  modelled_inline_executor executor_{};
  item items_[6]{item(uses_), item(uses_), item(uses_), item(uses_), item(uses_), item(uses_)};
};

} // namespace nebula::race
