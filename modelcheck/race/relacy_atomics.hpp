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
#include <type_traits>

#include <nebula/kernel/budget.hpp>
#include <nebula/kernel/budgeted.hpp>
#include <nebula/kernel/pool.hpp>
#include <nebula/kernel/pool_cache.hpp>
#include <nebula/kernel/segregated.hpp>
#include <nebula/kernel/shared_bump_allocator.hpp>

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

/// The race models' atomics policy: each operation is Relacy's, with the order that the kernel's source gives, and is a point at
/// which the detector may switch threads, return an older value or fail the exchange. Locations are the kernel's lines, so that a
/// history reads as a trace of the shipped source. Objects can be made only inside of a simulation.
///
/// Built with RL_DO_ASSERT=1: Relacy then aborts on a failure order that exceeds the success order, where it would otherwise use
/// `relaxed` for it without a word. The kernel has no such pair. To ask what a weaker success order would do, build with
/// NEBULA_RACE_ACQUIRE_FENCE=1: `acquire` on failure is then `relaxed` and an acquire fence, which is that and a little more.
struct relacy_atomics {
  static constexpr bool is_shared = true;
#if defined(NEBULA_RACE_NARROW_HEAD)
  using head_word = std::uint32_t; // as with NEBULA_HEAD_BITS=32
#else
  using head_word = std::uint64_t;
#endif
  // Relacy takes the memory of a suite from malloc; more alignment than that gives would be undefined.
  static constexpr std::size_t contention_align_bytes = alignof(std::uint64_t);

  template <class T>
  class modelled {
  public:
    modelled() noexcept : value_(T{}) {}
    explicit modelled(T value) noexcept : value_(value) {}

    [[nodiscard]] T load(memory_order order, const char* file = __builtin_FILE(),
                         int line = __builtin_LINE()) const noexcept {
      return value_.load(relacy(order), place(file, line));
    }
    void store(T value, memory_order order, const char* file = __builtin_FILE(), int line = __builtin_LINE()) noexcept {
      value_.store(value, relacy(order), place(file, line));
    }
    T fetch_add(T value, memory_order order, const char* file = __builtin_FILE(),
                int line = __builtin_LINE()) noexcept {
      return value_.fetch_add(value, relacy(order), place(file, line));
    }
    T fetch_sub(T value, memory_order order, const char* file = __builtin_FILE(),
                int line = __builtin_LINE()) noexcept {
      return value_.fetch_sub(value, relacy(order), place(file, line));
    }
    [[nodiscard]] bool compare_exchange_weak(T& expected, T desired, memory_order success, memory_order failure,
                                             const char* file = __builtin_FILE(),
                                             int line = __builtin_LINE()) noexcept {
      if (at_rest) {
        return compare_exchange_strong(expected, desired, success, failure, file, line);
      }
#if defined(NEBULA_RACE_ACQUIRE_FENCE)
      const bool exchanged = value_.compare_exchange_weak(expected, desired, relacy(success), place(file, line),
                                                          rl::mo_relaxed, place(file, line));
      if (!exchanged && failure == memory_order::acquire) {
        rl::ctx().atomic_thread_fence_acquire();
      }
      return exchanged;
#else
      return value_.compare_exchange_weak(expected, desired, relacy(success), place(file, line), relacy(failure),
                                          place(file, line));
#endif
    }
    [[nodiscard]] bool compare_exchange_strong(T& expected, T desired, memory_order success, memory_order failure,
                                               const char* file = __builtin_FILE(),
                                               int line = __builtin_LINE()) noexcept {
#if defined(NEBULA_RACE_ACQUIRE_FENCE)
      failure = memory_order::relaxed; // only at rest, or where the kernel asks for no more
#endif
      return value_.compare_exchange_strong(expected, desired, relacy(success), place(file, line), relacy(failure),
                                            place(file, line));
    }

  private:
    rl::atomic<T> value_;
  };

  /// The corruption latch is the kernel's only atomic byte. It is written only when an invariant has been found broken, and the
  /// models' fault hook ends the execution there: in all that is explored it is constant, so that reading it is not worth a branch.
  template <class T>
  using atomic = std::conditional_t<std::is_same_v<T, std::uint8_t>, plain_atomics::atomic<T>, modelled<T>>;

  template <class T>
  static constexpr bool is_lock_free = true;

private:
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
};

} // namespace nebula::race
