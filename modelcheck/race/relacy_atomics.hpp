// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

// The order of inclusion is the point of this header. Relacy defines macros named new, delete, free, assert and memory_order_…;
// whatever may use these names must be seen before it, and the macros must be gone after it.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <optional>
#include <string_view>
#include <type_traits>

#include <nebula/kernel/budget.hpp>
#include <nebula/kernel/budgeted.hpp>
#include <nebula/kernel/pool.hpp>
#include <nebula/kernel/pool_cache.hpp>
#include <nebula/kernel/segregated.hpp>
#include <nebula/kernel/shared_bump_allocator.hpp>
#include <nebula/services/state_publisher.hpp>
#include <nebula/services/stream/basic_stream_buffer.hpp>
#include <nebula/services/thread_counters.hpp>
#include <nebula/services/thread_slots.hpp>

#include <relacy/relacy.hpp>

#undef memory_order_relaxed
#undef memory_order_consume
#undef memory_order_acquire
#undef memory_order_release
#undef memory_order_acq_rel
#undef memory_order_seq_cst
#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert
#undef errno
#undef VAR

namespace nebula::race {

/// True while no thread of the model runs: compare-exchanges then do not fail spuriously, for a tree search would otherwise branch
/// once more on each of them while it prepares and inspects, and learn nothing.
inline bool at_rest = false;

/// One order of the kernel, weakened for as long as a search lasts: what would this execution do if the source said less there?
struct weakened_order {
  std::string_view file{}; ///< how the file's path ends; empty: no order is weakened
  int first_line = 0;      ///< of the call, whose line is another one for each compiler if it stands on several
  int last_line = 0;
  bool on_failure = false;                   ///< of a compare-exchange: the second of its two orders
  memory_order from = memory_order::relaxed; ///< a call that gives another order is left as it is
  memory_order to = memory_order::relaxed;
  std::uint64_t operations = 0; ///< so many have been weakened
};
inline weakened_order weakened;

/// The order with which an operation is to be carried out that asks for `order`.
[[nodiscard]] inline memory_order carried_out(memory_order order, bool on_failure, const char* file,
                                              int line) noexcept {
  if (weakened.file.empty() || order != weakened.from || on_failure != weakened.on_failure ||
      line < weakened.first_line || line > weakened.last_line || !std::string_view(file).ends_with(weakened.file)) {
    return order;
  }
  weakened.operations += 1;
  return weakened.to;
}

/// An atomic: each operation is Relacy's, with the order that the kernel's source gives, and is a point at which the detector may
/// switch threads, return an older value or fail the exchange. Locations are the kernel's lines, so that a history reads as a trace
/// of the shipped source. Objects can be made only inside of a simulation.
///
/// Built with RL_DO_ASSERT=1: Relacy then aborts on a failure order that exceeds the success order, where it would otherwise use
/// `relaxed` for it without a word. The kernel has no such pair. Where a weakened success order makes one, `acquire` on failure is
/// `relaxed` and an acquire fence, which is that and a little more.
template <class T>
class modelled {
public:
  modelled() noexcept : value_(T{}) {}
  explicit modelled(T value) noexcept : value_(value) {}

  [[nodiscard]] T load(memory_order order, const char* file = __builtin_FILE(),
                       int line = __builtin_LINE()) const noexcept {
    return value_.load(relacy(carried_out(order, false, file, line)), place(file, line));
  }
  void store(T value, memory_order order, const char* file = __builtin_FILE(), int line = __builtin_LINE()) noexcept {
    value_.store(value, relacy(carried_out(order, false, file, line)), place(file, line));
  }
  T fetch_add(T value, memory_order order, const char* file = __builtin_FILE(), int line = __builtin_LINE()) noexcept {
    return value_.fetch_add(value, relacy(carried_out(order, false, file, line)), place(file, line));
  }
  T fetch_sub(T value, memory_order order, const char* file = __builtin_FILE(), int line = __builtin_LINE()) noexcept {
    return value_.fetch_sub(value, relacy(carried_out(order, false, file, line)), place(file, line));
  }
  [[nodiscard]] bool compare_exchange_weak(T& expected, T desired, memory_order success, memory_order failure,
                                           const char* file = __builtin_FILE(), int line = __builtin_LINE()) noexcept {
    if (at_rest) {
      return compare_exchange_strong(expected, desired, success, failure, file, line);
    }
    return exchange(success, failure, file, line, [&](rl::memory_order done, rl::memory_order failed) {
      return value_.compare_exchange_weak(expected, desired, done, place(file, line), failed, place(file, line));
    });
  }
  [[nodiscard]] bool compare_exchange_strong(T& expected, T desired, memory_order success, memory_order failure,
                                             const char* file = __builtin_FILE(),
                                             int line = __builtin_LINE()) noexcept {
    return exchange(success, failure, file, line, [&](rl::memory_order done, rl::memory_order failed) {
      return value_.compare_exchange_strong(expected, desired, done, place(file, line), failed, place(file, line));
    });
  }

private:
  template <class Exchange>
  static bool exchange(memory_order success, memory_order failure, const char* file, int line, Exchange run) {
    success = carried_out(success, false, file, line);
    failure = carried_out(failure, true, file, line);
    const bool acquires = success == memory_order::acquire || success == memory_order::acquire_release;
    if (failure != memory_order::acquire || acquires) {
      return run(relacy(success), relacy(failure));
    }
    const bool exchanged = run(relacy(success), rl::mo_relaxed);
    if (!exchanged) {
      rl::ctx().atomic_thread_fence_acquire();
    }
    return exchanged;
  }
  [[nodiscard]] static rl::memory_order relacy(memory_order order) noexcept {
    switch (order) {
    case memory_order::acquire: return rl::mo_acquire;
    case memory_order::release: return rl::mo_release;
    case memory_order::acquire_release: return rl::mo_acq_rel;
    case memory_order::relaxed: break;
    }
    return rl::mo_relaxed;
  }
  [[nodiscard]] static rl::debug_info place(const char* file, int line) noexcept {
    return rl::debug_info("", file, static_cast<unsigned>(line));
  }

  rl::atomic<T> value_;
};

/// The detector knows no pointers to what is const.
template <class T>
class modelled<const T*> {
public:
  [[nodiscard]] const T* load(memory_order order, const char* file = __builtin_FILE(),
                              int line = __builtin_LINE()) const noexcept {
    return reinterpret_cast<const T*>(address_.load(order, file, line));
  }
  void store(const T* value, memory_order order, const char* file = __builtin_FILE(),
             int line = __builtin_LINE()) noexcept {
    address_.store(reinterpret_cast<std::uintptr_t>(value), order, file, line);
  }

private:
  modelled<std::uintptr_t> address_;
};

/// The race models' atomics policy.
struct relacy_atomics {
  static constexpr bool is_shared = true;
#if defined(NEBULA_RACE_NARROW_HEAD)
  using head_word = std::uint32_t; // as with NEBULA_HEAD_BITS=32
#else
  using head_word = std::uint64_t;
#endif
  // Relacy takes the memory of a suite from malloc; more alignment than that gives would be undefined.
  static constexpr std::size_t contention_align_bytes = alignof(std::uint64_t);

  /// The corruption latch is the kernel's only atomic byte. It is written only when an invariant has been found broken, and the
  /// models' fault hook ends the execution there: in all that is explored it is constant, so that reading it is not worth a branch.
  template <class T>
  using atomic = std::conditional_t<std::is_same_v<T, std::uint8_t>, plain_atomics::atomic<T>, modelled<T>>;

  template <class T>
  static constexpr bool is_lock_free = true;
};

/// With the latch: for the models whose executions go on after it has been set.
struct latching_atomics : relacy_atomics {
  template <class T>
  using atomic = modelled<T>;
};

} // namespace nebula::race
