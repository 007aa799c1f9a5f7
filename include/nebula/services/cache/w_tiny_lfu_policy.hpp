// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <nebula/services/cache/cache_policy.hpp>
#include <nebula/services/cache/frequency_sketch.hpp>
#include <nebula/services/cache/index_links.hpp>

namespace nebula::services {

/// Window TinyLFU (Einziger, Friedman and Manes, "TinyLFU: a highly efficient cache admission policy", ACM Transactions on
/// Storage, 2017): newcomers go through a window, a hundredth of the entries, by recency. Who falls out of it and whoever
/// would have to go for him are compared: who was asked for more often lately, by a sketch, stays; if equally often, who
/// was there before. What stays is in two lists by recency: on probation, and, once it was found again, protected, at
/// most four fifths.
///
/// All O(1), but for the sketch, which once in five times the entries takes O(entries). 20 to 24 bytes for each entry.
/// [SR-CACHE-105]
class w_tiny_lfu_policy {
public:
  [[nodiscard]] static constexpr std::size_t storage_bytes(std::uint32_t entry_count_max) noexcept {
    const std::size_t slots = slot_count_of(entry_count_max);
    return frequency_sketch::storage_bytes(entry_count_max) + index_links::storage_bytes(slots + list_count) +
           slots * sizeof(node);
  }
  explicit w_tiny_lfu_policy(const cache_policy_setup& setup) noexcept
      : sketch_(setup.storage, setup.entry_count_max),
        links_(setup.storage + frequency_sketch::storage_bytes(setup.entry_count_max),
               slot_count_of(setup.entry_count_max) + list_count),
        nodes_(make_array<node>(setup.storage + frequency_sketch::storage_bytes(setup.entry_count_max) +
                                    index_links::storage_bytes(slot_count_of(setup.entry_count_max) + list_count),
                                slot_count_of(setup.entry_count_max))),
        head_(setup.entry_count_max + 1),
        entry_count_(setup.entry_count_max) {
    for (std::uint32_t list = 0; list < list_count; ++list) {
      links_.make_empty(head_ + list);
    }
  }

  void on_arrival(std::uint32_t fingerprint) noexcept { sketch_.count(fingerprint); }
  void on_insert(std::uint32_t entry, std::uint32_t fingerprint) noexcept {
    nodes_[entry].fingerprint = fingerprint;
    add(window, entry);
    while (counts_[window] > window_count()) { // nobody has to go for him
      move(links_.oldest(head_ + window), probation);
    }
  }
  void on_access(std::uint32_t entry, std::uint32_t fingerprint) noexcept {
    sketch_.count(fingerprint);
    move(entry, nodes_[entry].list == window ? window : protected_part);
    while (counts_[protected_part] > protected_count()) {
      move(links_.oldest(head_ + protected_part), probation);
    }
  }
  void on_erase(std::uint32_t entry) noexcept {
    links_.remove(entry);
    counts_[nodes_[entry].list] -= 1;
  }
  /// Before the newcomer is in the window: who falls out of it is who is the oldest in it now.
  [[nodiscard]] std::uint32_t victim() noexcept {
    const std::uint32_t main = counts_[probation] != 0 ? probation : protected_part;
    const bool is_window_full = counts_[window] != 0 && counts_[window] >= window_count();
    std::uint32_t entry = links_.oldest(head_ + main);
    if (counts_[main] == 0) {
      entry = links_.oldest(head_ + window);
    } else if (is_window_full) {
      const std::uint32_t candidate = links_.oldest(head_ + window);
      if (sketch_.frequency(nodes_[candidate].fingerprint) > sketch_.frequency(nodes_[entry].fingerprint)) {
        move(candidate, probation);
      } else {
        entry = candidate;
      }
    }
    on_erase(entry);
    return entry;
  }
  void on_resize(std::uint32_t entry_count) noexcept {
    entry_count_ = entry_count; // the sketch goes on fading as it was configured
  }

private:
  static constexpr std::uint32_t window = 0;
  static constexpr std::uint32_t probation = 1;
  static constexpr std::uint32_t protected_part = 2;
  static constexpr std::uint32_t list_count = 3;
  struct node {
    std::uint32_t fingerprint = 0;
    std::uint32_t list = window;
  };

  [[nodiscard]] std::uint32_t window_count() const noexcept { return std::max(1U, entry_count_ / 100); }
  /// Of what is not the window, four fifths, rounded down.
  [[nodiscard]] std::uint32_t protected_count() const noexcept {
    return static_cast<std::uint32_t>(std::uint64_t{entry_count_ - window_count()} * 4 / 5);
  }
  void add(std::uint32_t list, std::uint32_t entry) noexcept {
    links_.push(head_ + list, entry);
    nodes_[entry].list = list;
    counts_[list] += 1;
  }
  void move(std::uint32_t entry, std::uint32_t list) noexcept {
    on_erase(entry);
    add(list, entry);
  }

  frequency_sketch sketch_;
  index_links links_; ///< and the lists' heads behind all entries
  node* nodes_;
  std::uint32_t head_;
  std::uint32_t counts_[list_count] = {};
  std::uint32_t entry_count_;
};

} // namespace nebula::services
