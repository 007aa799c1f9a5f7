// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <type_traits>

#include <nebula/kernel/audit.hpp>
#include <nebula/kernel/budget.hpp>
#include <nebula/kernel/check_level.hpp>
#include <nebula/kernel/exact_use.hpp>
#include <nebula/kernel/instance_of.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/marker.hpp>
#include <nebula/kernel/pattern.hpp>
#include <nebula/kernel/shared_atomics.hpp>

namespace nebula {

/// void for any type that exists: std::void_t as a type of its own, by which compilers can tell specialisations apart.
template <class>
struct void_if {
  using type = void;
};

/// How many bytes of its allocator a block takes: what a budget is charged for it. Where padding depends on the place
/// only the allocator knows, after the fact, by the bytes that it says are used. Where those are not exact, as of a
/// shared bump allocator, whose other threads' blocks would be counted too, nothing could be charged.
template <class Allocator, class = void>
struct block_charge {
  static_assert(exact_use<Allocator>::value,
                "what a block of this allocator takes cannot be known: put the budget inside of a fallback, or "
                "specialise nebula::block_charge");
  static constexpr bool is_measured = true;

  [[nodiscard]] static checked_size most(const Allocator& allocator, layout request) noexcept {
    const std::size_t tail = allocator.level() == check_level::paranoid ? canary_bytes : 0;
    const checked_size padded = checked_add(request.size, request.align - 1);
    return padded.fits ? checked_add(padded.value, tail) : padded;
  }
};

/// A pool's blocks take their stride.
template <class Allocator>
struct block_charge<Allocator, typename void_if<decltype(instance_of<const Allocator&>().stride_bytes())>::type> {
  static constexpr bool is_measured = false;

  /// 0 iff the allocator refuses the request in any case.
  [[nodiscard]] static checked_size most(const Allocator& allocator, layout request) noexcept {
    const layout block = allocator.block_layout();
    return {request.size <= block.size && request.align <= block.align ? allocator.stride_bytes() : 0, true};
  }
  [[nodiscard]] static std::size_t of(const Allocator& allocator, const std::byte* /*block*/) noexcept {
    return allocator.stride_bytes();
  }
};

/// A block of several pools takes its own pool's stride: that of the largest which may serve the request, at most.
template <class Allocator>
struct block_charge<Allocator, typename void_if<decltype(instance_of<const Allocator&>().stride_bytes(
                                   instance_of<const std::byte*>()))>::type> {
  static constexpr bool is_measured = false;

  [[nodiscard]] static checked_size most(const Allocator& allocator, layout request) noexcept {
    return {allocator.largest_stride_bytes(request), true};
  }
  [[nodiscard]] static std::size_t of(const Allocator& allocator, const std::byte* block) noexcept {
    return allocator.stride_bytes(block);
  }
};

/// An allocator whose blocks are charged to a budget: exactly the bytes that they take of the allocator, by
/// block_charge. The bytes are reserved before the allocator is asked and released after it has the block back, so that
/// the budget is never charged less than what is out. [SR-ADAPT-001] Several of them, with a budget each, can share one
/// allocator whose charges are not measured; one whose charges are measured is to be called through one of them only.
///
/// Allocator and budget outlive it. Threads and interrupts: as the allocator and the budget both allow. Members that
/// the allocator has not are not there. Each error counts here too; the allocator or the budget has reported it.
template <class Allocator, class Atomics = shared_atomics>
class budgeted : public failure_record<Atomics, component::budgeted> {
public:
  using allocator_type = Allocator;
  using budget_type = basic_budget<Atomics>;
  using charge_type = block_charge<Allocator>;
  using audit_cursor_type = typename audit_cursor_for<Allocator>::type;
  static constexpr bool has_exact_use = exact_use<Allocator>::value;

  /// The hook is for what the adaptor finds broken itself.
  budgeted(Allocator& allocator, budget_type& charged, fault_hook hook = {}) noexcept
      : failure_base(hook), allocator_(allocator), budget_(charged) {}

  /// As the allocator's. [SR-ADAPT-002] Errors, in this order: corrupted iff is_corrupted();
  /// invalid_layout iff the request is malformed; size_overflow iff its size and padding exceed SIZE_MAX; those of
  /// basic_budget::reserve() for the most bytes that the block may take; the allocator's. It is not asked what the
  /// budget refuses.
  [[nodiscard]] result<std::byte*> allocate(layout request) noexcept NEBULA_NONBLOCKING {
    const result<std::size_t> claimed = claim(request, budget_type::unlimited_retries);
    if (NEBULA_UNLIKELY(!claimed.has_value())) {
      return claimed.error();
    }
    const std::size_t before = reading();
    return settle(allocator_.allocate(request), claimed.value(), before);
  }
  /// The same with at most max_retries retries at each level of the budget and in the allocator.
  template <class Inner = Allocator>
  [[nodiscard]] auto try_allocate(layout request, std::size_t max_retries) noexcept NEBULA_NONBLOCKING
      -> decltype(instance_of<Inner&>().try_allocate(request, max_retries)) {
    const result<std::size_t> claimed = claim(request, max_retries);
    if (NEBULA_UNLIKELY(!claimed.has_value())) {
      return claimed.error();
    }
    const std::size_t before = reading();
    return settle(allocator_.try_allocate(request, max_retries), claimed.value(), before);
  }

  /// As the allocator's, which decides. over_release, the block given back all the same, iff the budget has not so many
  /// bytes reserved: the block was charged to another one, or the budget's bytes were released by someone else.
  [[nodiscard]] result<void> deallocate(std::byte* block, layout allocated) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_UNLIKELY(failure_base::is_corrupted())) {
      return this->refuse(error_code::corrupted, operation::deallocate);
    }
    const std::size_t before = reading_of(block);
    return pay_back(allocator_.deallocate(block, allocated), before, operation::deallocate);
  }
  [[nodiscard]] result<void> deallocate(std::byte* block) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_UNLIKELY(failure_base::is_corrupted())) {
      return this->refuse(error_code::corrupted, operation::deallocate);
    }
    const std::size_t before = reading_of(block);
    return pay_back(allocator_.deallocate(block), before, operation::deallocate);
  }
  /// As the allocator's: see basic_pool::deallocate_after(). [SR-LIFE-001]
  template <class Action, class Inner = Allocator>
  [[nodiscard]] auto deallocate_after(std::byte* block, layout allocated, Action action) noexcept
      -> decltype(instance_of<Inner&>().deallocate_after(block, allocated, action)) {
    if (NEBULA_UNLIKELY(failure_base::is_corrupted())) {
      return this->refuse(error_code::corrupted, operation::deallocate);
    }
    std::size_t before = reading_of(block);
    const result<void> freed = allocator_.deallocate_after(block, allocated, [&]() noexcept {
      action();
      before = charge_type::is_measured ? reading() : before; // the action may have allocated and freed here
    });
    return pay_back(freed, before, operation::deallocate);
  }
  /// By a handle, where there are handles.
  template <class Handle, class Inner = Allocator,
            class = std::enable_if_t<!std::is_convertible_v<Handle, const std::byte*>>>
  [[nodiscard]] auto deallocate(Handle handle) noexcept NEBULA_NONBLOCKING
      -> decltype(instance_of<Inner&>().deallocate(handle)) {
    if (NEBULA_UNLIKELY(failure_base::is_corrupted())) {
      return this->refuse(error_code::corrupted, operation::deallocate);
    }
    const std::size_t before = reading_of(nullptr);
    return pay_back(allocator_.deallocate(handle), before, operation::deallocate);
  }
  /// The same by a handle.
  template <class Handle, class Action, class Inner = Allocator>
  [[nodiscard]] auto deallocate_after(Handle handle, Action action) noexcept
      -> decltype(instance_of<Inner&>().deallocate_after(handle, action)) {
    if (NEBULA_UNLIKELY(failure_base::is_corrupted())) {
      return this->refuse(error_code::corrupted, operation::deallocate);
    }
    std::size_t before = reading_of(nullptr);
    const result<void> freed = allocator_.deallocate_after(handle, [&]() noexcept {
      action();
      before = charge_type::is_measured ? reading() : before; // as above
    });
    return pay_back(freed, before, operation::deallocate);
  }
  template <class Inner = const Allocator>
  [[nodiscard]] auto handle_of(const std::byte* block) const noexcept NEBULA_NONBLOCKING
      -> decltype(instance_of<Inner&>().handle_of(block)) {
    return counted(allocator_.handle_of(block), operation::resolve_handle);
  }
  template <class Handle, class Inner = const Allocator>
  [[nodiscard]] auto resolve(Handle handle) const noexcept NEBULA_NONBLOCKING
      -> decltype(instance_of<Inner&>().resolve(handle)) {
    return counted(allocator_.resolve(handle), operation::resolve_handle);
  }

  /// As the allocator's. What the block is to grow by is reserved first, and errors of that come first.
  template <class Inner = Allocator>
  [[nodiscard]] auto resize_top(std::byte* block, layout allocated, std::size_t size_bytes) noexcept NEBULA_NONBLOCKING
      -> decltype(instance_of<Inner&>().resize_top(block, allocated, size_bytes)) {
    constexpr operation during = operation::resize;
    if (NEBULA_UNLIKELY(failure_base::is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    const std::size_t growth = size_bytes > allocated.size ? size_bytes - allocated.size : 0;
    const result<void> reserved = growth == 0 ? result<void>() : budget_.reserve(growth);
    if (NEBULA_UNLIKELY(!reserved.has_value())) {
      return this->refuse(reserved.code(), during);
    }
    const std::size_t claimed = reading() + growth;
    const result<void> outcome = allocator_.resize_top(block, allocated, size_bytes);
    if (NEBULA_UNLIKELY(!outcome.has_value())) {
      release(growth);
      return this->refuse(outcome.code(), during);
    }
    NEBULA_INVARIANT(budgeted_block_within_claim, reading() <= claimed);
    release(claimed - reading());
    return outcome;
  }

  [[nodiscard]] result<marker> mark() noexcept NEBULA_NONBLOCKING {
    if (NEBULA_UNLIKELY(failure_base::is_corrupted())) {
      return this->refuse(error_code::corrupted, operation::mark);
    }
    return counted(allocator_.mark(), operation::mark);
  }
  /// What the allocator gives back is released, to the byte.
  [[nodiscard]] result<void> restore(const marker& point) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_UNLIKELY(failure_base::is_corrupted())) {
      return this->refuse(error_code::corrupted, operation::restore);
    }
    const std::size_t before = reading();
    return pay_back(allocator_.restore(point), before, operation::restore);
  }
  [[nodiscard]] result<void> reset() noexcept NEBULA_NONBLOCKING {
    if (NEBULA_UNLIKELY(failure_base::is_corrupted())) {
      return this->refuse(error_code::corrupted, operation::reset);
    }
    const std::size_t before = reading();
    return pay_back(allocator_.reset(), before, operation::reset);
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

  /// The allocator's.
  [[nodiscard]] check_level level() const noexcept NEBULA_NONBLOCKING { return allocator_.level(); }
  /// True iff this adaptor or the allocator is.
  [[nodiscard]] bool is_corrupted() const noexcept NEBULA_NONBLOCKING {
    return failure_base::is_corrupted() || allocator_.is_corrupted();
  }
  [[nodiscard]] bool owns(const std::byte* address) const noexcept NEBULA_NONBLOCKING {
    return allocator_.owns(address);
  }
  /// The allocator's, but for the bytes available, of which there are no more than the budget has, and for the
  /// failures, which are those of calls of this adaptor.
  [[nodiscard]] allocator_state state() const noexcept NEBULA_NONBLOCKING {
    allocator_state now = allocator_.state();
    const std::size_t left = budget_.state().available_bytes;
    now.available_bytes = left < now.available_bytes ? left : now.available_bytes;
    now.failures = this->failures();
    return now;
  }
  /// The allocator's, and the budget's: both need to be at rest.
  [[nodiscard]] result<void> check_invariants() const noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::check_invariants;
    if (NEBULA_UNLIKELY(failure_base::is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    const result<void> sound = counted(budget_.check_invariants(), during);
    return sound.has_value() ? counted(allocator_.check_invariants(), during) : sound;
  }
  /// The allocator's walk.
  [[nodiscard]] result<bool> audit(audit_cursor_type& cursor, std::size_t steps) const noexcept NEBULA_NONBLOCKING {
    if (NEBULA_UNLIKELY(failure_base::is_corrupted())) {
      return this->refuse(error_code::corrupted, operation::check_invariants);
    }
    return counted(allocator_.audit(cursor, steps), operation::check_invariants);
  }

  // What block_charge asks of pools, for a budget around this one.
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

  [[nodiscard]] Allocator& allocator() const noexcept NEBULA_NONBLOCKING { return allocator_; }
  [[nodiscard]] budget_type& charged() const noexcept NEBULA_NONBLOCKING { return budget_; }

private:
  friend struct metadata_access;
  using failure_base = failure_record<Atomics, component::budgeted>;

  /// The bytes used now, of which differences count; always 0 where the block alone says what it takes.
  [[nodiscard]] std::size_t reading() const noexcept {
    if constexpr (charge_type::is_measured) {
      return allocator_.state().used_bytes;
    } else {
      return 0;
    }
  }
  /// What reading() will have fallen by when the block is free.
  [[nodiscard]] std::size_t reading_of([[maybe_unused]] const std::byte* block) const noexcept {
    if constexpr (charge_type::is_measured) {
      return allocator_.state().used_bytes;
    } else {
      return charge_type::of(allocator_, block);
    }
  }
  /// Reserves the most that the request may take; 0 if the allocator refuses it in any case, and shall say why.
  [[nodiscard]] result<std::size_t> claim(layout request, std::size_t max_retries) noexcept {
    constexpr operation during = operation::allocate;
    if (NEBULA_UNLIKELY(is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    if (NEBULA_UNLIKELY(!request.is_valid())) {
      return this->refuse(error_code::invalid_layout, during);
    }
    const checked_size most = charge_type::most(allocator_, request);
    if (NEBULA_UNLIKELY(!most.fits)) {
      return this->refuse(error_code::size_overflow, during);
    }
    const result<void> reserved = most.value == 0 ? result<void>() : budget_.try_reserve(most.value, max_retries);
    if (NEBULA_UNLIKELY(!reserved.has_value())) {
      return this->refuse(reserved.code(), during);
    }
    return most.value;
  }
  /// Releases of the claim what the block does not take: all of it, if there is none.
  [[nodiscard]] result<std::byte*> settle(result<std::byte*> block, std::size_t claimed, std::size_t before) noexcept {
    constexpr operation during = operation::allocate;
    if (NEBULA_UNLIKELY(!block.has_value())) {
      release(claimed);
      return this->refuse(block.code(), during);
    }
    const std::size_t taken = reading_of(block.value()) - before;
    NEBULA_INVARIANT(budgeted_block_within_claim, taken <= claimed);
    release(claimed - taken);
    return block;
  }
  void release(std::size_t bytes) noexcept {
    if (bytes != 0) {
      // Refused only if another has released bytes that are not its own: a misuse, and reported as one.
      static_cast<void>(budget_.release(bytes));
    }
  }
  /// Releases what the allocator has got back.
  [[nodiscard]] result<void> pay_back(result<void> outcome, std::size_t before, operation during) noexcept {
    if (NEBULA_UNLIKELY(!outcome.has_value())) {
      return this->refuse(outcome.code(), during);
    }
    const std::size_t now = reading();
    return before > now ? counted(budget_.release(before - now), during) : result<void>();
  }
  template <class Outcome>
  [[nodiscard]] Outcome counted(Outcome outcome, operation during) const noexcept {
    return outcome.has_value() ? outcome : Outcome(this->refuse(outcome.code(), during));
  }

  Allocator& allocator_;
  budget_type& budget_;
};

} // namespace nebula
