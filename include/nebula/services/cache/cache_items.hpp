// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>

#include <nebula/services/cache/cache_failure.hpp>
#include <nebula/services/cache/cache_slots.hpp>

namespace nebula::services {

/// What put() is told of an entry besides key and value.
struct cache_entry_options {
  std::uint32_t weight = 1;                ///< in the unit of cache_config::weight_max
  std::chrono::nanoseconds time_to_live{}; ///< from now on; 0: as the cache was configured
};

/// What put() has to say: nothing, the value that was there before, or the failure that prevented it. May be ignored: an
/// entry that is not in is what a cache's users live with.
template <class V>
struct cache_put_result {
  std::optional<V> old{}; ///< of an entry with this key that had not expired
  cache_failure failure{};

  [[nodiscard]] bool has_value() const noexcept { return failure.code == cache_failure_code::none; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
};

/// An entry that is being visited.
template <class K, class V>
struct cache_item {
  const K& key;
  const V& value;
  cache_handle handle;
};

/// Over the entries of a cache that have not expired, in the order of their places, which says nothing. Ends with any
/// call that changes the cache. O(places of the cache) for all steps together.
template <class Cache, class K, class V>
class cache_iterator {
public:
  using iterator_category = std::input_iterator_tag;
  using value_type = cache_item<K, V>;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = value_type;

  cache_iterator() noexcept = default;
  cache_iterator(const Cache& cache, std::uint32_t entry, std::chrono::nanoseconds now) noexcept
      : cache_(&cache), entry_(cache.next_item(entry, now)), now_(now) {}

  [[nodiscard]] value_type operator*() const noexcept { return cache_->item(entry_); }
  cache_iterator& operator++() noexcept {
    entry_ = cache_->next_item(entry_ + 1, now_);
    return *this;
  }
  void operator++(int) noexcept { ++*this; }
  [[nodiscard]] bool operator==(std::default_sentinel_t /*end*/) const noexcept { return entry_ == no_entry; }

private:
  const Cache* cache_ = nullptr;
  std::uint32_t entry_ = no_entry;
  std::chrono::nanoseconds now_{};
};

} // namespace nebula::services
