// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/atomics.hpp>
#include <nebula/services/histogram.hpp>
#include <nebula/services/histogram_layout.hpp>
#include <nebula/services/statistics_failure.hpp>
#include <nebula/services/thread_counters.hpp>
#include <nebula/services/thread_slots.hpp>

namespace nebula::services {

/// A histogram of one instance that threads record into: a copy of the buckets for each, with one writer, and one more
/// for the threads beyond. Exact as basic_thread_counters is. All-zero when constructed; needs (Threads + 1) ·
/// (buckets + 2) · 8 bytes: 155 KiB by default, no matter for a stack. [SR-STAT-002] [SR-STAT-004]
template <class Atomics, unsigned PrecisionBits, unsigned ValueBits, std::uint32_t Threads>
class basic_thread_histogram {
public:
  static constexpr histogram_layout buckets{PrecisionBits, ValueBits};
  static constexpr std::uint32_t thread_count = Threads;
  static_assert(buckets.validate().has_value(), "precision_bits in 1…14, value_bits in precision_bits + 1…64");

  constexpr basic_thread_histogram() noexcept = default;
  basic_thread_histogram(const basic_thread_histogram&) = delete;
  basic_thread_histogram& operator=(const basic_thread_histogram&) = delete;
  ~basic_thread_histogram() = default;

  /// `slot` as for basic_thread_counters::add(). O(1).
  void record(std::uint32_t slot, std::uint64_t value) noexcept {
    const std::size_t at = buckets.has_bucket(value) ? buckets.bucket_of(value) : overflow;
    if (slot < Threads) [[likely]] {
      copies_[slot].counts[at].add_alone(1);
      copies_[slot].counts[sum].add_alone_up_to_most(value);
    } else {
      copies_[Threads].counts[at].add_shared(1);
      copies_[Threads].counts[sum].add_shared_up_to_most(value);
    }
  }
  /// Adds what all threads have recorded to a histogram. layout_differs iff its buckets are others. Any thread.
  /// O(Threads · buckets).
  [[nodiscard]] statistics_outcome<void> add_to(histogram& whole) const noexcept {
    if (!(whole.layout() == buckets) || whole.bucket_count() != buckets.bucket_count()) {
      return refused(statistics_failure_code::layout_differs);
    }
    for (const copy& each : copies_) {
      for (std::size_t bucket = 0; bucket < overflow; ++bucket) {
        whole.add_to_bucket(bucket, each.counts[bucket].get());
      }
      whole.add_overflow(each.counts[overflow].get());
      whole.add_sum(each.counts[sum].get());
    }
    return {};
  }
  /// The same as a histogram of its own. out_of_memory.
  [[nodiscard]] statistics_outcome<histogram> snapshot() const noexcept {
    statistics_outcome<histogram> whole = histogram::make(buckets);
    if (whole) {
      static_cast<void>(add_to(whole.value())); // of this layout
    }
    return whole;
  }

private:
  static constexpr std::size_t overflow = buckets.bucket_count();
  static constexpr std::size_t sum = overflow + 1;

  struct alignas(Atomics::contention_align_bytes) copy {
    counter_cell<Atomics> counts[sum + 1];
  };

  copy copies_[Threads + 1];
};

/// A histogram for the threads of this process. Any thread; not for signal handlers. [SR-STAT-002] [SR-STAT-004]
template <unsigned PrecisionBits = 5, unsigned ValueBits = 40, std::uint32_t Threads = 16>
class thread_histogram : public basic_thread_histogram<std_atomics, PrecisionBits, ValueBits, Threads> {
  static_assert(Threads > 0 && Threads <= thread_slot_count, "from 1 to 256 threads with copies of their own");

public:
  constexpr thread_histogram() noexcept = default;

  using basic_thread_histogram<std_atomics, PrecisionBits, ValueBits, Threads>::record;
  void record(std::uint64_t value) noexcept { record(this_thread_slot(), value); }
};

} // namespace nebula::services
