// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <nebula/kernel/atomics.hpp>
#include <nebula/kernel/contract.hpp>

namespace nebula::test {

/// What an interposed policy does to the operations of one test, and what it saw of them. One per Tag; reset before
/// use.
struct interposition {
  struct event {
    enum class kind : std::uint8_t { load, store, exchanged, failed };
    kind what;
    std::size_t word_bytes;
    memory_order order;
  };

  std::size_t failures_to_come = 0; ///< weak exchanges that shall fail without cause
  std::size_t operations = 0;       ///< loads, stores and exchanges seen
  std::vector<event> events{};      ///< kept iff keeps_events
  bool keeps_events = false;
  void (*before_load)(void*) = nullptr; ///< called before each load of a word of `watched_bytes`, if not null
  void* before_load_context = nullptr;
  std::size_t watched_bytes = 0;
};

// They say that they do not block, as the kernel's callers of them must; being a test's, they do what it needs all the
// same.
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wfunction-effects"
#endif
/// The shipped algorithms on atomics that the test can make fail, stop at and listen to: plain values, for one thread
/// that plays all.
template <class Tag>
struct interposed_atomics {
  static constexpr bool is_shared = true;
  using head_word = std::uint64_t;
  static constexpr std::size_t contention_align_bytes = 64;

  static interposition& control() {
    static interposition value;
    return value;
  }

  template <class T>
  class atomic {
  public:
    constexpr atomic() noexcept = default;
    explicit constexpr atomic(T value) noexcept : value_(value) {}

    [[nodiscard]] T load(memory_order order) const noexcept NEBULA_NONBLOCKING {
      if (control().before_load != nullptr && sizeof(T) == control().watched_bytes) {
        control().before_load(control().before_load_context);
      }
      note(interposition::event::kind::load, order);
      return value_;
    }
    void store(T value, memory_order order) noexcept NEBULA_NONBLOCKING {
      note(interposition::event::kind::store, order);
      value_ = value;
    }
    T fetch_add(T value, memory_order order) noexcept NEBULA_NONBLOCKING {
      note(interposition::event::kind::exchanged, order);
      const T before = value_;
      value_ = static_cast<T>(value_ + value);
      return before;
    }
    T fetch_sub(T value, memory_order order) noexcept NEBULA_NONBLOCKING {
      note(interposition::event::kind::exchanged, order);
      const T before = value_;
      value_ = static_cast<T>(value_ - value);
      return before;
    }
    [[nodiscard]] bool compare_exchange_weak(T& expected, T desired, memory_order success,
                                             memory_order failure) noexcept NEBULA_NONBLOCKING {
      if (control().failures_to_come != 0) {
        --control().failures_to_come;
        note(interposition::event::kind::failed, failure);
        expected = value_;
        return false;
      }
      return compare_exchange_strong(expected, desired, success, failure);
    }
    [[nodiscard]] bool compare_exchange_strong(T& expected, T desired, memory_order success,
                                               memory_order failure) noexcept NEBULA_NONBLOCKING {
      const bool same = value_ == expected;
      note(same ? interposition::event::kind::exchanged : interposition::event::kind::failed, same ? success : failure);
      if (same) {
        value_ = desired;
      } else {
        expected = value_;
      }
      return same;
    }

  private:
    static void note(interposition::event::kind what, memory_order order) noexcept NEBULA_NONBLOCKING {
      ++control().operations;
      if (control().keeps_events) {
        control().events.push_back({what, sizeof(T), order});
      }
    }

    T value_{};
  };

  template <class T>
  static constexpr bool is_lock_free = true;
};

#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic pop
#endif

} // namespace nebula::test
