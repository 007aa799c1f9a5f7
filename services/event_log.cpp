// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/event_log.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/fault.hpp>
#include <nebula/kernel/observed.hpp>
#include <nebula/services/allocator_name.hpp>
#include <nebula/services/log_clock.hpp>
#include <nebula/services/log_event.hpp>
#include <nebula/services/log_sink.hpp>
#include <nebula/services/memory_failure.hpp>
#include <nebula/services/rate_limit.hpp>

namespace nebula::services {
namespace {

/// True while a sink writes on this thread, of whichever log: through others, a sink may come back to itself.
thread_local bool a_sink_writes = false;

std::uint64_t system_monotonic(void* /*context*/) noexcept {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}
std::uint64_t system_since_1970(void* /*context*/) noexcept {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

/// The system's functions, which look at no context, in the place of those that are null.
log_clock with_system_functions(log_clock clock) noexcept {
  clock.monotonic = clock.monotonic == nullptr ? &system_monotonic : clock.monotonic;
  clock.since_1970 = clock.since_1970 == nullptr ? &system_since_1970 : clock.since_1970;
  return clock;
}

log_action action_of(event_kind kind) noexcept {
  switch (kind) {
  case event_kind::allocate: return log_action::allocated;
  case event_kind::deallocate: return log_action::deallocated;
  case event_kind::mark: return log_action::marked;
  case event_kind::restore: return log_action::restored;
  case event_kind::reset: return log_action::all_reset;
  case event_kind::refuse: return log_action::refused;
  case event_kind::misuse: return log_action::misused;
  case event_kind::corrupt: return log_action::corrupted;
  case event_kind::near_capacity: return log_action::near_capacity;
  case event_kind::resize: break;
  }
  return log_action::resized;
}

memory_failure failure_of(const log_limit& limit) noexcept {
  if (limit.sample_every == 0) {
    return out_of_range(memory_field::sample_every, 0, 1, std::numeric_limits<std::uint32_t>::max());
  }
  if (limit.burst_events == 0) {
    return out_of_range(memory_field::burst_events, 0, 1, std::numeric_limits<std::uint32_t>::max());
  }
  if (limit.events_per_second > rate_limit::rate_max) {
    return out_of_range(memory_field::events_per_second, limit.events_per_second, 0, rate_limit::rate_max);
  }
  return {};
}

void increment(std::atomic<std::uint64_t>& counter) noexcept {
  counter.fetch_add(1, std::memory_order_relaxed); // relaxed: a count, which orders nothing else
}

} // namespace

const log_clock& system_log_clock() noexcept {
  static constexpr log_clock clock{nullptr, &system_monotonic, &system_since_1970};
  return clock;
}

memory_outcome<event_log_plan> event_log_config::validate() const noexcept {
  if (name.empty() || name.size() > allocator_name::bytes_max) {
    return out_of_range(memory_field::name_bytes, name.size(), 1, allocator_name::bytes_max);
  }
  if (level > log_level::off) {
    return out_of_range(memory_field::log_level, static_cast<std::size_t>(level), 0,
                        static_cast<std::size_t>(log_level::off));
  }
  if (near_percent > 100) {
    return out_of_range(memory_field::near_percent, near_percent, 0, 100);
  }
  if (look_every == 0 || look_every > look_every_max) {
    return out_of_range(memory_field::look_every, look_every, 1, look_every_max);
  }
  for (const log_limit& limit : limits) {
    if (const memory_failure wrong = failure_of(limit); wrong.code != memory_failure_code::none) {
      return wrong;
    }
  }
  event_log_plan plan;
  plan.config_ = *this;
  plan.config_.name = {}; // whose bytes need not live on
  plan.name_ = name;
  return plan;
}

event_log::event_log(const event_log_plan& plan, log_sink& sink) noexcept
    : name_(plan.name_),
      storage_(plan.config_.storage),
      near_percent_(plan.config_.near_percent),
      look_every_(plan.config_.look_every),
      clock_(with_system_functions(plan.config_.clock)),
      next_hook_(plan.config_.next_hook),
      sink_(sink),
      level_(plan.config_.level),
      gates_{gate(plan.config_.limits[0]), gate(plan.config_.limits[1]), gate(plan.config_.limits[2]),
             gate(plan.config_.limits[3]), gate(plan.config_.limits[4])} {}

event_log::~event_log() { flush(); }

void event_log::set_level(log_level level) noexcept {
  level_.store(level > log_level::off ? log_level::off : level, std::memory_order_relaxed);
}

std::size_t event_log::offset_of(const std::byte* block) const noexcept {
  const auto begin = reinterpret_cast<std::uintptr_t>(storage_.data);
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  return address >= begin && address - begin < storage_.size ? address - begin : log_event::no_offset;
}

bool event_log::passes(gate& which) noexcept {
  const std::uint64_t number = which.seen.fetch_add(1, std::memory_order_relaxed);
  if (number % which.sample_every != 0) {
    increment(sampled_out_);
    increment(which.suppressed);
    return false;
  }
  if (!which.rate.take(clock_.monotonic(clock_.context))) {
    increment(over_rate_);
    increment(which.suppressed);
    return false;
  }
  return true;
}

void event_log::write(log_event& event) noexcept {
  event.allocator = name_.view();
  event.unix_nanoseconds = clock_.since_1970(clock_.context);
  increment(told_);
  a_sink_writes = true;
  sink_.write(event);
  a_sink_writes = false;
}

void event_log::tell(log_event event) noexcept {
  event.level = level_of(event.action);
  if (event.level == log_level::off || !is_on(event.level)) {
    return;
  }
  if (a_sink_writes) {
    increment(inside_sink_);
    return;
  }
  gate& level_gate = gates_[static_cast<std::size_t>(event.level)];
  if (!passes(level_gate)) {
    return;
  }
  event.suppressed_before = level_gate.suppressed.exchange(0, std::memory_order_relaxed);
  write(event);
}

void event_log::look(std::size_t used_bytes, std::size_t capacity_bytes) noexcept {
  const bool is_near = used_bytes > percent_of(capacity_bytes, near_percent_);
  // relaxed: one of several lookers must win, which any order gives
  if (is_near_.exchange(is_near, std::memory_order_relaxed) || !is_near) {
    return;
  }
  log_event event;
  event.action = log_action::near_capacity;
  event.used_bytes = used_bytes;
  event.capacity_bytes = capacity_bytes;
  tell(event);
}

void event_log::flush() noexcept {
  if (a_sink_writes) {
    return;
  }
  for (std::size_t level = 0; level < log_level_count; ++level) {
    log_event event;
    event.level = static_cast<log_level>(level);
    event.suppressed_before = gates_[level].suppressed.exchange(0, std::memory_order_relaxed);
    if (event.suppressed_before != 0) {
      write(event);
    }
  }
  a_sink_writes = true;
  sink_.flush();
  a_sink_writes = false;
}

log_counts event_log::counts() const noexcept {
  return {told_.load(std::memory_order_relaxed), sampled_out_.load(std::memory_order_relaxed),
          over_rate_.load(std::memory_order_relaxed), inside_sink_.load(std::memory_order_relaxed)};
}

void event_log::hear_event(void* context, const allocation_event& event) {
  auto& log = *static_cast<event_log*>(context);
  const log_action action = action_of(event.kind);
  if (!log.is_on(level_of(action))) {
    return;
  }
  log_event told;
  told.action = action;
  told.during = event.during;
  told.failure = event.failure;
  told.request = event.request;
  told.offset = log.offset_of(event.block);
  told.used_bytes = event.used_bytes;
  told.capacity_bytes = event.capacity_bytes;
  log.tell(told);
}

void event_log::hear_fault(void* context, const fault& report) {
  auto& log = *static_cast<event_log*>(context);
  log_event told;
  told.action = is_corruption(report.what.code) ? log_action::corrupted : log_action::misused;
  told.during = report.what.during;
  told.failure = report.what;
  told.broken = report.broken;
  told.offset = log.offset_of(static_cast<const std::byte*>(report.address));
  log.tell(told);
  if (log.next_hook_.function != nullptr) {
    log.next_hook_.function(log.next_hook_.context, report);
  }
}

} // namespace nebula::services
