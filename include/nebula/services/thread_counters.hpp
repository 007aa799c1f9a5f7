// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/atomics.hpp>
#include <nebula/services/thread_slots.hpp>

namespace nebula::services {

/// One count. Whoever is its only writer adds without a locked instruction.
template <class Atomics>
class counter_cell {
public:
  constexpr counter_cell() noexcept = default;

  /// By its only writer. Wraps after 2⁶⁴.
  void add_alone(std::uint64_t amount) noexcept {
    // relaxed, both: one writer, and a count orders nothing; a sum is exact once the callers are known to have finished
    value_.store(value_.load(memory_order::relaxed) + amount, memory_order::relaxed);
  }
  /// By any of several.
  void add_shared(std::uint64_t amount) noexcept {
    static_cast<void>(value_.fetch_add(amount, memory_order::relaxed)); // relaxed: as above
  }
  /// The same, staying at the most that there is instead of wrapping.
  void add_alone_up_to_most(std::uint64_t amount) noexcept {
    const std::uint64_t before = value_.load(memory_order::relaxed);
    value_.store(capped_sum(before, amount), memory_order::relaxed);
  }
  void add_shared_up_to_most(std::uint64_t amount) noexcept {
    std::uint64_t before = value_.load(memory_order::relaxed);
    while (!value_.compare_exchange_weak(before, capped_sum(before, amount), memory_order::relaxed,
                                         memory_order::relaxed)) {
    }
  }
  [[nodiscard]] std::uint64_t get() const noexcept { return value_.load(memory_order::relaxed); }

  [[nodiscard]] static constexpr std::uint64_t capped_sum(std::uint64_t left, std::uint64_t right) noexcept {
    const std::uint64_t most = ~std::uint64_t{0};
    return right > most - left ? most : left + right;
  }

private:
  typename Atomics::template atomic<std::uint64_t> value_;
};

/// Counters of one instance, in as many copies as there may be threads, each on cache lines of its own and with one
/// writer; and one copy more, with locked instructions, for the threads beyond. Exact when no call is under way, also
/// after threads have ended and others have come: a copy belongs to a number of basic_thread_slots, not to a thread, and
/// is never emptied. With calls under way a total is that of some moment for each copy, and never falls, for one reader.
/// All-zero when constructed; needs (Threads + 1) · Counters · 8 bytes, whole cache lines. [SR-STAT-002] [SR-STAT-003]
template <class Atomics, std::size_t Counters, std::uint32_t Threads>
class basic_thread_counters {
public:
  static constexpr std::size_t counter_count = Counters;
  static constexpr std::uint32_t thread_count = Threads;

  constexpr basic_thread_counters() noexcept = default;
  basic_thread_counters(const basic_thread_counters&) = delete;
  basic_thread_counters& operator=(const basic_thread_counters&) = delete;
  ~basic_thread_counters() = default;

  /// `slot` is the calling thread's own, or Threads or more for one that has none. `counter` is below Counters. O(1).
  void add(std::uint32_t slot, std::size_t counter, std::uint64_t amount) noexcept {
    if (slot < Threads) [[likely]] {
      copies_[slot].counters[counter].add_alone(amount);
    } else {
      copies_[Threads].counters[counter].add_shared(amount);
    }
  }
  /// The sum over all threads, those too that have ended. Any thread. O(Threads).
  [[nodiscard]] std::uint64_t total(std::size_t counter) const noexcept {
    std::uint64_t sum = 0;
    for (const copy& each : copies_) {
      sum += each.counters[counter].get();
    }
    return sum;
  }

private:
  struct alignas(Atomics::contention_align_bytes) copy {
    counter_cell<Atomics> counters[Counters];
  };

  copy copies_[Threads + 1];
};

/// Counters for the threads of this process. Any thread; not for signal handlers, for an addition is not one
/// instruction. [SR-STAT-002] [SR-STAT-003]
template <std::size_t Counters, std::uint32_t Threads = 32>
class thread_counters : public basic_thread_counters<std_atomics, Counters, Threads> {
  static_assert(Counters > 0, "at least one counter");
  static_assert(Threads > 0 && Threads <= thread_slot_count, "from 1 to 256 threads with copies of their own");

public:
  constexpr thread_counters() noexcept = default;

  using basic_thread_counters<std_atomics, Counters, Threads>::add;
  void add(std::size_t counter, std::uint64_t amount = 1) noexcept { add(this_thread_slot(), counter, amount); }
};

} // namespace nebula::services
