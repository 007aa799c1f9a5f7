// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <array>
#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "compute_rig.hpp"

namespace nebula::services {
namespace {

using test::compute_rig;
using test::frame_rig;
using test::tiny_store;
using code = compute_failure_code;
using store_type = tiny_store<int, std::string>;
using layers_type = stored<int, std::string, store_type>;
using value_outcome = compute_outcome<std::string>;
static_assert(sizeof(layers_type) == sizeof(void*), "a layer that is left out costs nothing");

class compute_cache_test : public ::testing::Test {
protected:
  store_type store;
  compute_rig<layers_type> cache{2, layers_type(store)};
  int computed = 0;

  [[nodiscard]] value_outcome get(int key) {
    return cache->get_or_compute(key, [this](int wanted) -> value_outcome {
      ++computed;
      return std::to_string(wanted);
    });
  }
  /// Until so many wait: without a clock, for they come sooner or later.
  void await_waiters(std::size_t count) {
    while (cache->state().waiting != count) {
      std::this_thread::yield();
    }
  }
};

// [SR-COMPUTE-001]
TEST_F(compute_cache_test, computes_what_is_not_known_and_keeps_it) {
  EXPECT_EQ(get(7).value(), "7");
  EXPECT_EQ(get(7).value(), "7");
  EXPECT_EQ(computed, 1);
  EXPECT_EQ(cache->state().hits, 1U);
  EXPECT_EQ(cache->state().computations, 1U);
}

TEST_F(compute_cache_test, forgets_nothing_but_what_the_store_forgets) {
  for (int key = 0; key < 100; ++key) {
    EXPECT_TRUE(get(key));
  }
  EXPECT_EQ(store.size(), 8U); // the store's bound is the cache's
  store.forget(99);
  EXPECT_TRUE(get(99));
  EXPECT_EQ(computed, 101);
}

// One computation for all who ask meanwhile, however late they look. [SR-COMPUTE-002]
TEST_F(compute_cache_test, computes_once_for_all_threads_that_ask_meanwhile) {
  constexpr std::size_t threads = 6;
  std::atomic<int> computations{0};
  std::atomic<std::size_t> right{0};
  std::vector<std::thread> asking;
  for (std::size_t each = 0; each < threads; ++each) {
    asking.emplace_back([&] {
      const value_outcome got = cache->get_or_compute(1, [&](int) -> value_outcome {
        ++computations;
        await_waiters(threads - 1);
        return std::string("one");
      });
      right += got.value() == "one" ? 1U : 0U;
    });
  }
  for (std::thread& each : asking) {
    each.join();
  }
  EXPECT_EQ(computations.load(), 1);
  EXPECT_EQ(right.load(), threads);
  EXPECT_EQ(cache->state().followed, threads - 1);
}

// [SR-COMPUTE-002]
TEST_F(compute_cache_test, gives_a_failure_to_all_who_wait_and_computes_anew_for_the_next) {
  std::atomic<int> computations{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> asking;
  for (int each = 0; each < 3; ++each) {
    asking.emplace_back([&] {
      const value_outcome got = cache->get_or_compute(1, [&](int) -> value_outcome {
        ++computations;
        await_waiters(2);
        return computation_failed(42);
      });
      failed += got.failure() == computation_failed(42) ? 1 : 0;
    });
  }
  for (std::thread& each : asking) {
    each.join();
  }
  EXPECT_EQ(computations.load(), 1);
  EXPECT_EQ(failed.load(), 3);
  EXPECT_EQ(get(1).value(), "1");
}

// An exception is its thrower's; the others do not hang, and do not get a made-up miss. [SR-COMPUTE-002]
TEST_F(compute_cache_test, elects_another_when_the_leader_throws) {
  std::atomic<int> computations{0};
  std::atomic<int> threw{0};
  std::atomic<int> right{0};
  std::vector<std::thread> asking;
  for (int each = 0; each < 3; ++each) {
    asking.emplace_back([&] {
      try {
        const value_outcome got = cache->get_or_compute(1, [&](int) -> value_outcome {
          if (++computations == 1) {
            await_waiters(2);
            throw std::runtime_error("first");
          }
          return std::string("second");
        });
        right += got.value() == "second" ? 1 : 0;
      } catch (const std::runtime_error&) {
        ++threw;
      }
    });
  }
  for (std::thread& each : asking) {
    each.join();
  }
  EXPECT_EQ(computations.load(), 2);
  EXPECT_EQ(threw.load(), 1);
  EXPECT_EQ(right.load(), 2);
  EXPECT_EQ(cache->state().elected, 1U);
  EXPECT_EQ(cache->state().abandoned, 1U);
}

TEST_F(compute_cache_test, lets_each_throw_once_and_is_not_poisoned) {
  std::atomic<int> threw{0};
  std::atomic<int> computations{0};
  std::vector<std::thread> asking;
  for (int each = 0; each < 4; ++each) {
    asking.emplace_back([&] {
      try {
        static_cast<void>(cache->get_or_compute(1, [&](int) -> value_outcome {
          if (++computations == 1) {
            await_waiters(3);
          }
          throw std::runtime_error("always");
        }));
      } catch (const std::runtime_error&) {
        ++threw;
      }
    });
  }
  for (std::thread& each : asking) {
    each.join();
  }
  EXPECT_EQ(computations.load(), 4);
  EXPECT_EQ(threw.load(), 4);
  EXPECT_EQ(get(1).value(), "1");
}

// [SR-COMPUTE-003]
TEST_F(compute_cache_test, says_when_its_table_is_full_and_does_not_wait) {
  const value_outcome outer = cache->get_or_compute(1, [&](int) -> value_outcome {
    const value_outcome inner = cache->get_or_compute(2, [&](int) -> value_outcome {
      const value_outcome third = get(3);
      EXPECT_EQ(third.failure().code, code::flights_full);
      EXPECT_EQ(third.failure().value, 2U);
      return std::string("two");
    });
    return inner.value() + "one";
  });
  EXPECT_EQ(outer.value(), "twoone");
  EXPECT_EQ(get(3).value(), "3");
}

TEST_F(compute_cache_test, refuses_a_function_that_asks_for_its_own_key) {
  const value_outcome got = cache->get_or_compute(1, [&](int) -> value_outcome { return get(1); });
  EXPECT_EQ(got.failure().code, code::recursive);
  EXPECT_EQ(get(1).value(), "1");
}

TEST_F(compute_cache_test, gives_out_what_the_store_refuses) {
  store.throws = true;
  EXPECT_EQ(get(1).value(), "1");
  EXPECT_EQ(cache->state().not_stored, 1U);
  store.throws = false;
  EXPECT_EQ(get(1).value(), "1");
  EXPECT_EQ(computed, 2);
}

TEST_F(compute_cache_test, wakes_all_when_it_is_shut_down_and_lets_the_leader_end) {
  std::atomic<int> shut{0};
  std::atomic<bool> is_begun{false};
  std::vector<std::thread> asking;
  std::thread leader([&] {
    const value_outcome got = cache->get_or_compute(1, [&](int) -> value_outcome {
      is_begun = true;
      await_waiters(2);
      cache->shutdown();
      return std::string("one");
    });
    EXPECT_EQ(got.value(), "one");
  });
  while (!is_begun.load()) {
    std::this_thread::yield();
  }
  for (int each = 0; each < 2; ++each) {
    asking.emplace_back([&] { shut += get(1).failure().code == code::shut_down ? 1 : 0; });
  }
  leader.join();
  for (std::thread& each : asking) {
    each.join();
  }
  EXPECT_EQ(shut.load(), 2);
  EXPECT_EQ(get(1).failure().code, code::shut_down);
}

/// A value whose copies can be made to throw.
struct touchy {
  touchy() noexcept = default;
  explicit touchy(int given) : number(given) {}
  touchy(const touchy& other) : number(other.number) {
    if (throws) {
      throw std::runtime_error("copy");
    }
  }
  touchy(touchy&&) noexcept = default;
  touchy& operator=(const touchy&) = default;
  touchy& operator=(touchy&&) noexcept = default;
  int number = 0;
  static inline bool throws = false;
};
TEST(compute_copies, that_throw_change_nothing) {
  using touchy_store = tiny_store<int, touchy>;
  touchy_store store;
  compute_rig<stored<int, touchy, touchy_store>> cache(1, stored<int, touchy, touchy_store>(store));
  const auto make = [](int key) -> compute_outcome<touchy> { return touchy(key); };
  EXPECT_EQ(cache->get_or_compute(3, make).value().number, 3);
  touchy::throws = true;
  EXPECT_THROW(static_cast<void>(cache->get_or_compute(3, make)), std::runtime_error); // of what is known
  touchy::throws = false;
  EXPECT_EQ(cache->get_or_compute(3, make).value().number, 3);
}

TEST(compute_configuration, is_judged_with_field_value_and_range) {
  using config_type = compute_cache_config<layers_type>;
  config_type config;
  EXPECT_EQ(config.validate().failure().field, compute_field::flight_count);
  config.flight_count = 1;
  EXPECT_EQ(config.validate().failure().field, compute_field::storage);
  EXPECT_EQ(config.validate().failure().value, 0U);
  std::array<std::byte, 8> small{};
  config.storage = {small.data(), small.size()};
  const auto wrong = config.validate();
  EXPECT_EQ(wrong.failure().value, 8U);
  EXPECT_EQ(wrong.failure().lowest, config_type::storage_bytes(1).value());
  EXPECT_FALSE(config_type::storage_bytes(SIZE_MAX / 2));
}

// [SR-COMPUTE-008]
TEST(compute_failures, have_names_and_sentences) {
  std::vector<std::string> seen;
  for (unsigned value = 0; value <= static_cast<unsigned>(code::recursive); ++value) {
    std::array<char, 160> text{};
    EXPECT_STRNE(name(static_cast<code>(value)), "unknown");
    EXPECT_LT(describe(compute_failed(static_cast<code>(value), 3), text.data(), text.size()), text.size());
    for (const std::string& other : seen) {
      EXPECT_NE(other, text.data());
    }
    seen.emplace_back(text.data());
  }
  std::array<char, 160> text{};
  describe(compute_field_wrong(compute_field::storage, 8, 100, 200), text.data(), text.size());
  EXPECT_STREQ(text.data(), "storage is 8; accepted is 100...200");
  EXPECT_STREQ(name(code::recursive), "recursive");
  EXPECT_STREQ(name(static_cast<code>(99)), "unknown");
}

using cache_type = compute_cache<layers_type>;

/// Threads and coroutines on one key space: nothing is lost, and what is computed is right. For ThreadSanitizer.
TEST(compute_threads, lose_nobody_whatever_meets) {
  constexpr int coroutines = 12;
  constexpr int rounds = 300;
  store_type store(3);
  frame_rig frames(4 * coroutines);
  compute_rig<layers_type> cache(4, layers_type(store));
  std::atomic<int> wrong{0};
  std::atomic<int> answered{0};
  std::atomic<int> failed{0};
  thread_pool_executor threads({3, coroutines});
  ASSERT_TRUE(threads.start_threads());
  task_group group;
  struct asker {
    static task<computed<std::string>> compute(frame_pool& /*frames*/, int key) {
      if (key % 5 == 4) {
        co_return computation_failed(static_cast<std::uint64_t>(key));
      }
      co_return std::to_string(key);
    }
    static task<void> run(frame_pool& frames, cache_type& cache, int seed, std::atomic<int>& wrong,
                          std::atomic<int>& answered, std::atomic<int>& failed) {
      for (int round = 0; round < rounds; ++round) {
        const int key = (round * 7 + seed) % 10;
        auto asking =
            cache.get_or_compute_async(frames, key, [&frames](int wanted) { return compute(frames, wanted); });
        auto got = co_await std::move(asking);
        if (got && got.value()) {
          answered += 1;
          wrong += got.value().value() == std::to_string(key) ? 0 : 1;
        } else {
          failed += 1;
        }
      }
    }
  };
  for (int each = 0; each < coroutines; ++each) {
    ASSERT_TRUE(group.start(asker::run(*frames, *cache, each, wrong, answered, failed), threads));
  }
  for (int round = 0; round < rounds; ++round) {
    const int key = round % 10;
    try {
      const value_outcome got = cache->get_or_compute(key, [round](int wanted) -> value_outcome {
        if (round % 3 == 0) {
          throw std::runtime_error("now and then");
        }
        return std::to_string(wanted);
      });
      wrong += got && got.value() != std::to_string(key) ? 1 : 0;
    } catch (const std::runtime_error&) {
      static_cast<void>(round);
    }
  }
  group.wait();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(answered + failed, coroutines * rounds);
  EXPECT_GT(answered.load(), 0);
}

} // namespace
} // namespace nebula::services
