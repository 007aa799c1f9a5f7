// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <thread>
#include <vector>

#include <nebula/kernel/fault.hpp>
#include <nebula/kernel/result.hpp>

#include "yielding_atomics.hpp"

namespace nebula::stress {

/// A number out of the environment, for longer campaigns; what is no number ends the program with a message.
[[nodiscard]] std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise);
/// NEBULA_STRESS_SEED, printed once by the program's main.
[[nodiscard]] std::uint64_t seed();
/// NEBULA_STRESS_TIMES times as many rounds as usual.
[[nodiscard]] std::uint64_t rounds(std::uint64_t usual);

/// Starts all threads at once and waits for all; each has its own generator of interruptions.
template <class Body>
void run_together(unsigned thread_count, std::uint64_t round, Body body) {
  std::atomic<unsigned> ready{0};
  std::vector<std::thread> threads;
  threads.reserve(thread_count);
  for (unsigned self = 0; self < thread_count; ++self) {
    threads.emplace_back([&ready, &body, self, thread_count, round] {
      interruptions::begin(seed() + round * thread_count + self);
      ready.fetch_add(1);
      while (ready.load() != thread_count) {
        std::this_thread::yield();
      }
      body(self);
      interruptions::end();
    });
  }
  for (std::thread& each : threads) {
    each.join();
  }
}

/// How often each error came up: what the threads were told, what the allocator counted, what its hook heard must agree
/// to the last one.
class error_counts {
public:
  void add(error_code code) { counts_[static_cast<std::size_t>(code)] += 1; }
  void add(const error_counts& other) {
    for (std::size_t code = 0; code < counts_.size(); ++code) {
      counts_[code] += other.counts_[code];
    }
  }
  [[nodiscard]] std::size_t of(error_code code) const { return counts_[static_cast<std::size_t>(code)]; }

private:
  std::array<std::size_t, 256> counts_{};
};

/// A hook that several threads call at a time.
class shared_log {
public:
  [[nodiscard]] fault_hook hook() { return {&shared_log::hear, this}; }
  [[nodiscard]] std::size_t of(error_code code) const {
    return heard_[static_cast<std::size_t>(code)].load(std::memory_order_relaxed);
  }

private:
  static void hear(void* context, const fault& report) {
    static_cast<shared_log*>(context)->heard_[static_cast<std::size_t>(report.what.code)].fetch_add(
        1, std::memory_order_relaxed); // relaxed: read when the threads have ended
  }

  std::array<std::atomic<std::size_t>, 256> heard_{};
};

} // namespace nebula::stress
