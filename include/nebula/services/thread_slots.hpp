// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>

#include <nebula/kernel/atomics.hpp>

namespace nebula::services {

/// Small numbers for threads: each has one owner at a time, and the next owner's first read follows the last one's last
/// write. What is kept at such a number, in whatever object, thus has a single writer at any time, and a thread that
/// comes goes on from where the thread that ended had left it: nothing is to be collected when a thread ends, and
/// nothing is lost. A template over the atomics, as the kernel's: the race models run this source. [SR-STAT-003]
template <class Atomics, std::uint32_t Count>
class basic_thread_slots {
public:
  /// What claim() gives when all are taken.
  static constexpr std::uint32_t none = Count;

  constexpr basic_thread_slots() noexcept = default;
  basic_thread_slots(const basic_thread_slots&) = delete;
  basic_thread_slots& operator=(const basic_thread_slots&) = delete;
  ~basic_thread_slots() = default;

  /// The lowest number that nobody owned, which the caller owns now; none iff there was no such. O(Count). Lock-free; not
  /// for interrupt handlers.
  [[nodiscard]] std::uint32_t claim() noexcept {
    for (std::uint32_t slot = 0; slot != Count; ++slot) {
      if (owned_[slot].load(memory_order::relaxed) != 0) { // relaxed: a look that saves an exchange
        continue;
      }
      std::uint32_t nobody = 0;
      // acquire: pairs with the release in release(), so that the new owner counts on from the old one's last value.
      // Weakened, race.pool.twin.thread_slot_claimed_relaxed loses a count.
      if (owned_[slot].compare_exchange_strong(nobody, 1, memory_order::acquire, memory_order::relaxed)) {
        return slot;
      }
    }
    return none;
  }
  /// The owner gives it up, and writes nothing at it any more. release: as in claim().
  void release(std::uint32_t slot) noexcept { owned_[slot].store(0, memory_order::release); }

private:
  typename Atomics::template atomic<std::uint32_t> owned_[Count];
};

/// The most threads of a process that have a number at a time; those beyond share what is for all.
inline constexpr std::uint32_t thread_slot_count = 256;

namespace detail {
inline constexpr std::uint32_t thread_slot_not_asked_for = ~std::uint32_t{0}; // no slot's number
/// Without a destructor, so that it can be read as long as the thread runs.
inline constinit thread_local std::uint32_t thread_slot = thread_slot_not_asked_for;
/// Claims one for the calling thread, which gives it up when it ends.
std::uint32_t claim_thread_slot() noexcept;
} // namespace detail

/// The number of the calling thread; thread_slot_count iff all are taken, or the thread is ending and has given its own
/// up. Claimed by the first call of each thread, which is O(thread_slot_count). Never fails, and asks the heap for
/// nothing but what the run-time library takes for a thread's destructor. Not for signal handlers. [SR-STAT-003]
[[nodiscard]] inline std::uint32_t this_thread_slot() noexcept {
  const std::uint32_t slot = detail::thread_slot;
  return slot != detail::thread_slot_not_asked_for ? slot : detail::claim_thread_slot();
}

/// The same for who counts often: thread_slot_count or more as well iff the thread has none yet; this_thread_slot() then
/// claims it.
[[nodiscard]] inline std::uint32_t claimed_thread_slot() noexcept { return detail::thread_slot; }

} // namespace nebula::services
