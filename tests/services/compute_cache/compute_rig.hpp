// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nebula/services/compute_cache/circuit_breaker.hpp>
#include <nebula/services/compute_cache/compute_cache.hpp>

#include "../async/async_rig.hpp"

namespace nebula::services::test {

/// A store of a few entries: the oldest goes when it is full. Not for threads, as a cache of one owner is not.
template <class Key, class Value>
class tiny_store {
public:
  explicit tiny_store(std::size_t capacity = 8) : capacity_(capacity) {}
  [[nodiscard]] const Value* get(const Key& key) const {
    for (const auto& each : entries_) {
      if (each.first == key) {
        return &each.second;
      }
    }
    return nullptr;
  }
  void put(const Key& key, const Value& value) {
    if (throws) {
      throw std::runtime_error("store");
    }
    forget(key);
    if (entries_.size() == capacity_) {
      entries_.erase(entries_.begin());
    }
    entries_.emplace_back(key, value);
  }
  void forget(const Key& key) {
    std::erase_if(entries_, [&](const auto& each) { return each.first == key; });
  }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  bool throws = false;

private:
  std::size_t capacity_;
  std::vector<std::pair<Key, Value>> entries_{};
};

/// A clock that tests move.
struct manual_compute_clock {
  std::chrono::nanoseconds* time;
  [[nodiscard]] std::chrono::nanoseconds now() const noexcept { return *time; }
};

/// A compute cache with its storage.
template <class Layers, class Clock = steady_compute_clock>
class compute_rig {
public:
  compute_rig(std::size_t flight_count, Layers layers, Clock clock = Clock{})
      : storage_(compute_cache_config<Layers>::storage_bytes(flight_count).value() + 1),
        cache_(plan(flight_count), std::move(layers), std::move(clock)) {}
  ~compute_rig() {
    EXPECT_EQ(cache_.state().flights, 0U) << "a flight was lost";
    EXPECT_EQ(cache_.state().waiting, 0U);
  }
  compute_rig(const compute_rig&) = delete;
  compute_rig& operator=(const compute_rig&) = delete;
  compute_cache<Layers, Clock>& operator*() { return cache_; }
  compute_cache<Layers, Clock>* operator->() { return &cache_; }

private:
  [[nodiscard]] compute_cache_plan plan(std::size_t flight_count) {
    compute_cache_config<Layers> config;
    config.flight_count = flight_count;
    config.storage = {storage_.data() + 1, storage_.size() - 1}; // at an odd address
    return config.validate().value();
  }
  std::vector<std::byte> storage_;
  compute_cache<Layers, Clock> cache_;
};

} // namespace nebula::services::test
