// SPDX-License-Identifier: Apache-2.0 OR MIT
// Equal blocks and several threads: with caches and without.
#include <array>
#include <atomic>
#include <memory>

#include "bench/shared_pools.hpp"

namespace nebula::bench {
namespace {

constexpr std::size_t shared_block_bytes = 64;
constexpr std::size_t shared_block_count = 4096;

/// Each thread allocates, writes and frees one block after the other.
template <int Threads>
struct shared_pair {
  static constexpr int threads = Threads;
  static constexpr double operations = 1;
  static constexpr std::size_t verified_rounds = 5'000;
  static constexpr std::size_t verified_entries = (verified_rounds + ballast_count) * Threads;
  static constexpr shape sizes{shared_block_bytes, shared_block_count, 0};

  template <class Front, class Run>
  static void body(Front& pool, Run& run) {
    const std::size_t bytes = opaque(shared_block_bytes);
    const ballast<Front, Run> held(pool, run, bytes);
    run.repeat([&] {
      void* const block = pool.allocate(bytes);
      run.write(block, bytes);
      run.before_free(block);
      pool.deallocate(block, bytes);
      keep(block);
    });
  }
};

/// 100 blocks are allocated and written, and then freed in the same order.
template <int Threads>
struct shared_batch {
  static constexpr std::size_t count = 100;
  static constexpr int threads = Threads;
  static constexpr double operations = static_cast<double>(count);
  static constexpr std::size_t verified_rounds = 50;
  static constexpr std::size_t verified_entries = count * verified_rounds * Threads;
  static constexpr shape sizes{shared_block_bytes, shared_block_count, 0};

  template <class Front, class Run>
  static void body(Front& pool, Run& run) {
    const std::size_t bytes = opaque(shared_block_bytes);
    std::array<void*, count> blocks{};
    run.repeat([&] {
      for (void*& block : blocks) {
        block = pool.allocate(bytes);
        run.write(block, bytes);
      }
      for (void* const block : blocks) {
        run.before_free(block);
        pool.deallocate(block, bytes);
        keep(block);
      }
    });
  }
};

/// One producer and one consumer, and nothing kept back: each looks at the other's place in each call.
class ring {
public:
  void put(void* block) noexcept {
    const std::size_t end = end_.load(std::memory_order_relaxed);
    while (end - begin_.load(std::memory_order_acquire) == slot_count) {
      __builtin_ia32_pause();
    }
    slots_[end % slot_count] = block;
    end_.store(end + 1, std::memory_order_release);
  }
  [[nodiscard]] void* get() noexcept {
    const std::size_t begin = begin_.load(std::memory_order_relaxed);
    while (end_.load(std::memory_order_acquire) == begin) {
      __builtin_ia32_pause();
    }
    void* const block = slots_[begin % slot_count];
    begin_.store(begin + 1, std::memory_order_release);
    return block;
  }

private:
  static constexpr std::size_t slot_count = 1024;
  alignas(64) std::atomic<std::size_t> begin_{0};
  alignas(64) std::atomic<std::size_t> end_{0};
  alignas(64) std::array<void*, slot_count> slots_{};
};

/// A Pool, and a ring beside it.
template <class Pool>
class with_ring {
public:
  class front {
  public:
    explicit front(with_ring& shared) : pool_(shared.pool_), ring_(shared.ring_) {}
    [[gnu::always_inline]] inline void* allocate(std::size_t bytes) { return pool_.allocate(bytes); }
    [[gnu::always_inline]] inline void deallocate(void* block, std::size_t bytes) { pool_.deallocate(block, bytes); }
    [[gnu::always_inline]] inline ring& blocks() noexcept { return ring_; }

  private:
    typename Pool::front pool_;
    ring& ring_;
  };
  explicit with_ring(const shape& sizes) : pool_(sizes) {}

private:
  Pool pool_;
  ring ring_;
};

/// The bound: as many blocks as the ring holds and more, one after the other, and nobody frees them.
class blocks_in_turn {
public:
  using front = blocks_in_turn&;
  explicit blocks_in_turn(const shape& sizes) : bytes_(sizes.block_bytes * sizes.block_count) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    std::byte* const block = bytes_.data() + next_;
    next_ = (next_ + bytes) % bytes_.size();
    return block;
  }
  [[gnu::always_inline]] inline void deallocate(void* /*block*/, std::size_t /*bytes*/) noexcept {}

private:
  storage bytes_;
  std::size_t next_ = 0;
};

/// The one thread allocates and writes, the other one frees.
struct produce_and_consume {
  static constexpr int threads = 2;
  static constexpr double operations = 1;
  static constexpr std::size_t verified_rounds = 5'000;
  static constexpr std::size_t verified_entries = verified_rounds;
  static constexpr shape sizes{shared_block_bytes, shared_block_count, 0};

  template <class Front, class Run>
  static void body(Front& side, Run& run) {
    const std::size_t bytes = opaque(shared_block_bytes);
    if (run.thread() == 0) {
      run.repeat([&] {
        void* const block = side.allocate(bytes);
        run.write(block, bytes);
        side.blocks().put(block);
      });
    } else {
      run.repeat([&] {
        void* const block = side.blocks().get();
        run.before_free(block);
        side.deallocate(block, bytes);
        keep(block);
      });
    }
  }
};

void add_rings(registry& all) {
  constexpr const char* scenario = "produce_and_consume";
  using work = produce_and_consume;
  all.add<work, with_ring<cached_pool_subject<64>>>(scenario, "nebula pool_cache 64");
  all.add<work, with_ring<cached_pool_subject<128>>>(scenario, "nebula pool_cache 128");
  all.add<work, with_ring<blocks_in_turn>>(scenario, "ring alone");
  add_heaps<work, with_ring>(all, scenario);
}

} // namespace

void add_pool_cache(registry& all) {
  add_cached_pools<shared_pair<1>>(all, "cache_pair_1_thread");
  add_cached_pools<shared_pair<2>>(all, "cache_pair_2_threads");
  add_cached_pools<shared_batch<1>>(all, "cache_batch_of_100_1_thread");
  add_cached_pools<shared_batch<2>>(all, "cache_batch_of_100_2_threads");
  add_rings(all);
  add_lock_free_lists<shared_pair<1>>(all, "shared_pool_1_thread");
  add_lock_free_lists<shared_pair<2>>(all, "shared_pool_2_threads");
}

} // namespace nebula::bench
