// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include <nebula/kernel/contract.hpp>
#include <nebula/services/cache/index_links.hpp>

namespace nebula::services {

/// A value's place in a cache, and whose it was: the number of the place's entries so far. Plain; 0 entries name none.
/// A handle that is kept while its place gets 2^31 other entries is taken for theirs, and another cache's for this one's.
struct cache_handle {
  std::uint32_t index = no_entry;
  std::uint32_t generation = 0;

  friend constexpr bool operator==(const cache_handle&, const cache_handle&) noexcept = default;
};

/// The entries of a cache, which stay where they are for as long as they are in, and the list of those that are free.
/// All O(1). One owner. [SR-CACHE-103]
template <class K, class V>
class cache_slots {
public:
  /// What a hit reads is together, and apart from what only comes and goes with an entry: more of it fits into the
  /// processor's caches.
  struct item {
    alignas(K) std::byte key[sizeof(K)];
    alignas(V) std::byte value[sizeof(V)];
  };
  struct mark {
    std::uint32_t fingerprint = no_entry; ///< of a free slot, the next free one
    std::uint32_t generation = 0;         ///< odd iff there is an entry
    std::uint32_t weight = 0;
  };

  /// Aligned as items and as marks, count of each. O(count).
  cache_slots(std::byte* items, std::byte* marks, std::size_t count) noexcept
      : items_(make_array<item>(items, count)),
        marks_(make_array<mark>(marks, count)),
        count_(static_cast<std::uint32_t>(count)) {
    for (std::uint32_t entry = count_; entry != 0; --entry) {
      marks_[entry - 1].fingerprint = free_;
      free_ = entry - 1;
    }
  }

  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  [[nodiscard]] bool is_live(std::uint32_t entry) const noexcept {
    return entry < count_ && marks_[entry].generation % 2 == 1;
  }
  [[nodiscard]] const K& key(std::uint32_t entry) const noexcept { return *std::launder(key_at(entry)); }
  [[nodiscard]] V& value(std::uint32_t entry) const noexcept { return *std::launder(value_at(entry)); }
  [[nodiscard]] std::uint32_t fingerprint(std::uint32_t entry) const noexcept { return marks_[entry].fingerprint; }
  [[nodiscard]] std::uint32_t weight(std::uint32_t entry) const noexcept { return marks_[entry].weight; }
  void set_weight(std::uint32_t entry, std::uint32_t weight) noexcept { marks_[entry].weight = weight; }
  [[nodiscard]] cache_handle handle(std::uint32_t entry) const noexcept { return {entry, marks_[entry].generation}; }

  /// A free slot with this key and value in it, which is neither free nor live from now on. There is one. Throws what
  /// they throw, and then nothing has changed.
  template <class Key, class Value>
  [[nodiscard]] std::uint32_t make(Key&& key, Value&& value) {
    const std::uint32_t made = free_;
    free_ = marks_[made].fingerprint;
    unmade undone{*this, made};
    std::construct_at(key_at(made), std::forward<Key>(key));
    undone.has_key = true; // cppcheck-suppress unreadVariable; its destructor reads it
    make_value(made, std::forward<Value>(value));
    undone.is_undone = false; // cppcheck-suppress unreadVariable; likewise
    return made;
  }
  /// What was made is live.
  void enter(std::uint32_t entry, std::uint32_t fingerprint, std::uint32_t weight) noexcept {
    marks_[entry].fingerprint = fingerprint;
    marks_[entry].weight = weight;
    advance(marks_[entry].generation);
  }
  /// What was made, and did not become live, is destroyed.
  void unmake(std::uint32_t entry) noexcept {
    destroy(entry);
    put_back(entry);
  }
  template <class Value>
  void make_value(std::uint32_t entry, Value&& value) {
    std::construct_at(value_at(entry), std::forward<Value>(value));
  }
  void destroy_value(std::uint32_t entry) noexcept { std::destroy_at(&value(entry)); }
  void destroy_key(std::uint32_t entry) noexcept { std::destroy_at(std::launder(key_at(entry))); }
  void destroy(std::uint32_t entry) noexcept {
    destroy_value(entry);
    destroy_key(entry);
  }
  /// A live entry whose key and value are gone: its slot is the next free one.
  void give_back(std::uint32_t entry) noexcept {
    advance(marks_[entry].generation);
    put_back(entry);
  }
  /// O(count), for checks.
  [[nodiscard]] std::uint32_t free_count() const noexcept {
    std::uint32_t found = 0;
    for (std::uint32_t entry = free_; entry < count_ && found <= count_; entry = marks_[entry].fingerprint) {
      found += is_live(entry) ? count_ : 1U;
    }
    return found;
  }

private:
  /// Gives the slot back, if what was to be made in it has thrown.
  struct unmade {
    cache_slots& of;
    std::uint32_t entry;
    bool has_key = false;
    bool is_undone = true;
    unmade(cache_slots& slots, std::uint32_t made) noexcept : of(slots), entry(made) {}
    unmade(const unmade&) = delete;
    unmade& operator=(const unmade&) = delete;
    ~unmade() {
      if (is_undone) {
        if (has_key) {
          of.destroy_key(entry);
        }
        of.put_back(entry);
      }
    }
  };
  void put_back(std::uint32_t entry) noexcept {
    marks_[entry].fingerprint = free_;
    free_ = entry;
  }
  // Through void: the bytes are aligned as K and V are, which g++ does not see.
  // NOLINTBEGIN(bugprone-casting-through-void)
  [[nodiscard]] K* key_at(std::uint32_t entry) const noexcept {
    return static_cast<K*>(static_cast<void*>(items_[entry].key));
  }
  [[nodiscard]] V* value_at(std::uint32_t entry) const noexcept {
    return static_cast<V*>(static_cast<void*>(items_[entry].value));
  }
  // NOLINTEND(bugprone-casting-through-void)
  NEBULA_WRAPS static void advance(std::uint32_t& generation) noexcept { generation += 1; }

  item* items_;
  mark* marks_;
  std::uint32_t count_;
  std::uint32_t free_ = no_entry;
};

} // namespace nebula::services
