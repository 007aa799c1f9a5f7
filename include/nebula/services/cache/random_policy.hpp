// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/contract.hpp>
#include <nebula/services/cache/cache_policy.hpp>
#include <nebula/services/cache/index_links.hpp>

namespace nebula::services {

/// Who goes is drawn by lot, each entry with the same chance to within one in 2^32 / entries. The same seed and the same
/// calls draw the same lots (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). All O(1),
/// and a hit writes nothing. 8 bytes for each entry. Not for adversaries: the lots can be foreseen. [SR-CACHE-105]
class random_policy {
public:
  [[nodiscard]] static constexpr std::size_t storage_bytes(std::uint32_t entry_count_max) noexcept {
    return 2 * slot_count_of(entry_count_max) * sizeof(std::uint32_t);
  }
  explicit random_policy(const cache_policy_setup& setup) noexcept
      : entries_(make_array<std::uint32_t>(setup.storage, slot_count_of(setup.entry_count_max))),
        place_of_(
            make_array<std::uint32_t>(setup.storage + slot_count_of(setup.entry_count_max) * sizeof(std::uint32_t),
                                      slot_count_of(setup.entry_count_max))),
        state_(setup.seed) {}

  void on_insert(std::uint32_t entry, std::uint32_t /*fingerprint*/) noexcept {
    entries_[count_] = entry;
    place_of_[entry] = count_;
    ++count_;
  }
  static void on_access(std::uint32_t /*entry*/, std::uint32_t /*fingerprint*/) noexcept {}
  /// The last one takes its place.
  void on_erase(std::uint32_t entry) noexcept {
    --count_;
    const std::uint32_t last = entries_[count_];
    entries_[place_of_[entry]] = last;
    place_of_[last] = place_of_[entry];
  }
  [[nodiscard]] std::uint32_t victim() noexcept {
    const std::uint64_t lot = draw() >> 32U;
    const std::uint32_t entry = entries_[(lot * count_) >> 32U];
    on_erase(entry);
    return entry;
  }

private:
  [[nodiscard]] NEBULA_WRAPS std::uint64_t draw() noexcept {
    state_ += 0x9E3779B97F4A7C15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EB;
    return mixed ^ (mixed >> 31U);
  }

  std::uint32_t* entries_; ///< those that are in, without gaps
  std::uint32_t* place_of_;
  std::uint32_t count_ = 0;
  std::uint64_t state_;
};

} // namespace nebula::services
