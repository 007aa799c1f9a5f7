// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/atomics.hpp>
#include <nebula/kernel/state.hpp>

namespace nebula::services {

/// What an allocator with one owner holds, for other threads to read: the owner publishes its state where that is
/// convenient, between two requests say, and whoever asks gets one state that was published, whole. Two copies, of which one
/// is written while the other is read, and the number of publications, which says which. Publishing never waits, and a
/// publication that is interrupted keeps nobody waiting; a reader tries again if another one was completed meanwhile, at
/// most read_attempts_max times, each for another one, and has then words of several. One thread publishes; any thread reads. [SR-STAT-009]
template <class Atomics>
class basic_state_publisher {
public:
  static constexpr unsigned read_attempts_max = 1000;

  constexpr basic_state_publisher() noexcept = default;
  basic_state_publisher(const basic_state_publisher&) = delete;
  basic_state_publisher& operator=(const basic_state_publisher&) = delete;
  ~basic_state_publisher() = default;

  /// By the owner. O(1): a store for each number.
  void publish(const allocator_state& state) noexcept {
    const std::uint64_t next = version_.load(memory_order::relaxed) + 1; // relaxed: one writer
    auto& words = words_[next % 2];
    store(words[capacity], state.capacity_bytes);
    store(words[used], state.used_bytes);
    store(words[available], state.available_bytes);
    store(words[peak], state.peak_bytes);
    store(words[live], state.live_blocks);
    store(words[cached], state.cached_blocks);
    for (std::size_t index = 0; index < failure_reason_count; ++index) {
      store(words[failures + index], state.failures.counts[index]);
    }
    version_.store(next, memory_order::release); // pairs with the reader's first load
  }

  /// The state last published; all-zero iff none was. Any thread. For a collector: source_of_owned(publisher).
  [[nodiscard]] allocator_state state() const noexcept {
    allocator_state read;
    for (unsigned attempt = 0; attempt < read_attempts_max; ++attempt) {
      const std::uint64_t before = version_.load(memory_order::acquire);
      read = load(words_[before % 2]);
      // relaxed: a word of a later publication was acquired with all that came before it, the version too
      if (version_.load(memory_order::relaxed) == before) {
        break;
      }
    }
    return read;
  }

private:
  enum place : std::size_t { capacity, used, available, peak, live, cached, failures };

  using word = typename Atomics::template atomic<std::size_t>;

  static void store(word& to, std::size_t value) noexcept { to.store(value, memory_order::release); }
  [[nodiscard]] static std::size_t get(const word& from) noexcept { return from.load(memory_order::acquire); }
  [[nodiscard]] static allocator_state load(const word* words) noexcept {
    allocator_state read;
    read.capacity_bytes = get(words[capacity]);
    read.used_bytes = get(words[used]);
    read.available_bytes = get(words[available]);
    read.peak_bytes = get(words[peak]);
    read.live_blocks = get(words[live]);
    read.cached_blocks = get(words[cached]);
    for (std::size_t index = 0; index < failure_reason_count; ++index) {
      read.failures.counts[index] = get(words[failures + index]);
    }
    return read;
  }

  typename Atomics::template atomic<std::uint64_t> version_;
  word words_[2][failures + failure_reason_count];
};

class state_publisher : public basic_state_publisher<std_atomics> {};

} // namespace nebula::services
