// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <nebula/services/object_pool.hpp>
#include "manual_waiting.hpp"

namespace nebula::services::test {

/// An object that knows its number, and that nobody ends it twice.
struct item {
  explicit item(int number_of_item) : number(number_of_item) { ++alive; }
  ~item() {
    number = -1;
    --alive;
  }
  item(const item&) = delete;
  item& operator=(const item&) = delete;

  int number;
  bool is_broken = false;
  static inline int alive = 0;
};

enum class turn { make, on_create, validate, on_acquire, on_release, reset, on_destroy };

/// What the hooks of a pool heard, and what they are to do.
class item_life {
public:
  [[nodiscard]] object_hooks<item> hooks() {
    object_hooks<item> all;
    all.context = this;
    all.make = [](void* self, object_place<item>& place) { of(self).make(place); };
    all.on_create = [](void* self, item& object) { of(self).hear(turn::on_create, object); };
    all.validate = [](void* self, item& object) {
      of(self).hear(turn::validate, object);
      return !object.is_broken;
    };
    all.on_acquire = [](void* self, item& object) { of(self).hear(turn::on_acquire, object); };
    all.on_release = [](void* self, item& object) { of(self).hear(turn::on_release, object); };
    all.reset = [](void* self, item& object) {
      of(self).hear(turn::reset, object);
      return of(self).resets;
    };
    all.on_destroy = [](void* self, item& object) noexcept { of(self).hear(turn::on_destroy, object); };
    return all;
  }

  std::optional<turn> throws{}; ///< each time that it comes to this
  bool makes = true;            ///< or leaves the place as it is
  bool resets = true;
  int next_number = 1;
  std::string heard; ///< as "make 1, on_create 1, "

  /// What was heard since it was last asked.
  [[nodiscard]] std::string news() { return std::exchange(heard, {}); }

private:
  static item_life& of(void* self) { return *static_cast<item_life*>(self); }
  void make(object_place<item>& place) {
    if (throws == turn::make) {
      throw std::runtime_error("make");
    }
    if (makes) {
      hear(turn::make, place.emplace(next_number++));
    }
  }
  void hear(turn which, const item& object) {
    constexpr const char* names[] = {"make",       "on_create", "validate",  "on_acquire",
                                     "on_release", "reset",     "on_destroy"};
    heard += std::string(names[static_cast<std::size_t>(which)]) + " " + std::to_string(object.number) + ", ";
    if (throws == which) {
      throw std::runtime_error(names[static_cast<std::size_t>(which)]);
    }
  }
};

/// What the fault hook heard.
class fault_log {
public:
  [[nodiscard]] fault_hook hook() {
    return {[](void* self, const fault& report) { static_cast<fault_log*>(self)->codes.push_back(report.what.code); },
            this};
  }
  std::vector<error_code> codes;
};

using item_pool = basic_object_pool<item, manual_waiting>;
using item_config = basic_object_pool_config<item, manual_waiting>;
using item_handle = basic_pooled<item, manual_waiting>;

/// A pool in memory of its own, by a clock of the test's.
class pool_rig {
public:
  explicit pool_rig(std::size_t object_count, manual_clock& clock, item_config config = {}) {
    config.object_count = object_count;
    bytes_.resize(item_config::storage_bytes(object_count, config.level).value());
    config.storage = {bytes_.data(), bytes_.size()};
    pool_.emplace(config.validate().value(), manual_waiting(clock));
  }
  [[nodiscard]] item_pool& operator*() { return *pool_; }
  [[nodiscard]] item_pool* operator->() { return &*pool_; }
  void end() { pool_.reset(); }

private:
  std::vector<std::byte> bytes_;
  std::optional<item_pool> pool_;
};

} // namespace nebula::services::test
