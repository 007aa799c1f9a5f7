// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <utility>
#include <vector>

#include <nebula/services/cache/cache.hpp>

namespace nebula::services::test {

/// Time stands still until a test moves it.
struct manual_cache_clock {
  const std::chrono::nanoseconds* time = nullptr;
  [[nodiscard]] std::chrono::nanoseconds now() const noexcept { return *time; }
};

/// A cache in storage of exactly as many bytes as it asks for, between two guards that nobody may write.
template <class Cache>
class cache_rig {
public:
  using config_type = typename Cache::config_type;

  template <class... Rest>
  explicit cache_rig(config_type config, Rest... rest)
      : bytes_(guard + config_type::storage_bytes(config.entry_count).value() + guard, std::byte{0xA5}),
        cache_(plan(config), rest...) {}
  template <class... Rest>
  explicit cache_rig(std::size_t entry_count, Rest... rest) : cache_rig(of(entry_count), rest...) {}
  ~cache_rig() {
    for (std::size_t place = 0; place < guard; ++place) {
      if (bytes_[place] != std::byte{0xA5} || bytes_[bytes_.size() - 1 - place] != std::byte{0xA5}) {
        std::abort();
      }
    }
  }
  cache_rig(const cache_rig&) = delete;
  cache_rig& operator=(const cache_rig&) = delete;

  Cache& operator*() { return cache_; }
  Cache* operator->() { return &cache_; }

private:
  static constexpr std::size_t guard = 8;
  static config_type of(std::size_t entry_count) {
    config_type made;
    made.entry_count = entry_count;
    return made;
  }
  typename Cache::plan_type plan(config_type config) {
    config.storage = {bytes_.data() + guard, bytes_.size() - 2 * guard};
    return config.validate().value();
  }
  std::vector<std::byte> bytes_;
  Cache cache_;
};

/// An object that is counted, and throws when it is told to: at so many copies, hashes or comparisons from now.
struct thrower {
  inline static int alive = 0;
  inline static int throws_in = 0; ///< 0: never
  static void may_throw() {
    if (throws_in != 0 && --throws_in == 0) {
      throw std::runtime_error("told to");
    }
  }

  // NOLINTNEXTLINE(google-explicit-constructor): as tests write it
  thrower(int of) : number(of) { ++alive; }
  thrower(const thrower& other) : number(other.number) {
    may_throw();
    ++alive;
  }
  thrower& operator=(const thrower&) = delete;
  ~thrower() { --alive; }
  friend bool operator==(const thrower& left, const thrower& right) {
    may_throw();
    return left.number == right.number;
  }

  int number;
};

struct thrower_hash {
  std::size_t operator()(const thrower& of) const {
    thrower::may_throw();
    return static_cast<std::size_t>(of.number % 3); // many with the same
  }
};

} // namespace nebula::services::test
