// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/services/cache/cache_policy.hpp>
#include <nebula/services/cache/index_links.hpp>

namespace nebula::services {

/// Least frequently used: whoever was found least often goes; of several, who was used least recently. All O(1): entries
/// that were used equally often are in one ring, and the rings are in the order of how often (Shah, Mitra and Matani, "An
/// O(1) algorithm for implementing the LFU cache eviction scheme", 2010). 36 bytes for each entry. Counts never get old:
/// what was popular once stays; w_tiny_lfu_policy forgets. [SR-CACHE-105]
class lfu_policy {
public:
  [[nodiscard]] static constexpr std::size_t storage_bytes(std::uint32_t entry_count_max) noexcept {
    const std::size_t slots = slot_count_of(entry_count_max);
    return slots * (sizeof(std::uint64_t) + sizeof(std::uint32_t)) + index_links::storage_bytes(2 * slots) +
           index_links::storage_bytes(slots + 2);
  }
  /// There are as many rings as slots: each entry may have been used as often as no other.
  explicit lfu_policy(const cache_policy_setup& setup) noexcept
      : lfu_policy(setup, slot_count_of(setup.entry_count_max)) {
    rings_.make_empty(used_rings());
    rings_.make_empty(free_rings());
    for (std::uint32_t ring = 0; ring < slots_; ++ring) {
      rings_.push(free_rings(), ring);
      entries_.make_empty(head_of(ring));
    }
  }

  void on_insert(std::uint32_t entry, std::uint32_t /*fingerprint*/) noexcept {
    std::uint32_t least = rings_.oldest(used_rings());
    if (least == used_rings() || uses_[least] != 1) {
      least = make_ring(least, 1);
    }
    add(least, entry);
  }
  void on_access(std::uint32_t entry, std::uint32_t /*fingerprint*/) noexcept {
    const std::uint32_t ring = ring_of_[entry];
    const std::uint64_t uses = uses_[ring] + 1;
    std::uint32_t next = rings_.newer(ring);
    entries_.remove(entry);
    if (next == used_rings() || uses_[next] != uses) {
      if (entries_.is_empty(head_of(ring))) { // it was alone: its ring goes along
        uses_[ring] = uses;
        add(ring, entry);
        return;
      }
      next = make_ring(next, uses);
    }
    add(next, entry);
    free_if_empty(ring);
  }
  void on_erase(std::uint32_t entry) noexcept {
    entries_.remove(entry);
    free_if_empty(ring_of_[entry]);
  }
  [[nodiscard]] std::uint32_t victim() noexcept {
    const std::uint32_t entry = entries_.oldest(head_of(rings_.oldest(used_rings())));
    on_erase(entry);
    return entry;
  }

private:
  lfu_policy(const cache_policy_setup& setup, std::size_t slots) noexcept
      : slots_(static_cast<std::uint32_t>(slots)),
        uses_(make_array<std::uint64_t>(setup.storage, slots)),
        entries_(setup.storage + slots * sizeof(std::uint64_t), 2 * slots),
        rings_(setup.storage + slots * sizeof(std::uint64_t) + index_links::storage_bytes(2 * slots), slots + 2),
        ring_of_(make_array<std::uint32_t>(
            setup.storage + slots * sizeof(std::uint64_t) + index_links::storage_bytes(3 * slots + 2), slots)) {}
  [[nodiscard]] std::uint32_t head_of(std::uint32_t ring) const noexcept { return slots_ + ring; }
  [[nodiscard]] std::uint32_t used_rings() const noexcept { return slots_; }
  [[nodiscard]] std::uint32_t free_rings() const noexcept { return slots_ + 1; }
  void add(std::uint32_t ring, std::uint32_t entry) noexcept {
    entries_.push(head_of(ring), entry);
    ring_of_[entry] = ring;
  }
  /// Before `place`, which is of entries that were used more often, or the end.
  [[nodiscard]] std::uint32_t make_ring(std::uint32_t place, std::uint64_t uses) noexcept {
    const std::uint32_t ring = rings_.oldest(free_rings());
    rings_.remove(ring);
    rings_.insert_before(place, ring);
    uses_[ring] = uses;
    return ring;
  }
  void free_if_empty(std::uint32_t ring) noexcept {
    if (entries_.is_empty(head_of(ring))) {
      rings_.remove(ring);
      rings_.push(free_rings(), ring);
    }
  }

  std::uint32_t slots_;
  std::uint64_t* uses_; ///< of a ring: of 64 bits, which nobody counts to the end of
  index_links entries_; ///< and the rings' heads behind them
  index_links rings_;   ///< and behind them the heads of those in use, and of the free ones
  std::uint32_t* ring_of_;
};

} // namespace nebula::services
