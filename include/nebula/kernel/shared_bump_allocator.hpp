// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <nebula/kernel/audit.hpp>
#include <nebula/kernel/byte_storage.hpp>
#include <nebula/kernel/failure_record.hpp>
#include <nebula/kernel/shared_atomics.hpp>

namespace nebula {

/// Blocks one after the other, cut off one storage by any number of threads and interrupts, and given back all together
/// by reset(). One offset, the top, which only rises between resets.
///
/// Invariants: 0 <= top <= size; blocks lie below the top, disjoint and aligned. There are no records beside the blocks,
/// hence no marks, no free of a single block, and one check level.
///
/// With the shared atomics every function is lock-free, and safe in interrupts and among threads, unless it says that
/// the caller has the allocator to itself.
template <class Atomics, class Storage>
class basic_shared_bump : public failure_record<Atomics, component::shared_bump_allocator> {
public:
  using atomics_type = Atomics;
  static constexpr std::size_t unlimited_retries = std::numeric_limits<std::size_t>::max();
  static_assert(Atomics::template is_lock_free<std::size_t>, "the top must be swapped by the machine, not by a lock");

  constexpr basic_shared_bump() noexcept = default;
  explicit constexpr basic_shared_bump(fault_hook hook) noexcept : failure_base(hook) {}
#if NEBULA_MEMORY_TOOLS
  ~basic_shared_bump() { tell_readable(storage_.data(), storage_.size()); }
#endif

  /// request.size bytes at a multiple of request.align, which no one else has. O(1) but for retries. [SR-SBUMP-001]
  /// invalid_layout iff the request is malformed; layout_unsupported iff it would not fit in the empty storage;
  /// exhausted iff it does not fit now.
  [[nodiscard]] NEBULA_FAST result<std::byte*> allocate(layout request) noexcept NEBULA_NONBLOCKING {
    return try_allocate(request, unlimited_retries);
  }

  /// As allocate(), in at most max_retries + 1 rounds: contended iff they were all spoilt. Never exhausted for that
  /// reason. [SR-SBUMP-002]
  [[nodiscard]] NEBULA_FAST result<std::byte*> try_allocate(layout request,
                                                            std::size_t max_retries) noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::allocate;
    if (NEBULA_UNLIKELY(this->is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    if (NEBULA_UNLIKELY(!request.is_valid())) {
      return this->refuse(error_code::invalid_layout, during);
    }
    // relaxed, and so are the exchanges: the bytes between two tops have had no owner since the reset, whose caller was
    // alone; nothing is handed over, and atomicity alone makes blocks disjoint. An old top is a lower one: it is found
    // out by the exchange, and never a reason to refuse. As load and store, race.pool.twin.top_stored dies.
    std::size_t top = top_.load(memory_order::relaxed);
    for (std::size_t retries = 0;; ++retries) {
      NEBULA_INVARIANT(shared_bump_top_within_storage, top <= storage_.size());
      // Compared by subtraction, each from a larger number: no size and no alignment can make these wrap.
      const std::size_t room = storage_.size() - top;
      const std::size_t padding = padding_bytes(address_of(top), request.align);
      if (NEBULA_UNLIKELY(padding > room || request.size > room - padding)) {
        return this->refuse(fits_when_empty(request) ? error_code::exhausted : error_code::layout_unsupported, during);
      }
      const std::size_t begin = top + padding;
      if (top_.compare_exchange_weak(top, begin + request.size, memory_order::relaxed, memory_order::relaxed)) {
        // release: pairs with the acquire in state(): whoever counts this block sees a top above it.
        // Weakened: docs/memory_orders.md.
        static_cast<void>(live_.fetch_add(1, memory_order::release));
        tell_allocated(storage_.data() + begin, request.size);
        return storage_.data() + begin;
      }
      if (retries >= max_retries) {
        return this->refuse(error_code::contended, during);
      }
    }
  }

  /// Takes nothing back, and says why. [SR-SBUMP-003] In this order: null_pointer iff null; foreign_pointer iff outside
  /// the storage; double_free iff in the free part; not_last_block, a refusal, iff anywhere else.
  [[nodiscard]] result<void> deallocate(std::byte* block, layout /*allocated*/) noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::deallocate;
    if (NEBULA_UNLIKELY(this->is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    if (NEBULA_UNLIKELY(block == nullptr)) {
      return this->misuse(error_code::null_pointer, during, block);
    }
    if (NEBULA_UNLIKELY(!owns(block))) {
      return this->misuse(error_code::foreign_pointer, during, block);
    }
    // relaxed: a caller that has a block knows a top above it, by its own exchange or by whatever gave it the pointer
    if (NEBULA_UNLIKELY(offset_of(block) >= top_.load(memory_order::relaxed))) {
      return this->misuse(error_code::double_free, during, block);
    }
    return this->refuse(error_code::not_last_block, during);
  }

  /// Gives everything back. Destroys no objects. The caller has the allocator to itself, and the blocks of all threads.
  /// Refuses only when corrupted. [SR-SBUMP-004]
  [[nodiscard]] result<void> reset() noexcept NEBULA_NONBLOCKING {
    if (NEBULA_UNLIKELY(this->is_corrupted())) {
      return this->refuse(error_code::corrupted, operation::reset);
    }
    // relaxed, all: the caller is alone, and hands the allocator on with its own synchronisation
    peak_.store(peak(top_.load(memory_order::relaxed)), memory_order::relaxed);
    top_.store(0, memory_order::relaxed);
    live_.store(0, memory_order::relaxed);
    tell_free(storage_.data(), storage_.size());
    return {};
  }

  /// True iff the address lies in the storage.
  [[nodiscard]] bool owns(const std::byte* address) const noexcept NEBULA_NONBLOCKING {
    return offset_of(address) < storage_.size();
  }

  /// Bytes used are those up to the top, padding included. With calls under way there are never more live blocks than
  /// bytes used. [SR-SBUMP-005]
  [[nodiscard]] allocator_state state() const noexcept NEBULA_NONBLOCKING {
    allocator_state now;
    now.live_blocks = live_.load(memory_order::acquire); // acquire, and before the top: pairs with the release above
    const std::size_t top = top_.load(memory_order::relaxed);
    now.capacity_bytes = storage_.size();
    now.used_bytes = top < storage_.size() ? top : storage_.size();
    now.available_bytes = now.capacity_bytes - now.used_bytes;
    now.peak_bytes = peak(top);
    now.failures = this->failures();
    return now;
  }

  /// Checks all of the metadata; corrupted iff an invariant does not hold. Needs the allocator at rest. O(1).
  [[nodiscard]] result<void> check_invariants() const noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::check_invariants;
    if (NEBULA_UNLIKELY(this->is_corrupted())) {
      return this->refuse(error_code::corrupted, during);
    }
    const std::size_t top = top_.load(memory_order::relaxed);
    NEBULA_INVARIANT(shared_bump_top_within_storage, top <= storage_.size());
    NEBULA_INVARIANT(shared_bump_live_fits_top, live_.load(memory_order::relaxed) <= top);
    NEBULA_INVARIANT(shared_bump_peak_within_storage, peak_.load(memory_order::relaxed) <= storage_.size());
    return {};
  }
  /// The same as one step: true iff `steps` is not 0.
  [[nodiscard]] result<bool> audit(audit_cursor& cursor, std::size_t steps) const noexcept NEBULA_NONBLOCKING {
    if (steps == 0 && !this->is_corrupted()) {
      return false;
    }
    cursor = {};
    const result<void> sound = check_invariants();
    return sound.has_value() ? result<bool>(true) : result<bool>(sound.error());
  }

protected:
  /// For storage that a plan has found valid.
  basic_shared_bump(Storage storage, fault_hook hook) noexcept : failure_base(hook), storage_(storage) {
    storage_.begin_use(false);
  }

private:
  friend struct metadata_access;
  using failure_base = failure_record<Atomics, component::shared_bump_allocator>;

  [[nodiscard]] std::uintptr_t address_of(std::size_t offset) const noexcept {
    return reinterpret_cast<std::uintptr_t>(storage_.data()) + offset;
  }
  // Subtracted as integers: a foreign pointer must not be compared as a pointer, and one below the storage wraps high.
  [[nodiscard]] NEBULA_WRAPS std::size_t offset_of(const std::byte* address) const noexcept {
    return reinterpret_cast<std::uintptr_t>(address) - reinterpret_cast<std::uintptr_t>(storage_.data());
  }
  NEBULA_COLD bool fits_when_empty(layout request) const noexcept NEBULA_NONBLOCKING {
    const std::size_t padding = padding_bytes(address_of(0), request.align);
    return padding <= storage_.size() && request.size <= storage_.size() - padding;
  }
  /// The highest top ever: between resets the present one, so that no call has to raise a maximum.
  [[nodiscard]] std::size_t peak(std::size_t top) const noexcept {
    const std::size_t before = peak_.load(memory_order::relaxed);
    return top > before ? top : before;
  }

  // Off each other's cache lines: those that allocate write the first two, and every call reads the storage's place.
  alignas(Atomics::contention_align_bytes) typename Atomics::template atomic<std::size_t> top_{};
  typename Atomics::template atomic<std::size_t> live_{};
  alignas(Atomics::contention_align_bytes)
      typename Atomics::template atomic<std::size_t> peak_{}; ///< up to the last reset
  Storage storage_{};
};

/// A shared bump configuration that was found valid. Made by shared_bump_config::validate() only.
class shared_bump_plan {
public:
  constexpr shared_bump_plan() noexcept =
      default; ///< no plan at all: the value of a result that failed; its allocator has no memory to give

private:
  friend struct shared_bump_config;
  friend class shared_bump_allocator;
  constexpr shared_bump_plan(byte_span storage, fault_hook hook) noexcept : storage_(storage), hook_(hook) {}
  byte_span storage_{};
  fault_hook hook_{};
};

/// What a shared bump allocator is to be.
struct shared_bump_config {
  byte_span storage{}; ///< lent for the allocator's life; any alignment
  fault_hook hook{};   ///< none: the program's

  /// invalid_configuration, field storage, iff it is null, empty, or runs past the end of the address space.
  [[nodiscard]] result<shared_bump_plan> validate() const noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(storage.data);
    if (storage.data == nullptr || storage.size == 0 ||
        storage.size > std::numeric_limits<std::uintptr_t>::max() - address) {
      return error{error_code::invalid_configuration, operation::configure, component::shared_bump_allocator,
                   configuration_field::storage};
    }
    return shared_bump_plan{storage, hook};
  }
};

/// Blocks of any layout in a caller's storage, for any number of threads and interrupts, given back all together.
/// Contracts: basic_shared_bump. docs/allocators/shared_bump.md.
class shared_bump_allocator : public basic_shared_bump<shared_atomics, span_byte_storage> {
public:
  explicit shared_bump_allocator(const shared_bump_plan& plan) noexcept
      : basic_shared_bump(span_byte_storage{plan.storage_}, plan.hook_) {}
};

/// The same inside the object: checked when compiled, all-zero and constant-initialised; no start-up code.
/// [SR-SBUMP-006]
template <std::size_t Bytes>
class static_shared_bump : public basic_shared_bump<shared_atomics, inline_byte_storage<Bytes>> {
public:
  constexpr static_shared_bump() noexcept = default;
  explicit constexpr static_shared_bump(fault_hook hook) noexcept
      : basic_shared_bump<shared_atomics, inline_byte_storage<Bytes>>(hook) {}
};

} // namespace nebula
