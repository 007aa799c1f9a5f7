// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/atomics.hpp>
#include <nebula/kernel/state.hpp>

namespace nebula::services {

/// What an allocator with one owner holds, for other threads to read: the owner publishes its state where that is
/// convenient, between two requests say, and whoever asks gets one state that was published, whole. A sequence lock over
/// atomic words: publishing never waits; a reader tries again for as long as it meets a publication, at most
/// read_attempts_max times, and then has words of two that followed each other. One thread publishes; any thread reads.
/// [SR-STAT-009]
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
    const std::uint64_t version = version_.load(memory_order::relaxed);
    // relaxed: the words that follow are stored with release, and whoever sees one of them sees this, too
    version_.store(version + 1, memory_order::relaxed);
    store(capacity, state.capacity_bytes);
    store(used, state.used_bytes);
    store(available, state.available_bytes);
    store(peak, state.peak_bytes);
    store(live, state.live_blocks);
    store(cached, state.cached_blocks);
    for (std::size_t index = 0; index < failure_reason_count; ++index) {
      store(failures + index, state.failures.counts[index]);
    }
    version_.store(version + 2, memory_order::release); // pairs with the reader's first load
  }

  /// The state last published; all-zero iff none was. Any thread. For a collector: source_of_owned(publisher).
  [[nodiscard]] allocator_state state() const noexcept {
    allocator_state read;
    for (unsigned attempt = 0; attempt < read_attempts_max; ++attempt) {
      const std::uint64_t before = version_.load(memory_order::acquire);
      read = load();
      // The loads in between are acquire: this one cannot be of an earlier moment.
      if (before % 2 == 0 && version_.load(memory_order::relaxed) == before) {
        break;
      }
    }
    return read;
  }

private:
  enum place : std::size_t { capacity, used, available, peak, live, cached, failures };

  void store(std::size_t at, std::size_t value) noexcept { words_[at].store(value, memory_order::release); }
  [[nodiscard]] std::size_t word(std::size_t at) const noexcept { return words_[at].load(memory_order::acquire); }
  [[nodiscard]] allocator_state load() const noexcept {
    allocator_state read;
    read.capacity_bytes = word(capacity);
    read.used_bytes = word(used);
    read.available_bytes = word(available);
    read.peak_bytes = word(peak);
    read.live_blocks = word(live);
    read.cached_blocks = word(cached);
    for (std::size_t index = 0; index < failure_reason_count; ++index) {
      read.failures.counts[index] = word(failures + index);
    }
    return read;
  }

  typename Atomics::template atomic<std::uint64_t> version_;
  typename Atomics::template atomic<std::size_t> words_[failures + failure_reason_count];
};

class state_publisher : public basic_state_publisher<std_atomics> {};

} // namespace nebula::services
