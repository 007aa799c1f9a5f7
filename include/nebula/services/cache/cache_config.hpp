// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/services/cache/cache_clock.hpp>
#include <nebula/services/cache/cache_deadlines.hpp>
#include <nebula/services/cache/cache_failure.hpp>
#include <nebula/services/cache/cache_policy.hpp>
#include <nebula/services/cache/cache_slots.hpp>
#include <nebula/services/cache/fingerprint_index.hpp>

namespace nebula::services {

template <class K, class V, cache_policy Policy, cache_clock Clock>
struct cache_config;

/// A configuration that was found valid, and laid out. Made by cache_config::validate() only. One plan makes one cache.
template <class K, class V, cache_policy Policy, cache_clock Clock>
class cache_plan {
public:
  cache_plan() noexcept = default; ///< no plan at all: its cache can hold nothing

  [[nodiscard]] std::uint32_t entry_count() const noexcept { return entry_count_; }
  [[nodiscard]] std::uint64_t weight_max() const noexcept { return weight_max_; }

  /// 0 iff there is no plan.
  [[nodiscard]] std::size_t slot_count() const noexcept {
    return storage_ == nullptr ? 0 : slot_count_of(entry_count_);
  }

  /// Where the parts of the storage begin, each aligned to cache_align; null iff there is no plan.
  [[nodiscard]] std::byte* items() const noexcept { return storage_; }
  [[nodiscard]] std::byte* marks() const noexcept {
    return behind(items(), slot_count() * sizeof(typename slots_type::item));
  }
  [[nodiscard]] std::byte* cells() const noexcept {
    return behind(marks(), slot_count() * sizeof(typename slots_type::mark));
  }
  [[nodiscard]] std::byte* policy() const noexcept {
    return behind(cells(), fingerprint_index::storage_bytes(entry_count_));
  }
  [[nodiscard]] std::byte* deadlines() const noexcept { return behind(policy(), Policy::storage_bytes(entry_count_)); }
  [[nodiscard]] std::chrono::nanoseconds time_to_live() const noexcept { return time_to_live_; }
  [[nodiscard]] std::chrono::nanoseconds idle_time() const noexcept { return idle_time_; }
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }

private:
  friend struct cache_config<K, V, Policy, Clock>;

  using slots_type = cache_slots<K, V>;
  static constexpr std::size_t align = std::max(cache_align, alignof(typename slots_type::item));
  [[nodiscard]] static std::byte* behind(std::byte* part, std::size_t bytes) noexcept {
    return part == nullptr ? nullptr : part + (bytes + (align - 1)) / align * align;
  }

  std::byte* storage_ = nullptr;
  std::uint32_t entry_count_ = 0;
  std::uint64_t weight_max_ = 0;
  std::chrono::nanoseconds time_to_live_{};
  std::chrono::nanoseconds idle_time_{};
  std::uint64_t seed_ = 0;
};

/// What a cache is to be. Fill in, then validate(). [SR-CACHE-101]
template <class K, class V, cache_policy Policy, cache_clock Clock>
struct cache_config {
  using plan_type = cache_plan<K, V, Policy, Clock>;

  std::size_t entry_count = 0;             ///< the most entries at a time
  byte_span storage{};                     ///< lent for the cache's life; at least storage_bytes(), of any alignment
  std::uint64_t weight_max = 0;            ///< the most that the entries may weigh, in the program's unit; 0: no limit
  std::chrono::nanoseconds time_to_live{}; ///< the age at which entries expire, unless put() says another; 0: none
  std::chrono::nanoseconds idle_time{};    ///< how long after it was last found or put an entry expires; 0: never
  std::uint64_t seed = 0;                  ///< for policies that draw lots: the same seed, the same victims

  /// Where sizes have 32 bits, so many that the storage of small entries can be counted.
  static constexpr std::size_t entry_count_max = sizeof(std::size_t) < sizeof(std::uint64_t) ? 1U << 24U : 1U << 30U;

  /// The storage for so many entries, wherever it begins: docs/services/cache.md has the formula. entry_count iff out of
  /// range, or if the storage would exceed the address space. O(1).
  [[nodiscard]] static constexpr cache_outcome<std::size_t> storage_bytes(std::size_t entry_count) noexcept {
    const cache_failure wrong = out_of_range(cache_field::entry_count, entry_count, 1, entry_count_max);
    if (entry_count == 0 || entry_count > entry_count_max) {
      return wrong;
    }
    const auto count = static_cast<std::uint32_t>(entry_count);
    const std::size_t slots = slot_count_of(count);
    const checked_size items = checked_multiply(sizeof(typename cache_slots<K, V>::item), slots);
    checked_size total{plan_type::align - 1, items.fits};
    for (const std::size_t part :
         {items.value, slots * sizeof(typename cache_slots<K, V>::mark), fingerprint_index::storage_bytes(count),
          Policy::storage_bytes(count), cache_deadlines<Clock>::storage_bytes(count)}) {
      const checked_size padded = checked_align_up(part, plan_type::align);
      const checked_size sum = checked_add(total.value, padded.value);
      total = {sum.value, total.fits && padded.fits && sum.fits};
    }
    if (!total.fits) {
      return wrong;
    }
    return total.value;
  }

  /// out_of_range, with field, value and range, in this order: entry_count iff 0 or above the maximum; storage iff null,
  /// below storage_bytes(), or past the end of the address space; time_to_live and idle_time iff negative, or other than
  /// 0 without a clock. O(1).
  [[nodiscard]] cache_outcome<plan_type> validate() const noexcept {
    const cache_outcome<std::size_t> needed = storage_bytes(entry_count);
    if (!needed) {
      return needed.failure();
    }
    const std::size_t given = storage.data == nullptr ? 0 : storage.size;
    if (given < needed.value()) {
      return out_of_range(cache_field::storage, given, needed.value(), SIZE_MAX);
    }
    const auto begin = reinterpret_cast<std::uintptr_t>(storage.data);
    if (given > UINTPTR_MAX - begin) {
      return out_of_range(cache_field::storage, given, 1, 0);
    }
    for (const auto& [field, time] :
         {timed{cache_field::time_to_live, time_to_live}, {cache_field::idle_time, idle_time}}) {
      if (const cache_failure wrong = wrong_time(field, time); wrong.code != cache_failure_code::none) {
        return wrong;
      }
    }
    plan_type plan;
    plan.storage_ = storage.data + padding_bytes(begin, plan_type::align);
    plan.entry_count_ = static_cast<std::uint32_t>(entry_count);
    plan.weight_max_ = weight_max == 0 ? UINT64_MAX : weight_max;
    plan.time_to_live_ = time_to_live;
    plan.idle_time_ = idle_time;
    plan.seed_ = seed;
    return plan;
  }
  /// What is wrong with a time, of a configuration or a call; code none iff nothing is.
  [[nodiscard]] static constexpr cache_failure wrong_time(cache_field field, std::chrono::nanoseconds time) noexcept {
    constexpr std::uint64_t most = std::same_as<Clock, no_clock> ? 0 : INT64_MAX;
    if (time.count() < 0) {
      return out_of_range(field, ~static_cast<std::uint64_t>(time.count()) + 1, 0, most);
    }
    if (static_cast<std::uint64_t>(time.count()) > most) {
      return out_of_range(field, static_cast<std::uint64_t>(time.count()), 0, most);
    }
    return {};
  }

private:
  struct timed {
    cache_field field;
    std::chrono::nanoseconds time;
  };
};

} // namespace nebula::services
