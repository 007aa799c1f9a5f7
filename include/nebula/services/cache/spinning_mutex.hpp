// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <mutex>

namespace nebula::services {

/// A std::mutex for what is over sooner than a thread falls asleep and wakes up: lock() tries so many times, with pauses,
/// before it waits in the system. The tries are bounded, so that a holder that does not run, for its priority or its time
/// slice, is waited for as by any mutex. unlock() is the mutex's. Any thread; no interrupt.
class spinning_mutex {
public:
  /// Some microseconds: as long as waking a thread takes.
  static constexpr int tries = 400;
  static constexpr int pauses = 4;

  void lock() {
    for (int each = 0; each < tries; ++each) {
      if (mutex_.try_lock()) {
        return;
      }
      for (int one = 0; one < pauses; ++one) {
        pause();
      }
    }
    mutex_.lock();
  }
  [[nodiscard]] bool try_lock() { return mutex_.try_lock(); }
  void unlock() { mutex_.unlock(); }

private:
  static void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
  }
  std::mutex mutex_;
};

} // namespace nebula::services
