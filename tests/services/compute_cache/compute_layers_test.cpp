// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "compute_rig.hpp"

namespace nebula::services {
namespace {

using namespace std::chrono_literals;
using test::compute_rig;
using test::manual_compute_clock;
using test::tiny_store;
using code = compute_failure_code;
using outcome_type = compute_outcome<int>;

/// What a computation is to come to, and how often it was asked.
struct source {
  int computed = 0;
  int value = 1;
  bool fails = false;
  bool throws = false;
  outcome_type operator()(int /*key*/) {
    ++computed;
    if (throws) {
      throw std::runtime_error("computation");
    }
    if (fails) {
      return computation_failed(9);
    }
    return value;
  }
};

// --- negative -------------------------------------------------------------------------------------------------------------------
class negative_test : public ::testing::Test {
protected:
  using store_type = tiny_store<int, int>;
  using failure_store = tiny_store<int, remembered_failure>;
  using layers_type = negative<stored<int, int, store_type>, failure_store>;
  std::chrono::nanoseconds time{1000};
  store_type store;
  failure_store failures{4};
  compute_rig<layers_type, manual_compute_clock> cache{
      2, layers_type(stored<int, int, store_type>(store), failures, 10ns), manual_compute_clock{&time}};
  source from;
  [[nodiscard]] outcome_type get(int key) { return cache->get_or_compute(key, from); }
};

// [SR-COMPUTE-004]
TEST_F(negative_test, remembers_a_failure_for_its_time) {
  from.fails = true;
  EXPECT_EQ(get(1).failure(), computation_failed(9));
  time += 9ns;
  EXPECT_EQ(get(1).failure(), computation_failed(9));
  EXPECT_EQ(from.computed, 1);
  EXPECT_EQ(cache->state().negative_hits, 1U);
  time += 1ns;
  from.fails = false;
  EXPECT_EQ(get(1).value(), 1);
  EXPECT_EQ(from.computed, 2);
}

TEST_F(negative_test, does_not_bring_a_failure_back_that_a_value_has_ended) {
  from.fails = true;
  static_cast<void>(get(1));
  time += 10ns;
  from.fails = false;
  EXPECT_EQ(get(1).value(), 1);
  time -= 5ns; // the failure's time is not over by this clock
  store.forget(1);
  EXPECT_EQ(get(1).value(), 1);
}

TEST_F(negative_test, keeps_failures_out_of_the_store_and_within_their_own_bound) {
  EXPECT_EQ(get(100).value(), 1);
  from.fails = true;
  for (int key = 0; key < 50; ++key) {
    EXPECT_FALSE(get(key));
  }
  EXPECT_EQ(store.size(), 1U);
  EXPECT_EQ(failures.size(), 4U);
}

TEST_F(negative_test, remembers_no_exception) {
  from.throws = true;
  EXPECT_THROW(static_cast<void>(get(1)), std::runtime_error);
  from.throws = false;
  EXPECT_EQ(get(1).value(), 1);
}

// --- refresh ahead --------------------------------------------------------------------------------------------------------------
class refreshed_test : public ::testing::Test {
protected:
  using store_type = tiny_store<int, stamped<int>>;
  using layers_type = refreshed<int, int, store_type>;
  std::chrono::nanoseconds time{1000};
  store_type store;
  compute_rig<layers_type, manual_compute_clock> cache{2, layers_type(store, 10ns, 30ns), manual_compute_clock{&time}};
  source from;
  [[nodiscard]] outcome_type get(int key) { return cache->get_or_compute(key, from); }
};

// [SR-COMPUTE-005]
TEST_F(refreshed_test, computes_anew_when_it_is_time) {
  EXPECT_EQ(get(1).value(), 1);
  from.value = 2;
  time += 9ns;
  EXPECT_EQ(get(1).value(), 1);
  time += 1ns;
  EXPECT_EQ(get(1).value(), 2);
  EXPECT_EQ(from.computed, 2);
  EXPECT_EQ(cache->state().refreshes, 1U);
  time += 9ns; // young again
  EXPECT_EQ(get(1).value(), 2);
  EXPECT_EQ(from.computed, 2);
}

TEST_F(refreshed_test, gives_the_old_value_while_one_computes_the_next) {
  EXPECT_EQ(get(1).value(), 1);
  time += 10ns;
  int seen = 0;
  const outcome_type next = cache->get_or_compute(1, [&](int key) -> outcome_type {
    std::thread other(
        [&] { seen = cache->get_or_compute(key, source{}).value(); }); // does not wait, or this would hang
    other.join();
    return 2;
  });
  EXPECT_EQ(seen, 1);
  EXPECT_EQ(next.value(), 2);
}

TEST_F(refreshed_test, goes_on_with_the_old_value_when_a_refresh_fails_until_it_is_too_old) {
  EXPECT_EQ(get(1).value(), 1);
  from.fails = true;
  time += 10ns;
  EXPECT_EQ(get(1).value(), 1);
  EXPECT_EQ(from.computed, 2);
  time += 19ns;
  EXPECT_EQ(get(1).value(), 1);
  time += 1ns;
  EXPECT_EQ(get(1).failure().code, code::computation_failed);
}

// --- circuit breaker ------------------------------------------------------------------------------------------------------------
class circuit_breaker_test : public ::testing::Test {
protected:
  using store_type = tiny_store<int, int>;
  using layers_type = circuit_breaker<stored<int, int, store_type>>;
  std::chrono::nanoseconds time{1000};
  store_type store;
  compute_rig<layers_type, manual_compute_clock> cache{4, layers_type(stored<int, int, store_type>(store), {3, 100ns}),
                                                       manual_compute_clock{&time}};
  source from;
  int key = 0;
  [[nodiscard]] outcome_type get_new() { return cache->get_or_compute(++key, from); }
  [[nodiscard]] circuit state() {
    return cache->locked([](layers_type& layers) { return layers.state(); });
  }
  void open() {
    from.fails = true;
    for (int each = 0; each < 3; ++each) {
      static_cast<void>(get_new());
    }
    EXPECT_EQ(state(), circuit::open);
    from.fails = false;
    from.computed = 0;
  }
};

// [SR-COMPUTE-006]
TEST_F(circuit_breaker_test, opens_after_so_many_failures_in_a_row) {
  from.fails = true;
  static_cast<void>(get_new());
  static_cast<void>(get_new());
  from.fails = false;
  EXPECT_TRUE(get_new()); // not in a row
  from.fails = true;
  static_cast<void>(get_new());
  static_cast<void>(get_new());
  EXPECT_EQ(state(), circuit::closed);
  static_cast<void>(get_new());
  EXPECT_EQ(state(), circuit::open);
  const int computed = from.computed;
  EXPECT_EQ(get_new().failure().code, code::circuit_open);
  EXPECT_EQ(from.computed, computed);
  EXPECT_EQ(cache->state().refusals, 1U);
}

TEST_F(circuit_breaker_test, gives_out_what_is_known_while_it_is_open) {
  EXPECT_EQ(get_new().value(), 1);
  open();
  EXPECT_EQ(cache->get_or_compute(1, from).value(), 1);
  EXPECT_EQ(from.computed, 0);
}

TEST_F(circuit_breaker_test, tries_one_computation_when_the_time_is_over_and_closes_by_a_value) {
  open();
  time += 99ns;
  EXPECT_EQ(get_new().failure().code, code::circuit_open);
  time += 1ns;
  const outcome_type probe = cache->get_or_compute(500, [&](int) -> outcome_type {
    EXPECT_EQ(state(), circuit::half_open);
    EXPECT_EQ(get_new().failure().code, code::circuit_open); // one at a time
    return 5;
  });
  EXPECT_EQ(probe.value(), 5);
  EXPECT_EQ(state(), circuit::closed);
  EXPECT_TRUE(get_new());
}

TEST_F(circuit_breaker_test, opens_again_by_a_failure_or_an_exception) {
  open();
  time += 100ns;
  from.fails = true;
  EXPECT_EQ(get_new().failure().code, code::computation_failed);
  EXPECT_EQ(state(), circuit::open);
  from.fails = false;
  time += 100ns;
  from.throws = true;
  EXPECT_THROW(static_cast<void>(get_new()), std::runtime_error);
  EXPECT_EQ(state(), circuit::open);
}

// What was begun before the circuit opened does not close it, nor open it anew.
TEST_F(circuit_breaker_test, does_not_listen_to_computations_of_an_earlier_time) {
  const outcome_type late = cache->get_or_compute(500, [&](int) -> outcome_type {
    open();
    time += 100ns;
    const outcome_type probe = cache->get_or_compute(501, [&](int) -> outcome_type { return 7; });
    EXPECT_EQ(probe.value(), 7);
    open(); // and open again
    return 5;
  });
  EXPECT_EQ(late.value(), 5);
  EXPECT_EQ(state(), circuit::open);
}

// A leader that ends without outcome hands on to one who waits; refused by the circuit, all who wait are told.
TEST_F(circuit_breaker_test, tells_those_who_wait_when_it_opens_under_them) {
  std::thread waiting;
  compute_failure told{};
  const auto throwing = [&](int) -> outcome_type {
    waiting = std::thread([&] { told = cache->get_or_compute(500, source{}).failure(); });
    while (cache->state().waiting != 1) {
      std::this_thread::yield();
    }
    open();
    throw std::runtime_error("leader");
  };
  EXPECT_THROW(static_cast<void>(cache->get_or_compute(500, throwing)), std::runtime_error);
  waiting.join();
  EXPECT_EQ(told.code, code::circuit_open);
}

struct destroyed_probe {
  static task<computed<int>> never(frame_pool& /*frames*/, async_pool& gate) {
    auto passed = co_await gate.acquire();
    co_return 1;
  }
};
// A probe that was destroyed has shown nothing: the next one is tried.
TEST_F(circuit_breaker_test, tries_again_when_a_probe_was_destroyed) {
  test::frame_rig frames;
  test::async_pool_rig gate(1);
  const auto closed = gate->try_acquire();
  open();
  time += 100ns;
  {
    auto asking =
        cache->get_or_compute_async(*frames, 500, [&](int) { return destroyed_probe::never(*frames, *gate); });
    const std::coroutine_handle<> frame = asking.let_go();
    frame.resume();
    EXPECT_EQ(get_new().failure().code, code::circuit_open);
    frame.destroy();
  }
  EXPECT_TRUE(get_new());
  EXPECT_EQ(state(), circuit::closed);
}

TEST(circuit_breaker_configuration, is_judged) {
  EXPECT_TRUE((circuit_breaker_config{}.validate()));
  EXPECT_EQ((circuit_breaker_config{0, 1ns}.validate().failure().field), compute_field::failure_limit);
  EXPECT_EQ((circuit_breaker_config{1, 0ns}.validate().failure().field), compute_field::open_time);
}

// All of them, one over the other.
TEST(compute_layers, are_composed) {
  using store_type = tiny_store<int, stamped<int>>;
  using failure_store = tiny_store<int, remembered_failure>;
  using bottom = refreshed<int, int, store_type>;
  using layers_type = circuit_breaker<negative<bottom, failure_store>>;
  static_assert(compute_layer<layers_type>);
  std::chrono::nanoseconds time{0};
  store_type store;
  failure_store failures;
  compute_rig<layers_type, manual_compute_clock> cache(
      2, layers_type(negative<bottom, failure_store>(bottom(store, 10ns, 0ns), failures, 5ns), {1, 50ns}),
      manual_compute_clock{&time});
  source from;
  EXPECT_EQ(cache->get_or_compute(1, from).value(), 1);
  from.fails = true;
  EXPECT_EQ(cache->get_or_compute(2, from).failure().code, code::computation_failed);
  EXPECT_EQ(cache->get_or_compute(2, from).failure().code, code::computation_failed); // remembered
  time += 5ns;
  EXPECT_EQ(cache->get_or_compute(2, from).failure().code, code::circuit_open);
  time += 5ns; // key 1 is due, and may not be computed: the old value
  EXPECT_EQ(cache->get_or_compute(1, from).value(), 1);
  EXPECT_EQ(from.computed, 2);
}

} // namespace
} // namespace nebula::services
