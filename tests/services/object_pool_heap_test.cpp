// SPDX-License-Identifier: Apache-2.0 OR MIT
// An executable of its own: it replaces the program's operator new by one that counts.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <thread>
#include <vector>

#include <nebula/services/object_pool.hpp>
#include "../unit/gtest.hpp"

namespace {

thread_local bool is_counting = false;
thread_local std::size_t allocations = 0;

void* counted(std::size_t bytes) {
  allocations += is_counting ? 1U : 0U;
  return std::malloc(bytes);
}

} // namespace

// Not inlined: g++ would see malloc() at one end and a delete-expression at the other, and warn of the mismatch.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  if (void* const made = counted(bytes)) {
    return made;
  }
  std::abort();
}
[[gnu::noinline]] void* operator new(std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept {
  return counted(bytes);
}
[[gnu::noinline]] void operator delete(void* made) noexcept { std::free(made); }
#if defined(__clang__) && !defined(__cpp_sized_deallocation)
void operator delete(void* made, std::size_t bytes) noexcept; // the library declares it where the compiler calls it
#endif
[[gnu::noinline]] void operator delete(void* made, std::size_t /*bytes*/) noexcept { std::free(made); }

namespace nebula::services {
namespace {

using namespace std::chrono_literals;

/// What the pool's calls allocate in this thread.
template <class Calls>
std::size_t allocated_by(Calls calls) {
  allocations = 0;
  is_counting = true;
  calls();
  is_counting = false;
  return allocations;
}

struct part {
  int value = 0;
};

TEST(object_pool_heap, the_counter_counts) {
  EXPECT_EQ(allocated_by([] { ::operator delete(::operator new(8)); }), 1U);
}

// [SR-OBJ-011]
TEST(object_pool_heap, nothing_is_allocated_after_construction) {
  alignas(64) std::array<std::byte, 1024> memory{};
  object_pool_config<part> config;
  config.object_count = 2;
  config.storage = {memory.data(), memory.size()};
  config.idle_time_to_live = 1h;
  object_pool<part> pool(config.validate().value());
  pooled<part> held;
  EXPECT_EQ(allocated_by([&] {
              EXPECT_TRUE(pool.prewarm(1));
              held = pool.acquire().value();
              pooled<part> other = pool.try_acquire().value();
              EXPECT_EQ(pool.try_acquire().failure().code, object_failure_code::none_free);
              EXPECT_EQ(pool.acquire_for(1us).failure().code, object_failure_code::timed_out);
              EXPECT_TRUE(other.detach());
              std::array<object_lease_record, 2> records{};
              EXPECT_EQ(pool.leases_older_than(-1ns, records), 2U);
              EXPECT_EQ(pool.health().health, pool_health::degraded);
              EXPECT_TRUE(other.release());
              EXPECT_EQ(pool.release({}).code(), error_code::null_pointer);
              EXPECT_EQ(pool.evict_expired(), 0U);
            }),
            0U);
  pooled<part> other = pool.acquire().value();
  std::size_t of_served = 1;
  std::size_t of_refused = 1;
  std::thread served(
      [&] { of_served = allocated_by([&] { EXPECT_TRUE(pool.acquire(wait_priority::urgent).value().detach()); }); });
  while (pool.state().waiting_threads != 1) {
    std::this_thread::yield();
  }
  EXPECT_EQ(allocated_by([&] { EXPECT_TRUE(held.release()); }), 0U);
  served.join();
  EXPECT_EQ(of_served, 0U);
  held = pool.acquire().value(); // in the place of the one that was detached
  std::thread refused([&] {
    of_refused = allocated_by([&] { EXPECT_EQ(pool.acquire().failure().code, object_failure_code::shut_down); });
  });
  while (pool.state().waiting_threads != 1) {
    std::this_thread::yield();
  }
  EXPECT_EQ(allocated_by([&] { EXPECT_EQ(pool.shutdown(), 2U); }), 0U);
  refused.join();
  EXPECT_EQ(of_refused, 0U);
}

} // namespace
} // namespace nebula::services
