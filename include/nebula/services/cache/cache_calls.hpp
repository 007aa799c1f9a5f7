// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include <nebula/kernel/contract.hpp>
#include <nebula/kernel/result.hpp>
#include <nebula/services/cache/basic_cache.hpp>

/// The longer members of cache, which basic_cache.hpp declares.
namespace nebula::services {

template <class K, class V, cache_policy Policy, cache_clock Clock, class Hash, class Equal>
cache<K, V, Policy, Clock, Hash, Equal>::cache(const plan_type& plan, Clock clock, Hash hash, Equal equal)
    : slots_(plan.items(), plan.marks(), plan.slot_count()),
      index_(plan.cells(), plan.entry_count()),
      entry_count_max_(plan.entry_count()),
      entry_count_configured_(plan.entry_count()),
      weight_max_(plan.weight_max()),
      deadlines_(plan.deadlines(), plan.slot_count(), plan.time_to_live(), plan.idle_time()),
      clock_(std::move(clock)),
      hash_(std::move(hash)),
      equal_(std::move(equal)) {
  if (plan.slot_count() != 0) {
    policy_.emplace(cache_policy_setup{plan.policy(), plan.entry_count(), plan.seed()});
  }
}

template <class K, class V, cache_policy Policy, cache_clock Clock, class Hash, class Equal>
std::uint32_t cache<K, V, Policy, Clock, Hash, Equal>::lookup(const K& key, std::uint32_t fingerprint) {
  const nanoseconds now = clock_.now();
  const std::uint32_t entry = live_entry(search(key, fingerprint), now);
  static_cast<void>(expire(now)); // from here on, the key may be no more: it may be an entry's
  if (entry == no_entry) {
    ++counts_.misses;
    return no_entry;
  }
  ++counts_.hits;
  policy_->on_access(entry, fingerprint);
  deadlines_.on_access(entry, now);
  return entry;
}

template <class K, class V, cache_policy Policy, cache_clock Clock, class Hash, class Equal>
result<const V*> cache<K, V, Policy, Clock, Hash, Equal>::at(cache_handle handle) const noexcept {
  if (!slots_.is_live(handle.index) || slots_.handle(handle.index) != handle ||
      deadlines_.is_expired(handle.index, clock_.now())) {
    return error{error_code::stale_handle, operation::resolve_handle, component::object_handle};
  }
  return &slots_.value(handle.index);
}
template <class K, class V, cache_policy Policy, cache_clock Clock, class Hash, class Equal>
result<V*> cache<K, V, Policy, Clock, Hash, Equal>::at(cache_handle handle) noexcept {
  if (const result<const V*> found = std::as_const(*this).at(handle); !found) {
    return found.error();
  }
  return &slots_.value(handle.index);
}

template <class K, class V, cache_policy Policy, cache_clock Clock, class Hash, class Equal>
const V* cache<K, V, Policy, Clock, Hash, Equal>::peek(const K& key, std::uint32_t fingerprint) const {
  const std::uint32_t entry = search(key, fingerprint).entry;
  return entry == no_entry || deadlines_.is_expired(entry, clock_.now()) ? nullptr : &slots_.value(entry);
}

template <class K, class V, cache_policy Policy, cache_clock Clock, class Hash, class Equal>
cache_put_result<V> cache<K, V, Policy, Clock, Hash, Equal>::unacceptable(const cache_entry_options& options) noexcept {
  if (const cache_failure wrong = config_type::wrong_time(cache_field::time_to_live, options.time_to_live);
      wrong.code != cache_failure_code::none) {
    return refused(wrong);
  }
  if (entry_count_max_ == 0) {
    return refused({cache_failure_code::no_capacity});
  }
  return refused({cache_failure_code::too_heavy, cache_field::none, options.weight, 0, weight_max_});
}

/// Evicts until there are at most so many entries, and at most so much weight, but not the entry that is to be kept.
/// What is returned is no_mistake, or what the policy chose and may not.
template <class K, class V, cache_policy Policy, cache_clock Clock, class Hash, class Equal>
NEBULA_FAST std::uint64_t cache<K, V, Policy, Clock, Hash, Equal>::make_room(std::uint32_t entry_count,
                                                                             std::uint64_t weight,
                                                                             std::uint64_t cache_stats::* reason,
                                                                             std::uint32_t kept) noexcept {
  while (count_ > entry_count || weight_ > weight) {
    const std::uint32_t entry = policy_->victim();
    if (NEBULA_UNLIKELY(!slots_.is_live(entry) || entry == kept)) {
      return entry;
    }
    let_go(entry);
    counts_.*reason += 1;
  }
  return no_mistake;
}

template <class K, class V, cache_policy Policy, cache_clock Clock, class Hash, class Equal>
template <class Key, class Value>
cache_put_result<V> cache<K, V, Policy, Clock, Hash, Equal>::put(Key&& key, Value&& value,
                                                                 const cache_entry_options& options,
                                                                 std::uint32_t fingerprint) {
  if (NEBULA_UNLIKELY(!is_acceptable(options))) {
    return unacceptable(options);
  }
  // Whatever can throw comes first, in a place of its own; and what may be a reference to an entry is read before any goes.
  const nanoseconds now = clock_.now();
  const fingerprint_index::found found = search(key, fingerprint);
  if (const std::uint32_t present = live_entry(found, now); present != no_entry) {
    V fresh(std::forward<Value>(value));
    static_cast<void>(expire(now));
    return update(present, std::move(fresh), options, now);
  }
  const std::uint32_t entry = slots_.make(std::forward<Key>(key), std::forward<Value>(value));
  const std::uint32_t place = expire(now) == 0 ? found.place : index_.place_for(fingerprint);
  if constexpr (requires { policy_->on_arrival(fingerprint); }) {
    static_assert(noexcept(policy_->on_arrival(fingerprint)));
    policy_->on_arrival(fingerprint);
  }
  index_.insert_at(place, fingerprint, entry); // there is a place for one more; victims may move it
  const std::uint64_t chosen = make_room(entry_count_max_ - 1, weight_max_ - options.weight, &cache_stats::evicted);
  if (NEBULA_UNLIKELY(chosen != no_mistake)) {
    index_.erase(fingerprint, entry);
    slots_.unmake(entry);
    return refused(mistake(chosen));
  }
  slots_.enter(entry, fingerprint, options.weight);
  policy_->on_insert(entry, fingerprint);
  deadlines_.on_insert(entry, now, options.time_to_live);
  weight_ += options.weight;
  ++count_;
  ++counts_.insertions;
  if constexpr (requires { policy_->likely_victim(); }) {
    static_assert(noexcept(policy_->likely_victim()));
    if (const std::uint32_t next = policy_->likely_victim(); slots_.is_live(next)) {
      index_.prefetch(slots_.fingerprint(next));
    }
  }
  return {};
}

template <class K, class V, cache_policy Policy, cache_clock Clock, class Hash, class Equal>
cache_put_result<V> cache<K, V, Policy, Clock, Hash, Equal>::update(std::uint32_t entry, V&& fresh,
                                                                    const cache_entry_options& options,
                                                                    nanoseconds now) {
  cache_put_result<V> said;
  said.old.emplace(std::move_if_noexcept(slots_.value(entry)));
  slots_.destroy_value(entry);
  if constexpr (std::is_nothrow_move_constructible_v<V>) {
    slots_.make_value(entry, std::move(fresh));
  } else {
    try {
      slots_.make_value(entry, std::move_if_noexcept(fresh));
    } catch (...) {
      policy_->on_erase(entry);
      detach(entry);
      slots_.destroy_key(entry);
      slots_.give_back(entry);
      ++counts_.removed;
      throw;
    }
  }
  policy_->on_access(entry, slots_.fingerprint(entry));
  deadlines_.on_update(entry, now, options.time_to_live);
  said.failure = set_weight(entry, options.weight);
  (said ? counts_.updates : counts_.refusals) += 1;
  return said;
}

/// An entry that gets too heavy for what else is in goes out of the order, and comes in again when others have gone.
template <class K, class V, cache_policy Policy, cache_clock Clock, class Hash, class Equal>
cache_failure cache<K, V, Policy, Clock, Hash, Equal>::set_weight(std::uint32_t entry, std::uint32_t weight) noexcept {
  const std::uint64_t others = weight_ - slots_.weight(entry);
  if (weight <= weight_max_ - others) {
    weight_ = others + weight;
    slots_.set_weight(entry, weight);
    return {};
  }
  policy_->on_erase(entry);
  weight_ = others;
  slots_.set_weight(entry, 0);
  const std::uint64_t chosen = make_room(count_, weight_max_ - weight, &cache_stats::evicted, entry);
  if (chosen != no_mistake) {
    let_go(entry);
    ++counts_.removed;
    return mistake(chosen);
  }
  policy_->on_insert(entry, slots_.fingerprint(entry));
  weight_ += weight;
  slots_.set_weight(entry, weight);
  return {};
}

template <class K, class V, cache_policy Policy, cache_clock Clock, class Hash, class Equal>
std::optional<V> cache<K, V, Policy, Clock, Hash, Equal>::remove(const K& key, std::uint32_t fingerprint) {
  const nanoseconds now = clock_.now();
  const std::uint32_t entry = live_entry(search(key, fingerprint), now);
  static_cast<void>(expire(now)); // from here on, the key may be no more: it may be an entry's
  std::optional<V> value;
  if (entry != no_entry) {
    value.emplace(std::move_if_noexcept(slots_.value(entry)));
    policy_->on_erase(entry);
    let_go(entry);
    ++counts_.removed;
  }
  return value;
}

template <class K, class V, cache_policy Policy, cache_clock Clock, class Hash, class Equal>
void cache<K, V, Policy, Clock, Hash, Equal>::clear() noexcept {
  static_cast<void>(begin_call());
  for (std::uint32_t entry = 0; entry < slots_.count(); ++entry) {
    if (slots_.is_live(entry)) {
      policy_->on_erase(entry);
      let_go(entry);
      ++counts_.removed;
    }
  }
}
template <class K, class V, cache_policy Policy, cache_clock Clock, class Hash, class Equal>
void cache<K, V, Policy, Clock, Hash, Equal>::destroy_all() noexcept {
  for (std::uint32_t entry = 0; entry < slots_.count(); ++entry) {
    if (slots_.is_live(entry)) {
      slots_.destroy(entry);
    }
  }
}

template <class K, class V, cache_policy Policy, cache_clock Clock, class Hash, class Equal>
void cache<K, V, Policy, Clock, Hash, Equal>::set_entry_count_max(std::uint32_t entry_count) noexcept {
  entry_count_max_ = entry_count;
  if constexpr (requires { policy_->on_resize(entry_count); }) {
    static_assert(noexcept(policy_->on_resize(entry_count)));
    if (entry_count != 0) { // with 0, everything goes: there is nothing to decide
      policy_->on_resize(entry_count);
    }
  }
}
template <class K, class V, cache_policy Policy, cache_clock Clock, class Hash, class Equal>
cache_outcome<void> cache<K, V, Policy, Clock, Hash, Equal>::resize(std::size_t entry_count) noexcept {
  if (entry_count > entry_count_configured_) {
    return out_of_range(cache_field::entry_count, entry_count, 0, entry_count_configured_);
  }
  static_cast<void>(begin_call());
  const std::uint32_t before = entry_count_max_;
  set_entry_count_max(static_cast<std::uint32_t>(entry_count));
  const std::uint64_t chosen = make_room(entry_count_max_, weight_max_, &cache_stats::evicted_smaller);
  if (chosen == no_mistake) {
    return {};
  }
  set_entry_count_max(before);
  return mistake(chosen);
}
template <class K, class V, cache_policy Policy, cache_clock Clock, class Hash, class Equal>
cache_outcome<void> cache<K, V, Policy, Clock, Hash, Equal>::set_weight_max(std::uint64_t weight_max) noexcept {
  static_cast<void>(begin_call());
  const std::uint64_t limit = weight_max == 0 ? UINT64_MAX : weight_max;
  const std::uint64_t chosen = make_room(entry_count_max_, limit, &cache_stats::evicted_smaller);
  if (chosen == no_mistake) {
    weight_max_ = limit;
    return {};
  }
  return mistake(chosen);
}
template <class K, class V, cache_policy Policy, cache_clock Clock, class Hash, class Equal>
std::size_t cache<K, V, Policy, Clock, Hash, Equal>::expire() noexcept {
  return expire(clock_.now());
}

template <class K, class V, cache_policy Policy, cache_clock Clock, class Hash, class Equal>
cache_stats cache<K, V, Policy, Clock, Hash, Equal>::stats() const noexcept {
  cache_stats said = counts_;
  said.entry_count = count_;
  said.weight = weight_;
  said.entry_count_max = entry_count_max_;
  said.weight_max = weight_max_;
  deadlines_.for_each_expired(clock_.now(), [&](std::uint32_t entry) {
    said.entry_count -= 1;
    said.weight -= slots_.weight(entry);
    said.expired += 1;
  });
  return said;
}

template <class K, class V, cache_policy Policy, cache_clock Clock, class Hash, class Equal>
bool cache<K, V, Policy, Clock, Hash, Equal>::is_whole() const noexcept {
  std::uint32_t count = 0;
  std::uint64_t weight = 0;
  for (std::uint32_t entry = 0; entry < slots_.count(); ++entry) {
    if (slots_.is_live(entry)) {
      count += 1;
      weight += slots_.weight(entry);
      const auto is_it = [entry](std::uint32_t found) { return found == entry; };
      if (index_.find(slots_.fingerprint(entry), is_it) != entry) {
        return false;
      }
    }
  }
  if constexpr (requires { policy_->is_whole(); }) {
    if (policy_ && !policy_->is_whole()) {
      return false;
    }
  }
  return count == count_ && weight == weight_ && index_.count() == count_ && deadlines_.is_whole() &&
         slots_.free_count() == slots_.count() - count_ && count_ <= entry_count_max_ && weight_ <= weight_max_;
}

} // namespace nebula::services
