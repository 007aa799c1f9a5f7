// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/contract.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/result.hpp>
#include <nebula/services/statistics_source.hpp>
#include <nebula/services/thread_counters.hpp>
#include <nebula/services/thread_histogram.hpp>
#include <nebula/services/thread_slots.hpp>

namespace nebula::services {

/// What calls of allocators come to: how many blocks and bytes were allocated and freed, how many calls failed, and the
/// sizes asked for. Threads count into copies of their own; see thread_counters. All allocators that count into one
/// object are counted together. 160 KiB. Any thread; not for signal handlers. [SR-STAT-002] [SR-STAT-009]
class allocation_counts {
public:
  constexpr allocation_counts() noexcept = default;

  /// After a call. O(1).
  NEBULA_FAST void allocated(std::size_t size_bytes) noexcept {
    if (const std::uint32_t slot = claimed_thread_slot(); slot < threads) [[likely]] {
      sizes_.record(slot, size_bytes); // its sum is that of the bytes
    } else {
      allocated_elsewhere(size_bytes);
    }
  }
  NEBULA_FAST void freed(std::size_t size_bytes) noexcept {
    if (const std::uint32_t slot = claimed_thread_slot(); slot < threads) [[likely]] {
      freed_at(slot, size_bytes);
    } else {
      freed_elsewhere(size_bytes);
    }
  }
  void failed_to_allocate() noexcept { counters_.add(failed_allocations, 1); }
  void failed_to_free() noexcept { counters_.add(failed_frees, 1); }

  /// allocated_blocks, allocated_bytes, freed_blocks, freed_bytes, failed_allocations, failed_frees, and block_size_bytes.
  void report(source_report& report) const noexcept;

private:
  enum counter : std::size_t { freed_blocks, freed_bytes, failed_allocations, failed_frees, counter_count };
  static constexpr std::uint32_t threads = 16;

  NEBULA_FAST void freed_at(std::uint32_t slot, std::size_t size_bytes) noexcept {
    counters_.add(slot, freed_blocks, 1);
    counters_.add(slot, freed_bytes, size_bytes);
  }
  // By a thread that has no number yet, or none below `threads`.
  NEBULA_COLD void allocated_elsewhere(std::size_t size_bytes) noexcept {
    sizes_.record(this_thread_slot(), size_bytes);
  }
  NEBULA_COLD void freed_elsewhere(std::size_t size_bytes) noexcept { freed_at(this_thread_slot(), size_bytes); }

  thread_counters<counter_count, threads> counters_;
  thread_histogram<5, 40, threads> sizes_;
};

/// An allocator whose calls are counted. It does what the allocator does, and returns what that returns; the counts are
/// of requests, as they are asked for. Allocator and counts outlive it. Threads: as the allocator allows. Not for signal
/// handlers. [SR-STAT-009]
template <class Allocator>
class counted {
public:
  using allocator_type = Allocator;

  counted(Allocator& allocator, allocation_counts& counts) noexcept : allocator_(allocator), counts_(counts) {}

  [[nodiscard]] NEBULA_FAST result<std::byte*> allocate(layout request) noexcept {
    const result<std::byte*> block = allocator_.allocate(request);
    if (block.has_value()) [[likely]] {
      counts_.allocated(request.size);
    } else {
      counts_.failed_to_allocate();
    }
    return block;
  }
  [[nodiscard]] NEBULA_FAST result<void> deallocate(std::byte* block, layout allocated) noexcept {
    const result<void> freed = allocator_.deallocate(block, allocated);
    if (freed.has_value()) [[likely]] {
      counts_.freed(allocated.size);
    } else {
      counts_.failed_to_free();
    }
    return freed;
  }
  [[nodiscard]] bool owns(const std::byte* address) const noexcept { return allocator_.owns(address); }
  [[nodiscard]] auto state() const noexcept { return allocator_.state(); }
  [[nodiscard]] auto check_invariants() const noexcept { return allocator_.check_invariants(); }
  [[nodiscard]] Allocator& allocator() noexcept { return allocator_; }

private:
  Allocator& allocator_;
  allocation_counts& counts_;
};
template <class Allocator>
counted(Allocator&, allocation_counts&) -> counted<Allocator>;

} // namespace nebula::services
