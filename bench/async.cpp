// SPDX-License-Identifier: Apache-2.0 OR MIT
// What waiting costs: so many workers want one object, have it for half a microsecond, and give it back, so that each
// lease but the first is handed over. Workers are threads that block in an object_pool, or coroutines that suspend in an
// async_object_pool or an async_pool, on as many threads as the machine has. All are waiting when the clock starts.
// docs/services/async.md shows the figures. Prints leases per second, and how long a lease was waited for.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>
#include <vector>

#include <nebula/services/async/async_object_pool.hpp>
#include <nebula/services/async/async_pool.hpp>
#include <nebula/services/async/task_group.hpp>
#include <nebula/services/async/thread_pool_executor.hpp>

namespace {

namespace services = nebula::services;
using clock_type = std::chrono::steady_clock;

constexpr std::size_t object_count = 1;

struct object {
  std::array<std::byte, 256> bytes{};
};

/// How long each lease was waited for, in nanoseconds, of one worker.
using waits = std::vector<std::uint32_t>;

/// What one does with an object.
void use() {
  const auto start = clock_type::now();
  while (clock_type::now() - start < std::chrono::nanoseconds(500)) {
  }
}

std::uint32_t since(clock_type::time_point start) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(clock_type::now() - start).count());
}

void report(const char* how, std::size_t workers, clock_type::duration elapsed, std::vector<waits>& all) {
  waits sorted;
  for (const waits& each : all) {
    sorted.insert(sorted.end(), each.begin(), each.end());
  }
  std::sort(sorted.begin(), sorted.end());
  const auto at = [&](double part) {
    return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))] / 1000.0;
  };
  const double seconds = std::chrono::duration<double>(elapsed).count();
  std::printf("| %-38s | %7zu | %9.0f | %8.1f | %8.1f | %8.1f | %9.1f |\n", how, workers,
              static_cast<double>(sorted.size()) / seconds, at(0.5), at(0.99), at(0.999), at(1.0));
  std::fflush(stdout);
}

services::object_pool_plan<object> plan(std::vector<std::byte>& storage) {
  storage.resize(services::object_pool_config<object>::storage_bytes(object_count).value());
  services::object_pool_config<object> config;
  config.object_count = object_count;
  config.storage = {storage.data(), storage.size()};
  return config.validate().value();
}

void blocking(std::size_t workers, std::size_t turns) {
  std::vector<std::byte> storage;
  services::object_pool<object> pool(plan(storage));
  std::vector<waits> all(workers);
  std::vector<std::thread> threads;
  services::pooled<object> held = pool.try_acquire().value();
  for (waits& mine : all) {
    mine.reserve(turns);
    threads.emplace_back([&pool, &mine, turns] {
      for (std::size_t turn = 0; turn <= turns; ++turn) {
        const auto asked = clock_type::now();
        const auto taken = pool.acquire();
        if (turn != 0) { // the first was waited for before the clock started
          mine.push_back(since(asked));
        }
        use();
      }
    });
  }
  while (pool.state().waiting_threads != workers) {
    std::this_thread::yield();
  }
  const auto start = clock_type::now();
  static_cast<void>(held.release());
  for (std::thread& each : threads) {
    each.join();
  }
  report("object_pool, threads that block", workers, clock_type::now() - start, all);
}

template <class Pool>
services::task<void> work(services::frame_pool& /*frames*/, Pool& pool, waits& mine, std::size_t turns) {
  for (std::size_t turn = 0; turn <= turns; ++turn) {
    const auto asked = clock_type::now();
    auto taken = co_await pool.acquire();
    if (turn != 0) {
      mine.push_back(since(asked));
    }
    use();
  }
}

template <class Pool>
void suspending(const char* how, Pool& pool, std::size_t workers, std::size_t turns) {
  constexpr std::size_t frame_bytes = 1024;
  std::vector<std::byte> storage(services::frame_pool::storage_bytes(frame_bytes, workers).value());
  services::frame_pool frames(
      services::frame_pool::config({storage.data(), storage.size()}, frame_bytes, workers).validate().value());
  const std::size_t thread_count = std::max(1U, std::thread::hardware_concurrency());
  services::thread_pool_executor threads({thread_count, workers});
  if (!threads.start_threads()) {
    std::exit(1);
  }
  std::vector<waits> all(workers);
  for (waits& mine : all) {
    mine.reserve(turns);
  }
  services::task_group group;
  auto held = pool.try_acquire();
  for (waits& mine : all) {
    if (!group.start(work(frames, pool, mine, turns), threads)) {
      std::exit(1);
    }
  }
  while (pool.state().waiting != workers) {
    std::this_thread::yield();
  }
  const auto start = clock_type::now();
  static_cast<void>(held.value().release());
  group.wait();
  report(how, workers, clock_type::now() - start, all);
}

} // namespace

int main(int argument_count, char** arguments) {
  const std::size_t leases = argument_count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 200'000;
  std::printf(
      "| how                                    | workers | leases/s  | p50 us   | p99 us   | p99.9 us | max us    |\n"
      "|----------------------------------------|--------:|----------:|---------:|---------:|---------:|----------:|"
      "\n");
  for (const std::size_t workers : {4U, 16U, 64U, 256U}) {
    const std::size_t turns = leases / workers;
    blocking(workers, turns);
    {
      std::vector<std::byte> storage;
      services::async_object_pool<object> pool(plan(storage));
      suspending("async_object_pool, coroutines", pool, workers, turns);
    }
    {
      std::vector<std::byte> storage(4096);
      nebula::local_pool_config config;
      config.storage = {storage.data(), storage.size()};
      config.block_size_bytes = sizeof(object);
      config.block_count = object_count;
      services::async_pool pool(config.validate().value());
      suspending("async_pool, coroutines", pool, workers, turns);
    }
  }
  return 0;
}
