// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include <nebula/services/allocator_reference.hpp>
#include <nebula/services/lifecycle_failure.hpp>

namespace nebula::services {

/// Live blocks by address: what they were asked for as, when, and where. Of a size that is chosen once; nothing allocates
/// afterwards. A table of twice as many places, probed one after the other, in which a removal moves up what had to make
/// way (Knuth, The Art of Computer Programming, volume 3, 6.4, algorithm R): no place is ever marked as used up. One owner.
/// [SR-LC-008]
class tracking_table {
public:
  static constexpr std::size_t live_blocks_highest = std::size_t{1} << 24U;

  tracking_table() noexcept = default; ///< for no block at all
  tracking_table(tracking_table&& other) noexcept { swap(other); }
  tracking_table& operator=(tracking_table&& other) noexcept {
    tracking_table taken(std::move(other));
    swap(taken);
    return *this;
  }
  tracking_table(const tracking_table&) = delete;
  tracking_table& operator=(const tracking_table&) = delete;
  ~tracking_table() = default;

  /// For so many blocks. out_of_range iff live_blocks_max is not in 1…live_blocks_highest; out_of_memory.
  [[nodiscard]] static lifecycle_outcome<tracking_table> make(std::size_t live_blocks_max) noexcept {
    if (live_blocks_max == 0 || live_blocks_max > live_blocks_highest) {
      return out_of_range(lifecycle_field::live_blocks_max, live_blocks_max, 1, live_blocks_highest);
    }
    tracking_table made;
    std::size_t places = 4;
    while (places < 2 * live_blocks_max) {
      places *= 2;
    }
    // Beyond that g++ throws, whatever is asked for.
    if (places <= std::size_t{PTRDIFF_MAX} / sizeof(record)) {
      made.records_.reset(new (std::nothrow) record[places]);
    }
    if (made.records_ == nullptr) {
      return failed(lifecycle_failure_code::out_of_memory);
    }
    made.mask_ = places - 1;
    made.most_ = live_blocks_max;
    return made;
  }

  /// False iff the table is full: the block is not in it then. A block that is in the table already is written over: it
  /// was given back behind the table's back. Expected O(1).
  bool insert(const std::byte* address, layout request, std::uint64_t sequence, const backtrace& trace) noexcept {
    if (most_ == 0) {
      return false;
    }
    std::size_t place = home_of(address);
    while (records_[place].address != nullptr && records_[place].address != address) {
      place = (place + 1) & mask_;
    }
    if (records_[place].address == nullptr) {
      if (count_ == most_) {
        return false;
      }
      ++count_;
    }
    records_[place] = {address, request, sequence, trace};
    return true;
  }

  /// False iff it is not in the table. Expected O(1).
  bool erase(const std::byte* address) noexcept {
    if (most_ == 0 || address == nullptr) {
      return false;
    }
    std::size_t hole = home_of(address);
    while (records_[hole].address != address) {
      if (records_[hole].address == nullptr) {
        return false;
      }
      hole = (hole + 1) & mask_;
    }
    // What stands behind the hole, and whose home is not between the hole and its place, is moved into the hole.
    for (std::size_t place = (hole + 1) & mask_; records_[place].address != nullptr; place = (place + 1) & mask_) {
      const std::size_t from_home = (place - home_of(records_[place].address)) & mask_;
      const std::size_t from_hole = (place - hole) & mask_;
      if (from_home >= from_hole) {
        records_[hole] = records_[place];
        hole = place;
      }
    }
    records_[hole] = {};
    --count_;
    return true;
  }

  /// Forgets all. O(places).
  void clear() noexcept {
    for (std::size_t place = 0; most_ != 0 && place <= mask_; ++place) {
      records_[place] = {};
    }
    count_ = 0;
  }

  /// Shows each, in no order. O(places).
  void visit(tracked_block_visitor visitor) const noexcept {
    for (std::size_t place = 0; most_ != 0 && place <= mask_; ++place) {
      const record& each = records_[place];
      if (each.address != nullptr) {
        visitor.function(visitor.context, {each.address, each.request, each.sequence, &each.trace});
      }
    }
  }

  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t live_blocks_max() const noexcept { return most_; }

private:
  struct record {
    const std::byte* address = nullptr;
    layout request{0, 0};
    std::uint64_t sequence = 0;
    backtrace trace{};
  };

  /// Multiplication by 2⁶⁴ over the golden ratio, whose high bits depend on all bits of the address (Knuth, volume 3, 6.4).
  [[nodiscard]] std::size_t home_of(const std::byte* address) const noexcept {
    const std::uint64_t mixed = reinterpret_cast<std::uintptr_t>(address) * std::uint64_t{0x9e3779b97f4a7c15};
    return static_cast<std::uint32_t>(mixed >> 32U) & mask_;
  }
  void swap(tracking_table& other) noexcept {
    std::swap(records_, other.records_);
    std::swap(mask_, other.mask_);
    std::swap(most_, other.most_);
    std::swap(count_, other.count_);
  }

  std::unique_ptr<record[]> records_{};
  std::size_t mask_ = 0;
  std::size_t most_ = 0;
  std::size_t count_ = 0;
};

} // namespace nebula::services
