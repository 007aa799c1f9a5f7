// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/atomics.hpp>
#include <nebula/kernel/audit.hpp>
#include <nebula/kernel/check_level.hpp>
#include <nebula/kernel/exact_use.hpp>
#include <nebula/kernel/instance_of.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/marker.hpp>
#include <nebula/kernel/shared_atomics.hpp>
#include <nebula/kernel/state.hpp>

namespace nebula {

enum class event_kind : std::uint8_t {
  allocate = 0,      ///< a block was allocated
  deallocate = 1,    ///< a block was freed
  mark = 2,          ///< a mark was made
  restore = 3,       ///< a mark was restored
  reset = 4,         ///< all was given back
  refuse = 5,        ///< a call was refused
  misuse = 6,        ///< a call broke a rule
  corrupt = 7,       ///< an invariant does not hold
  near_capacity = 8, ///< more than the threshold is used, and was not when last looked at
  resize = 9,        ///< a block has another size; the request is the new one
};

/// What happened. A POD: nothing in it is to be freed, and no text is made of it before someone wants one.
struct allocation_event {
  event_kind kind = event_kind::allocate;
  operation during = operation::none; ///< the call
  error failure{};                    ///< of refuse, misuse and corrupt; names the part that reported it
  layout request{0, 0};               ///< as given by the caller; of size 0 where none is given
  const std::byte* block = nullptr;   ///< as returned or given; log its distance from the storage rather than itself
  std::size_t used_bytes = 0;         ///< of the allocator, after the call
  std::size_t capacity_bytes = 0;
};

/// Called after each call, in its context: possibly an interrupt, possibly several at a time. It may call any
/// allocator, the observed one too; its own calls of the observed one cause no event while as many hooks are under way
/// as there may be.
using event_function = void (*)(void* context, const allocation_event& event);

template <class Atomics>
class basic_observer_plan;

/// How an allocator is to be observed.
template <class Atomics>
struct basic_observer_config {
  using plan_type = basic_observer_plan<Atomics>;

  event_function function = nullptr; ///< null: nobody wants to hear of it, and nothing is looked at
  void* context = nullptr;           ///< passed to the function unchanged
  unsigned near_percent = 90;        ///< of the capacity: what event_kind::near_capacity is above
  /// The most hooks under way at a time, all threads and interrupts together. For one owner 1: no event from inside of
  /// the hook. For a shared allocator at least as many as may call it at a time, lest they lose events to each other;
  /// it is also where a hook that calls the observed allocator, and so itself, comes to an end.
  std::size_t hooks_max = Atomics::is_shared ? 64 : 1;

  /// invalid_configuration, field high_percent, iff near_percent is above 100.
  [[nodiscard]] constexpr result<plan_type> validate() const noexcept {
    if (near_percent > 100) {
      return error{error_code::invalid_configuration, operation::configure, component::observed,
                   configuration_field::high_percent};
    }
    return plan_type{*this};
  }
};

/// An observer's configuration that was found valid. Made by basic_observer_config::validate() only. [SR-CFG-001]
template <class Atomics>
class basic_observer_plan {
public:
  constexpr basic_observer_plan() noexcept = default; ///< no plan at all: observes nothing

private:
  template <class>
  friend struct basic_observer_config;
  template <class, class>
  friend class observed;

  explicit constexpr basic_observer_plan(const basic_observer_config<Atomics>& config) noexcept : config_(config) {}

  basic_observer_config<Atomics> config_{};
};

using observer_config = basic_observer_config<shared_atomics>;
using local_observer_config = basic_observer_config<plain_atomics>;

/// An allocator that tells of each of its calls. [SR-ADAPT-003] It does what the allocator does, and returns what that
/// returns. Allocator and hook outlive it. Threads and interrupts: as the allocator allows, with shared_atomics. Members
/// that the allocator has not are not there.
///
/// A hook that calls back meets a bound: an event for which hooks_max hooks are under way already is dropped, and
/// counted. A flag would do for one thread; for several it could not tell a call from inside of the hook from another
/// thread's. [SR-ADAPT-004] Without any recursion: call unobserved() in the hook.
template <class Allocator, class Atomics = shared_atomics>
class observed {
public:
  using allocator_type = Allocator;
  using plan_type = basic_observer_plan<Atomics>;
  using audit_cursor_type = typename audit_cursor_for<Allocator>::type;
  static constexpr bool has_exact_use = exact_use<Allocator>::value;

  observed(Allocator& allocator, const plan_type& plan) noexcept : allocator_(allocator), config_(plan.config_) {}
  observed(const observed&) = delete;
  observed& operator=(const observed&) = delete;
  ~observed() = default;

  [[nodiscard]] result<std::byte*> allocate(layout request) noexcept NEBULA_NONBLOCKING {
    return told_block(allocator_.allocate(request), request);
  }
  template <class Inner = Allocator>
  [[nodiscard]] auto try_allocate(layout request, std::size_t max_retries) noexcept NEBULA_NONBLOCKING
      -> decltype(instance_of<Inner&>().try_allocate(request, max_retries)) {
    return told_block(allocator_.try_allocate(request, max_retries), request);
  }
  [[nodiscard]] result<void> deallocate(std::byte* block, layout allocated) noexcept NEBULA_NONBLOCKING {
    return told(allocator_.deallocate(block, allocated), event_kind::deallocate, operation::deallocate, allocated,
                block);
  }
  [[nodiscard]] result<void> deallocate(std::byte* block) noexcept NEBULA_NONBLOCKING {
    return told(allocator_.deallocate(block), event_kind::deallocate, operation::deallocate, no_layout, block);
  }
  /// As the allocator's: see basic_pool::deallocate_after(). One event, after the action. [SR-LIFE-001]
  template <class Action, class Inner = Allocator>
  [[nodiscard]] auto deallocate_after(std::byte* block, layout allocated, Action action) noexcept
      -> decltype(instance_of<Inner&>().deallocate_after(block, allocated, action)) {
    return told(allocator_.deallocate_after(block, allocated, action), event_kind::deallocate, operation::deallocate,
                allocated, block);
  }
  /// By a handle, where there are handles.
  template <class Handle, class Inner = Allocator,
            class = std::enable_if_t<!std::is_convertible_v<Handle, const std::byte*>>>
  [[nodiscard]] auto deallocate(Handle handle) noexcept NEBULA_NONBLOCKING
      -> decltype(instance_of<Inner&>().deallocate(handle)) {
    return told(allocator_.deallocate(handle), event_kind::deallocate, operation::deallocate, no_layout, nullptr);
  }
  /// The same by a handle.
  template <class Handle, class Action, class Inner = Allocator>
  [[nodiscard]] auto deallocate_after(Handle handle, Action action) noexcept
      -> decltype(instance_of<Inner&>().deallocate_after(handle, action)) {
    return told(allocator_.deallocate_after(handle, action), event_kind::deallocate, operation::deallocate, no_layout,
                nullptr);
  }
  template <class Inner = const Allocator>
  [[nodiscard]] auto handle_of(const std::byte* block) const noexcept NEBULA_NONBLOCKING
      -> decltype(instance_of<Inner&>().handle_of(block)) {
    return told_if_failed(allocator_.handle_of(block), operation::resolve_handle, block);
  }
  template <class Handle, class Inner = const Allocator>
  [[nodiscard]] auto resolve(Handle handle) const noexcept NEBULA_NONBLOCKING
      -> decltype(instance_of<Inner&>().resolve(handle)) {
    return told_if_failed(allocator_.resolve(handle), operation::resolve_handle, nullptr);
  }

  template <class Inner = Allocator>
  [[nodiscard]] auto resize_top(std::byte* block, layout allocated, std::size_t size_bytes) noexcept NEBULA_NONBLOCKING
      -> decltype(instance_of<Inner&>().resize_top(block, allocated, size_bytes)) {
    return told(allocator_.resize_top(block, allocated, size_bytes), event_kind::resize, operation::resize,
                layout{size_bytes, allocated.align}, block);
  }

  [[nodiscard]] result<marker> mark() noexcept NEBULA_NONBLOCKING {
    return told(allocator_.mark(), event_kind::mark, operation::mark, no_layout, nullptr);
  }
  [[nodiscard]] result<void> restore(const marker& point) noexcept NEBULA_NONBLOCKING {
    return told(allocator_.restore(point), event_kind::restore, operation::restore, no_layout, nullptr);
  }
  [[nodiscard]] result<void> reset() noexcept NEBULA_NONBLOCKING {
    return told(allocator_.reset(), event_kind::reset, operation::reset, no_layout, nullptr);
  }
  [[nodiscard]] std::size_t mark_count() const noexcept NEBULA_NONBLOCKING { return allocator_.mark_count(); }
  template <class Inner = const Allocator>
  [[nodiscard]] auto is_open(const marker& point) const noexcept NEBULA_NONBLOCKING
      -> decltype(instance_of<Inner&>().is_open(point)) {
    return allocator_.is_open(point);
  }
  template <class Inner = const Allocator>
  [[nodiscard]] auto held_above(const marker& point) const noexcept NEBULA_NONBLOCKING
      -> decltype(instance_of<Inner&>().held_above(point)) {
    return allocator_.held_above(point);
  }
  template <class Inner = const Allocator>
  [[nodiscard]] auto tracks_allocations() const noexcept NEBULA_NONBLOCKING
      -> decltype(instance_of<Inner&>().tracks_allocations()) {
    return allocator_.tracks_allocations();
  }
  template <class Inner = const Allocator>
  [[nodiscard]] auto is_live(const std::byte* address) const noexcept NEBULA_NONBLOCKING
      -> decltype(instance_of<Inner&>().is_live(address)) {
    return allocator_.is_live(address);
  }

  [[nodiscard]] check_level level() const noexcept NEBULA_NONBLOCKING { return allocator_.level(); }
  /// The allocator's own, which is told of faults beside this adaptor's events.
  template <class Inner = const Allocator>
  [[nodiscard]] auto hook() const noexcept NEBULA_NONBLOCKING -> decltype(instance_of<Inner&>().hook()) {
    return allocator_.hook();
  }
  [[nodiscard]] bool is_corrupted() const noexcept NEBULA_NONBLOCKING { return allocator_.is_corrupted(); }
  [[nodiscard]] bool owns(const std::byte* address) const noexcept NEBULA_NONBLOCKING {
    return allocator_.owns(address);
  }
  [[nodiscard]] allocator_state state() const noexcept NEBULA_NONBLOCKING { return allocator_.state(); }
  [[nodiscard]] result<void> check_invariants() const noexcept NEBULA_NONBLOCKING {
    return told_if_failed(allocator_.check_invariants(), operation::check_invariants, nullptr);
  }
  [[nodiscard]] result<bool> audit(audit_cursor_type& cursor, std::size_t steps) const noexcept NEBULA_NONBLOCKING {
    return told_if_failed(allocator_.audit(cursor, steps), operation::check_invariants, nullptr);
  }

  // What budgeted<> asks of pools.
  template <class Inner = const Allocator>
  [[nodiscard]] auto stride_bytes() const noexcept NEBULA_NONBLOCKING
      -> decltype(instance_of<Inner&>().stride_bytes()) {
    return allocator_.stride_bytes();
  }
  template <class Inner = const Allocator>
  [[nodiscard]] auto stride_bytes(const std::byte* block) const noexcept NEBULA_NONBLOCKING
      -> decltype(instance_of<Inner&>().stride_bytes(block)) {
    return allocator_.stride_bytes(block);
  }
  template <class Inner = const Allocator>
  [[nodiscard]] auto largest_stride_bytes(layout request) const noexcept NEBULA_NONBLOCKING
      -> decltype(instance_of<Inner&>().largest_stride_bytes(request)) {
    return allocator_.largest_stride_bytes(request);
  }
  template <class Inner = const Allocator>
  [[nodiscard]] auto block_layout() const noexcept NEBULA_NONBLOCKING
      -> decltype(instance_of<Inner&>().block_layout()) {
    return allocator_.block_layout();
  }

  /// The allocator itself, whose calls cause no event.
  [[nodiscard]] Allocator& unobserved() const noexcept NEBULA_NONBLOCKING { return allocator_; }
  /// Events that the hook was not called for, since hooks_max hooks were under way.
  [[nodiscard]] std::size_t dropped_events() const noexcept NEBULA_NONBLOCKING {
    return dropped_.load(memory_order::relaxed);
  }

private:
  friend struct metadata_access;
  static constexpr layout no_layout{0, 0};

  [[nodiscard]] result<std::byte*> told_block(result<std::byte*> outcome, layout request) const noexcept {
    return told(outcome, event_kind::allocate, operation::allocate, request, outcome.value());
  }
  template <class Outcome>
  [[nodiscard]] Outcome told(Outcome outcome, event_kind success, operation during, layout request,
                             const std::byte* block) const noexcept {
    if (config_.function == nullptr) {
      return outcome;
    }
    const allocator_state now = allocator_.state();
    allocation_event event;
    event.kind = outcome.has_value() ? success : kind_of(outcome.code());
    event.during = during;
    event.failure = outcome.error();
    event.request = request;
    event.block = block;
    event.used_bytes = now.used_bytes;
    event.capacity_bytes = now.capacity_bytes;
    if (!enter_hook()) {
      return outcome;
    }
    call_hook(event);
    // Looked at only where it can be told: a crossing that the hook's own call brings about is told with the next one.
    if (crosses(now)) {
      event.kind = event_kind::near_capacity;
      event.failure = {};
      call_hook(event);
    }
    static_cast<void>(inside_.fetch_sub(1, memory_order::relaxed));
    return outcome;
  }
  template <class Outcome>
  [[nodiscard]] Outcome told_if_failed(Outcome outcome, operation during, const std::byte* block) const noexcept {
    return outcome.has_value() ? outcome : told(outcome, event_kind::corrupt, during, no_layout, block);
  }
  [[nodiscard]] static event_kind kind_of(error_code code) noexcept {
    if (is_corruption(code)) {
      return event_kind::corrupt;
    }
    return is_misuse(code) ? event_kind::misuse : event_kind::refuse;
  }

  /// True once for each time that the threshold is crossed upward, however many threads look.
  [[nodiscard]] bool crosses(const allocator_state& now) const noexcept {
    const bool is_near = now.used_bytes > percent_of(now.capacity_bytes, config_.near_percent);
    std::uint32_t other = is_near ? 0U : 1U;
    // relaxed, both: one of several lookers must win, which any order gives
    return is_near_.compare_exchange_strong(other, 1U - other, memory_order::relaxed, memory_order::relaxed) && is_near;
  }

  /// True iff one more hook may be under way; it then is.
  [[nodiscard]] bool enter_hook() const noexcept {
    // relaxed, all: a count of hooks, which orders nothing else
    std::size_t inside = inside_.load(memory_order::relaxed);
    do {
      if (inside >= config_.hooks_max) {
        static_cast<void>(dropped_.fetch_add(1, memory_order::relaxed));
        return false;
      }
    } while (!inside_.compare_exchange_weak(inside, inside + 1, memory_order::relaxed, memory_order::relaxed));
    return true;
  }
  // What a hook does in the context of a call is the application's decision, and beyond what the kernel can prove.
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wfunction-effects"
#endif
  void call_hook(const allocation_event& event) const noexcept NEBULA_NONBLOCKING {
    config_.function(config_.context, event);
  }
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic pop
#endif

  Allocator& allocator_;
  basic_observer_config<Atomics> config_;
  // Observations, not state: const calls are observed too.
  mutable typename Atomics::template atomic<std::size_t> inside_{};
  mutable typename Atomics::template atomic<std::size_t> dropped_{};
  mutable typename Atomics::template atomic<std::uint32_t> is_near_{};
};

} // namespace nebula
