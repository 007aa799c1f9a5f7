// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <nebula/kernel/atomics.hpp>
#include <nebula/kernel/configuration.hpp>
#include <nebula/kernel/fault.hpp>
#include <nebula/kernel/result.hpp>
#include <nebula/kernel/seal.hpp>
#include <nebula/kernel/state.hpp>

namespace nebula {

/// Grants the verification harnesses a way into an allocator's metadata, to corrupt it and see the invariants fire. The
/// kernel declares it and never defines it.
struct metadata_access;

/// The sums of an allocator with one owner. All-zero: not sealed yet.
struct metadata_seals {
  std::size_t object = 0;  ///< of the object, the other sum included
  std::size_t records = 0; ///< of what lies beside it
};
struct no_seals {};

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
    const std::uint8_t latch = latch_.load(memory_order::relaxed);
    return latch != standard_code && latch != paranoid_code;
  }
  /// As configured.
  [[nodiscard]] check_level level() const noexcept NEBULA_NONBLOCKING {
    return (latch_.load(memory_order::relaxed) & paranoid_code) == paranoid_code ? check_level::paranoid
                                                                                 : check_level::standard;
  }

  /// The hook that the allocator was given, for those who find a misuse of its blocks from outside: handles and arenas
  /// of objects. No function iff it was given none. [SR-LIFE-002]
  [[nodiscard]] fault_hook hook() const noexcept NEBULA_NONBLOCKING {
    // kept twice: one that was overwritten is not jumped to, and the fault goes to the program's hook [SR-FAULT-005]
    const bool is_sound = hook_.function == hook_again_.function && hook_.context == hook_again_.context;
    return is_sound ? hook_ : fault_hook{};
  }

protected:
  constexpr failure_record() noexcept = default;
  explicit constexpr failure_record(fault_hook hook, check_level level = check_level::standard) noexcept
      : latch_(code_of(level)), hook_(hook), hook_again_(hook) {}
  ~failure_record() = default;

  /// True iff a call has more to do than usual: the allocator is corrupted, or paranoid. One load and one test, on the
  /// way of every call.
  [[nodiscard]] bool is_watched() const noexcept NEBULA_NONBLOCKING {
    return latch_.load(memory_order::relaxed) != standard_code; // relaxed: as in is_corrupted()
  }

  /// True iff the level is paranoid, and the allocator not corrupted: nothing is mended in one that is.
  [[nodiscard]] bool is_paranoid() const noexcept NEBULA_NONBLOCKING {
    return has_paranoid_level && latch_.load(memory_order::relaxed) == paranoid_code; // relaxed: as in is_corrupted()
  }

  /// A call of an allocator: refused iff it is corrupted. At the paranoid level, and with one owner, the whole of it is
  /// also walked before and after, O(capacity). What the walk before finds is the outcome, and the call does not take
  /// place: corruption, or a stray write by the caller, which the walk has reported and mended, so that the next call
  /// finds no more of it. With several owners there is no moment for a walk. The call is told whether the level is
  /// paranoid.
  template <class Allocator, class Call>
  auto watch(const Allocator& whole, operation during, Call call) const noexcept NEBULA_NONBLOCKING
      -> decltype(call(false)) {
    const bool is_watched = this->is_watched();
    if constexpr (Atomics::is_shared) {
      if (NEBULA_UNLIKELY(is_watched) && is_corrupted()) {
        return refuse(error_code::corrupted, during);
      }
      return call(has_paranoid_level && is_watched);
    } else if constexpr (has_paranoid_level) {
      if (NEBULA_UNLIKELY(is_watched)) { // not by ?:, which would build both outcomes elsewhere
        return call_between_walks(whole, during, call);
      }
      return call(false);
    } else {
      if (NEBULA_UNLIKELY(is_watched)) {
        return refuse(error_code::corrupted, during);
      }
      return call(false);
    }
  }
  /// Calls again for as long as the call ends early for a stray write: once for each, it has been mended by then.
  template <class Call>
  [[nodiscard]] static auto despite_stray_writes(Call call) noexcept -> decltype(call()) {
    auto outcome = call();
    while (NEBULA_UNLIKELY(is_stray_write(outcome.code()))) {
      outcome = call();
    }
    return outcome;
  }

  /// At the paranoid level and with one owner: after each change of the metadata. `whole` has add_object_to() and
  /// add_records_to().
  template <class Allocator>
  void seal_metadata([[maybe_unused]] const Allocator& whole) const noexcept NEBULA_NONBLOCKING {
    if constexpr (is_sealed_type) {
      if (is_paranoid()) {
        seals_.records = sum_of_records(whole);
        seals_.object = sum_of_object(whole);
      }
    }
  }
  /// Corrupted iff the object is not as it was sealed: before a walk, for it says where everything is.
  template <class Allocator>
  [[nodiscard]] result<void> check_object([[maybe_unused]] const Allocator& whole) const noexcept NEBULA_NONBLOCKING {
    if constexpr (is_sealed_type) {
      constexpr operation during = operation::check_invariants;
      NEBULA_INVARIANT(object_as_sealed, !is_paranoid() || seals_.object == 0 || sum_of_object(whole) == seals_.object);
    }
    return {};
  }
  /// And the records.
  template <class Allocator>
  [[nodiscard]] result<void> check_seals(const Allocator& whole) const noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::check_invariants;
    const result<void> sound = check_object(whole);
    if constexpr (is_sealed_type) {
      if (sound.has_value()) {
        NEBULA_INVARIANT(records_as_sealed,
                         !is_paranoid() || seals_.object == 0 || sum_of_records(whole) == seals_.records);
      }
    }
    return sound;
  }

  /// Counts the refusal and returns it.
  NEBULA_COLD error refuse(error_code code, operation during) const noexcept NEBULA_NONBLOCKING {
    const std::size_t index = failure_reason_index(code);
    if (index < failure_reason_count) {
      // relaxed: a counter, read when the callers are known to have finished
      static_cast<void>(counts_[index].fetch_add(1, memory_order::relaxed));
    }
    return error{code, during, Reporter};
  }

  /// The error of a failure that has been counted already.
  [[nodiscard]] static constexpr error failed(error_code code, operation during) noexcept {
    return error{code, during, Reporter};
  }

  /// Counts the misuse, reports it and returns it. The caller has changed nothing.
  NEBULA_COLD error misuse(error_code code, operation during, const void* address) const noexcept NEBULA_NONBLOCKING {
    const error failure = refuse(code, during);
    report_fault(hook(), fault{failure, invariant::none, this, address});
    return failure;
  }

  /// Latches; the call that latches also reports.
  NEBULA_COLD error corrupt(invariant broken, operation during) const noexcept NEBULA_NONBLOCKING {
    const error failure = refuse(error_code::corrupted, during);
    std::uint8_t clear = level() == check_level::paranoid ? paranoid_code : standard_code;
    // relaxed, both: as in is_corrupted(); only one of several finders must win, which any order gives
    if (latch_.compare_exchange_strong(clear, static_cast<std::uint8_t>(clear | corrupted_bits), memory_order::relaxed,
                                       memory_order::relaxed)) {
      report_fault(hook(), fault{failure, broken, this, nullptr});
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

  template <class Allocator, class Call>
  NEBULA_COLD auto call_between_walks(const Allocator& whole, operation during,
                                      Call call) const noexcept NEBULA_NONBLOCKING -> decltype(call(true)) {
    const result<void> before = whole.check_invariants();
    if (!before.has_value()) {
      return failed(before.code(), during);
    }
    const auto outcome = call(true);
    seal_metadata(whole);
    if (whole.check_invariants().code() == error_code::corrupted) {
      return failed(error_code::corrupted, during);
    }
    return outcome;
  }

  static constexpr bool is_sealed_type = has_paranoid_level && !Atomics::is_shared;
  template <class Allocator>
  [[nodiscard]] static std::size_t sum_of_records(const Allocator& whole) noexcept NEBULA_NONBLOCKING {
    seal records;
    whole.add_records_to(records);
    return records.sum();
  }
  template <class Allocator>
  [[nodiscard]] std::size_t sum_of_object(const Allocator& whole) const noexcept NEBULA_NONBLOCKING {
    seal object;
    object.add(seals_.records);
    whole.add_object_to(object);
    return object.sum();
  }

  // Two values say that all is well, four bits apart. Any other means corrupted: a flipped bit stops the allocator, and
  // never makes it mend patterns and canaries where there are none.
  static constexpr std::uint8_t standard_code = 0;
  static constexpr std::uint8_t paranoid_code = 0x0F;
  static constexpr std::uint8_t corrupted_bits = 0xF0;

  static constexpr std::uint8_t code_of(check_level level) noexcept {
    if (!is_check_level(level)) {
      __builtin_trap(); // a plan would have been an error: in a constant expression, so is this
    }
    return level == check_level::paranoid ? paranoid_code : standard_code;
  }

  // Failures are observations, not state: they are counted in const calls too.
  mutable typename Atomics::template atomic<std::uint8_t> latch_;
  mutable typename Atomics::template atomic<std::size_t> counts_[failure_reason_count];
  fault_hook hook_{};
  fault_hook hook_again_{};
  mutable std::conditional_t<Atomics::is_shared, no_seals, metadata_seals> seals_{};
};

} // namespace nebula
