// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/atomics.hpp>
#include <nebula/kernel/fault.hpp>
#include <nebula/kernel/state.hpp>

namespace nebula {

/// Grants the verification harnesses a way into an allocator's metadata, to corrupt it and see the invariants fire. The
/// kernel declares it and never defines it.
struct metadata_access;

/// How an allocator fails: it counts each failure by reason, reports misuse and corruption, and latches corruption.
/// Every allocator derives from it. All-zero when constructed without a hook, so that static allocators need no
/// start-up code. [SR-FAULT-003] Thread and interrupt safe as far as the atomics policy is.
template <class Atomics, component Reporter>
class failure_record {
public:
  failure_record(const failure_record&) = delete;
  failure_record& operator=(const failure_record&) = delete;

  /// True iff an invariant was found broken. The allocator then refuses every call with error_code::corrupted, for
  /// good.
  [[nodiscard]] bool is_corrupted() const noexcept NEBULA_NONBLOCKING {
    // relaxed: the latch orders nothing; a call that misses it by a moment is a call that began before the corruption
    // was found
    return latch_.load(memory_order::relaxed) != 0;
  }

protected:
  constexpr failure_record() noexcept = default;
  explicit constexpr failure_record(fault_hook hook) noexcept : hook_(hook) {}
  ~failure_record() = default;

  /// Counts the refusal and returns it.
  NEBULA_COLD error refuse(error_code code, operation during) const noexcept NEBULA_NONBLOCKING {
    const std::size_t index = failure_reason_index(code);
    if (index < failure_reason_count) {
      // relaxed: a counter, read when the callers are known to have finished
      static_cast<void>(counts_[index].fetch_add(1, memory_order::relaxed));
    }
    return error{code, during, Reporter};
  }

  /// Counts the misuse, reports it and returns it. The caller has changed nothing.
  NEBULA_COLD error misuse(error_code code, operation during, const void* address) const noexcept NEBULA_NONBLOCKING {
    const error failure = refuse(code, during);
    report_fault(hook_, fault{failure, invariant::none, this, address});
    return failure;
  }

  /// Latches; the call that latches also reports.
  NEBULA_COLD error corrupt(invariant broken, operation during) const noexcept NEBULA_NONBLOCKING {
    const error failure = refuse(error_code::corrupted, during);
    std::uint8_t clear = 0;
    // relaxed, both: as in is_corrupted(); only one of several finders must win, which any order gives
    if (latch_.compare_exchange_strong(clear, std::uint8_t{1}, memory_order::relaxed, memory_order::relaxed)) {
      report_fault(hook_, fault{failure, broken, this, nullptr});
    }
    return failure;
  }

  [[nodiscard]] failure_counts failures() const noexcept NEBULA_NONBLOCKING {
    failure_counts copy;
    for (std::size_t index = 0; index < failure_reason_count; ++index) {
      copy.counts[index] = counts_[index].load(memory_order::relaxed);
    }
    return copy;
  }

private:
  friend struct metadata_access;

  // Failures are observations, not state: they are counted in const calls too.
  mutable typename Atomics::template atomic<std::uint8_t> latch_;
  mutable typename Atomics::template atomic<std::size_t> counts_[failure_reason_count];
  fault_hook hook_{};
};

} // namespace nebula
