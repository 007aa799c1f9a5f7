// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <cstddef>
#include <mutex>

#if !defined(ASIO_STANDALONE) // without Boost, unless the program has chosen
#define ASIO_STANDALONE
#endif
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <nebula/services/async/executor.hpp>

namespace nebula::services {

/// Items run by an executor of Asio's, one at a time and in their order. However many there are, one function at most is
/// posted, in memory that stands here: nothing allocates. The context runs, or is run again, until nothing is queued;
/// destroyed before that, it forgets the function, and the items with it. Any thread. [SR-ASYNC-015]
template <class AsioExecutor = asio::io_context::executor_type>
class basic_asio_executor final : public executor {
public:
  explicit basic_asio_executor(const AsioExecutor& on) noexcept : asio_(on) {}
  ~basic_asio_executor() = default; // nothing is queued

  [[nodiscard]] bool enqueue(work_item& item) noexcept override {
    const std::lock_guard<std::mutex> lock(mutex_);
    queue_.push(item);
    const bool is_first = !is_posted_;
    is_posted_ = true;
    return is_first;
  }
  void kick() noexcept override { asio::post(asio_, runner{*this}); }
  [[nodiscard]] bool withdraw(work_item& item) noexcept override {
    const std::lock_guard<std::mutex> lock(mutex_);
    const bool is_here = item.is_queued();
    if (is_here) {
      queue_.remove(item);
    }
    return is_here;
  }
  [[nodiscard]] const AsioExecutor& get_executor() const noexcept { return asio_; }

private:
  /// Asio asks it for the memory of the one function that is posted.
  template <class T>
  struct place_allocator {
    using value_type = T;
    explicit place_allocator(basic_asio_executor& of) noexcept : owner(&of) {}
    template <class Other>
    // NOLINTNEXTLINE(google-explicit-constructor): allocators are rebound
    place_allocator(const place_allocator<Other>& other) noexcept : owner(other.owner) {}
    [[nodiscard]] T* allocate(std::size_t count) noexcept {
      if (count * sizeof(T) > place_bytes || owner->is_place_taken_) {
        __builtin_trap(); // no version of Asio needs so much, and there is one function
      }
      owner->is_place_taken_ = true;
      // NOLINTNEXTLINE(bugprone-casting-through-void): the place is aligned for all
      return static_cast<T*>(static_cast<void*>(owner->place_.data()));
    }
    void deallocate(T* /*place*/, std::size_t /*count*/) noexcept { owner->is_place_taken_ = false; }
    template <class Other>
    friend bool operator==(const place_allocator& left, const place_allocator<Other>& right) noexcept {
      return left.owner == right.owner;
    }
    template <class Other>
    friend bool operator!=(const place_allocator& left, const place_allocator<Other>& right) noexcept {
      return !(left == right);
    }
    basic_asio_executor* owner;
  };
  struct runner {
    using allocator_type = place_allocator<void>;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type(self); }
    void operator()() const noexcept { self.run(); }
    basic_asio_executor& self;
  };
  /// Those that are there now; more are posted anew, so that the context's other work has its turn. Whoever finds the flag
  /// set leaves its item to this, and this looks again under the lock before the flag falls: nothing stays behind.
  void run() noexcept {
    std::unique_lock<std::mutex> lock(mutex_);
    for (std::size_t left = queue_.count(); left != 0; --left) {
      work_item* const item = queue_.pop();
      if (item == nullptr) {
        break;
      }
      lock.unlock();
      item->call(*item, work_call::run); // the item may be gone now
      lock.lock();
    }
    is_posted_ = queue_.count() != 0;
    const bool is_more = is_posted_;
    lock.unlock();
    if (is_more) {
      kick();
    }
  }

  static constexpr std::size_t place_bytes = 512;
  AsioExecutor asio_;
  std::mutex mutex_{};
  work_queue queue_{};
  bool is_posted_ = false;
  bool is_place_taken_ = false; ///< of whoever posts, or runs: the flag above says that there is one
  alignas(std::max_align_t) std::array<std::byte, place_bytes> place_{};
};

using asio_executor = basic_asio_executor<>;

} // namespace nebula::services
