// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <nebula/services/cache/cache_policy.hpp>
#include <nebula/services/cache/fingerprint_index.hpp>
#include <nebula/services/cache/index_links.hpp>

namespace nebula::services {

/// The fingerprints of entries that have gone, in two lists by age: what a policy remembers, so that it knows who comes
/// back. Two keys may have one fingerprint, once in 2^32: then somebody is taken for another who was here, which costs a
/// place, and nothing else. All O(1) on average. 32 to 48 bytes for each. One owner.
class ghost_entries {
public:
  static constexpr std::uint32_t list_count = 2;

  [[nodiscard]] static constexpr std::size_t storage_bytes(std::uint32_t count_max) noexcept {
    const std::size_t count = count_max;
    return fingerprint_index::storage_bytes(count) + index_links::storage_bytes(links(count_max)) +
           2 * count * sizeof(std::uint32_t);
  }
  /// At most so many of both lists together, at least 1. Aligned as std::uint64_t. O(count_max).
  ghost_entries(std::byte* storage, std::uint32_t count_max) noexcept
      : index_(storage, count_max),
        links_(storage + fingerprint_index::storage_bytes(count_max), links(count_max)),
        fingerprints_(make_array<std::uint32_t>(
            storage + fingerprint_index::storage_bytes(count_max) + index_links::storage_bytes(links(count_max)),
            2 * std::size_t{count_max})),
        lists_(fingerprints_ + count_max),
        count_max_(count_max) {
    for (std::uint32_t list = 0; list <= list_count; ++list) {
      links_.make_empty(count_max_ + list);
    }
    for (std::uint32_t ghost = 0; ghost < count_max_; ++ghost) {
      links_.push(free_ghosts(), ghost);
    }
  }

  /// The list that has the fingerprint; no_entry iff none has.
  [[nodiscard]] std::uint32_t list_of(std::uint32_t fingerprint) const noexcept {
    const std::uint32_t ghost = find(fingerprint);
    return ghost == no_entry ? no_entry : lists_[ghost];
  }
  [[nodiscard]] std::uint32_t count(std::uint32_t list) const noexcept { return counts_[list]; }
  [[nodiscard]] std::uint32_t count() const noexcept { return counts_[0] + counts_[1]; }

  /// The newest of a list. Who was in goes first; there is room.
  void add(std::uint32_t list, std::uint32_t fingerprint) noexcept {
    static_cast<void>(remove(fingerprint));
    const std::uint32_t ghost = links_.oldest(free_ghosts());
    links_.remove(ghost);
    links_.push(count_max_ + list, ghost);
    fingerprints_[ghost] = fingerprint;
    lists_[ghost] = list;
    counts_[list] += 1;
    index_.insert(fingerprint, ghost);
  }
  /// True iff it was in.
  bool remove(std::uint32_t fingerprint) noexcept {
    const std::uint32_t ghost = find(fingerprint);
    if (ghost != no_entry) {
      forget(ghost);
    }
    return ghost != no_entry;
  }
  /// The list is not empty.
  void remove_oldest(std::uint32_t list) noexcept { forget(links_.oldest(count_max_ + list)); }

private:
  [[nodiscard]] static constexpr std::size_t links(std::uint32_t count_max) noexcept {
    return std::size_t{count_max} + list_count + 1;
  }
  [[nodiscard]] std::uint32_t free_ghosts() const noexcept { return count_max_ + list_count; }
  [[nodiscard]] std::uint32_t find(std::uint32_t fingerprint) const noexcept {
    return index_.find(fingerprint, [](std::uint32_t /*ghost*/) { return true; });
  }
  void forget(std::uint32_t ghost) noexcept {
    index_.erase(fingerprints_[ghost], ghost);
    links_.remove(ghost);
    links_.push(free_ghosts(), ghost);
    counts_[lists_[ghost]] -= 1;
  }

  fingerprint_index index_;
  index_links links_; ///< and the heads of the lists, and of the free ones, behind them
  std::uint32_t* fingerprints_;
  std::uint32_t* lists_;
  std::array<std::uint32_t, list_count> counts_{};
  std::uint32_t count_max_;
};

} // namespace nebula::services
