// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <nebula/services/state_publisher.hpp>
#include <nebula/services/thread_counters.hpp>
#include <nebula/services/thread_slots.hpp>

#include "pool_bench.hpp"

namespace nebula::race {

/// Threads that come and go, for one number, and one copy of a counter: each claims the number, counts, and gives it up;
/// who does not get it counts where all do. At rest nothing is lost; never do two have the number.
template <unsigned Threads>
class statistics_counters final : public scenario {
public:
  void thread(unsigned /*self*/) override {
    for (unsigned round = 0; round < rounds; ++round) {
      const std::uint32_t slot = slots_.claim();
      require(slot <= slots_.none, "no such number");
      if (slot != slots_.none) {
        owners_ += 1;
        require(owners_ == 1, "one number, two threads");
      }
      counters_.add(slot, 0, 1);
      counters_.add(slot, 1, 2);
      if (slot != slots_.none) {
        owners_ -= 1;
        slots_.release(slot);
      }
    }
  }
  void inspect() override {
    require(counters_.total(0) == std::uint64_t{Threads} * rounds, "lost count");
    require(counters_.total(1) == 2 * std::uint64_t{Threads} * rounds, "lost count");
  }

private:
  static constexpr unsigned rounds = 2;

  services::basic_thread_slots<relacy_atomics, 1> slots_;
  services::basic_thread_counters<relacy_atomics, 2, 1> counters_;
  unsigned owners_ = 0;
};

/// Two threads count, one of them without a copy of its own; a third reads the sum, which never falls.
class statistics_reader final : public scenario {
public:
  void thread(unsigned self) override {
    if (self == 2) {
      std::uint64_t before = 0;
      for (int read = 0; read < 3; ++read) {
        const std::uint64_t now = counters_.total(0);
        require(now >= before && now <= 4, "a sum fell, or is too much");
        before = now;
      }
      return;
    }
    counters_.add(self, 0, 1);
    counters_.add(self, 0, 1);
  }
  void inspect() override { require(counters_.total(0) == 4, "lost count"); }

private:
  services::basic_thread_counters<relacy_atomics, 1, 1> counters_;
};

/// One thread publishes three states, the third into the copy of the first, and one reads: each state that it gets is whole, and none is older than the one before.
class statistics_publisher final : public scenario {
public:
  void thread(unsigned self) override {
    if (self == 0) {
      publish(1);
      publish(2);
      publish(3);
      return;
    }
    std::size_t before = 0;
    for (int read = 0; read < 2; ++read) {
      const allocator_state now = shown_.state();
      require(now.capacity_bytes >= before && now.capacity_bytes <= 3, "an older state");
      before = now.capacity_bytes;
      require(now.used_bytes == before && now.live_blocks == before && now.failures.counts[0] == before &&
                  now.failures.counts[failure_reason_count - 1] == before,
              "half a state");
    }
  }
  void inspect() override { require(shown_.state().capacity_bytes == 3, "another state"); }

private:
  void publish(std::size_t number) {
    allocator_state state;
    state.capacity_bytes = number;
    state.used_bytes = number;
    state.live_blocks = number;
    state.failures.counts[0] = number;
    state.failures.counts[failure_reason_count - 1] = number;
    shown_.publish(state);
  }

  services::basic_state_publisher<relacy_atomics> shown_;
};

} // namespace nebula::race
