// SPDX-License-Identifier: Apache-2.0 OR MIT
// Threads of the machine. Where one must wait before another goes on, it looks at the pool until it does.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include <nebula/services/object_pool.hpp>
#include "../unit/gtest.hpp"
#include "manual_waiting.hpp"

namespace nebula::services {
namespace {

using namespace std::chrono_literals;
using test::manual_clock;
using test::manual_waiting;

/// Plain members, so that two owners at a time are a data race.
struct cell {
  std::uint64_t uses = 0;
  bool is_broken = false;
};
using cell_pool = basic_object_pool<cell, manual_waiting>;
using cell_config = basic_object_pool_config<cell, manual_waiting>;
using cell_handle = basic_pooled<cell, manual_waiting>;

template <class Pool>
class pool_in_memory {
public:
  using config_type = typename Pool::config_type;
  template <class... Waiting>
  explicit pool_in_memory(std::size_t count, config_type config, Waiting... waiting)
      : bytes_(config_type::storage_bytes(count).value()), pool_(plan(config, count), waiting...) {}
  Pool* operator->() { return &pool_; }
  Pool& operator*() { return pool_; }

private:
  auto plan(config_type& config, std::size_t count) {
    config.object_count = count;
    config.storage = {bytes_.data(), bytes_.size()};
    return config.validate().value();
  }
  std::vector<std::byte> bytes_;
  Pool pool_;
};

template <class Pool>
void until_waiting(Pool& pool, std::size_t threads) {
  while (pool.state().waiting_threads != threads) {
    std::this_thread::yield();
  }
}

class object_pool_threads : public ::testing::Test {
protected:
  [[nodiscard]] pool_in_memory<cell_pool> make(std::size_t count, cell_config config = {}) {
    return pool_in_memory<cell_pool>(count, config, manual_waiting(clock));
  }
  manual_clock clock;
};

// [SR-OBJ-006]
TEST_F(object_pool_threads, an_object_that_comes_back_wakes_who_waits) {
  auto pool = make(1);
  cell_handle held = pool->try_acquire().value();
  const cell* const place = held.get();
  std::thread waiting([&] { EXPECT_EQ(pool->acquire().value().get(), place); });
  until_waiting(*pool, 1);
  EXPECT_TRUE(held.release());
  waiting.join();
  EXPECT_EQ(pool->state().idle_objects, 1U);
  EXPECT_EQ(pool->state().waits, 1U);
}

// [SR-OBJ-006]
TEST_F(object_pool_threads, waiters_are_served_by_priority_and_then_in_order) {
  auto pool = make(1);
  cell_handle held = pool->try_acquire().value();
  const wait_priority priorities[] = {wait_priority::normal, wait_priority::low,    wait_priority::urgent,
                                      wait_priority::normal, wait_priority::urgent, wait_priority::high};
  std::vector<std::size_t> served; // guarded by the one object
  std::vector<std::thread> waiting;
  for (std::size_t index = 0; index < std::size(priorities); ++index) {
    waiting.emplace_back([&, index] {
      const auto lease = pool->acquire(priorities[index]);
      served.push_back(index);
    });
    until_waiting(*pool, index + 1);
  }
  EXPECT_EQ(pool->health().complaint, pool_complaint::threads_waiting);
  EXPECT_TRUE(held.release());
  for (std::thread& each : waiting) {
    each.join();
  }
  EXPECT_EQ(served, (std::vector<std::size_t>{2, 4, 5, 0, 3, 1}));
}

// [SR-OBJ-006]
TEST_F(object_pool_threads, nobody_overtakes_who_waits) {
  auto pool = make(1);
  cell_handle held = pool->try_acquire().value();
  std::atomic<bool> may_end{false};
  std::thread waiting([&] {
    const auto lease = pool->acquire();
    while (!may_end.load()) {
      std::this_thread::yield();
    }
  });
  until_waiting(*pool, 1);
  EXPECT_TRUE(held.release());
  EXPECT_EQ(pool->try_acquire().failure().code, object_failure_code::none_free) << "it is the waiter's already";
  may_end.store(true);
  waiting.join();
}

// [SR-OBJ-005]
TEST_F(object_pool_threads, a_shutdown_wakes_all_who_wait) {
  auto pool = make(1);
  cell_handle held = pool->try_acquire().value();
  std::vector<std::thread> waiting;
  for (std::size_t index = 0; index < 3; ++index) {
    waiting.emplace_back([&, index] {
      const auto refused = index == 0 ? pool->acquire_for(1h) : pool->acquire();
      EXPECT_EQ(refused.failure().code, object_failure_code::shut_down);
    });
  }
  until_waiting(*pool, 3);
  EXPECT_EQ(pool->shutdown(), 1U);
  for (std::thread& each : waiting) {
    each.join();
  }
  EXPECT_EQ(pool->state().refusals, 3U);
}

// [SR-OBJ-007]
TEST_F(object_pool_threads, a_waiter_gives_up_when_the_clock_reaches_its_deadline) {
  auto pool = make(1);
  const auto held = pool->try_acquire();
  std::thread waiting([&] { EXPECT_EQ(pool->acquire_for(10s).failure().code, object_failure_code::timed_out); });
  until_waiting(*pool, 1);
  clock.advance(9s);
  EXPECT_EQ(pool->state().waiting_threads, 1U);
  clock.advance(1s);
  waiting.join();
  EXPECT_EQ(pool->state().waiting_threads, 0U);
}

// [SR-OBJ-008]
TEST_F(object_pool_threads, the_place_of_a_detached_object_goes_to_who_waits) {
  auto pool = make(1);
  cell_handle held = pool->try_acquire().value();
  ASSERT_TRUE(held.detach());
  std::thread waiting([&] { EXPECT_TRUE(pool->acquire()); });
  until_waiting(*pool, 1);
  EXPECT_TRUE(held.release());
  waiting.join();
  EXPECT_EQ(pool->state().made, 2U);
}

// [SR-OBJ-003]
TEST_F(object_pool_threads, a_place_in_which_making_failed_goes_to_who_waits) {
  struct life {
    std::atomic<int> calls{0};
    std::atomic<bool> may_fail{false};
  } context;
  cell_config config;
  config.hooks.context = &context;
  config.hooks.make = [](void* self, object_place<cell>& place) {
    auto& now = *static_cast<life*>(self);
    if (now.calls.fetch_add(1) == 0) {
      while (!now.may_fail.load()) {
        std::this_thread::yield();
      }
      return;
    }
    place.emplace();
  };
  auto pool = make(1, config);
  std::thread making([&] { EXPECT_EQ(pool->acquire().failure().code, object_failure_code::not_made); });
  while (context.calls.load() == 0) {
    std::this_thread::yield();
  }
  std::thread waiting([&] { EXPECT_TRUE(pool->acquire()); });
  until_waiting(*pool, 1);
  context.may_fail.store(true);
  making.join();
  waiting.join();
}

// [SR-OBJ-006]
TEST_F(object_pool_threads, who_waits_in_a_pool_is_served_by_its_parent_too) {
  auto parent = make(1);
  cell_config config;
  config.parent = &*parent;
  auto child = make(1, config);
  auto other_child = make(1, config);
  const auto own = child->try_acquire();
  const auto others = other_child->try_acquire();
  cell_handle of_parent = parent->try_acquire().value();
  std::vector<int> served;
  std::thread first([&] {
    const auto lease = child->acquire();
    EXPECT_TRUE(parent->owns(lease.value().get()));
    served.push_back(1);
  });
  until_waiting(*parent, 1);
  std::thread second([&] {
    const auto lease = parent->acquire();
    served.push_back(2);
  });
  until_waiting(*parent, 2);
  std::thread third([&] {
    const auto lease = other_child->acquire();
    served.push_back(3);
  });
  until_waiting(*parent, 3);
  EXPECT_TRUE(of_parent.release());
  first.join();
  second.join();
  third.join();
  EXPECT_EQ(served, (std::vector{1, 2, 3})) << "in the order in which they came, whichever pool they asked";
  EXPECT_EQ(child->state().waiting_threads, 0U);
}

// [SR-OBJ-005]
TEST_F(object_pool_threads, who_waits_in_a_pool_waits_on_when_its_parent_is_shut_down) {
  auto parent = make(1);
  cell_config config;
  config.parent = &*parent;
  auto child = make(1, config);
  cell_handle own = child->try_acquire().value();
  const auto of_parent = parent->try_acquire();
  std::thread waiting([&] { EXPECT_TRUE(child->acquire()); });
  until_waiting(*parent, 1);
  EXPECT_EQ(parent->shutdown(), 1U);
  EXPECT_EQ(parent->state().waiting_threads, 0U);
  EXPECT_EQ(child->state().waiting_threads, 1U);
  EXPECT_TRUE(own.release());
  waiting.join();
}

// --- stress --------------------------------------------------------------------------------------------------------

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct stress_counts {
  std::atomic<std::uint64_t> given{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> threw{0};
  std::atomic<std::uint64_t> alive{0};
};

object_hooks<cell> stress_hooks(stress_counts& counts) {
  object_hooks<cell> hooks;
  hooks.context = &counts;
  hooks.make = [](void* self, object_place<cell>& place) {
    auto& now = *static_cast<stress_counts*>(self);
    if (now.given.load() % 17 == 3) {
      now.given.fetch_add(1); // or it would be so for ever
      throw std::runtime_error("make");
    }
    place.emplace();
    now.alive.fetch_add(1);
  };
  hooks.validate = [](void*, cell& object) { return !object.is_broken; };
  hooks.reset = [](void*, cell& object) { return object.uses % 31 != 30; };
  hooks.on_destroy = [](void* self, cell&) noexcept { static_cast<stress_counts*>(self)->alive.fetch_sub(1); };
  return hooks;
}

/// Everything at once; at the end nothing is lost, and every lease that was given has ended once. [SR-OBJ-002]
TEST(object_pool_stress, nothing_is_lost_and_nothing_is_given_twice) {
  const std::uint64_t seed = number_from_environment("NEBULA_STRESS_SEED", 20261130);
  const std::uint64_t steps = 3000 * number_from_environment("NEBULA_STRESS_TIMES", 1);
  std::printf("NEBULA_STRESS_SEED=%llu\n", static_cast<unsigned long long>(seed));
  stress_counts counts;
  object_pool_config<cell> config;
  config.hooks = stress_hooks(counts);
  config.idle_time_to_live = 20us;
  std::vector<std::byte> log;
  pool_in_memory<object_pool<cell>> parent(2, config);
  config.parent = &*parent;
  pool_in_memory<object_pool<cell>> child(2, config);
  std::atomic<std::uint64_t> leases{0};
  std::atomic<std::uint64_t> misuses{0};

  const auto work = [&](unsigned self) {
    std::minstd_rand random(static_cast<unsigned>(seed) + self);
    object_lease<cell> old{};
    for (std::uint64_t step = 0; step < steps; ++step) {
      object_pool<cell>& pool = random() % 3 == 0 ? *parent : *child;
      const auto priority = static_cast<wait_priority>(random() % 4);
      const std::uint32_t kind = random() % 16;
      try {
        if (kind == 0) {
          static_cast<void>(pool.prewarm(1));
        } else if (kind == 1) {
          static_cast<void>(pool.evict_expired());
        } else if (kind == 2 && old.object != nullptr) {
          misuses.fetch_add(pool.release(old).has_value() ? 0 : 1);
        }
        auto taken = kind < 6    ? pool.try_acquire()
                     : kind < 10 ? pool.acquire_for(std::chrono::microseconds(random() % 50), priority)
                                 : pool.acquire(priority);
        if (!taken) {
          counts.refused.fetch_add(1);
          continue;
        }
        counts.given.fetch_add(1);
        leases.fetch_add(1);
        taken.value()->uses += 1;
        taken.value()->is_broken = random() % 13 == 0;
        if (random() % 11 == 0) {
          EXPECT_TRUE(taken.value().detach());
        }
        if (random() % 2 == 0) {
          old = taken.value().let_go();
          EXPECT_TRUE(pool.release(old));
        }
      } catch (const std::runtime_error&) {
        counts.threw.fetch_add(1);
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned self = 0; self < 6; ++self) {
    threads.emplace_back(work, self);
  }
  for (std::thread& each : threads) {
    each.join();
  }
  for (object_pool<cell>* pool : {&*child, &*parent}) {
    const object_pool_state state = pool->state();
    EXPECT_EQ(state.leased_objects + state.detached_objects + state.busy_objects, 0U);
    EXPECT_EQ(state.absent_objects + state.idle_objects, 2U);
    EXPECT_EQ(state.borrowed_objects + state.waiting_threads, 0U);
    EXPECT_EQ(state.acquired, state.released);
    EXPECT_EQ(state.made - state.destroyed, state.idle_objects);
  }
  EXPECT_EQ(child->state().acquired + parent->state().acquired, leases.load());
  EXPECT_EQ(child->state().misuses + parent->state().misuses, misuses.load());
  EXPECT_EQ(child->state().idle_objects + parent->state().idle_objects, counts.alive.load());
  EXPECT_EQ(child->shutdown() + parent->shutdown(), 0U);
  EXPECT_EQ(counts.alive.load(), 0U);
}

/// A shutdown among threads that wait, acquire and release: all end, and nothing is lost. [SR-OBJ-005]
TEST(object_pool_stress, a_shutdown_meets_everything) {
  const std::uint64_t rounds = 200 * number_from_environment("NEBULA_STRESS_TIMES", 1);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    stress_counts counts;
    object_pool_config<cell> config;
    config.hooks.context = &counts;
    config.hooks.on_create = [](void* self, cell&) { static_cast<stress_counts*>(self)->alive.fetch_add(1); };
    config.hooks.on_destroy = [](void* self, cell&) noexcept { static_cast<stress_counts*>(self)->alive.fetch_sub(1); };
    pool_in_memory<object_pool<cell>> pool(2, config);
    std::vector<std::thread> threads;
    for (unsigned self = 0; self < 4; ++self) {
      threads.emplace_back([&pool, self] {
        for (;;) {
          auto taken = self == 0 ? pool->acquire_for(1ms) : pool->acquire();
          if (!taken) {
            if (taken.failure().code == object_failure_code::shut_down) {
              return;
            }
            continue;
          }
          taken.value()->uses += 1;
        }
      });
    }
    while (pool->state().acquired < 20) {
      std::this_thread::yield();
    }
    static_cast<void>(pool->shutdown());
    for (std::thread& each : threads) {
      each.join();
    }
    EXPECT_EQ(pool->state().absent_objects, 2U);
    EXPECT_EQ(counts.alive.load(), 0U);
  }
}

} // namespace
} // namespace nebula::services
