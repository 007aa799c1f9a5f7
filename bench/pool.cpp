// SPDX-License-Identifier: Apache-2.0 OR MIT
// Equal blocks, one thread.
#include <memory>
#include <vector>

#include "bench/single_pools.hpp"
#include "bench/workload.hpp"

namespace nebula::bench {
namespace {

/// One block after the other: allocate, write, free.
template <std::size_t BlockBytes>
struct pair {
  static constexpr int threads = 1;
  static constexpr double operations = 1;
  static constexpr std::size_t verified_rounds = 20'000; // more than there are blocks: none is lost
  static constexpr std::size_t verified_entries = verified_rounds + ballast_count;
  static constexpr shape sizes{BlockBytes, 1024, 0};

  template <class Front, class Run>
  static void body(Front& pool, Run& run) {
    const std::size_t bytes = opaque(BlockBytes);
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

enum class order : unsigned char { in_order, reverse, random };

/// `Count` blocks are allocated and written, and then freed.
template <std::size_t Count, order Frees>
struct batch {
  static constexpr int threads = 1;
  static constexpr double operations = static_cast<double>(Count);
  static constexpr std::size_t verified_rounds = 8;
  static constexpr std::size_t verified_entries = Count * verified_rounds;
  static constexpr shape sizes{64, Count, 0};

  template <class Front, class Run>
  static void body(Front& pool, Run& run) {
    const std::size_t bytes = opaque(std::size_t{64});
    static const auto random_order = shuffled<Count>();
    const auto blocks = std::make_unique<void*[]>(Count);
    run.repeat([&] {
      for (std::size_t index = 0; index < Count; ++index) {
        blocks[index] = pool.allocate(bytes);
        run.write(blocks[index], bytes);
      }
      for (std::size_t index = 0; index < Count; ++index) {
        std::size_t next = index;
        if constexpr (Frees == order::reverse) {
          next = Count - 1 - index;
        } else if constexpr (Frees == order::random) {
          next = random_order[index];
        }
        run.before_free(blocks[next]);
        pool.deallocate(blocks[next], bytes);
        keep(blocks[next]);
      }
    });
  }
};

/// Of 50,000 live blocks, which lie in no order, one after the other is freed and allocated again.
struct churn {
  static constexpr std::size_t live = 50'000;
  static constexpr std::size_t steps = 512;
  static constexpr int threads = 1;
  static constexpr double operations = static_cast<double>(steps);
  static constexpr std::size_t verified_rounds = 4;
  static constexpr std::size_t verified_entries = live + steps * verified_rounds;
  static constexpr shape sizes{64, live, 0};

  template <class Front, class Run>
  static void body(Front& pool, Run& run) {
    const std::size_t bytes = opaque(std::size_t{64});
    static const auto places = shuffled<live>(2);
    const auto blocks = std::make_unique<void*[]>(live);
    for (const std::uint32_t place : shuffled<live>(3)) {
      blocks[place] = pool.allocate(bytes);
      run.write(blocks[place], bytes);
    }
    std::size_t next = 0;
    run.repeat([&] {
      for (std::size_t step = 0; step < steps; ++step) {
        const std::size_t place = places[next];
        next = next + 1 == live ? 0 : next + 1;
        run.before_free(blocks[place]);
        pool.deallocate(blocks[place], bytes);
        keep(blocks[place]);
        blocks[place] = pool.allocate(bytes);
        run.write(blocks[place], bytes);
      }
    });
    for (std::size_t place = 0; place < live; ++place) {
      run.before_free(blocks[place]);
      pool.deallocate(blocks[place], bytes);
    }
  }
};

} // namespace

void add_pool(registry& all) {
  add_single_pools<pair<64>>(all, "pool_pair");
  add_single_pools<pair<128>>(all, "pool_reuse");
  add_single_pools<batch<100, order::in_order>>(all, "batch_of_100");
  add_single_pools<batch<1000, order::in_order>>(all, "batch_in_order");
  add_single_pools<batch<1000, order::reverse>>(all, "batch_reverse");
  add_single_pools<batch<1000, order::random>>(all, "batch_random");
  add_single_pools<churn>(all, "churn");
}

} // namespace nebula::bench
