// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <utility>

#include <nebula/services/async/async_acquire.hpp>
#include <nebula/services/object_pool.hpp>

namespace nebula::services {

/// So many permits: one for each object that there can be.
class permit_source {
public:
  struct permit {};
  using request_type = permit;
  using grant_type = permit;

  explicit permit_source(std::size_t count) noexcept : free_(count) {}

  [[nodiscard]] result<permit> take(const permit& /*request*/) noexcept {
    if (free_ == 0) {
      return error{error_code::exhausted, operation::allocate, component::object_handle};
    }
    --free_;
    return permit{};
  }
  [[nodiscard]] result<void> give(const permit& /*grant*/) noexcept {
    ++free_;
    return {};
  }
  [[nodiscard]] static constexpr bool may_come_back(error_code /*code*/) noexcept { return true; }

private:
  std::size_t free_;
};

template <class T, class Waiting>
class basic_async_object_pool;

/// An object of an asynchronous pool, which goes back when the handle ends, and wakes who waits. One owner; the pool
/// outlives it. [SR-ASYNC-004]
template <class T, class Waiting = steady_waiting>
class [[nodiscard]] basic_async_pooled {
public:
  using pool_type = basic_async_object_pool<T, Waiting>;

  basic_async_pooled() noexcept = default; ///< holds nothing
  basic_async_pooled(pool_type& pool, basic_pooled<T, Waiting> object) noexcept
      : pool_(&pool), object_(std::move(object)) {}
  ~basic_async_pooled() { end(); }
  basic_async_pooled(basic_async_pooled&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)), object_(std::move(other.object_)) {}
  basic_async_pooled& operator=(basic_async_pooled&& other) noexcept {
    basic_async_pooled taken(std::move(other));
    std::swap(pool_, taken.pool_);
    std::swap(object_, taken.object_);
    return *this;
  }
  basic_async_pooled(const basic_async_pooled&) = delete;
  basic_async_pooled& operator=(const basic_async_pooled&) = delete;

  [[nodiscard]] bool has_value() const noexcept { return pool_ != nullptr; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] T* get() const noexcept { return object_.get(); }
  /// Traps iff the handle holds nothing.
  [[nodiscard]] T& operator*() const noexcept { return *object_; }
  [[nodiscard]] T* operator->() const noexcept { return object_.operator->(); }
  /// The object will be destroyed when the handle ends. See basic_pooled.
  [[nodiscard]] result<void> detach() noexcept { return object_.detach(); }
  /// Gives the object back now. If a hook throws, the handle still holds it.
  [[nodiscard]] result<void> release() {
    const result<void> released = object_.release();
    end();
    return released;
  }

private:
  /// The object first: who gets the permit finds it there.
  void end() noexcept {
    object_ = basic_pooled<T, Waiting>();
    if (pool_ != nullptr) {
      static_cast<void>(std::exchange(pool_, nullptr)->queue().give({}));
    }
  }

  pool_type* pool_ = nullptr;
  basic_pooled<T, Waiting> object_{};
};

/// An object pool for coroutines: who finds no object suspends. An object pool, and a permit for each object that it can
/// have: who has a permit finds an object, or room for one, without waiting, and its hooks run in the coroutine that asks,
/// outside of every lock. Contracts: basic_object_pool, basic_async_memory. [SR-ASYNC-001]
template <class T, class Waiting = steady_waiting>
class basic_async_object_pool {
public:
  using queue_type = basic_async_queue<permit_source>;
  using handle_type = basic_async_pooled<T, Waiting>;
  using acquired_type = async_outcome<handle_type>;
  using plan_type = basic_object_pool_plan<T, Waiting>;
  using nanoseconds = std::chrono::nanoseconds;

  explicit basic_async_object_pool(const plan_type& plan, Waiting waiting = Waiting{}) noexcept
      : queue_({}, plan.object_count()), objects_(plan, std::move(waiting)) {}
  /// Shuts down, and as the pool below: blocks_live, reported, iff an object is still out.
  ~basic_async_object_pool() { static_cast<void>(queue_.shutdown()); } // before the objects go
  basic_async_object_pool(const basic_async_object_pool&) = delete;
  basic_async_object_pool& operator=(const basic_async_object_pool&) = delete;

  /// `co_await` it: an object. cancelled, timed_out, shut_down; not_made iff the hook has made none; refused_by_kernel.
  /// A hook that throws: the exception goes to the coroutine, and the permit to the next. [SR-ASYNC-001]
  [[nodiscard]] async_acquire<basic_async_object_pool> acquire() noexcept { return {*this, {}, {}}; }
  [[nodiscard]] async_acquire<basic_async_object_pool> acquire(std::stop_token stop,
                                                               executor* resumes_on = nullptr) noexcept {
    return {*this, {}, {std::move(stop), resumes_on, {}}};
  }
  [[nodiscard]] async_acquire<basic_async_object_pool> acquire_until(nanoseconds deadline, std::stop_token stop = {},
                                                                     executor* resumes_on = nullptr) noexcept {
    return {*this, {}, {std::move(stop), resumes_on, deadline}};
  }
  /// At once: none_free iff there is none, or others wait.
  [[nodiscard]] acquired_type try_acquire() {
    queue_type::waiter asker(nullptr, {});
    const wait_verdict said = queue_.ask(asker);
    if (said != wait_verdict::granted) {
      return failure_of(said, asker.refusal);
    }
    return taken({});
  }

  std::size_t expire(nanoseconds now) noexcept { return queue_.expire(now); }
  [[nodiscard]] std::optional<nanoseconds> next_deadline() const noexcept { return queue_.next_deadline(); }
  /// Of both: all who wait go on with shut_down, idle objects are destroyed. Says how many objects are out.
  std::size_t shutdown() noexcept {
    static_cast<void>(queue_.shutdown());
    return objects_.shutdown();
  }
  [[nodiscard]] async_state state() const noexcept { return queue_.state(); }
  /// The pool of the objects, for its reports, prewarm() and evict_expired(). Acquired from there, an object is missing
  /// here: none_free; and so it is while prewarm() makes it or evict_expired() destroys it.
  [[nodiscard]] basic_object_pool<T, Waiting>& objects() noexcept { return objects_; }

  [[nodiscard]] queue_type& queue() noexcept { return queue_; }
  /// Of whoever has a permit.
  [[nodiscard]] acquired_type taken(const permit_source::permit& /*grant*/) {
    permit_return on_failure(&queue_);
    object_outcome<basic_pooled<T, Waiting>> object = objects_.try_acquire();
    if (!object.has_value()) {
      return as_async(object.failure());
    }
    on_failure.queue = nullptr;
    return handle_type(*this, std::move(object.value()));
  }

private:
  struct permit_return {
    explicit permit_return(queue_type* to) noexcept : queue(to) {}
    ~permit_return() {
      if (queue != nullptr) {
        static_cast<void>(queue->give({}));
      }
    }
    permit_return(const permit_return&) = delete;
    permit_return& operator=(const permit_return&) = delete;
    queue_type* queue;
  };
  [[nodiscard]] static async_failure as_async(const object_failure& failure) noexcept {
    switch (failure.code) {
    case object_failure_code::shut_down: return async_failed(async_failure_code::shut_down);
    case object_failure_code::not_made: return async_failed(async_failure_code::not_made);
    case object_failure_code::refused_by_kernel:
      return async_failed(async_failure_code::refused_by_kernel, 0, failure.kernel);
    case object_failure_code::none:
    case object_failure_code::invalid_configuration:
    case object_failure_code::none_free:
    case object_failure_code::timed_out: break;
    }
    return async_failed(async_failure_code::none_free);
  }

  queue_type queue_;
  basic_object_pool<T, Waiting> objects_;
};

template <class T>
using async_object_pool = basic_async_object_pool<T>;
template <class T>
using async_pooled = basic_async_pooled<T>;

} // namespace nebula::services
