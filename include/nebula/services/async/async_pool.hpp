// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <stop_token>
#include <utility>

#include <nebula/kernel/local_pool_allocator.hpp>
#include <nebula/services/async/async_memory.hpp>

namespace nebula::services {

/// Equal blocks for coroutines: buffers of sessions, slots of requests. The memory is a kernel's pool with one owner,
/// made of its plan: `async_pool buffers(local_pool_config{…}.validate().value())`. Contracts: basic_async_memory.
template <class Threads>
class basic_async_pool : public basic_async_memory<allocator_source<local_pool_allocator>, Threads> {
  using memory = basic_async_memory<allocator_source<local_pool_allocator>, Threads>;

public:
  using typename memory::acquired_type;
  using typename memory::nanoseconds;

  explicit basic_async_pool(const local_pool_plan& plan, fault_hook hook = {}) noexcept
      : memory(plan, hook), block_(this->queue().source().allocator().block_layout()) {}

  /// `co_await` it: a whole block. Failures as of allocate(). [SR-ASYNC-001]
  [[nodiscard]] async_acquire<memory> acquire() noexcept { return this->allocate(block_); }
  [[nodiscard]] async_acquire<memory> acquire(std::stop_token stop, executor* resumes_on = nullptr) noexcept {
    return this->allocate(block_, std::move(stop), resumes_on);
  }
  [[nodiscard]] async_acquire<memory> acquire_until(nanoseconds deadline, std::stop_token stop = {},
                                                    executor* resumes_on = nullptr) noexcept {
    return this->allocate_until(deadline, block_, std::move(stop), resumes_on);
  }
  [[nodiscard]] acquired_type try_acquire() noexcept { return this->try_allocate(block_); }

private:
  layout block_;
};

using async_pool = basic_async_pool<machine_threads>;

} // namespace nebula::services
