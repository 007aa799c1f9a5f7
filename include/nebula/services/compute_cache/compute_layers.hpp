// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <utility>

#include <nebula/services/compute_cache/compute_failure.hpp>

namespace nebula::services {

/// What is known of a key without computing: a value, a failure that is remembered, or nothing.
template <class Value>
struct compute_answer {
  const Value* value = nullptr; ///< until the next call of the layer
  compute_failure failure{};    ///< code none unless a failure is remembered
  bool is_due = false;          ///< there is a value, and it is time to compute another

  [[nodiscard]] bool is_known() const noexcept {
    return value != nullptr || failure.code != compute_failure_code::none;
  }
};

/// Not before the end of time.
[[nodiscard]] constexpr std::chrono::nanoseconds moment_after(std::chrono::nanoseconds now,
                                                              std::chrono::nanoseconds time) noexcept {
  return time > std::chrono::nanoseconds::max() - now ? std::chrono::nanoseconds::max() : now + time;
}

/// What a layer that admits a computation wants to hear again when it ends.
struct compute_ticket {
  std::uint64_t epoch = 0; ///< the circuit breaker's
};

/// How a computation ended that came to no outcome.
enum class abandon_cause : std::uint8_t { threw, destroyed };

/// What stands under a compute_cache: layers, each over the next, the lowest over a store. All are called with the cache's
/// lock, so that neither they nor the store need one; they are given the time. A layer that is left out costs nothing.
///   look    what is known;
///   admit   code none iff a computation may begin; it ends with settle or abandon, and the same ticket;
///   settle  a computation has ended: its outcome is to be kept, or learnt from. May throw what the store throws;
///   abandon a computation has ended without outcome.
template <class Layer>
concept compute_layer =
    requires(Layer layer, const typename Layer::key_type& key, const compute_outcome<typename Layer::value_type>& made,
             compute_ticket ticket, std::chrono::nanoseconds now) {
      { layer.look(key, now) } -> std::same_as<compute_answer<typename Layer::value_type>>;
      { layer.admit(key, now, ticket) } -> std::same_as<compute_failure>;
      layer.settle(key, made, now, ticket);
      layer.abandon(key, abandon_cause::threw, now, ticket);
    };

/// What the lowest layer needs of a store: get() gives something like a pointer to a value, null iff there is none, that
/// holds until the next call; put() keeps a copy, or does not, for a cache may always forget. `cache<K, V>` is one.
template <class Store, class Key, class Value>
concept compute_store = requires(Store& store, const Key& key, const Value& value) {
  static_cast<bool>(store.get(key));
  { *store.get(key) } -> std::convertible_to<const Value&>;
  store.put(key, value);
};

/// The lowest layer: values in a store of the program's, which outlives it. [SR-COMPUTE-001]
template <class Key, class Value, class Store>
  requires compute_store<Store, Key, Value>
class stored {
public:
  using key_type = Key;
  using value_type = Value;

  explicit stored(Store& store) noexcept : store_(&store) {}
  [[nodiscard]] compute_answer<Value> look(const Key& key, std::chrono::nanoseconds /*now*/) {
    auto&& found = store_->get(key);
    return {found ? &static_cast<const Value&>(*found) : nullptr, {}, false};
  }
  [[nodiscard]] static compute_failure admit(const Key& /*key*/, std::chrono::nanoseconds /*now*/,
                                             compute_ticket& /*ticket*/) noexcept {
    return {};
  }
  void settle(const Key& key, const compute_outcome<Value>& made, std::chrono::nanoseconds /*now*/,
              const compute_ticket& /*ticket*/) {
    if (made.has_value()) {
      static_cast<void>(store_->put(key, made.value()));
    }
  }
  static void abandon(const Key& /*key*/, abandon_cause /*cause*/, std::chrono::nanoseconds /*now*/,
                      const compute_ticket& /*ticket*/) noexcept {}

private:
  Store* store_;
};

/// A value, and when it was computed.
template <class Value>
struct stamped {
  Value value{};
  std::chrono::nanoseconds since{};
};

/// The lowest layer with refresh ahead: a value that is older than refresh_after is given out still, and one of those who
/// ask computes the next one meanwhile; if that fails, the old one goes on until time_to_live. The store is one of
/// stamped<Value>. [SR-COMPUTE-005]
template <class Key, class Value, class Store>
  requires compute_store<Store, Key, stamped<Value>>
class refreshed {
public:
  using key_type = Key;
  using value_type = Value;

  /// 0: never, each of them.
  refreshed(Store& store, std::chrono::nanoseconds refresh_after, std::chrono::nanoseconds time_to_live) noexcept
      : store_(&store), refresh_after_(refresh_after), time_to_live_(time_to_live) {}
  [[nodiscard]] compute_answer<Value> look(const Key& key, std::chrono::nanoseconds now) {
    auto&& found = store_->get(key);
    if (!found) {
      return {};
    }
    const stamped<Value>& kept = *found;
    const std::chrono::nanoseconds age = now - kept.since;
    if (time_to_live_.count() != 0 && age >= time_to_live_) {
      return {};
    }
    return {&kept.value, {}, refresh_after_.count() != 0 && age >= refresh_after_};
  }
  [[nodiscard]] static compute_failure admit(const Key& /*key*/, std::chrono::nanoseconds /*now*/,
                                             compute_ticket& /*ticket*/) noexcept {
    return {};
  }
  void settle(const Key& key, const compute_outcome<Value>& made, std::chrono::nanoseconds now,
              const compute_ticket& /*ticket*/) {
    if (made.has_value()) {
      static_cast<void>(store_->put(key, stamped<Value>{made.value(), now}));
    }
  }
  static void abandon(const Key& /*key*/, abandon_cause /*cause*/, std::chrono::nanoseconds /*now*/,
                      const compute_ticket& /*ticket*/) noexcept {}

private:
  Store* store_;
  std::chrono::nanoseconds refresh_after_;
  std::chrono::nanoseconds time_to_live_;
};

/// A failure, and until when it is an answer.
struct remembered_failure {
  compute_failure failure{};
  std::chrono::nanoseconds until{};
};

/// Failures of computations are answers for a while, so that what does not exist is not looked for by everybody. A value
/// goes before a failure, and ends it. The store is one of remembered_failure: its own, and bounded, so that keys that
/// nobody can have push out no values. [SR-COMPUTE-004]
template <class Below, class FailureStore>
  requires compute_store<FailureStore, typename Below::key_type, remembered_failure>
class negative {
public:
  using key_type = typename Below::key_type;
  using value_type = typename Below::value_type;

  negative(Below below, FailureStore& failures, std::chrono::nanoseconds time_to_live) noexcept
      : below_(std::move(below)), failures_(&failures), time_to_live_(time_to_live) {}
  [[nodiscard]] compute_answer<value_type> look(const key_type& key, std::chrono::nanoseconds now) {
    const compute_answer<value_type> known = below_.look(key, now);
    if (known.is_known()) {
      return known;
    }
    auto&& found = failures_->get(key);
    if (!found) {
      return {};
    }
    const remembered_failure& kept = *found;
    return {nullptr, now < kept.until ? kept.failure : compute_failure{}, false};
  }
  [[nodiscard]] compute_failure admit(const key_type& key, std::chrono::nanoseconds now, compute_ticket& ticket) {
    return below_.admit(key, now, ticket);
  }
  void settle(const key_type& key, const compute_outcome<value_type>& made, std::chrono::nanoseconds now,
              const compute_ticket& ticket) {
    below_.settle(key, made, now, ticket);
    if (!made.has_value()) {
      static_cast<void>(failures_->put(key, remembered_failure{made.failure(), moment_after(now, time_to_live_)}));
    } else if (failures_->get(key)) { // a failure from before must not come back when the value has been forgotten
      static_cast<void>(failures_->put(key, remembered_failure{}));
    }
  }
  void abandon(const key_type& key, abandon_cause cause, std::chrono::nanoseconds now, const compute_ticket& ticket) {
    below_.abandon(key, cause, now, ticket);
  }

private:
  Below below_;
  FailureStore* failures_;
  std::chrono::nanoseconds time_to_live_;
};

} // namespace nebula::services
