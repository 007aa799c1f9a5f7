// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <thread>

#include <nebula/kernel/atomics.hpp>
#include <nebula/kernel/contract.hpp>

namespace nebula::stress {

/// When the calling thread steps aside: by a generator of its own, so that a thread's choices follow from its seed. What
/// the system makes of a yield does not.
class interruptions {
public:
  /// None until a thread has begun.
  static void begin(std::uint64_t seed) noexcept { state_ = seed * 2 + 1; }
  static void end() noexcept { state_ = 0; }

  /// Before an atomic operation: mostly nothing, in one of 16 a yield, in one of 256 as many as others need to bring a
  /// list's head back to where it was.
  static void perhaps_yield() noexcept {
    const std::uint64_t chance = next();
    if (chance % 16 != 1) {
      return;
    }
    for (unsigned times = chance / 16 % 16 == 0 ? 12 : 1; times != 0; --times) {
      std::this_thread::yield();
    }
  }
  /// A weak exchange may fail without cause: in one of 32.
  [[nodiscard]] static bool fails_without_cause() noexcept { return next() % 32 == 1; }

private:
  /// 0 outside of begin() and end(). Source: G. Marsaglia, "Xorshift RNGs", 2003, the triple 13, 7, 17.
  static std::uint64_t next() noexcept {
    if (state_ == 0) {
      return 0;
    }
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return state_ >> 11U;
  }

  static inline thread_local std::uint64_t state_ = 0;
};

// They say that they do not block, as the kernel's callers of them must; being a harness's, they yield all the same.
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wfunction-effects"
#endif
/// The machine's atomics, before each operation of which another thread may come in between.
template <class Shipped>
struct yielding {
  static constexpr bool is_shared = Shipped::is_shared;
  using head_word = typename Shipped::head_word;
  static constexpr std::size_t contention_align_bytes = Shipped::contention_align_bytes;
  template <class T>
  static constexpr bool is_lock_free = Shipped::template is_lock_free<T>;

  template <class T>
  class atomic {
  public:
    constexpr atomic() noexcept = default;
    explicit constexpr atomic(T value) noexcept : value_(value) {}

    [[nodiscard]] T load(memory_order order) const noexcept NEBULA_NONBLOCKING {
      interruptions::perhaps_yield();
      return value_.load(order);
    }
    void store(T value, memory_order order) noexcept NEBULA_NONBLOCKING {
      interruptions::perhaps_yield();
      value_.store(value, order);
    }
    T fetch_add(T value, memory_order order) noexcept NEBULA_NONBLOCKING {
      interruptions::perhaps_yield();
      return value_.fetch_add(value, order);
    }
    T fetch_sub(T value, memory_order order) noexcept NEBULA_NONBLOCKING {
      interruptions::perhaps_yield();
      return value_.fetch_sub(value, order);
    }
    [[nodiscard]] bool compare_exchange_weak(T& expected, T desired, memory_order success,
                                             memory_order failure) noexcept NEBULA_NONBLOCKING {
      interruptions::perhaps_yield();
      if (interruptions::fails_without_cause()) {
        expected = value_.load(failure);
        return false;
      }
      return value_.compare_exchange_weak(expected, desired, success, failure);
    }
    [[nodiscard]] bool compare_exchange_strong(T& expected, T desired, memory_order success,
                                               memory_order failure) noexcept NEBULA_NONBLOCKING {
      interruptions::perhaps_yield();
      return value_.compare_exchange_strong(expected, desired, success, failure);
    }

  private:
    typename Shipped::template atomic<T> value_{};
  };
};
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic pop
#endif

} // namespace nebula::stress
