// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <nebula/kernel/configuration.hpp>
#include <nebula/kernel/contract.hpp>

namespace nebula {

/// The kernel's own spelling of memory orders: the seam below must compile beside a race detector that redefines the
/// standard's.
enum class memory_order : std::uint8_t { relaxed, acquire, release, acquire_release };

/// The one seam between the kernel's algorithms and the machine's atomics. An atomics policy has a member template
/// `atomic<T>` with load, store, fetch_add, fetch_sub and compare_exchange_{weak,strong}, a constant `is_lock_free<T>`,
/// and the three members below. There are no fences: thread sanitizers do not model them, and none is needed. The
/// shipped policies stand here and in critical_section.hpp, and shared_atomics.hpp has the one that the program chose;
/// the race models' own stands with them, and instantiates the same source. [SR-ATOM-001]
///
/// The machine's own. HeadWord is what a free list's head is swapped as.
template <class HeadWord>
struct basic_std_atomics {
  static constexpr bool is_shared = true;
  using head_word = HeadWord;
  static constexpr std::size_t contention_align_bytes =
      NEBULA_CONTENTION_ALIGN_BYTES; ///< keeps words that many threads write off each other's cache lines

  template <class T>
  class atomic {
  public:
    constexpr atomic() noexcept : value_(T{}) {}
    explicit constexpr atomic(T value) noexcept : value_(value) {}

    [[nodiscard]] NEBULA_INSTRUCTION T load(memory_order order) const noexcept { return value_.load(standard(order)); }
    NEBULA_INSTRUCTION void store(T value, memory_order order) noexcept { value_.store(value, standard(order)); }
    NEBULA_INSTRUCTION T fetch_add(T value, memory_order order) noexcept {
      return value_.fetch_add(value, standard(order));
    }
    NEBULA_INSTRUCTION T fetch_sub(T value, memory_order order) noexcept {
      return value_.fetch_sub(value, standard(order));
    }
    [[nodiscard]] NEBULA_INSTRUCTION bool compare_exchange_weak(T& expected, T desired, memory_order success,
                                                                memory_order failure) noexcept {
      return value_.compare_exchange_weak(expected, desired, standard(success), standard(failure));
    }
    [[nodiscard]] NEBULA_INSTRUCTION bool compare_exchange_strong(T& expected, T desired, memory_order success,
                                                                  memory_order failure) noexcept {
      return value_.compare_exchange_strong(expected, desired, standard(success), standard(failure));
    }

  private:
    std::atomic<T> value_;
  };

  template <class T>
  static constexpr bool is_lock_free = std::atomic<T>::is_always_lock_free;

private:
  [[nodiscard]] NEBULA_INSTRUCTION static constexpr std::memory_order standard(memory_order order) noexcept {
    switch (order) {
    case memory_order::acquire: return std::memory_order_acquire;
    case memory_order::release: return std::memory_order_release;
    case memory_order::acquire_release: return std::memory_order_acq_rel;
    case memory_order::relaxed: break;
    }
    return std::memory_order_relaxed;
  }
};

using std_atomics = basic_std_atomics<std::uint64_t>;
/// For machines without a lock-free compare-exchange of 64 bits: the tag of a free list's head is narrow. [SR-ATOM-002]
using std_atomics_32 = basic_std_atomics<std::uint32_t>;

/// For allocators with one owner: the same operations on plain values.
struct plain_atomics {
  static constexpr bool is_shared = false;
  using head_word = std::uint64_t;
  static constexpr std::size_t contention_align_bytes = alignof(std::uint64_t);

  template <class T>
  class atomic {
  public:
    constexpr atomic() noexcept = default;
    explicit constexpr atomic(T value) noexcept : value_(value) {}

    [[nodiscard]] constexpr T load(memory_order /*order*/) const noexcept { return value_; }
    constexpr void store(T value, memory_order /*order*/) noexcept { value_ = value; }
    constexpr T fetch_add(T value, memory_order /*order*/) noexcept {
      const T before = value_;
      value_ = static_cast<T>(value_ + value);
      return before;
    }
    constexpr T fetch_sub(T value, memory_order /*order*/) noexcept {
      const T before = value_;
      value_ = static_cast<T>(value_ - value);
      return before;
    }
    [[nodiscard]] constexpr bool compare_exchange_weak(T& expected, T desired, memory_order success,
                                                       memory_order failure) noexcept {
      return compare_exchange_strong(expected, desired, success, failure);
    }
    [[nodiscard]] constexpr bool compare_exchange_strong(T& expected, T desired, memory_order /*success*/,
                                                         memory_order /*failure*/) noexcept {
      if (value_ != expected) {
        expected = value_;
        return false;
      }
      value_ = desired;
      return true;
    }

  private:
    T value_{};
  };

  template <class T>
  static constexpr bool is_lock_free = true;
};

} // namespace nebula
