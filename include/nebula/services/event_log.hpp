// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <nebula/kernel/fault.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/observed.hpp>
#include <nebula/services/allocator_name.hpp>
#include <nebula/services/log_clock.hpp>
#include <nebula/services/log_event.hpp>
#include <nebula/services/log_sink.hpp>
#include <nebula/services/memory_failure.hpp>
#include <nebula/services/rate_limit.hpp>

namespace nebula::services {

/// How many events of a level are told. What is left out is counted, and the next one that is told says how many.
struct log_limit {
  std::uint32_t sample_every = 1;      ///< the first of each so many; 1: all
  std::uint32_t events_per_second = 0; ///< of those that the sample leaves; 0: all
  std::uint32_t burst_events = 100;    ///< as many at once, after silence
};

class event_log_plan;

/// How the calls of an allocator are to be logged.
struct event_log_config {
  static constexpr std::uint32_t look_every_max = 1U << 20U;

  std::string_view name; ///< of the allocator; is copied
  log_level level = log_level::warning;
  byte_span storage{nullptr, 0}; ///< what offsets count from; empty: no offsets
  unsigned near_percent = 90;    ///< of the capacity: what near_capacity is above
  std::uint32_t look_every = 32; ///< logged<> looks how near at each so many allocations, and at each refusal
  std::array<log_limit, log_level_count> limits{}; ///< of each level, by its number
  log_clock clock{};
  fault_hook next_hook{}; ///< is told after the log of each fault that hook() hears of

  /// invalid_configuration, with field, value and range, in this order: name_bytes iff the name has no byte or more than
  /// allocator_name::bytes_max; log_level iff it is no enumerator; near_percent iff above 100; look_every,
  /// sample_every and burst_events iff 0, look_every also iff above look_every_max; events_per_second iff above
  /// rate_limit::rate_max. [SR-LOG-006]
  [[nodiscard]] memory_outcome<event_log_plan> validate() const noexcept;
};

/// A log's configuration that was found valid. Made by event_log_config::validate() only.
class event_log_plan {
public:
  event_log_plan() noexcept = default; ///< of a log that tells nothing

private:
  friend struct event_log_config;
  friend class event_log;

  event_log_config config_{.name = {}, .level = log_level::off};
  allocator_name name_;
};

/// What became of the events at or above the log's level. Exact when no call is under way.
struct log_counts {
  std::uint64_t told = 0;
  std::uint64_t sampled_out = 0;
  std::uint64_t over_rate = 0;
  std::uint64_t inside_sink = 0; ///< caused by a sink, on its own thread
};

/// Between allocators and a sink: hears what happens, decides what is told, and makes events of it. [SR-LOG-001]
///
/// It hears through any of: observer(), the kernel's hook for observed<>; hook(), the kernel's hook for faults; logged<>,
/// which asks only what its level needs. None of them allocates; what the sink does is the sink's. An event is told in
/// the context of the call. Threads: any number at a time, as many as the sink stands. [SR-LOG-008] Interrupts: no. The log outlives
/// all that tells it; the sink outlives the log.
///
/// While a sink writes, whatever happens on that thread is counted and not told, of this log and of all others: a sink
/// that allocates from the logged allocator, or by way of others back to itself, ends. [SR-LOG-003]
class event_log {
public:
  event_log(const event_log_plan& plan, log_sink& sink) noexcept;
  event_log(const event_log&) = delete;
  event_log& operator=(const event_log&) = delete;
  /// Flushes.
  ~event_log();

  /// For observed<>: validate() of it makes the plan. For one owner: local_observer_config.
  template <class Atomics = shared_atomics>
  [[nodiscard]] basic_observer_config<Atomics> observer() noexcept {
    basic_observer_config<Atomics> config;
    config.function = &event_log::hear_event;
    config.context = this;
    config.near_percent = near_percent_;
    return config;
  }
  /// For an allocator's configuration: faults are logged, and then told to the next hook. Without a next hook misuse
  /// returns its error, and corruption too, which is latched: give trap_on_fault() where it is to end the program.
  [[nodiscard]] fault_hook hook() noexcept { return {&event_log::hear_fault, this}; }

  [[nodiscard]] log_level level() const noexcept { return level_.load(std::memory_order_relaxed); }
  /// From now on, for each thread as soon as it sees it. What is no enumerator is off.
  void set_level(log_level level) noexcept;
  /// True iff events of this level may be told.
  [[nodiscard]] bool is_on(log_level level) const noexcept { return level >= this->level(); }

  /// Tells an event of level_of(its action), of which the caller has filled in what happened: the log adds name, level,
  /// time and what was suppressed. Left out iff the level is off, the sample or the rate says so, or a sink is writing on
  /// this thread.
  void tell(log_event event) noexcept;
  /// Tells near_capacity iff more than the threshold is used and was not when last looked at, whoever looked.
  void look(std::size_t used_bytes, std::size_t capacity_bytes) noexcept;
  /// Tells how many events have been suppressed and not been told of, for each level that has some, whatever its rate; and
  /// flushes the sink.
  void flush() noexcept;

  [[nodiscard]] std::string_view name() const noexcept { return name_.view(); }
  [[nodiscard]] std::uint32_t look_every() const noexcept { return look_every_; }
  [[nodiscard]] log_counts counts() const noexcept;
  /// The distance of a block from the storage's begin; log_event::no_offset iff it is not in there.
  [[nodiscard]] std::size_t offset_of(const std::byte* block) const noexcept;

private:
  /// What lets the events of one level pass, or not.
  struct gate {
    explicit gate(const log_limit& limit) noexcept
        : sample_every(limit.sample_every), rate(limit.events_per_second, limit.burst_events) {}

    std::uint64_t sample_every;
    rate_limit rate;
    std::atomic<std::uint64_t> seen{0};
    std::atomic<std::uint64_t> suppressed{0}; ///< and not yet told of
  };

  static void hear_event(void* context, const allocation_event& event);
  static void hear_fault(void* context, const fault& report);
  [[nodiscard]] bool passes(gate& which) noexcept;
  void write(log_event& event) noexcept;

  allocator_name name_;
  byte_span storage_;
  unsigned near_percent_;
  std::uint32_t look_every_;
  log_clock clock_;
  fault_hook next_hook_;
  log_sink& sink_;
  std::atomic<log_level> level_;
  std::atomic<bool> is_near_{false};
  std::array<gate, log_level_count> gates_;
  std::atomic<std::uint64_t> told_{0};
  std::atomic<std::uint64_t> sampled_out_{0};
  std::atomic<std::uint64_t> over_rate_{0};
  std::atomic<std::uint64_t> inside_sink_{0};
};

} // namespace nebula::services
