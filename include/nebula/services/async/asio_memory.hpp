// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include <asio/associated_allocator.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/dispatch.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <nebula/services/async/asio_executor.hpp>
#include <nebula/services/async/async_memory.hpp>
#include <nebula/services/async/frame_pool.hpp>

namespace nebula::services {

/// An async_pool, async_arena or async_allocator for programs of Asio: `co_await blocks.async_allocate(wanted,
/// asio::use_awaitable)` in an asio::awaitable, or any other completion token of signature void(async_outcome<block>).
///
/// An operation that waits stands in a block of `operations`, not in the heap; the completion comes by the handler's own
/// executor, never within the initiating call. Asio's per-operation cancellation ends the waiting, from the executor of
/// the operation, as Asio demands. The memory, the operations and this outlive the context's work: shut the memory down
/// and run the context to its end before any of them ends. Any thread. [SR-ASYNC-015]
template <class Memory, class AsioExecutor = asio::io_context::executor_type>
class asio_memory {
public:
  using acquired_type = typename Memory::acquired_type;
  using nanoseconds = std::chrono::nanoseconds;
  using signature = void(acquired_type);

  asio_memory(Memory& memory, frame_pool& operations, const AsioExecutor& on) noexcept
      : memory_(memory), operations_(operations), executor_(on) {}
  ~asio_memory() = default;
  asio_memory(const asio_memory&) = delete;
  asio_memory& operator=(const asio_memory&) = delete;

  /// Completes with a block, or the failures of basic_async_memory::allocate(), or no_frame iff `operations` has no block
  /// for the operation: its largest_frame_bytes() says how large one is. O(1), besides the waiting.
  template <class CompletionToken>
  auto async_allocate(layout request, CompletionToken&& token) {
    return start(request, std::nullopt, std::forward<CompletionToken>(token));
  }
  /// The same until expire() comes past the deadline: from a timer of the program's.
  template <class CompletionToken>
  auto async_allocate_until(nanoseconds deadline, layout request, CompletionToken&& token) {
    return start(request, deadline, std::forward<CompletionToken>(token));
  }
  [[nodiscard]] Memory& memory() noexcept { return memory_; }

private:
  using waiter_type = typename Memory::queue_type::waiter;

  template <class Handler>
  class operation : public waiter_type {
  public:
    operation(asio_memory& self, Handler&& handler, layout wanted)
        : waiter_type(&complete, wanted),
          memory_(self.memory_),
          handler_(std::move(handler)),
          work_(asio::get_associated_executor(handler_, self.executor_.get_executor())) {}

    void begin(executor& on) noexcept {
      this->resumes_on = &on;
      auto slot = asio::get_associated_cancellation_slot(handler_);
      if (slot.is_connected()) { // before it can complete, for then it would be too late
        slot.assign([this](asio::cancellation_type /*any*/) noexcept { memory_.queue().cancel(*this); });
      }
      if (!memory_.queue().join(*this) && on.enqueue(*this)) {
        on.kick();
      }
    }

  private:
    /// In the context: only hands on to the handler's own executor, on which alone its cancellation slot may be touched.
    static void complete(work_item& item, work_call /*call: what waits is never refused*/) noexcept {
      auto& self = static_cast<operation&>(item);
      const auto where = self.work_.get_executor();
      asio::dispatch(where, finisher{&self});
    }
    /// There: ends the operation, and calls the handler. With the handler's allocator, should Asio need one.
    struct finisher {
      using allocator_type = asio::associated_allocator_t<Handler>;
      [[nodiscard]] allocator_type get_allocator() const noexcept {
        return asio::get_associated_allocator(done->handler_);
      }
      void operator()() const {
        operation& self = *done;
        auto slot = asio::get_associated_cancellation_slot(self.handler_);
        if (slot.is_connected()) {
          slot.clear();
        }
        static_assert(noexcept(self.memory_.taken(self.grant)));
        acquired_type acquired = self.said == wait_verdict::granted
                                     ? self.memory_.taken(self.grant)
                                     : acquired_type(failure_of(self.said, self.refusal));
        const auto work = std::move(self.work_);
        Handler handler(std::move(self.handler_));
        std::destroy_at(done);
        frame_pool::free(done); // before the handler runs, which may start the next
        std::move(handler)(std::move(acquired));
      }
      operation* done;
    };

    Memory& memory_;
    Handler handler_;
    asio::executor_work_guard<asio::associated_executor_t<Handler, AsioExecutor>> work_;
  };

  template <class CompletionToken>
  // NOLINTNEXTLINE(cppcoreguidelines-missing-std-forward): async_initiate() takes it as it is
  auto start(layout request, std::optional<nanoseconds> deadline, CompletionToken&& token) {
    return asio::async_initiate<CompletionToken, signature>(
        [this, request, deadline](auto handler) {
          using handler_type = std::decay_t<decltype(handler)>;
          static_assert(alignof(operation<handler_type>) <= alignof(std::max_align_t), "as frames are");
          void* const place = operations_.allocate(sizeof(operation<handler_type>));
          if (place == nullptr) {
            const auto where = asio::get_associated_executor(handler, executor_.get_executor());
            asio::post(where, [refused = std::move(handler)]() mutable {
              std::move(refused)(acquired_type(async_failed(async_failure_code::no_frame)));
            });
            return;
          }
          auto* const begun = ::new (place) operation<handler_type>(*this, std::move(handler), request);
          begun->deadline = deadline;
          begun->begin(executor_);
        },
        token);
  }

  Memory& memory_;
  frame_pool& operations_;
  basic_asio_executor<AsioExecutor> executor_;
};

} // namespace nebula::services
