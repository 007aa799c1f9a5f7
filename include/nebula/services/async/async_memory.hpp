// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <utility>

#include <nebula/construct/lifetime.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/services/async/async_acquire.hpp>
#include <nebula/services/async/async_block.hpp>
#include <nebula/services/async/async_queue.hpp>

namespace nebula::services {

/// Blocks of a kernel's allocator that frees each by itself, as basic_async_queue has them. Allocator is the kernel's
/// own, made of a plan, or a reference to one of the program's, which nobody else uses meanwhile: for it has one owner,
/// which is whoever has the queue's lock.
template <class Allocator>
class allocator_source {
public:
  using request_type = layout;
  using grant_type = block_grant;

  template <class PlanOrAllocator>
  // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): it is made once, in the queue
  explicit allocator_source(PlanOrAllocator&& from) noexcept : allocator_(std::forward<PlanOrAllocator>(from)) {}

  [[nodiscard]] result<block_grant> take(const layout& request) noexcept {
    const result<std::byte*> block = past_stray_writes([&]() noexcept { return allocator_.allocate(request); });
    if (!block.has_value()) {
      return block.error();
    }
    return block_grant{block.value(), request};
  }
  [[nodiscard]] result<void> give(const block_grant& grant) noexcept {
    return past_stray_writes([&]() noexcept { return allocator_.deallocate(grant.data, grant.what); });
  }
  [[nodiscard]] static constexpr bool may_come_back(error_code code) noexcept {
    return code == error_code::exhausted || code == error_code::contended || code == error_code::over_budget ||
           code == error_code::over_capacity;
  }
  [[nodiscard]] auto& allocator() noexcept { return allocator_; }
  [[nodiscard]] const auto& allocator() const noexcept { return allocator_; }

private:
  Allocator allocator_;
};

/// Blocks for coroutines: who asks for one and finds none suspends until memory comes back, and is served in the order of
/// asking. Release is synchronous. Any thread may call any function, but for constructor and destructor; no function may
/// be called by an interrupt. Nothing allocates. [SR-ASYNC-001]
template <class Source, class Threads = machine_threads>
class basic_async_memory {
public:
  using queue_type = basic_async_queue<Source, Threads>;
  using block_type = basic_async_block<basic_async_memory>;
  using acquired_type = async_outcome<block_type>;
  using nanoseconds = std::chrono::nanoseconds;

  template <class PlanOrAllocator>
  // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): there are no copies
  explicit basic_async_memory(PlanOrAllocator&& from, fault_hook hook = {}) noexcept
      : queue_(hook, std::forward<PlanOrAllocator>(from)) {}
  /// Shuts down. Nobody calls any more. Misuse, reported: blocks_live iff a block is still out.
  ~basic_async_memory() = default;
  basic_async_memory(const basic_async_memory&) = delete;
  basic_async_memory& operator=(const basic_async_memory&) = delete;

  /// `co_await` it: a block, or why there is none. refused_by_kernel iff the request is malformed, could not be served
  /// though everything came back, or the allocator is corrupted; cancelled iff a stop was requested before; timed_out iff
  /// expire() came past the deadline; shut_down. O(1) and the allocator's bound, besides the waiting. [SR-ASYNC-001]
  [[nodiscard]] async_acquire<basic_async_memory> allocate(layout request) noexcept { return {*this, request, {}}; }
  [[nodiscard]] async_acquire<basic_async_memory> allocate(layout request, std::stop_token stop,
                                                           executor* resumes_on = nullptr) noexcept {
    return {*this, request, {std::move(stop), resumes_on, {}}};
  }
  [[nodiscard]] async_acquire<basic_async_memory> allocate_until(nanoseconds deadline, layout request,
                                                                 std::stop_token stop = {},
                                                                 executor* resumes_on = nullptr) noexcept {
    return {*this, request, {std::move(stop), resumes_on, deadline}};
  }
  /// At once: none_free iff there is none, or others wait; and as above. For code that is no coroutine, too.
  [[nodiscard]] acquired_type try_allocate(layout request) noexcept {
    typename queue_type::waiter asker(nullptr, request);
    const wait_verdict said = queue_.ask(asker);
    if (said != wait_verdict::granted) {
      return failure_of(said, asker.refusal);
    }
    return taken(asker.grant);
  }

  /// See basic_async_queue.
  std::size_t expire(nanoseconds now) noexcept { return queue_.expire(now); }
  [[nodiscard]] std::optional<nanoseconds> next_deadline() const noexcept { return queue_.next_deadline(); }
  std::size_t shutdown() noexcept { return queue_.shutdown(); }
  [[nodiscard]] async_state state() const noexcept { return queue_.state(); }
  /// The kernel's own state of the allocator. O(1).
  [[nodiscard]] auto memory_state() const noexcept {
    return queue_.locked([](const Source& source) noexcept { return source.allocator().state(); });
  }

  /// For adapters.
  [[nodiscard]] queue_type& queue() noexcept { return queue_; }
  [[nodiscard]] acquired_type taken(const block_grant& grant) noexcept { return block_type(*this, grant); }

private:
  queue_type queue_;
};

/// Any allocator of the kernel that frees each block by itself, the program's own: `async_allocator<segregated_allocator>
/// blocks(mine)`.
template <class Allocator>
using async_allocator = basic_async_memory<allocator_source<Allocator&>>;

} // namespace nebula::services
