// SPDX-License-Identifier: Apache-2.0 OR MIT
// What it costs to count an event, one thread and two. An event here changes no block: what is entered in the ledger is
// the count at the end.
#include <atomic>

#include <nebula/kernel/cache_slot.hpp>
#include <nebula/kernel/shared_atomics.hpp>

#include "bench/nebula_blocks.hpp"

namespace nebula::bench {
namespace {

/// What each call of a pool_cache does so that the pool can count: the cache's own slot says how many blocks it keeps.
class cache_slot_subject {
public:
  class front {
  public:
    explicit front(cache_slot_subject& shared) noexcept : slot_(shared.slots_[shared.taken_.fetch_add(1) % 2]) {}
    [[gnu::always_inline]] inline void count(std::size_t events) noexcept {
      slot_.show(static_cast<std::uint32_t>(events) & cache_slot<shared_atomics>::blocks_max);
    }
    [[nodiscard]] std::size_t counted() const noexcept {
      return slot_.version() >> cache_slot<shared_atomics>::block_bits;
    }

  private:
    cache_slot<shared_atomics>& slot_;
  };
  explicit cache_slot_subject(const shape& /*sizes*/) {}

private:
  cache_slot<shared_atomics> slots_[2];
  std::atomic<unsigned> taken_{0};
};

/// The bound: a counter of the thread's own, with plain loads and stores.
class thread_counter_subject {
public:
  class front {
  public:
    explicit front(thread_counter_subject& /*shared*/) noexcept {}
    [[gnu::always_inline]] inline void count(std::size_t /*events*/) noexcept {
      count_.store(count_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    [[nodiscard]] std::size_t counted() const noexcept { return count_.load(); }

  private:
    alignas(64) std::atomic<std::size_t> count_{0};
  };
  explicit thread_counter_subject(const shape& /*sizes*/) {}
};

class shared_counter_subject {
public:
  class front {
  public:
    explicit front(shared_counter_subject& shared) noexcept : count_(shared.count_) {}
    [[gnu::always_inline]] inline void count(std::size_t /*events*/) noexcept {
      count_.fetch_add(1, std::memory_order_relaxed);
    }
    /// What nobody has asked for before.
    [[nodiscard]] std::size_t counted() const noexcept { return count_.exchange(0); }

  private:
    std::atomic<std::size_t>& count_;
  };
  explicit shared_counter_subject(const shape& /*sizes*/) {}

private:
  alignas(64) std::atomic<std::size_t> count_{0};
};

template <int Threads>
struct count_events {
  static constexpr std::size_t events = 256;
  static constexpr int threads = Threads;
  static constexpr double operations = static_cast<double>(events);
  static constexpr std::size_t verified_rounds = 1'000;
  static constexpr std::size_t verified_entries = events * verified_rounds * Threads;
  static constexpr shape sizes{0, 0, 0};

  template <class Front, class Run>
  static void body(Front& counter, Run& run) {
    run.repeat([&] {
      for (std::size_t event = 0; event < events; ++event) {
        counter.count(event);
        keep(&counter);
      }
    });
    run.counted(counter.counted());
  }
};

template <class Scenario>
void add_event_counters(registry& all, const char* scenario) {
  all.add<Scenario, cache_slot_subject>(scenario, "nebula cache_slot");
  all.add<Scenario, thread_counter_subject>(scenario, "thread's own counter");
  all.add<Scenario, shared_counter_subject>(scenario, "shared counter");
}

} // namespace

void add_counters(registry& all) {
  add_event_counters<count_events<1>>(all, "counters_1_thread");
  add_event_counters<count_events<2>>(all, "counters_2_threads");
}

} // namespace nebula::bench
