// SPDX-License-Identifier: Apache-2.0 OR MIT
// What leases of an object pool cost, beside the least that could do: a list of pointers behind a mutex, without waiters,
// numbers, times or states; and beside making the object anew each time. docs/services/object_pool.md shows the figures.
#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include <benchmark/benchmark.h>

#include <nebula/services/object_pool.hpp>

namespace {

namespace services = nebula::services;

/// As a parser's buffers, or a small message.
struct object {
  std::array<std::byte, 256> bytes{};
};
using config_type = services::object_pool_config<object>;

class pool_of_objects {
public:
  explicit pool_of_objects(services::object_hooks<object> hooks = {}) : bytes_(config_type::storage_bytes(8).value()) {
    config_type config;
    config.object_count = 8;
    config.storage = {bytes_.data(), bytes_.size()};
    config.hooks = hooks;
    pool_ = std::make_unique<services::object_pool<object>>(config.validate().value());
  }
  services::object_pool<object>& operator*() { return *pool_; }

private:
  std::vector<std::byte> bytes_;
  std::unique_ptr<services::object_pool<object>> pool_;
};

void lease(benchmark::State& state) {
  static pool_of_objects pool;
  for (auto _ : state) {
    const auto taken = (*pool).acquire();
    benchmark::DoNotOptimize(taken.value().get());
  }
}

void lease_with_hooks(benchmark::State& state) {
  services::object_hooks<object> hooks;
  hooks.validate = [](void*, object&) { return true; };
  hooks.on_acquire = [](void*, object&) {};
  hooks.on_release = [](void*, object&) {};
  hooks.reset = [](void*, object&) { return true; };
  static pool_of_objects pool(hooks);
  for (auto _ : state) {
    const auto taken = (*pool).acquire();
    benchmark::DoNotOptimize(taken.value().get());
  }
}

void mutex_and_list(benchmark::State& state) {
  static std::mutex mutex;
  static std::vector<std::unique_ptr<object>> owner(8);
  static std::vector<object*> free_objects = [] {
    std::vector<object*> all;
    for (std::unique_ptr<object>& each : owner) {
      each = std::make_unique<object>();
      all.push_back(each.get());
    }
    return all;
  }();
  for (auto _ : state) {
    object* taken = nullptr;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      taken = free_objects.back();
      free_objects.pop_back();
    }
    benchmark::DoNotOptimize(taken);
    const std::lock_guard<std::mutex> lock(mutex);
    free_objects.push_back(taken);
  }
}

void make_and_delete(benchmark::State& state) {
  for (auto _ : state) {
    const auto made = std::make_unique<object>();
    benchmark::DoNotOptimize(made.get());
  }
}

BENCHMARK(lease)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(lease_with_hooks)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(mutex_and_list)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(make_and_delete)->Threads(1)->Threads(2)->UseRealTime();

} // namespace

BENCHMARK_MAIN();
