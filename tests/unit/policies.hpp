// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <nebula/kernel/critical_section.hpp>
#include <nebula/kernel/pool.hpp>
#include <nebula/kernel/shared_atomics.hpp>
#include "gtest.hpp"

namespace nebula::test {

/// A critical section that counts its entries: between threads on a hosted system, against interrupts on a Cortex-M.
class counting_section {
#if defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
public:
  using saved = primask_section::saved;
  static saved enter() noexcept NEBULA_NONBLOCKING {
    const saved before = primask_section::enter();
    ++entries_;
    return before;
  }
  static void leave(saved before) noexcept NEBULA_NONBLOCKING { primask_section::leave(before); }

#else
public:
  using saved = std::size_t;
  static saved enter() noexcept NEBULA_NONBLOCKING {
    while (busy_.test_and_set(std::memory_order_acquire)) {
    }
    return ++entries_;
  }
  static void leave(saved entry) noexcept NEBULA_NONBLOCKING {
    intrusions_ += entry == entries_ ? 0U : 1U;
    busy_.clear(std::memory_order_release);
  }

private:
  static inline std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
#endif

public:
  /// Neither while other threads are at work.
  static std::size_t entries() { return entries_; }
  /// Entries that another has come between and their leaving.
  static std::size_t intrusions() { return intrusions_; }

private:
  static inline std::size_t entries_ = 0;
  static inline std::size_t intrusions_ = 0;
};

using section_atomics = critical_section_atomics<counting_section>;
using section_atomics_32 = critical_section_atomics<counting_section, std::uint32_t>;

/// Every shipped policy that this machine can serve; `narrow_policy` has a head of 32 bits.
#if __GCC_ATOMIC_LLONG_LOCK_FREE == 2
using policies = testing::Types<std_atomics, std_atomics_32, section_atomics, section_atomics_32, plain_atomics>;
using narrow_policy = std_atomics_32;
#elif __GCC_ATOMIC_INT_LOCK_FREE == 2
using policies = testing::Types<std_atomics_32, section_atomics, section_atomics_32, plain_atomics>;
using narrow_policy = std_atomics_32;
#else
using policies = testing::Types<section_atomics, section_atomics_32, plain_atomics>;
using narrow_policy = section_atomics_32;
#endif

/// As pool_allocator, with a policy that is not the program's choice.
template <class Atomics>
class lent_pool : public basic_pool<Atomics, span_block_storage<Atomics>> {
public:
  explicit lent_pool(const basic_pool_plan<Atomics>& plan) noexcept
      : basic_pool<Atomics, span_block_storage<Atomics>>(plan) {}
};

} // namespace nebula::test
