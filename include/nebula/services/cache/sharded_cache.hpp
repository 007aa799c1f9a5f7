// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include <nebula/services/cache/cache.hpp>
#include <nebula/services/cache/spinning_mutex.hpp>

namespace nebula::services {

/// What a cache for threads is to be: as cache_config, in so many parts. Fill in, then validate(). [SR-CACHE-110]
template <class K, class V, cache_policy Policy, cache_clock Clock, std::size_t ShardCount>
struct sharded_cache_config {
  using shard_config = cache_config<K, V, Policy, Clock>;
  struct plan_type {
    std::array<typename shard_config::plan_type, ShardCount> shards{};
  };

  std::size_t entry_count = 0;  ///< of all shards together, rounded up to a multiple of ShardCount
  byte_span storage{};          ///< lent for the cache's life; at least storage_bytes(), of any alignment
  std::uint64_t weight_max = 0; ///< of all shards together; each has its part, rounded down, at least 1; 0: no limit
  std::chrono::nanoseconds time_to_live{};
  std::chrono::nanoseconds idle_time{};
  std::uint64_t seed = 0;

  /// entry_count iff 0, above the maximum of all shards, or if the storage would exceed the address space. O(1).
  [[nodiscard]] static constexpr cache_outcome<std::size_t> storage_bytes(std::size_t entry_count) noexcept {
    const cache_failure wrong = out_of_range(cache_field::entry_count, entry_count, 1, shard_config::entry_count_max);
    if (entry_count > shard_config::entry_count_max) {
      return wrong;
    }
    const cache_outcome<std::size_t> each = shard_config::storage_bytes(of_each(entry_count));
    const checked_size all = checked_multiply(each.value(), ShardCount);
    if (!each || !all.fits) {
      return wrong;
    }
    return all.value;
  }
  /// As cache_config::validate(). O(ShardCount).
  [[nodiscard]] cache_outcome<plan_type> validate() const noexcept {
    const cache_outcome<std::size_t> needed = storage_bytes(entry_count);
    if (!needed) {
      return needed.failure();
    }
    const std::size_t given = storage.data == nullptr ? 0 : storage.size;
    if (given < needed.value()) {
      return out_of_range(cache_field::storage, given, needed.value(), SIZE_MAX);
    }
    const std::size_t bytes = needed.value() / ShardCount;
    plan_type plan;
    for (std::size_t shard = 0; shard < ShardCount; ++shard) {
      shard_config config;
      config.entry_count = of_each(entry_count);
      config.storage = {storage.data + shard * bytes, bytes};
      config.weight_max = weight_max == 0 ? 0 : weight_max / ShardCount + (weight_max < ShardCount ? 1 : 0);
      config.time_to_live = time_to_live;
      config.idle_time = idle_time;
      config.seed = seed + shard;
      const cache_outcome<typename shard_config::plan_type> made = config.validate();
      if (!made) {
        return made.failure();
      }
      plan.shards[shard] = made.value();
    }
    return plan;
  }

private:
  [[nodiscard]] static constexpr std::size_t of_each(std::size_t entry_count) noexcept {
    return entry_count / ShardCount + (entry_count % ShardCount != 0 ? 1 : 0);
  }
};

/// A cache for threads: caches of their own, each with its lock, among which the keys are divided by their fingerprints.
/// Policy, weights and sizes are each shard's: an entry can be evicted while another shard has room, and a policy sees
/// its shard's keys only.
///
/// Values are copied out, or visited with the lock held, since another thread may evict them at any moment. Any thread
/// may call any function but constructor and destructor; no interrupt. What a call does is done at one moment for its
/// shard; size(), stats(), for_each(), clear(), expire() and resize() take one shard after the other. The hash is called
/// without a lock, by several threads at a time; comparison, constructors, destructors, make() and visitors run with a
/// shard's lock, and must not call the cache. Each bound is that of cache, and the lock. [SR-CACHE-110]
template <class K, class V, cache_policy Policy = lru_policy, cache_clock Clock = no_clock, std::size_t ShardCount = 64,
          class Hash = std::hash<K>, class Equal = std::equal_to<K>, class Mutex = spinning_mutex>
class sharded_cache {
  static_assert(ShardCount >= 1 && is_power_of_two(ShardCount), "a shard is chosen by bits");

public:
  using config_type = sharded_cache_config<K, V, Policy, Clock, ShardCount>;
  using plan_type = typename config_type::plan_type;
  using cache_type = cache<K, V, Policy, Clock, Hash, Equal>;

  /// Empty. O(entry_count).
  explicit sharded_cache(const plan_type& plan, const Clock& clock = Clock(), const Hash& hash = Hash(),
                         const Equal& equal = Equal())
      : hash_(hash) {
    for (std::size_t place = 0; place < ShardCount; ++place) {
      shards_[place].part.emplace(plan.shards[place], clock, hash, equal);
    }
  }
  sharded_cache(const sharded_cache&) = delete;
  sharded_cache& operator=(const sharded_cache&) = delete;
  ~sharded_cache() = default;

  /// A copy of the value; none iff the key is not in. Counts a hit or a miss, and the policy is told.
  [[nodiscard]] std::optional<V> get(const K& key) {
    std::optional<V> found;
    static_cast<void>(visit(key, [&](const V& value) { found.emplace(value); }));
    return found;
  }
  /// The same, but that `visit_value` gets the value itself, with the lock held, and may change it. False iff the key is
  /// not in.
  template <class Visitor>
  bool visit(const K& key, Visitor visit_value) {
    const std::uint32_t fingerprint = fingerprint_of(std::uint64_t{std::as_const(hash_)(key)});
    shard& of = shard_of(fingerprint);
    const std::lock_guard<Mutex> lock(of.mutex);
    V* const value = of.part->get(key, fingerprint);
    if (value == nullptr) {
      return false;
    }
    visit_value(*value);
    return true;
  }
  /// As get(), but counts nothing and the policy is not told.
  [[nodiscard]] std::optional<V> peek(const K& key) const {
    const std::uint32_t fingerprint = fingerprint_of(std::uint64_t{std::as_const(hash_)(key)});
    const shard& of = shard_of(fingerprint);
    const std::lock_guard<Mutex> lock(of.mutex);
    const V* const value = of.part->peek(key, fingerprint);
    return value == nullptr ? std::nullopt : std::optional<V>(*value);
  }
  [[nodiscard]] bool contains(const K& key) const {
    const std::uint32_t fingerprint = fingerprint_of(std::uint64_t{std::as_const(hash_)(key)});
    const shard& of = shard_of(fingerprint);
    const std::lock_guard<Mutex> lock(of.mutex);
    return of.part->peek(key, fingerprint) != nullptr;
  }
  /// Each entry that has not expired, in no order that says anything, with the lock of its shard held:
  /// `visit_entry(key, value)`. Of a shard all are of one moment. Counts nothing. O(entry_count).
  template <class Visitor>
  void for_each(Visitor visit_entry) const {
    each([&](const cache_type& part) {
      for (const auto entry : part) {
        visit_entry(entry.key, entry.value);
      }
    });
  }
  /// As cache::put().
  template <class Value = V>
    requires std::constructible_from<V, Value>
  cache_put_result<V> put(const K& key, Value&& value, const cache_entry_options& options = {}) {
    const std::uint32_t fingerprint = fingerprint_of(std::uint64_t{std::as_const(hash_)(key)});
    shard& of = shard_of(fingerprint);
    const std::lock_guard<Mutex> lock(of.mutex);
    return of.part->put(key, std::forward<Value>(value), options, fingerprint);
  }
  /// The value; iff the key is not in, it is made by make(key), with the lock held, and put: of several threads that ask
  /// for one key at a time, one makes it, and the others wait, unless it cannot be put. If make() throws, nothing is put, and the next one tries.
  template <class Make>
  [[nodiscard]] V get_or_put(const K& key, Make make, const cache_entry_options& options = {}) {
    const std::uint32_t fingerprint = fingerprint_of(std::uint64_t{std::as_const(hash_)(key)});
    shard& of = shard_of(fingerprint);
    const std::lock_guard<Mutex> lock(of.mutex);
    if (const V* const value = of.part->get(key, fingerprint); value != nullptr) {
      return *value;
    }
    V made = make(key);
    of.part->put(key, std::as_const(made), options, fingerprint); // refused: the caller has it nevertheless
    return made;
  }
  /// As cache::remove().
  std::optional<V> remove(const K& key) {
    const std::uint32_t fingerprint = fingerprint_of(std::uint64_t{std::as_const(hash_)(key)});
    shard& of = shard_of(fingerprint);
    const std::lock_guard<Mutex> lock(of.mutex);
    return of.part->remove(key, fingerprint);
  }

  void clear() {
    each([](cache_type& part) { part.clear(); });
  }
  /// Lets go of what has expired, which every call does that changes something in its shard. Returns how many.
  std::size_t expire() {
    std::size_t gone = 0;
    each([&](cache_type& part) { gone += part.expire(); });
    return gone;
  }
  /// As cache::resize(), for all shards together, rounded up. Iff it fails, some shards may have got the new size.
  cache_outcome<void> resize(std::size_t entry_count) {
    cache_outcome<void> said;
    const std::size_t of_each = entry_count / ShardCount + (entry_count % ShardCount != 0 ? 1 : 0);
    each([&](cache_type& part) {
      if (const cache_outcome<void> of_part = part.resize(of_each); !of_part) {
        said = of_part;
      }
    });
    return said;
  }
  /// Sums over the shards, each at its own moment: exact when no other thread calls.
  [[nodiscard]] cache_stats stats() const {
    cache_stats sum;
    each([&](const cache_type& part) { sum += part.stats(); });
    return sum;
  }
  [[nodiscard]] std::size_t size() const { return stats().entry_count; }
  [[nodiscard]] bool is_whole() const {
    bool whole = true;
    each([&](const cache_type& part) { whole = part.is_whole() && whole; });
    return whole;
  }

private:
  struct alignas(cache_align) shard {
    mutable Mutex mutex;
    std::optional<cache_type> part; ///< always there
  };

  /// By the lower bits: the cell within a shard is chosen by the upper ones.
  [[nodiscard]] shard& shard_of(std::uint32_t fingerprint) noexcept { return shards_[fingerprint % ShardCount]; }
  [[nodiscard]] const shard& shard_of(std::uint32_t fingerprint) const noexcept {
    return shards_[fingerprint % ShardCount];
  }
  template <class Call>
  void each(Call call) {
    for (shard& of : shards_) {
      const std::lock_guard<Mutex> lock(of.mutex);
      call(*of.part);
    }
  }
  template <class Call>
  void each(Call call) const {
    for (const shard& of : shards_) {
      const std::lock_guard<Mutex> lock(of.mutex);
      call(*of.part);
    }
  }

  std::array<shard, ShardCount> shards_;
  [[no_unique_address]] Hash hash_;
};

} // namespace nebula::services
