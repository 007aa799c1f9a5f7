// SPDX-License-Identifier: Apache-2.0 OR MIT
// The same pair of calls in pools of 10 to 10 million blocks, and by 1 to 8 threads: what grows, and what does not.
#include <algorithm>
#include <memory>
#include <string>

#include "bench/shared_pools.hpp"
#include "bench/single_pools.hpp"
#include "bench/workload.hpp"

namespace nebula::bench {
namespace {

/// Of so many live blocks, all that there are but one, some block is freed, and one allocated in its place.
template <std::size_t Capacity>
struct by_capacity {
  static constexpr std::size_t live = Capacity - 1;
  static constexpr std::size_t steps = 512;
  static constexpr int threads = 1;
  static constexpr double operations = static_cast<double>(steps);
  static constexpr std::size_t verified_rounds = 4;
  static constexpr std::size_t verified_entries = live + steps * verified_rounds;
  static constexpr shape sizes{16, Capacity, 0};
  /// The ledger has no room for more.
  using verified_as = by_capacity<std::min(Capacity, std::size_t{10'000})>;

  template <class Front, class Run>
  static void body(Front& pool, Run& run) {
    const std::size_t bytes = opaque(std::size_t{16});
    const auto blocks = std::make_unique<void*[]>(live);
    for (std::size_t place = 0; place < live; ++place) {
      blocks[place] = pool.allocate(bytes);
      run.write(blocks[place], bytes);
    }
    number_stream numbers(8);
    run.repeat([&] {
      for (std::size_t step = 0; step < steps; ++step) {
        void*& place = blocks[numbers.below(live)];
        run.before_free(place);
        pool.deallocate(place, bytes);
        keep(place);
        place = pool.allocate(bytes);
        run.write(place, bytes);
      }
    });
    for (std::size_t place = live; place != 0; --place) {
      run.before_free(blocks[place - 1]);
      pool.deallocate(blocks[place - 1], bytes);
    }
  }
};

template <std::size_t Capacity>
void add_capacity(registry& all) {
  const std::string scenario = "growth_of_capacity_" + std::to_string(Capacity);
  all.add<by_capacity<Capacity>, local_pool_subject>(scenario.c_str(), "nebula local_pool");
  all.add<by_capacity<Capacity>, shared_pool_subject>(scenario.c_str(), "nebula pool");
  all.add<by_capacity<Capacity>, intrusive_list_subject>(scenario.c_str(), "unchecked list");
  add_heaps<by_capacity<Capacity>>(all, scenario.c_str());
}

/// A pair of calls by so many threads at a time, whether there are processors for them or not. As shared_pair, which is not
/// used again: what two files instantiate is built as one of them has it, and its calls are in line there or not.
template <int Threads>
struct by_threads {
  static constexpr int threads = Threads;
  static constexpr double operations = 1;
  static constexpr std::size_t verified_rounds = 2'000;
  static constexpr std::size_t verified_entries = (verified_rounds + ballast_count) * Threads;
  static constexpr shape sizes{64, 4096, 0};

  template <class Front, class Run>
  static void body(Front& pool, Run& run) {
    const std::size_t bytes = opaque(std::size_t{64});
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

template <int Threads>
void add_threads(registry& all) {
  const std::string scenario = "growth_of_threads_" + std::to_string(Threads);
  using work = by_threads<Threads>;
  all.add<work, cached_pool_subject<128>>(scenario.c_str(), "nebula pool_cache 128");
  add_lock_free_lists<work>(all, scenario.c_str());
  add_heaps<work>(all, scenario.c_str());
}

} // namespace

void add_growth(registry& all) {
  add_capacity<10>(all);
  add_capacity<100>(all);
  add_capacity<1'000>(all);
  add_capacity<10'000>(all);
  add_capacity<100'000>(all);
  add_capacity<1'000'000>(all);
  add_capacity<10'000'000>(all);
  add_threads<1>(all);
  add_threads<2>(all);
  add_threads<4>(all);
  add_threads<8>(all);
}

} // namespace nebula::bench
