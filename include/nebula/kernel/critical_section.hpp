// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/atomics.hpp>
#include <nebula/kernel/configuration.hpp>
#include <nebula/kernel/contract.hpp>

namespace nebula {

/// Atomics for processors without a compare-exchange: each operation is a few instructions inside of a critical
/// section, which nothing that calls the same allocator can interrupt. No section is held from one operation to the
/// next, and none contains a loop. [SR-ATOM-003]
///
/// Section has a type `saved`, and two static functions that do not throw and order memory as a lock does:
/// `saved enter()` and `void leave(saved)`. Sections do not nest. On one core, disabling interrupts makes one; between
/// cores, it must also exclude the other cores. HeadWord, of 32 or 64 bits, as for the other policies; 64 are in reach
/// of any processor here.
template <class Section, class HeadWord = std::uint64_t>
struct critical_section_atomics {
  static constexpr bool is_shared = true;
  using head_word = HeadWord;
  static constexpr std::size_t contention_align_bytes = NEBULA_CONTENTION_ALIGN_BYTES;

  template <class T>
  class atomic {
  public:
    constexpr atomic() noexcept = default;
    explicit constexpr atomic(T value) noexcept : value_(value) {}

    [[nodiscard]] T load(memory_order /*order*/) const noexcept NEBULA_NONBLOCKING {
      const guard inside;
      return value_;
    }
    void store(T value, memory_order /*order*/) noexcept NEBULA_NONBLOCKING {
      const guard inside;
      value_ = value;
    }
    T fetch_add(T value, memory_order /*order*/) noexcept NEBULA_NONBLOCKING {
      const guard inside;
      const T before = value_;
      value_ = static_cast<T>(before + value);
      return before;
    }
    T fetch_sub(T value, memory_order /*order*/) noexcept NEBULA_NONBLOCKING {
      const guard inside;
      const T before = value_;
      value_ = static_cast<T>(before - value);
      return before;
    }
    [[nodiscard]] bool compare_exchange_weak(T& expected, T desired, memory_order success,
                                             memory_order failure) noexcept NEBULA_NONBLOCKING {
      return compare_exchange_strong(expected, desired, success, failure);
    }
    [[nodiscard]] bool compare_exchange_strong(T& expected, T desired, memory_order /*success*/,
                                               memory_order /*failure*/) noexcept NEBULA_NONBLOCKING {
      const guard inside;
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

  /// Whatever its width: nobody can be stopped inside of a section and be waited for by the others.
  template <class T>
  static constexpr bool is_lock_free = true;

private:
  class guard {
  public:
    guard() noexcept NEBULA_NONBLOCKING : saved_(Section::enter()) {}
    ~guard() NEBULA_NONBLOCKING { Section::leave(saved_); }
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;

  private:
    typename Section::saved saved_;
  };
};

#if defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
/// Interrupts disabled, on the one core of a Cortex-M. NMI and HardFault handlers are not held up, and must not call an
/// allocator; code without privilege cannot disable interrupts, and must not either. Source: Arm, "ARMv6-M Architecture
/// Reference Manual", B1.4.3, PRIMASK.
struct primask_section {
  using saved = std::uint32_t; ///< whether interrupts were disabled before

  [[nodiscard]] static saved enter() noexcept NEBULA_NONBLOCKING {
    saved before = 0;
    __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(before) : : "memory");
    return before;
  }
  static void leave(saved before) noexcept NEBULA_NONBLOCKING {
    __asm__ volatile("msr primask, %0" : : "r"(before) : "memory");
  }
};
#endif

} // namespace nebula
