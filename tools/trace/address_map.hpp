// SPDX-License-Identifier: Apache-2.0 OR MIT
// What is known of each address that a trace has shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

namespace nebula::trace {

/// A map from addresses, which are never 0, to default-constructible values. Nothing is ever taken out, so that a search
/// ends at the first empty entry, with no marks of what was there (linear probing: Knuth, volume 3, 6.4). Entries lie
/// in one array, at most three quarters full: a search of a trace's addresses reads one or two cache lines. References
/// and pointers hold until the next address is added.
template <class Value>
class address_map {
public:
  address_map() : entries_(std::size_t{1} << initial_bits) {}

  /// Null iff nothing is known of the address.
  [[nodiscard]] Value* find(std::uint64_t address) {
    entry& found = entries_[position(address)];
    return found.address == 0 ? nullptr : &found.value;
  }
  /// What is known of the address; a new Value iff nothing was. Throws std::bad_alloc or std::length_error, with the map as it was.
  Value& operator[](std::uint64_t address) {
    std::size_t at = position(address);
    if (entries_[at].address == 0) {
      if ((size_ + 1) * 4 > entries_.size() * 3) {
        grow();
        at = position(address);
      }
      entries_[at].address = address;
      ++size_;
    }
    return entries_[at].value;
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
  struct entry {
    std::uint64_t address = 0; ///< 0: empty
    Value value{};
  };
  static constexpr unsigned initial_bits = 10;

  // Where the address is, or would be. Addresses differ in their middle bits, which the product carries to the top.
  [[nodiscard]] std::size_t position(std::uint64_t address) const noexcept {
    const std::size_t mask = entries_.size() - 1;
    const auto spread = static_cast<std::uint32_t>((address * 0x9e3779b97f4a7c15U) >> 32U);
    std::size_t at = spread >> (32 - bits_);
    while (entries_[at].address != address && entries_[at].address != 0) {
      at = (at + 1) & mask;
    }
    return at;
  }
  void grow() {
    if (bits_ == 32) {
      throw std::length_error("a trace of more than three billion addresses");
    }
    std::vector<entry> old(entries_.size() * 2);
    old.swap(entries_);
    ++bits_;
    for (entry& each : old) {
      if (each.address != 0) {
        entries_[position(each.address)] = std::move(each);
      }
    }
  }

  std::vector<entry> entries_; ///< 2^bits_ of them
  unsigned bits_ = initial_bits;
  std::size_t size_ = 0;
};

} // namespace nebula::trace
