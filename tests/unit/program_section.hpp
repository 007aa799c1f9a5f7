// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <atomic>

#include <nebula/kernel/contract.hpp>

namespace nebula {

/// A program's own critical section, as NEBULA_CRITICAL_SECTION_HEADER brings it: here one that excludes threads.
struct program_section {
  using saved = bool;
  static saved enter() noexcept NEBULA_NONBLOCKING {
    while (busy.test_and_set(std::memory_order_acquire)) {
    }
    return true;
  }
  static void leave(saved /*before*/) noexcept NEBULA_NONBLOCKING { busy.clear(std::memory_order_release); }
  static inline std::atomic_flag busy = ATOMIC_FLAG_INIT;
};

} // namespace nebula
