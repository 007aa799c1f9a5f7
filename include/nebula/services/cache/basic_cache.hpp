// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>

#include <nebula/kernel/contract.hpp>
#include <nebula/kernel/result.hpp>
#include <nebula/services/cache/cache_config.hpp>
#include <nebula/services/cache/cache_items.hpp>
#include <nebula/services/cache/cache_stats.hpp>
#include <nebula/services/cache/lru_policy.hpp>

namespace nebula::services {

/// A bounded map that lets go of entries to make room for others: which ones, a policy says, and when they expire, a
/// clock. Entries stay where they are for as long as they are in. All memory is the storage lent by the configuration.
///
/// What has expired is in no answer: not of get(), find(), peek(), contains(), at(), size(), stats(), an iteration, nor
/// put(); and it goes before anything else does.
///
/// If a copy, a move, a hash or a comparison of the program throws, the exception goes on to the caller, and the cache is
/// as if the call had not been made, but for what had expired. The exceptions are told at put() and remove(). Hash,
/// comparison, constructors, destructors and clock must not call the cache. [SR-CACHE-107]
///
/// One owner: sharded_cache is for threads. Not for interrupts. docs/services/cache.md has bounds and examples.
/// [SR-CACHE-102]
template <class K, class V, cache_policy Policy = lru_policy, cache_clock Clock = no_clock, class Hash = std::hash<K>,
          class Equal = std::equal_to<K>>
class cache {
  static_assert(std::is_object_v<K> && std::is_object_v<V> && !std::is_const_v<K> && !std::is_const_v<V>);
  static_assert(std::is_nothrow_destructible_v<K> && std::is_nothrow_destructible_v<V>);
  static_assert(std::is_move_constructible_v<V>, "put() and remove() give values back");

public:
  using config_type = cache_config<K, V, Policy, Clock>;
  using plan_type = cache_plan<K, V, Policy, Clock>;
  using iterator = cache_iterator<cache, K, V>;
  using nanoseconds = std::chrono::nanoseconds;

  /// Empty. O(entry_count).
  explicit cache(const plan_type& plan, Clock clock = Clock(), Hash hash = Hash(), Equal equal = Equal());
  ~cache() { destroy_all(); }
  cache(const cache&) = delete;
  cache& operator=(const cache&) = delete;

  /// The value, and the policy is told of the access; null iff the key is not in. Counts a hit or a miss. The value is
  /// there until the entry goes, as which any later call counts that is not const. O(1) on average, and what the policy
  /// and the entries that have expired take.
  [[nodiscard]] V* get(const K& key) { return get(key, fingerprint(key)); }
  /// The same, for a handle that can be kept; {} iff the key is not in.
  [[nodiscard]] cache_handle find(const K& key) {
    const std::uint32_t entry = lookup(key, fingerprint(key));
    return entry == no_entry ? cache_handle{} : slots_.handle(entry);
  }
  /// The value of a handle. stale_handle iff the entry has gone, or expired, since, whatever has come in its place.
  /// Counts nothing, and the policy is not told. O(1).
  [[nodiscard]] result<V*> at(cache_handle handle) noexcept;
  [[nodiscard]] result<const V*> at(cache_handle handle) const noexcept;
  /// As get(), but counts nothing and the policy is not told. O(1) on average.
  [[nodiscard]] const V* peek(const K& key) const { return peek(key, fingerprint(key)); }
  [[nodiscard]] bool contains(const K& key) const { return peek(key) != nullptr; }

  /// Adds an entry; or replaces the value of the entry with this key, which is an access and evicts nothing, unless the
  /// entry gets heavier than there is room for: then it is a newcomer to the policy. Gives the old value back. Key and
  /// value may be of this cache.
  ///
  /// out_of_range iff the time to live is negative, or given without a clock; no_capacity iff resized to 0; too_heavy iff
  /// heavier than weight_max: with these the arguments are untouched, and an entry with this key stays. policy_broken iff
  /// the policy chose an entry that is not in; one with this key is then removed. If moving V can throw, and does after
  /// the old value has been moved out, the entry is removed. O(1) on average, for each entry that goes.
  template <class Key, class Value = V>
    requires std::constructible_from<K, Key> && std::constructible_from<V, Value>
  cache_put_result<V> put(Key&& key, Value&& value, const cache_entry_options& options = {}) {
    if constexpr (std::same_as<std::remove_cvref_t<Key>, K>) {
      return put(std::forward<Key>(key), std::forward<Value>(value), options, fingerprint(key));
    } else {
      if (NEBULA_UNLIKELY(!is_acceptable(options))) {
        return unacceptable(options);
      }
      K made(std::forward<Key>(key));
      const std::uint32_t of_made = fingerprint(made);
      return put(std::move(made), std::forward<Value>(value), options, of_made);
    }
  }
  /// The value of the entry, which is no longer in; none iff the key is not in. If moving V throws, the entry stays, with
  /// what the move has left of a value that cannot be copied. The key may be of this cache. O(1) on average.
  std::optional<V> remove(const K& key) { return remove(key, fingerprint(key)); }
  /// O(entry_count).
  void clear() noexcept;

  /// How many entries there may be from now on: those beyond it are evicted. out_of_range iff more than configured;
  /// policy_broken as put(). 0 is allowed: nothing can be put then. O(1) for each that goes. [SR-CACHE-108]
  cache_outcome<void> resize(std::size_t entry_count) noexcept;
  /// How much they may weigh from now on; 0: no limit. policy_broken as put(). O(1) for each that goes.
  cache_outcome<void> set_weight_max(std::uint64_t weight_max) noexcept;
  /// Lets go of what has expired, which every call does that changes something. Returns how many. O(log n) for each.
  std::size_t expire() noexcept;

  /// Of entries that have not expired. O(1), and the entries that have, or were found in time, since the last call that
  /// changes something.
  [[nodiscard]] std::size_t size() const noexcept { return stats().entry_count; }
  [[nodiscard]] std::size_t entry_count_max() const noexcept { return entry_count_max_; }
  [[nodiscard]] cache_stats stats() const noexcept;
  /// All counters are 0 again, and what has expired until now is counted no more. O(log n) for each that has.
  void clear_stats() noexcept {
    expire();
    counts_ = {};
  }
  [[nodiscard]] iterator begin() const noexcept { return iterator(*this, 0, clock_.now()); }
  [[nodiscard]] static std::default_sentinel_t end() noexcept { return {}; }
  /// Every entry is in the index and the sums, and nothing else is; and the policy is whole, if it can say so.
  /// O(entry_count).
  [[nodiscard]] bool is_whole() const noexcept;

private:
  template <class, class, class>
  friend class cache_iterator;
  template <class, class, cache_policy, cache_clock, std::size_t, class, class, class>
  friend class sharded_cache;

  [[nodiscard]] std::uint32_t fingerprint(const K& key) const { return fingerprint_of(std::uint64_t{hash_(key)}); }
  [[nodiscard]] fingerprint_index::found search(const K& key, std::uint32_t fingerprint) const {
    return index_.search(fingerprint, [&](std::uint32_t entry) { return equal_(slots_.key(entry), key); });
  }
  [[nodiscard]] std::uint32_t live_entry(fingerprint_index::found found, nanoseconds now) const noexcept {
    return found.entry != no_entry && !deadlines_.is_expired(found.entry, now) ? found.entry : no_entry;
  }
  [[nodiscard]] nanoseconds begin_call() noexcept {
    const nanoseconds now = clock_.now();
    static_cast<void>(expire(now));
    return now;
  }
  std::size_t expire(nanoseconds now) noexcept {
    std::size_t gone = 0;
    for (std::uint32_t entry = deadlines_.due(now); entry != no_entry; entry = deadlines_.due(now)) {
      policy_->on_erase(entry);
      let_go(entry);
      ++gone;
    }
    counts_.expired += gone;
    return gone;
  }
  [[nodiscard]] std::uint32_t lookup(const K& key, std::uint32_t fingerprint);
  [[nodiscard]] const V* peek(const K& key, std::uint32_t fingerprint) const;
  [[nodiscard]] V* get(const K& key, std::uint32_t fingerprint) {
    const std::uint32_t entry = lookup(key, fingerprint);
    return entry == no_entry ? nullptr : &slots_.value(entry);
  }
  template <class Key, class Value>
  cache_put_result<V> put(Key&& key, Value&& value, const cache_entry_options& options, std::uint32_t fingerprint);
  cache_put_result<V> update(std::uint32_t entry, V&& fresh, const cache_entry_options& options, nanoseconds now);
  std::optional<V> remove(const K& key, std::uint32_t fingerprint);

  void set_entry_count_max(std::uint32_t entry_count) noexcept;
  [[nodiscard]] bool is_acceptable(const cache_entry_options& options) const noexcept {
    const auto time = options.time_to_live.count();
    return options.weight <= weight_max_ && entry_count_max_ != 0 &&
           (std::same_as<Clock, no_clock> ? time == 0 : time >= 0);
  }
  [[nodiscard]] NEBULA_COLD cache_put_result<V> unacceptable(const cache_entry_options& options) noexcept;
  static constexpr std::uint64_t no_mistake = UINT64_MAX;
  [[nodiscard]] static cache_failure mistake(std::uint64_t entry) noexcept {
    return {cache_failure_code::policy_broken, cache_field::none, entry, 0, 0};
  }
  [[nodiscard]] std::uint64_t make_room(std::uint32_t entry_count, std::uint64_t weight,
                                        std::uint64_t cache_stats::* reason, std::uint32_t kept = no_entry) noexcept;
  [[nodiscard]] cache_failure set_weight(std::uint32_t entry, std::uint32_t weight) noexcept;
  void let_go(std::uint32_t entry) noexcept {
    detach(entry);
    slots_.destroy(entry);
    slots_.give_back(entry);
  }
  /// From everything but the slots and the policy.
  void detach(std::uint32_t entry) noexcept {
    index_.erase(slots_.fingerprint(entry), entry);
    deadlines_.on_erase(entry);
    weight_ -= slots_.weight(entry);
    --count_;
  }
  void destroy_all() noexcept;
  cache_put_result<V> refused(const cache_failure& why) noexcept {
    ++counts_.refusals;
    cache_put_result<V> said;
    said.failure = why;
    return said;
  }

  [[nodiscard]] std::uint32_t next_item(std::uint32_t entry, nanoseconds now) const noexcept {
    for (; entry < slots_.count(); ++entry) {
      if (slots_.is_live(entry) && !deadlines_.is_expired(entry, now)) {
        return entry;
      }
    }
    return no_entry;
  }
  [[nodiscard]] cache_item<K, V> item(std::uint32_t entry) const noexcept {
    return {slots_.key(entry), slots_.value(entry), slots_.handle(entry)};
  }

  cache_slots<K, V> slots_;
  fingerprint_index index_;
  std::optional<Policy> policy_; ///< none iff there is no plan
  std::uint32_t count_ = 0;
  std::uint32_t entry_count_max_;
  std::uint32_t entry_count_configured_;
  std::uint64_t weight_ = 0;
  std::uint64_t weight_max_;
  cache_stats counts_{}; ///< of it the counters only
  [[no_unique_address]] cache_deadlines<Clock> deadlines_;
  [[no_unique_address]] Clock clock_;
  [[no_unique_address]] Hash hash_;
  [[no_unique_address]] Equal equal_;
};

} // namespace nebula::services
