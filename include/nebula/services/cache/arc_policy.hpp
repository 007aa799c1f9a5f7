// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <nebula/services/cache/cache_policy.hpp>
#include <nebula/services/cache/ghost_entries.hpp>
#include <nebula/services/cache/index_links.hpp>

namespace nebula::services {

/// Adaptive: between recency and frequency, as the program's keys show that it pays (Megiddo and Modha, "ARC: a
/// self-tuning, low overhead replacement cache", FAST 2003). Entries that were used once are in one list, T1; those that
/// were used again in another, T2; those that have gone are remembered in B1 and B2. Who comes back from B1 says that T1
/// should have been longer, who comes back from B2 that T2 should: by max(1, the other's length / one's own, rounded
/// down) entries.
///
/// All O(1) on average. A scan passes through T1 and leaves T2 alone. 48 to 64 bytes for each entry. [SR-CACHE-105]
class arc_policy {
public:
  [[nodiscard]] static constexpr std::size_t storage_bytes(std::uint32_t entry_count_max) noexcept {
    const std::size_t slots = slot_count_of(entry_count_max);
    return ghost_entries::storage_bytes(entry_count_max) + index_links::storage_bytes(slots + list_count) +
           slots * sizeof(node);
  }
  explicit arc_policy(const cache_policy_setup& setup) noexcept
      : ghosts_(setup.storage, setup.entry_count_max),
        links_(setup.storage + ghost_entries::storage_bytes(setup.entry_count_max),
               slot_count_of(setup.entry_count_max) + list_count),
        nodes_(make_array<node>(setup.storage + ghost_entries::storage_bytes(setup.entry_count_max) +
                                    index_links::storage_bytes(slot_count_of(setup.entry_count_max) + list_count),
                                slot_count_of(setup.entry_count_max))),
        head_(setup.entry_count_max + 1),
        entry_count_(setup.entry_count_max) {
    links_.make_empty(head_ + once);
    links_.make_empty(head_ + again);
  }

  /// Cases II to IV of the paper, but for the victims.
  void on_arrival(std::uint32_t fingerprint) noexcept {
    returns_from_ = ghosts_.list_of(fingerprint);
    if (returns_from_ == once) {
      const std::uint32_t step = std::max(1U, ghosts_.count(again) / ghosts_.count(once));
      target_ += std::min(step, entry_count_ - target_);
    } else if (returns_from_ == again) {
      const std::uint32_t step = std::max(1U, ghosts_.count(once) / ghosts_.count(again));
      target_ -= std::min(step, target_);
    } else {
      forgets_victim_ = counts_[once] >= entry_count_; // T1 alone is as long as it and B1 may be
      forget_ghosts(forgets_victim_ ? 0 : 1);
    }
    static_cast<void>(ghosts_.remove(fingerprint));
  }
  void on_insert(std::uint32_t entry, std::uint32_t fingerprint) noexcept {
    nodes_[entry].fingerprint = fingerprint;
    add(returns_from_ == no_entry ? once : again, entry);
    returns_from_ = no_entry;
    forgets_victim_ = false;
  }
  void on_access(std::uint32_t entry, std::uint32_t /*fingerprint*/) noexcept {
    on_erase(entry);
    add(again, entry);
  }
  void on_erase(std::uint32_t entry) noexcept {
    links_.remove(entry);
    counts_[nodes_[entry].list] -= 1;
  }
  /// REPLACE of the paper.
  [[nodiscard]] std::uint32_t victim() noexcept {
    const bool is_long = counts_[once] > target_ || (returns_from_ == again && counts_[once] == target_);
    const std::uint32_t list = counts_[again] == 0 || (counts_[once] != 0 && is_long) ? once : again;
    const std::uint32_t entry = links_.oldest(head_ + list);
    on_erase(entry);
    if (!(forgets_victim_ && list == once)) {
      make_room_for_a_ghost();
      ghosts_.add(list, nodes_[entry].fingerprint);
    }
    forgets_victim_ = false;
    return entry;
  }
  void on_resize(std::uint32_t entry_count) noexcept {
    entry_count_ = entry_count;
    target_ = std::min(target_, entry_count);
    forget_ghosts(0);
  }

private:
  static constexpr std::uint32_t once = 0;
  static constexpr std::uint32_t again = 1;
  static constexpr std::uint32_t list_count = 2;
  struct node {
    std::uint32_t fingerprint = 0;
    std::uint32_t list = once;
  };

  void add(std::uint32_t list, std::uint32_t entry) noexcept {
    links_.push(head_ + list, entry);
    nodes_[entry].list = list;
    counts_[list] += 1;
  }
  /// With so many newcomers, T1 and B1 are as many as entries at most, and all lists twice as many: case IV.
  void forget_ghosts(std::uint32_t newcomers) noexcept {
    while (ghosts_.count(once) != 0 && counts_[once] + ghosts_.count(once) + newcomers > entry_count_) {
      ghosts_.remove_oldest(once);
    }
    while (ghosts_.count(again) != 0 &&
           counts_[once] + counts_[again] + ghosts_.count() + newcomers > 2 * std::uint64_t{entry_count_}) {
      ghosts_.remove_oldest(again);
    }
  }
  /// The paper's lists, which lose nothing but victims, leave room; ours may have lost entries that were removed.
  void make_room_for_a_ghost() noexcept {
    if (ghosts_.count() >= entry_count_) {
      ghosts_.remove_oldest(ghosts_.count(again) != 0 ? again : once);
    }
  }

  ghost_entries ghosts_; ///< B1 and B2
  index_links links_;    ///< T1 and T2, and their heads behind all entries
  node* nodes_;
  std::uint32_t head_;
  std::uint32_t counts_[list_count] = {};
  std::uint32_t entry_count_;
  std::uint32_t target_ = 0; ///< p of the paper: how long T1 should be
  std::uint32_t returns_from_ = no_entry;
  bool forgets_victim_ = false;
};

} // namespace nebula::services
