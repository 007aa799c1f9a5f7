// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <type_traits>

#include <nebula/kernel/audit.hpp>
#include <nebula/kernel/check_level.hpp>
#include <nebula/kernel/failure_record.hpp>
#include <nebula/kernel/instance_of.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/shared_atomics.hpp>

namespace nebula {

/// Two allocators as one: what the primary refuses, the secondary is asked for. A block goes back to the one that owns
/// its address, whichever that is, and to no other. [SR-ADAPT-005] Both outlive it. Threads and interrupts: as both
/// allow. Each error counts here too; the allocator that it came from has reported it.
template <class Primary, class Secondary, class Atomics = shared_atomics>
class fallback : public failure_record<Atomics, component::fallback> {
public:
  using primary_type = Primary;
  using secondary_type = Secondary;

  /// Where a walk of both stands.
  struct audit_cursor_type {
    const void* owner = nullptr;
    typename audit_cursor_for<Primary>::type first{};
    typename audit_cursor_for<Secondary>::type second{};
    bool is_in_second = false;
  };

  fallback(Primary& primary, Secondary& secondary, fault_hook hook = {}) noexcept
      : failure_base(hook), primary_(primary), secondary_(secondary) {}

  /// From the primary; iff that refuses, from the secondary. [SR-ADAPT-006] invalid_layout iff the request is
  /// malformed; corrupted iff the allocator that was asked is; else, if both refuse, the secondary's reason, unless
  /// waiting helps with the primary's and not with that.
  [[nodiscard]] result<std::byte*> allocate(layout request) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_UNLIKELY(!request.is_valid())) {
      return this->refuse(error_code::invalid_layout, operation::allocate);
    }
    const result<std::byte*> first = primary_.allocate(request);
    if (first.has_value()) {
      return first;
    }
    return is_refusal(first.code()) ? chosen(first, secondary_.allocate(request)) : counted(first);
  }
  /// The same with at most max_retries retries in each that has retries.
  [[nodiscard]] result<std::byte*> try_allocate(layout request, std::size_t max_retries) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_UNLIKELY(!request.is_valid())) {
      return this->refuse(error_code::invalid_layout, operation::allocate);
    }
    const result<std::byte*> first = bounded(primary_, request, max_retries);
    if (first.has_value()) {
      return first;
    }
    return is_refusal(first.code()) ? chosen(first, bounded(secondary_, request, max_retries)) : counted(first);
  }

  /// As the owner's. Errors, in this order: null_pointer iff null; foreign_pointer iff neither owns the address; the
  /// owner's.
  [[nodiscard]] result<void> deallocate(std::byte* block, layout allocated) noexcept NEBULA_NONBLOCKING {
    if (primary_.owns(block)) {
      return counted_free(primary_.deallocate(block, allocated));
    }
    return secondary_.owns(block) ? counted_free(secondary_.deallocate(block, allocated)) : nobodys(block);
  }
  /// Where both can do without the layout.
  [[nodiscard]] result<void> deallocate(std::byte* block) noexcept NEBULA_NONBLOCKING {
    if (primary_.owns(block)) {
      return counted_free(primary_.deallocate(block));
    }
    return secondary_.owns(block) ? counted_free(secondary_.deallocate(block)) : nobodys(block);
  }

  /// As the owner's, where both have it: see basic_pool::deallocate_after(). [SR-LIFE-001]
  template <class Action, class One = Primary, class Other = Secondary>
  [[nodiscard]] auto deallocate_after(std::byte* block, layout allocated, Action action) noexcept
      -> decltype(instance_of<One&>().deallocate_after(block, allocated, action),
                  instance_of<Other&>().deallocate_after(block, allocated, action)) {
    if (primary_.owns(block)) {
      return counted_free(primary_.deallocate_after(block, allocated, action));
    }
    return secondary_.owns(block) ? counted_free(secondary_.deallocate_after(block, allocated, action))
                                  : nobodys(block);
  }

  /// Paranoid iff one of the two is.
  [[nodiscard]] check_level level() const noexcept NEBULA_NONBLOCKING {
    return primary_.level() == check_level::paranoid ? check_level::paranoid : secondary_.level();
  }
  /// True iff one of the two is.
  [[nodiscard]] bool is_corrupted() const noexcept NEBULA_NONBLOCKING {
    return primary_.is_corrupted() || secondary_.is_corrupted();
  }
  /// True iff one of the two does.
  [[nodiscard]] bool owns(const std::byte* address) const noexcept NEBULA_NONBLOCKING {
    return primary_.owns(address) || secondary_.owns(address);
  }

  /// Resets both. corrupted iff one of the two is; blocks_live, neither reset, iff a block of either is live, or kept by
  /// a cache: also where one alone would drop it. Needs both at rest.
  [[nodiscard]] result<void> reset() noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::reset;
    if (NEBULA_UNLIKELY(is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    if (NEBULA_UNLIKELY(has_blocks(primary_.state()) || has_blocks(secondary_.state()))) {
      return this->misuse(error_code::blocks_live, during, nullptr);
    }
    const result<void> first = primary_.reset();
    const result<void> second = first.has_value() ? secondary_.reset() : first;
    return second.has_value() ? second : result<void>(this->refuse(second.code(), during));
  }

  /// The sums of both; so the peak is at least the highest sum that there was, and may be above it. Failures are those
  /// of calls of this adaptor.
  [[nodiscard]] allocator_state state() const noexcept NEBULA_NONBLOCKING {
    const allocator_state first = primary_.state();
    const allocator_state second = secondary_.state();
    return {first.capacity_bytes + second.capacity_bytes,   first.used_bytes + second.used_bytes,
            first.available_bytes + second.available_bytes, first.peak_bytes + second.peak_bytes,
            first.live_blocks + second.live_blocks,         this->failures()};
  }
  /// Both must hold. Needs both at rest.
  [[nodiscard]] result<void> check_invariants() const noexcept NEBULA_NONBLOCKING {
    const result<void> first = primary_.check_invariants();
    const result<void> second = first.has_value() ? secondary_.check_invariants() : first;
    return second.has_value() ? second : result<void>(this->refuse(second.code(), operation::check_invariants));
  }
  /// The primary's walk, then the secondary's: true iff this call completed the latter. What has changed in the primary
  /// since it was walked is for the next walk to see.
  [[nodiscard]] result<bool> audit(audit_cursor_type& cursor, std::size_t steps) const noexcept NEBULA_NONBLOCKING {
    if (cursor.owner != this) {
      cursor = {};
      cursor.owner = this;
    }
    const bool was_in_second = cursor.is_in_second;
    const result<bool> done =
        was_in_second ? secondary_.audit(cursor.second, steps) : primary_.audit(cursor.first, steps);
    if (NEBULA_UNLIKELY(!done.has_value())) {
      return this->refuse(done.code(), operation::check_invariants);
    }
    cursor.is_in_second = was_in_second != done.value();
    return was_in_second && done.value();
  }

private:
  friend struct metadata_access;
  using failure_base = failure_record<Atomics, component::fallback>;

  [[nodiscard]] static bool has_blocks(const allocator_state& now) noexcept {
    return now.live_blocks != 0 || now.cached_blocks != 0;
  }

  template <class Allocator, class = void>
  struct has_retries : std::false_type {};
  template <class Allocator>
  struct has_retries<Allocator, std::void_t<decltype(instance_of<Allocator&>().try_allocate(layout{}, std::size_t{}))>>
      : std::true_type {};

  template <class Allocator>
  [[nodiscard]] static result<std::byte*> bounded(Allocator& allocator, layout request,
                                                  [[maybe_unused]] std::size_t max_retries) noexcept {
    if constexpr (has_retries<Allocator>::value) {
      return allocator.try_allocate(request, max_retries);
    } else {
      return allocator.allocate(request);
    }
  }
  [[nodiscard]] result<std::byte*> chosen(result<std::byte*> first, result<std::byte*> second) const noexcept {
    const bool wait_for_first = is_refusal(second.code()) && !is_retryable(second.code()) && is_retryable(first.code());
    return counted(wait_for_first ? first : second);
  }
  [[nodiscard]] result<std::byte*> counted(result<std::byte*> outcome) const noexcept {
    return outcome.has_value() ? outcome : result<std::byte*>(this->refuse(outcome.code(), operation::allocate));
  }
  [[nodiscard]] result<void> counted_free(result<void> outcome) const noexcept {
    return outcome.has_value() ? outcome : result<void>(this->refuse(outcome.code(), operation::deallocate));
  }
  NEBULA_COLD error nobodys(const std::byte* block) const noexcept {
    return this->misuse(block == nullptr ? error_code::null_pointer : error_code::foreign_pointer,
                        operation::deallocate, block);
  }

  Primary& primary_;
  Secondary& secondary_;
};

} // namespace nebula
