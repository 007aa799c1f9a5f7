// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include <nebula/kernel/contract.hpp>
#include <nebula/services/cache/index_links.hpp>

namespace nebula::services {

/// 32 bits of a hash: where a key is to be looked for, and what is compared before keys are. Each of its bits depends on
/// all of the hash's, so that hashes which are the keys themselves, evenly spaced or differing in a few bits, do: two
/// multiplications of the finalizer of MurmurHash3 (Appleby, 2011).
[[nodiscard]] NEBULA_WRAPS constexpr std::uint32_t fingerprint_of(std::uint64_t hash) noexcept {
  hash = (hash ^ (hash >> 33U)) * 0xFF51AFD7ED558CCD;
  return static_cast<std::uint32_t>(((hash ^ (hash >> 33U)) * 0xC4CEB9FE1A85EC53) >> 32U);
}

/// A place of an index; free iff it has no entry.
struct fingerprint_cell {
  std::uint32_t fingerprint = 0;
  std::uint32_t entry = no_entry;
};

/// From fingerprints to entries: open addressing with linear probing, in cells of 8 bytes, two for each entry or more. A cell
/// has all of the fingerprint, so that neither moving cells nor erasing one looks at an entry, hashes or compares. What
/// is erased leaves no mark: those that follow move up (Knuth, algorithm 6.4 R). One owner.
///
/// At most half of the cells are used, and one, so that every search ends; a search is O(1) on average if the hashes are good,
/// and O(entries) at worst. [SR-CACHE-104]
class fingerprint_index {
public:
  using cell = fingerprint_cell;
  /// Twice as many cells as entries, rounded up to a power of two, and at least four.
  [[nodiscard]] static constexpr std::size_t cell_count(std::size_t entry_count) noexcept {
    return std::bit_ceil(entry_count < 2 ? 4 : entry_count * 2);
  }
  [[nodiscard]] static constexpr std::size_t storage_bytes(std::size_t entry_count) noexcept {
    return cell_count(entry_count) * sizeof(cell);
  }
  /// For so many entries, at most 2^30, and one more for a moment: a cell stays free. Aligned as std::uint64_t. Of 0 entries it has two cells, which are never
  /// written. O(entry_count).
  fingerprint_index(std::byte* storage, std::size_t entry_count) noexcept
      : cells_(entry_count == 0 ? &nothing[0] : make_array<cell>(storage, cell_count(entry_count))),
        mask_(static_cast<std::uint32_t>((entry_count == 0 ? 2 : cell_count(entry_count)) - 1)),
        shift_(static_cast<std::uint32_t>(std::countl_zero(mask_))) {}

  /// Where a search has ended: at the entry, or at the cell that it would get.
  struct found {
    std::uint32_t entry; ///< no_entry iff there is none
    std::uint32_t place;
  };
  /// The entry of this fingerprint that `is` accepts. Throws what `is` throws.
  template <class Is>
  [[nodiscard]] found search(std::uint32_t fingerprint, Is is) const {
    for (std::uint32_t place = home(fingerprint);; place = next(place)) {
      const cell here = cells_[place];
      if (here.entry == no_entry || (here.fingerprint == fingerprint && is(here.entry))) {
        return {here.entry, place};
      }
    }
  }
  template <class Is>
  [[nodiscard]] std::uint32_t find(std::uint32_t fingerprint, Is is) const {
    return search(fingerprint, is).entry;
  }
  /// Where a search for it has just ended; fewer entries are in than there may be.
  void insert_at(std::uint32_t place, std::uint32_t fingerprint, std::uint32_t entry) noexcept {
    cells_[place] = {fingerprint, entry};
  }
  /// The cell that an entry of this fingerprint would get, which is not in.
  [[nodiscard]] std::uint32_t place_for(std::uint32_t fingerprint) const noexcept {
    return search(fingerprint, [](std::uint32_t /*other*/) { return false; }).place;
  }
  /// The entry is not in, and fewer are than there may be.
  void insert(std::uint32_t fingerprint, std::uint32_t entry) noexcept {
    insert_at(place_for(fingerprint), fingerprint, entry);
  }
  /// The entry is in, under this fingerprint.
  void erase(std::uint32_t fingerprint, std::uint32_t entry) noexcept {
    std::uint32_t gap = home(fingerprint);
    while (cells_[gap].entry != entry) {
      gap = next(gap);
    }
    for (std::uint32_t place = next(gap); cells_[place].entry != no_entry; place = next(place)) {
      // A cell may move up to the gap iff its home does not lie behind it, on the way from the gap to where it is.
      if (distance(home(cells_[place].fingerprint), place) >= distance(gap, place)) {
        cells_[gap] = cells_[place];
        gap = place;
      }
    }
    cells_[gap].entry = no_entry;
  }
  /// The cell of a fingerprint is about to be written.
  void prefetch(std::uint32_t fingerprint) const noexcept { __builtin_prefetch(&cells_[home(fingerprint)], 1); }
  /// How many entries are in: O(cells), for checks.
  [[nodiscard]] std::uint32_t count() const noexcept {
    std::uint32_t in = 0;
    for (std::size_t place = 0; place <= mask_; ++place) {
      in += cells_[place].entry != no_entry ? 1U : 0U;
    }
    return in;
  }

private:
  /// By the upper bits, which are the best of a product.
  [[nodiscard]] std::uint32_t home(std::uint32_t fingerprint) const noexcept { return fingerprint >> shift_; }
  [[nodiscard]] std::uint32_t next(std::uint32_t place) const noexcept { return (place + 1) & mask_; }
  /// Steps from one place on to another.
  [[nodiscard]] NEBULA_WRAPS std::uint32_t distance(std::uint32_t from, std::uint32_t to) const noexcept {
    return (to - from) & mask_;
  }

  static inline cell nothing[2];
  cell* cells_;
  std::uint32_t mask_; ///< cells less one
  std::uint32_t shift_;
};

} // namespace nebula::services
