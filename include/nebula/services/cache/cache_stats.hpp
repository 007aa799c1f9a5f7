// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>

namespace nebula::services {

/// What a cache has done since it was made, or since its statistics were last cleared, and what it holds now. A plain
/// value; all counters are exact. [SR-CACHE-109]
struct cache_stats {
  std::uint64_t hits = 0;            ///< lookups by get() and find() that found an entry that had not expired
  std::uint64_t misses = 0;          ///< those that did not
  std::uint64_t insertions = 0;      ///< entries that put() has added
  std::uint64_t updates = 0;         ///< entries whose value put() has replaced
  std::uint64_t refusals = 0;        ///< calls of put() that failed
  std::uint64_t evicted = 0;         ///< entries that the policy chose, to make room for others
  std::uint64_t evicted_smaller = 0; ///< likewise, for the cache was made smaller
  std::uint64_t expired = 0;         ///< entries whose time had come
  std::uint64_t removed = 0;         ///< entries that the program has removed, or cleared

  std::uint32_t entry_count = 0; ///< that have not expired
  std::uint32_t entry_count_max = 0;
  std::uint64_t weight = 0; ///< of those entries
  std::uint64_t weight_max = 0;

  [[nodiscard]] constexpr std::uint64_t lookups() const noexcept { return hits + misses; }
  /// Of all lookups, those that hit: 0 to 1; 0 iff there were none, or none has hit.
  [[nodiscard]] constexpr double hit_rate() const noexcept { return rate(hits); }
  /// Of all lookups, those that missed: 0 to 1; 0 iff there were none, or none has missed.
  [[nodiscard]] constexpr double miss_rate() const noexcept { return rate(misses); }

  /// The sum, for caches that are parts of one.
  constexpr cache_stats& operator+=(const cache_stats& other) noexcept {
    hits += other.hits;
    misses += other.misses;
    insertions += other.insertions;
    updates += other.updates;
    refusals += other.refusals;
    evicted += other.evicted;
    evicted_smaller += other.evicted_smaller;
    expired += other.expired;
    removed += other.removed;
    entry_count += other.entry_count;
    entry_count_max += other.entry_count_max;
    weight += other.weight;
    weight_max = other.weight_max > UINT64_MAX - weight_max ? UINT64_MAX : weight_max + other.weight_max;
    return *this;
  }
  friend constexpr bool operator==(const cache_stats&, const cache_stats&) noexcept = default;

private:
  [[nodiscard]] constexpr double rate(std::uint64_t part) const noexcept {
    return lookups() == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(lookups());
  }
};

} // namespace nebula::services
