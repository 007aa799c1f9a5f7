// SPDX-License-Identifier: Apache-2.0 OR MIT
// Random programs on the line of those who wait, beside a plain model that says what becomes of each.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include <nebula/services/async/async_queue.hpp>

#include "async_rig.hpp"

namespace nebula::services {
namespace {

constexpr unsigned unit_count = 4;

class unit_source {
public:
  using request_type = unsigned;
  using grant_type = unsigned;
  explicit unit_source(unsigned count) : free_(count) {}
  [[nodiscard]] result<unsigned> take(unsigned wanted) noexcept {
    if (wanted > free_) {
      return error{error_code::exhausted, operation::allocate, component::object_handle};
    }
    free_ -= wanted;
    return wanted;
  }
  [[nodiscard]] result<void> give(unsigned given) noexcept {
    free_ += given;
    return {};
  }
  [[nodiscard]] static bool may_come_back(error_code /*code*/) noexcept { return true; }
  [[nodiscard]] unsigned free() const noexcept { return free_; }

private:
  unsigned free_;
};
using queue_type = basic_async_queue<unit_source>;

/// What one who asks is, to the model and in truth.
struct asker : queue_type::waiter {
  asker(unsigned wanted, executor& on) : waiter(&run, wanted) { resumes_on = &on; }
  static void run(work_item& self, work_call /*call*/) noexcept { ++static_cast<asker&>(self).runs; }
  wait_verdict expected = wait_verdict::none;
  bool has_waited = false;
  bool is_over = false; ///< destroyed, or what it had has come back
  int runs = 0;

  [[nodiscard]] bool is_undecided() const { return expected == wait_verdict::waiting; }
  [[nodiscard]] bool is_to_run() const { return has_waited && !is_undecided() && !is_over && runs == 0; }
  [[nodiscard]] bool holds() const {
    return expected == wait_verdict::granted && !is_over && (!has_waited || runs == 1);
  }
};

/// The model: a list, and whoever fits from the front.
class line_model {
public:
  void ask(asker& one) {
    if (is_shut_down_) {
      one.expected = wait_verdict::shut_down;
      return;
    }
    if (line_.empty() && decide(one)) {
      return;
    }
    one.expected = wait_verdict::waiting;
    one.has_waited = true;
    line_.push_back(&one);
  }
  void give(asker& one) {
    free_ += one.request;
    --out_;
    one.is_over = true;
    serve();
  }
  void leave(asker& one, wait_verdict said) {
    std::erase(line_, &one);
    one.expected = said;
    serve();
  }
  void destroy(asker& one) {
    one.is_over = true;
    std::erase(line_, &one);
    if (one.expected == wait_verdict::granted) {
      free_ += one.request;
      --out_;
    }
    serve();
  }
  void expire(std::chrono::nanoseconds now) {
    std::erase_if(line_, [now](asker* each) {
      const bool is_late = each->deadline.has_value() && *each->deadline <= now;
      each->expected = is_late ? wait_verdict::timed_out : each->expected;
      return is_late;
    });
    serve();
  }
  void shutdown() {
    is_shut_down_ = true;
    for (asker* each : line_) {
      each->expected = wait_verdict::shut_down;
    }
    line_.clear();
  }
  [[nodiscard]] unsigned free() const { return free_; }
  [[nodiscard]] std::size_t out() const { return out_; }
  [[nodiscard]] std::size_t waiting() const { return line_.size(); }

private:
  bool decide(asker& one) {
    if (one.request <= free_) {
      free_ -= one.request;
      ++out_;
      one.expected = wait_verdict::granted;
      return true;
    }
    if (out_ == 0) {
      one.expected = wait_verdict::refused;
      return true;
    }
    return false;
  }
  void serve() {
    while (!line_.empty() && decide(*line_.front())) {
      line_.pop_front();
    }
  }
  std::deque<asker*> line_{};
  unsigned free_ = unit_count;
  std::size_t out_ = 0;
  bool is_shut_down_ = false;
};

class random_program {
public:
  explicit random_program(std::uint64_t seed) : random_(seed) {}
  void run(int steps) {
    for (int step = 0; step < steps && !::testing::Test::HasFailure(); ++step) {
      act();
      compare();
    }
    // to the end: all run, all give back
    static_cast<void>(queue_.shutdown());
    model_.shutdown();
    static_cast<void>(one_.run_pending());
    static_cast<void>(two_.run_pending());
    for (const auto& each : askers_) {
      if (each->holds()) {
        static_cast<void>(queue_.give(each->grant));
        model_.give(*each);
      }
    }
    compare();
    EXPECT_EQ(queue_.state().out, 0U);
  }

private:
  [[nodiscard]] unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
  template <class Is>
  [[nodiscard]] asker* one_of(Is is) {
    std::vector<asker*> those;
    for (const auto& each : askers_) {
      if (is(*each)) {
        those.push_back(each.get());
      }
    }
    return those.empty() ? nullptr : those[below(static_cast<unsigned>(those.size()))];
  }
  void act() {
    const unsigned choice = below(100);
    if (choice < 35) {
      auto added = std::make_unique<asker>(1 + below(unit_count + 1), below(2) == 0 ? one_ : two_);
      if (below(3) == 0) {
        added->deadline = std::chrono::nanoseconds(below(20));
      }
      model_.ask(*added);
      if (queue_.ask(*added) == wait_verdict::none) {
        EXPECT_TRUE(queue_.join(*added));
      }
      askers_.push_back(std::move(added));
    } else if (choice < 60) {
      if (asker* const holder = one_of([](const asker& each) { return each.holds(); })) {
        model_.give(*holder);
        EXPECT_TRUE(queue_.give(holder->grant).has_value());
      }
    } else if (choice < 68) {
      if (asker* const leaving = one_of([](const asker& each) { return each.is_undecided() && !each.is_over; })) {
        model_.leave(*leaving, wait_verdict::cancelled);
        queue_.cancel(*leaving);
      }
    } else if (choice < 78) {
      if (asker* const doomed =
              one_of([](const asker& each) { return !each.is_over && (each.is_undecided() || each.is_to_run()); })) {
        model_.destroy(*doomed);
        queue_.abandon(*doomed);
      }
    } else if (choice < 84) {
      const std::chrono::nanoseconds now(below(20));
      model_.expire(now);
      static_cast<void>(queue_.expire(now));
    } else if (choice < 99) {
      static_cast<void>((below(2) == 0 ? one_ : two_).run_pending(1 + below(3)));
    } else {
      model_.shutdown();
      static_cast<void>(queue_.shutdown());
    }
  }
  void compare() {
    std::size_t to_run = 0;
    for (const auto& each : askers_) {
      to_run += each->is_to_run() ? 1U : 0U;
      EXPECT_LE(each->runs, each->has_waited ? 1 : 0);
      if (!each->is_over) {
        EXPECT_EQ(each->said, each->expected);
      }
    }
    const async_state state = queue_.state();
    EXPECT_EQ(state.out, model_.out());
    EXPECT_EQ(state.waiting, model_.waiting());
    EXPECT_EQ(queue_.source().free(), model_.free());
    EXPECT_EQ(one_.pending() + two_.pending(), to_run);
  }

  std::mt19937_64 random_;
  thread_pool_executor one_{{0, 1}};
  thread_pool_executor two_{{0, 1}};
  queue_type queue_{fault_hook{}, unit_count};
  line_model model_{};
  std::vector<std::unique_ptr<asker>> askers_{};
};

// [SR-ASYNC-001] [SR-ASYNC-004] [SR-ASYNC-010]
TEST(async_queues, do_what_a_plain_list_does_in_random_programs) {
  constexpr std::uint64_t programs = 10'000;
  for (std::uint64_t seed = 1; seed <= programs; ++seed) {
    random_program program(seed);
    program.run(60);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

} // namespace
} // namespace nebula::services
