// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

#include "policies.hpp"
#include "support.hpp"

// Threads that allocate, write, verify and free at random. The race models prove the orders; this is the compiled code
// on the machine, under TSan too.
namespace {

using namespace nebula;
using namespace nebula::test;

constexpr std::size_t blocks_each = 20000;

/// Starts all at once, and waits for all.
template <class Body>
void run_together(unsigned thread_count, Body body) {
  std::atomic<unsigned> ready{0};
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < thread_count; ++thread) {
    threads.emplace_back([&ready, &body, thread, thread_count] {
      ready.fetch_add(1);
      while (ready.load() != thread_count) {
        std::this_thread::yield();
      }
      body(thread);
    });
  }
  for (std::thread& each : threads) {
    each.join();
  }
}

/// One thread's blocks, each painted with a colour of the thread's own: whoever gets a block that another has, sees the
/// other's colour.
template <class Allocator>
class worker {
public:
  worker(Allocator& allocator, unsigned thread) : allocator_(allocator), colour_(0x30 + thread), random_(thread + 1) {}

  /// Until it has had `blocks_each` blocks: whoever holds a block gives it back in the end, so that this ends.
  void run(std::size_t hold_at_most, std::size_t size_at_most) {
    while (taken_ < blocks_each && errors_ == 0) {
      if (held_.empty() || (held_.size() < hold_at_most && random_() % 2 == 0)) {
        take(1 + random_() % size_at_most);
      } else {
        give_back(random_() % held_.size());
      }
    }
    while (!held_.empty()) {
      give_back(held_.size() - 1);
    }
  }
  [[nodiscard]] std::size_t taken() const { return taken_; }
  [[nodiscard]] std::size_t errors() const { return errors_; }

private:
  struct block {
    std::byte* bytes;
    std::size_t size;
  };
  void take(std::size_t size) {
    const result<std::byte*> bytes = allocator_.allocate({size, 8});
    if (!bytes.has_value()) {
      errors_ += bytes.code() == error_code::exhausted ? 0U : 1U;
      std::this_thread::yield(); // the others have it all
      return;
    }
    ++taken_;
    paint(bytes.value(), size, colour_);
    held_.push_back({bytes.value(), size});
  }
  void give_back(std::size_t index) {
    const block given = held_[index];
    held_[index] = held_.back();
    held_.pop_back();
    errors_ += is_painted(given.bytes, given.size, colour_) ? 0U : 1U;
    errors_ += allocator_.deallocate(given.bytes, {given.size, 8}).has_value() ? 0U : 1U;
  }

  Allocator& allocator_;
  unsigned colour_;
  std::mt19937 random_; // the seed is the thread's number
  std::vector<block> held_{};
  std::size_t taken_ = 0;
  std::size_t errors_ = 0;
};

/// Of 8 bytes at multiples of 8, also where 64 bits are aligned less strictly.
struct word_of_8 {
  alignas(8) std::byte bytes[8];
};

template <class Allocator>
void stress(Allocator& allocator, unsigned thread_count, std::size_t hold_at_most, std::size_t size_at_most) {
  std::vector<worker<Allocator>> workers;
  for (unsigned thread = 0; thread < thread_count; ++thread) {
    workers.emplace_back(allocator, thread);
  }
  run_together(thread_count, [&](unsigned thread) { workers[thread].run(hold_at_most, size_at_most); });
  for (const worker<Allocator>& each : workers) {
    EXPECT_EQ(each.errors(), 0U);
    EXPECT_EQ(each.taken(), blocks_each);
  }
  const allocator_state state = allocator.state();
  EXPECT_EQ(state.live_blocks, 0U);
  EXPECT_EQ(state.used_bytes, 0U);
  EXPECT_EQ(state.available_bytes, state.capacity_bytes);
  EXPECT_LE(state.peak_bytes, state.capacity_bytes);
  EXPECT_GT(state.peak_bytes, 0U);
  EXPECT_TRUE(succeeded(allocator.check_invariants()));
  EXPECT_FALSE(allocator.is_corrupted());
}

// SR-POOL-001, SR-POOL-003
TEST(threads, never_share_a_block_of_a_pool) {
  for (const unsigned thread_count : {2U, 4U}) {
    fault_log log;
    storage<8192> lent;
    pool_allocator pool(pool_config{lent.span(1), 40, 8, 7, log.hook()}.validate().value());
    stress(pool, thread_count, 4, 40);
    EXPECT_EQ(log.count(), 0U);
  }
}

template <class Atomics>
class threads_under : public testing::Test {};
using shared_policies = testing::Types<std_atomics_32, section_atomics, section_atomics_32>;
TYPED_TEST_SUITE(threads_under, shared_policies);

// SR-ATOM-002, SR-ATOM-003
TYPED_TEST(threads_under, never_share_a_block_of_a_pool) {
  for (const unsigned thread_count : {2U, 4U}) {
    fault_log log;
    storage<8192> lent;
    lent_pool<TypeParam> pool(basic_pool_config<TypeParam>{lent.span(1), 40, 8, 7, log.hook()}.validate().value());
    stress(pool, thread_count, 4, 40);
    EXPECT_EQ(log.count(), 0U);
  }
  EXPECT_EQ(counting_section::intrusions(), 0U);
}

TEST(threads, never_share_the_only_block_of_a_pool) {
  static static_pool<word_of_8, 1> pool;
  stress(pool, 4, 1, 8);
}

// SR-SEG-002
TEST(threads, never_share_a_block_of_a_segregated_allocator) {
  constexpr size_class classes[] = {{16, 8, 5}, {48, 8, 4}, {128, 8, 3}};
  for (const unsigned thread_count : {2U, 4U}) {
    fault_log log;
    storage<8192> lent;
    segregated_allocator allocator(segregated_config{lent.span(1), classes, 3, 2, log.hook()}.validate().value());
    stress(allocator, thread_count, 5, 128);
    EXPECT_EQ(log.count(), 0U);
  }
}

// SR-CACHE-001, SR-CACHE-002: each thread its own cache, made and ended by the thread; one works without.
TEST(threads, never_share_a_block_of_a_pool_through_caches) {
  using pool_type = static_pool<block_of_48, 40, 3>;
  using cache_type = pool_cache<pool_type, 8>;
  for (const unsigned thread_count : {2U, 4U}) {
    fault_log log;
    pool_type pool(log.hook());
    std::atomic<std::size_t> errors{0};
    std::atomic<std::size_t> taken{0};
    run_together(thread_count, [&](unsigned thread) {
      if (thread == 3) {
        worker<pool_type> direct(pool, thread);
        direct.run(6, 48);
        errors.fetch_add(direct.errors());
        taken.fetch_add(direct.taken());
        return;
      }
      for (int life = 0; life < 2; ++life) {
        cache_type cache(pool);
        worker<cache_type> cached(cache, thread);
        cached.run(6, 48);
        errors.fetch_add(cached.errors() + (cache.is_attached() ? 0U : 1U) +
                         (cache.check_invariants().has_value() ? 0U : 1U));
        taken.fetch_add(cached.taken());
      }
    });
    EXPECT_EQ(errors.load(), 0U);
    EXPECT_EQ(taken.load(), blocks_each * (thread_count == 2 ? 4 : 7));
    const allocator_state state = pool.state();
    EXPECT_EQ(state.live_blocks, 0U);
    EXPECT_EQ(state.cached_blocks, 0U);
    EXPECT_EQ(state.available_bytes, state.capacity_bytes);
    EXPECT_TRUE(succeeded(pool.check_invariants()));
    EXPECT_EQ(log.count(), 0U);
  }
}

// SR-CACHE-002: all free the same blocks at the same time, each through a cache of its own.
TEST(threads, free_a_block_once_through_whatever_cache) {
  using pool_type = static_pool<block_of_48, 64, 4>;
  constexpr unsigned thread_count = 4;
  constexpr std::size_t round_count = 200;
  pool_type pool(fault_hook{[](void*, const fault&) {}, nullptr});
  std::vector<std::byte*> blocks(64);
  std::atomic<std::size_t> freed{0};
  for (std::size_t round = 0; round < round_count; ++round) {
    for (std::byte*& block : blocks) {
      block = pool.allocate({48, 16}).value();
    }
    run_together(thread_count, [&](unsigned /*thread*/) {
      pool_cache<pool_type, 5> cache(pool);
      for (std::byte* const block : blocks) {
        freed.fetch_add(cache.deallocate(block).has_value() ? 1U : 0U);
      }
    });
    ASSERT_EQ(freed.load(), (round + 1) * blocks.size());
    ASSERT_EQ(pool.state().live_blocks, 0U);
    ASSERT_TRUE(succeeded(pool.check_invariants()));
  }
}

// SR-SBUMP-001, SR-SBUMP-005
TEST(threads, cut_disjoint_blocks_off_a_shared_bump_allocator) {
  constexpr unsigned thread_count = 4;
  static static_shared_bump<100'000> bump;
  for (int round = 0; round < 5; ++round) {
    std::vector<std::vector<std::byte*>> blocks(thread_count);
    run_together(thread_count, [&](unsigned thread) {
      for (;;) {
        const result<std::byte*> block = bump.allocate({24, 8});
        if (!block.has_value()) {
          return;
        }
        paint(block.value(), 24, 0x30 + thread);
        blocks[thread].push_back(block.value());
      }
    });
    std::size_t taken = 0;
    for (unsigned thread = 0; thread < thread_count; ++thread) {
      taken += blocks[thread].size();
      for (const std::byte* const block : blocks[thread]) {
        ASSERT_TRUE(is_painted(block, 24, 0x30 + thread));
      }
    }
    const allocator_state state = bump.state();
    EXPECT_EQ(taken, 100'000U / 24U) << "to the last that fits";
    EXPECT_EQ(state.live_blocks, taken);
    EXPECT_EQ(state.used_bytes, taken * 24);
    EXPECT_EQ(state.failures.of(error_code::exhausted), static_cast<std::size_t>(round + 1) * thread_count);
    EXPECT_TRUE(succeeded(bump.check_invariants()));
    ASSERT_TRUE(succeeded(bump.reset()));
  }
}

/// What one thread reads of the state while others change it is never beyond what can be.
template <class Allocator>
void is_observed_within_its_range(Allocator& allocator, std::size_t block_count, std::size_t size_at_most) {
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> impossible{0};
  std::thread observer([&] {
    while (!stop.load()) {
      const allocator_state now = allocator.state();
      const bool possible = now.live_blocks <= block_count && now.used_bytes <= now.capacity_bytes &&
                            now.used_bytes + now.available_bytes == now.capacity_bytes &&
                            now.peak_bytes <= now.capacity_bytes;
      impossible.fetch_add(possible ? 0U : 1U);
    }
  });
  stress(allocator, 2, 3, size_at_most);
  stop.store(true);
  observer.join();
  EXPECT_EQ(impossible.load(), 0U);
}

// SR-STATE-001
TEST(threads, see_a_state_of_a_pool_that_never_wraps) {
  static static_pool<word_of_8, 6> pool;
  is_observed_within_its_range(pool, 6, 8);
}

// SR-CACHE-004
TEST(threads, see_a_state_of_a_cached_pool_that_never_wraps) {
  using pool_type = static_pool<word_of_8, 6, 2>;
  static pool_type pool;
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> impossible{0};
  std::thread observer([&] {
    while (!stop.load()) {
      const allocator_state now = pool.state();
      const bool possible = now.live_blocks + now.cached_blocks <= 6 && now.used_bytes == now.live_blocks * 8 &&
                            now.used_bytes + now.available_bytes == now.capacity_bytes &&
                            now.peak_bytes <= now.capacity_bytes;
      impossible.fetch_add(possible ? 0U : 1U);
    }
  });
  run_together(2, [&](unsigned thread) {
    pool_cache<pool_type, 2> cache(pool);
    worker<pool_cache<pool_type, 2>>(cache, thread).run(2, 8);
  });
  stop.store(true);
  observer.join();
  EXPECT_EQ(impossible.load(), 0U);
  EXPECT_EQ(pool.state().live_blocks, 0U);
}

TEST(threads, see_a_state_of_a_segregated_allocator_that_never_wraps) {
  constexpr size_class classes[] = {{16, 8, 3}, {48, 8, 3}};
  storage<8192> lent;
  segregated_allocator allocator(segregated_config{lent.span(), classes, 2, 1, {}}.validate().value());
  is_observed_within_its_range(allocator, 6, 48);
}

} // namespace
