// SPDX-License-Identifier: Apache-2.0 OR MIT
// An executable of its own: it replaces the program's operator new by one that counts.
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <stop_token>

#include "async_rig.hpp"

namespace {

std::atomic<bool> is_counting{false};
std::atomic<std::size_t> allocations{0};

void* counted(std::size_t bytes) {
  allocations += is_counting.load() ? 1U : 0U;
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

task<int> ask(frame_pool& /*frames*/, async_pool& pool, std::stop_token stop) {
  auto acquired = co_await pool.acquire_until(std::chrono::nanoseconds(5), std::move(stop));
  co_return acquired ? 1 : 0;
}
task<void> ask_through(frame_pool& frames, async_pool& pool, std::stop_token stop, int& granted) {
  task<int> asking = ask(frames, pool, std::move(stop));
  const async_outcome<int> got = co_await std::move(asking);
  granted += got.value();
}

// Frames, waiting, granting, cancelling, expiring, shutting down, on both executors. [SR-ASYNC-012]
TEST(async_heap, is_not_asked_for_anything) {
  test::frame_rig frames;
  test::async_pool_rig pool(1);
  std::stop_source source; // the program's
  inline_executor here;
  thread_pool_executor threads({1, 8});
  ASSERT_TRUE(threads.start_threads());
  int granted = 0;
  allocations = 0;
  is_counting = true;
  {
    task_group group;
    for (executor* on : {static_cast<executor*>(&here), static_cast<executor*>(&threads)}) {
      auto kept = pool->try_acquire();
      for (int each = 0; each < 4; ++each) {
        EXPECT_TRUE(group.start(ask_through(*frames, *pool, {}, granted), *on));
      }
      static_cast<void>(kept.value().release());
      group.wait();
    }
    auto kept = pool->try_acquire();
    EXPECT_TRUE(group.start(ask_through(*frames, *pool, source.get_token(), granted), here));
    source.request_stop();
    EXPECT_TRUE(group.start(ask_through(*frames, *pool, {}, granted), here));
    pool->expire(std::chrono::nanoseconds(5));
    EXPECT_TRUE(group.start(ask_through(*frames, *pool, {}, granted), here));
    pool->shutdown();
    EXPECT_FALSE(group.start(task<void>(), here));
  }
  is_counting = false;
  EXPECT_EQ(granted, 8);
  EXPECT_EQ(allocations.load(), 0U);
}

} // namespace
} // namespace nebula::services
