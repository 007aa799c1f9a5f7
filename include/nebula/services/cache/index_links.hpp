// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <type_traits>

namespace nebula::services {

/// The index of no entry.
inline constexpr std::uint32_t no_entry = std::numeric_limits<std::uint32_t>::max();

/// An array in storage that somebody else owns, of trivially destructible elements, each made once. O(count).
template <class T>
[[nodiscard]] T* make_array(std::byte* storage, std::size_t count) noexcept {
  static_assert(std::is_trivially_destructible_v<T>);
  T* first = nullptr;
  for (std::size_t index = 0; index < count; ++index) {
    T* const made = ::new (static_cast<void*>(storage + index * sizeof(T))) T();
    first = index == 0 ? made : first;
  }
  return first;
}

/// Rings of entries, linked both ways by indices of 32 bits. Each ring has a head, an index that no entry has, so that
/// no step asks whether there is a neighbour. An entry is in one ring at most; whoever owns the rings knows in which.
/// All O(1). One owner.
class index_links {
public:
  struct link {
    std::uint32_t older = no_entry;
    std::uint32_t newer = no_entry;
  };
  [[nodiscard]] static constexpr std::size_t storage_bytes(std::size_t count) noexcept { return count * sizeof(link); }

  /// For the indices below count, heads included. Aligned as std::uint32_t. O(count).
  index_links(std::byte* storage, std::size_t count) noexcept : links_(make_array<link>(storage, count)) {}

  void make_empty(std::uint32_t head) noexcept { links_[head] = {head, head}; }
  [[nodiscard]] bool is_empty(std::uint32_t head) const noexcept { return links_[head].newer == head; }
  /// The head itself iff the ring is empty.
  [[nodiscard]] std::uint32_t oldest(std::uint32_t head) const noexcept { return links_[head].newer; }
  [[nodiscard]] std::uint32_t newest(std::uint32_t head) const noexcept { return links_[head].older; }
  /// The head iff the entry is the newest.
  [[nodiscard]] std::uint32_t newer(std::uint32_t entry) const noexcept { return links_[entry].newer; }
  [[nodiscard]] std::uint32_t older(std::uint32_t entry) const noexcept { return links_[entry].older; }

  /// The entry is in no ring, and becomes the newest of this one.
  void push(std::uint32_t head, std::uint32_t entry) noexcept { insert_before(head, entry); }
  /// The entry is in no ring, and comes between `place`, an entry or a head, and what is older.
  void insert_before(std::uint32_t place, std::uint32_t entry) noexcept {
    const std::uint32_t older = links_[place].older;
    links_[entry].older = older;
    links_[entry].newer = place;
    links_[older].newer = entry;
    links_[place].older = entry;
  }
  void remove(std::uint32_t entry) noexcept {
    const std::uint32_t older = links_[entry].older;
    const std::uint32_t newer = links_[entry].newer;
    links_[older].newer = newer;
    links_[newer].older = older;
  }
  /// The entry is in this ring, and becomes its newest.
  void renew(std::uint32_t head, std::uint32_t entry) noexcept {
    remove(entry); // also if it is the newest: to ask costs more
    push(head, entry);
  }

private:
  link* links_;
};

} // namespace nebula::services
