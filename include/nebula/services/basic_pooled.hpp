// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>
#include <utility>

#include <nebula/kernel/result.hpp>
#include <nebula/services/object_waiting.hpp>

namespace nebula::services {

template <class T, class Waiting>
class basic_object_pool;

/// Names one lease of one object: a plain value, for code that can keep no handle. Stale once that lease has ended,
/// though the object be leased again. [SR-OBJ-004]
template <class T>
struct object_lease {
  T* object = nullptr;
  std::uint64_t number = 0;
};

/// An object of a pool, which goes back to it when the handle ends. The object stands where it was made: moving the handle
/// moves no T. One owner; the pool, and for a borrowed object the pool that it was borrowed through, outlive it.
/// [SR-OBJ-002]
template <class T, class Waiting = steady_waiting>
class [[nodiscard]] basic_pooled {
public:
  using pool_type = basic_object_pool<T, Waiting>;

  basic_pooled() noexcept = default; ///< holds nothing
  /// Gives the object back. What a hook throws then is counted, and the object destroyed in place of it.
  ~basic_pooled() { end(); }
  /// The other handle holds nothing from here on.
  basic_pooled(basic_pooled&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)), lease_(std::exchange(other.lease_, {})) {}
  /// The same; then what this handle held is given back. Assigned to itself it keeps what it has.
  basic_pooled& operator=(basic_pooled&& other) noexcept {
    basic_pooled taken(std::move(other));
    std::swap(pool_, taken.pool_);
    std::swap(lease_, taken.lease_);
    return *this;
  }
  basic_pooled(const basic_pooled&) = delete;
  basic_pooled& operator=(const basic_pooled&) = delete;

  [[nodiscard]] bool has_value() const noexcept { return pool_ != nullptr; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
  /// Null iff the handle holds nothing.
  [[nodiscard]] T* get() const noexcept { return lease_.object; }
  /// As leases are named in reports; of no object iff the handle holds nothing.
  [[nodiscard]] object_lease<T> lease() const noexcept { return lease_; }
  /// The object. Traps iff the handle holds nothing: there is nothing that could be returned.
  [[nodiscard]] T& operator*() const noexcept { return *checked(); }
  [[nodiscard]] T* operator->() const noexcept { return checked(); }

  /// Gives the object back now; nothing to do iff the handle holds nothing. Errors: basic_object_pool::release()'s. If a
  /// hook throws, the handle still holds the object.
  [[nodiscard]] result<void> release() {
    if (pool_ == nullptr) {
      return {};
    }
    const result<void> released = pool_->release(lease_);
    static_cast<void>(let_go());
    return released;
  }
  /// The object is no longer the pool's to reuse: it stays where it is, and is destroyed when the handle ends or
  /// releases it; until then its place is taken. Of the hooks only on_destroy sees it again. Nothing to do iff the handle
  /// holds nothing. Errors: basic_object_pool::detach()'s. [SR-OBJ-008]
  [[nodiscard]] result<void> detach() noexcept { return pool_ == nullptr ? result<void>{} : pool_->detach(lease_); }
  /// The handle holds nothing from here on; whoever has the lease ends it by the pool's release().
  [[nodiscard]] object_lease<T> let_go() noexcept {
    pool_ = nullptr;
    return std::exchange(lease_, {});
  }

private:
  friend class basic_object_pool<T, Waiting>;
  basic_pooled(pool_type& pool, object_lease<T> lease) noexcept : pool_(&pool), lease_(lease) {}

  [[nodiscard]] T* checked() const noexcept {
    if (lease_.object == nullptr) {
      __builtin_trap();
    }
    return lease_.object;
  }
  void end() noexcept {
    if (pool_ != nullptr) {
      pool_->release_or_destroy(lease_);
    }
  }

  pool_type* pool_ = nullptr;
  object_lease<T> lease_{};
};

} // namespace nebula::services
