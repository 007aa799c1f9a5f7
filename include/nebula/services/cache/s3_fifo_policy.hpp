// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <nebula/services/cache/cache_policy.hpp>
#include <nebula/services/cache/ghost_entries.hpp>
#include <nebula/services/cache/index_links.hpp>

namespace nebula::services {

/// Three queues, first in, first out (Yang, Zhang, Qiu, Yue and Rashmi, "FIFO queues are all you need for cache eviction",
/// SOSP 2023): newcomers go through a small one, a tenth of the entries, which most leave unasked for; who was found at
/// least twice there goes on to the main one; who goes is remembered in the third, and if he comes back while he is, goes
/// straight to the main one. There, who was found goes round again, once for each time, at most three.
///
/// A hit writes one number, and moves nothing. victim() is O(1) for each entry that moves on or goes round, which each do
/// at most 3 times for one hit: O(1) on average, O(entries) at worst. 45 to 60 bytes for each entry. [SR-CACHE-105]
class s3_fifo_policy {
public:
  [[nodiscard]] static constexpr std::size_t storage_bytes(std::uint32_t entry_count_max) noexcept {
    const std::size_t slots = slot_count_of(entry_count_max);
    return ghost_entries::storage_bytes(ghost_count(entry_count_max)) +
           index_links::storage_bytes(slots + queue_count) + slots * sizeof(node);
  }
  explicit s3_fifo_policy(const cache_policy_setup& setup) noexcept
      : s3_fifo_policy(setup, ghost_entries::storage_bytes(ghost_count(setup.entry_count_max))) {
    links_.make_empty(head_ + small);
    links_.make_empty(head_ + main);
  }

  void on_arrival(std::uint32_t fingerprint) noexcept { returns_ = ghosts_.remove(fingerprint); }
  void on_insert(std::uint32_t entry, std::uint32_t fingerprint) noexcept {
    nodes_[entry].fingerprint = fingerprint;
    add(returns_ ? main : small, entry, 0);
    returns_ = false;
  }
  void on_access(std::uint32_t entry, std::uint32_t /*fingerprint*/) noexcept {
    nodes_[entry].uses = static_cast<std::uint16_t>(std::min(nodes_[entry].uses + 1, uses_max));
  }
  void on_erase(std::uint32_t entry) noexcept {
    links_.remove(entry);
    counts_[nodes_[entry].queue] -= 1;
  }
  [[nodiscard]] std::uint32_t victim() noexcept {
    for (;;) { // each round makes the small queue shorter, or some entry's uses fewer
      const bool is_small = counts_[main] == 0 || (counts_[small] != 0 && counts_[small] >= small_count(entry_count_));
      const std::uint32_t entry = links_.oldest(head_ + (is_small ? small : main));
      const std::uint16_t uses = nodes_[entry].uses;
      on_erase(entry);
      if (uses <= (is_small ? 1 : 0)) {
        if (is_small) {
          remember(nodes_[entry].fingerprint);
        }
        return entry;
      }
      add(main, entry, static_cast<std::uint16_t>(is_small ? 0 : uses - 1));
    }
  }
  void on_resize(std::uint32_t entry_count) noexcept {
    entry_count_ = entry_count;
    while (ghosts_.count() > ghost_count(entry_count_)) {
      ghosts_.remove_oldest(0);
    }
  }

private:
  static constexpr std::uint32_t small = 0;
  static constexpr std::uint32_t main = 1;
  static constexpr std::uint32_t queue_count = 2;
  static constexpr int uses_max = 3;
  struct node {
    std::uint32_t fingerprint = 0;
    std::uint16_t queue = small;
    std::uint16_t uses = 0;
  };

  s3_fifo_policy(const cache_policy_setup& setup, std::size_t ghosts_bytes) noexcept
      : ghosts_(setup.storage, ghost_count(setup.entry_count_max)),
        links_(setup.storage + ghosts_bytes, slot_count_of(setup.entry_count_max) + queue_count),
        nodes_(make_array<node>(setup.storage + ghosts_bytes +
                                    index_links::storage_bytes(slot_count_of(setup.entry_count_max) + queue_count),
                                slot_count_of(setup.entry_count_max))),
        head_(setup.entry_count_max + 1),
        entry_count_(setup.entry_count_max) {}

  [[nodiscard]] static constexpr std::uint32_t small_count(std::uint32_t entry_count) noexcept {
    return std::max(1U, entry_count / 10);
  }
  /// As many as the main queue has entries.
  [[nodiscard]] static constexpr std::uint32_t ghost_count(std::uint32_t entry_count) noexcept {
    return std::max(1U, entry_count - small_count(entry_count));
  }
  void add(std::uint32_t queue, std::uint32_t entry, std::uint16_t uses) noexcept {
    links_.push(head_ + queue, entry);
    nodes_[entry].queue = static_cast<std::uint16_t>(queue);
    nodes_[entry].uses = uses;
    counts_[queue] += 1;
  }
  void remember(std::uint32_t fingerprint) noexcept {
    static_cast<void>(ghosts_.remove(fingerprint));
    if (ghosts_.count() >= ghost_count(entry_count_)) {
      ghosts_.remove_oldest(0);
    }
    ghosts_.add(0, fingerprint);
  }

  ghost_entries ghosts_; ///< in its first list
  index_links links_;    ///< of the queues, whose heads are behind all entries
  node* nodes_;
  std::uint32_t head_;
  std::uint32_t counts_[queue_count] = {};
  std::uint32_t entry_count_;
  bool returns_ = false;
};

} // namespace nebula::services
