// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <nebula/kernel/contract.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/marker.hpp>
#include <nebula/kernel/result.hpp>
#include <nebula/kernel/state.hpp>
#include <nebula/services/event_log.hpp>
#include <nebula/services/log_event.hpp>

/// The least level that logged<> has code for, by its number; CMake's NEBULA_SERVICES_LOG_LEVEL sets it for all.
#if !defined(NEBULA_SERVICES_LOG_LEVEL)
#define NEBULA_SERVICES_LOG_LEVEL 0
#endif

namespace nebula::services {

inline constexpr log_level compiled_log_level{NEBULA_SERVICES_LOG_LEVEL};

/// An allocator whose calls are logged, at the price of what the level needs and no more: unlike observed<> it does not
/// ask for the allocator's state where nobody listens. Levels below Least are not compiled; log_calls() leaves out all of
/// them. [SR-LOG-007]
///
/// A failed call is told, whatever it was. How near to its capacity the allocator is, it looks at every log's look_every()
/// allocations and at each refusal: so a warning comes at most that many allocations late, and never later than the first
/// refusal. One owner, as a pool_cache: threads that share an allocator have each their own, over one log. Allocator and
/// log outlive it. Does not allocate. Members that the allocator has not cannot be called.
template <class Allocator, log_level Least>
class logged {
  static_assert(Least < log_level::off, "log_calls() is the allocator itself where logging is compiled out");

public:
  using allocator_type = Allocator;

  logged(Allocator& allocator, event_log& log) noexcept : allocator_(allocator), log_(log), left_(log.look_every()) {}

  [[nodiscard]] NEBULA_FAST result<std::byte*> allocate(layout request) noexcept {
    const result<std::byte*> outcome = allocator_.allocate(request);
    told(outcome, log_action::allocated, operation::allocate, request, outcome.value());
    return outcome;
  }
  [[nodiscard]] NEBULA_FAST result<std::byte*> try_allocate(layout request, std::size_t max_retries) noexcept {
    const result<std::byte*> outcome = allocator_.try_allocate(request, max_retries);
    told(outcome, log_action::allocated, operation::allocate, request, outcome.value());
    return outcome;
  }
  [[nodiscard]] NEBULA_FAST result<void> deallocate(std::byte* block, layout allocated) noexcept {
    const result<void> outcome = allocator_.deallocate(block, allocated);
    told(outcome, log_action::deallocated, operation::deallocate, allocated, block);
    return outcome;
  }
  [[nodiscard]] auto resize_top(std::byte* block, layout allocated, std::size_t size_bytes) noexcept {
    const auto outcome = allocator_.resize_top(block, allocated, size_bytes);
    told(outcome, log_action::resized, operation::resize, layout{size_bytes, allocated.align}, block);
    return outcome;
  }
  [[nodiscard]] result<marker> mark() noexcept {
    const result<marker> outcome = allocator_.mark();
    told(outcome, log_action::marked, operation::mark, no_layout, nullptr);
    return outcome;
  }
  [[nodiscard]] result<void> restore(const marker& point) noexcept {
    const result<void> outcome = allocator_.restore(point);
    told(outcome, log_action::restored, operation::restore, no_layout, nullptr);
    return outcome;
  }
  [[nodiscard]] result<void> reset() noexcept {
    const result<void> outcome = allocator_.reset();
    told(outcome, log_action::all_reset, operation::reset, no_layout, nullptr);
    return outcome;
  }
  [[nodiscard]] result<void> check_invariants() const noexcept {
    const result<void> outcome = allocator_.check_invariants();
    if (NEBULA_UNLIKELY(!outcome.has_value())) {
      tell_failure(outcome.error(), no_layout, nullptr);
    }
    return outcome;
  }
  [[nodiscard]] bool owns(const std::byte* address) const noexcept { return allocator_.owns(address); }
  [[nodiscard]] allocator_state state() const noexcept { return allocator_.state(); }

  /// The allocator itself, whose calls are not logged.
  [[nodiscard]] Allocator& unlogged() const noexcept { return allocator_; }

private:
  static constexpr layout no_layout{0, 0};

  template <class T>
  NEBULA_FAST void told(const result<T>& outcome, log_action action, operation during, layout request,
                        const std::byte* block) noexcept {
    if (NEBULA_UNLIKELY(!outcome.has_value())) {
      tell_failure(outcome.error(), request, block);
      if constexpr (Least <= log_level::warning) {
        look();
      }
      return;
    }
    // Each of the levels is left out where it is not compiled.
    if (level_of(action) >= Least && log_.is_on(level_of(action))) {
      tell_success(action, during, request, block);
    }
    if (Least <= log_level::warning && action == log_action::allocated && NEBULA_UNLIKELY(--left_ == 0)) {
      look();
    }
  }
  [[gnu::noinline]] void tell_success(log_action action, operation during, layout request,
                                      const std::byte* block) const noexcept {
    const allocator_state now = allocator_.state();
    log_event event;
    event.action = action;
    event.during = during;
    event.request = request;
    event.offset = log_.offset_of(block);
    event.used_bytes = now.used_bytes;
    event.capacity_bytes = now.capacity_bytes;
    log_.tell(event);
  }
  [[gnu::noinline, gnu::cold]] void tell_failure(error failed, layout request, const std::byte* block) const noexcept {
    const allocator_state now = allocator_.state();
    log_event event;
    event.action = is_corruption(failed.code) ? log_action::corrupted
                   : is_misuse(failed.code)   ? log_action::misused
                                              : log_action::refused;
    event.during = failed.during;
    event.failure = failed;
    event.request = request;
    event.offset = log_.offset_of(block);
    event.used_bytes = now.used_bytes;
    event.capacity_bytes = now.capacity_bytes;
    log_.tell(event);
  }
  [[gnu::noinline]] void look() noexcept {
    left_ = log_.look_every();
    if (log_.is_on(log_level::warning)) {
      const allocator_state now = allocator_.state();
      log_.look(now.used_bytes, now.capacity_bytes);
    }
  }

  Allocator& allocator_;
  event_log& log_;
  std::uint32_t left_; ///< allocations until it looks how near to its capacity the allocator is
};

/// What log_calls() returns: a logged<>, or, with log_level::off, a reference to the allocator. To be kept as a member.
template <class Allocator, log_level Least = compiled_log_level>
using logged_calls = std::conditional_t<Least == log_level::off, Allocator&, logged<Allocator, Least>>;

/// The allocator as it is to be called: `auto&& messages = log_calls(pool, log);`. Where logging is compiled out that is the
/// allocator itself, and so each call costs what it costs without any of this, to the instruction. [SR-LOG-007]
template <log_level Least = compiled_log_level, class Allocator>
[[nodiscard]] logged_calls<Allocator, Least> log_calls(Allocator& allocator, [[maybe_unused]] event_log& log) noexcept {
  if constexpr (Least == log_level::off) {
    return allocator;
  } else {
    return logged<Allocator, Least>(allocator, log);
  }
}

/// Tells that an allocator was made, with its capacity, and that it ends, with what it then still holds. The allocator
/// and the log outlive it: it stands right behind the allocator. [SR-LOG-001]
template <class Allocator>
class logged_life {
public:
  logged_life(const Allocator& allocator, event_log& log) noexcept : allocator_(allocator), log_(log) {
    tell(log_action::created);
  }
  logged_life(const logged_life&) = delete;
  logged_life& operator=(const logged_life&) = delete;
  ~logged_life() { tell(log_action::destroyed); }

private:
  void tell(log_action action) const noexcept {
    if (!log_.is_on(log_level::info)) {
      return;
    }
    const allocator_state now = allocator_.state();
    log_event event;
    event.action = action;
    event.used_bytes = now.used_bytes;
    event.capacity_bytes = now.capacity_bytes;
    log_.tell(event);
  }

  const Allocator& allocator_;
  event_log& log_;
};

template <class Allocator>
logged_life(const Allocator&, event_log&) -> logged_life<Allocator>;

} // namespace nebula::services
