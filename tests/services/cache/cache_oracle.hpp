// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "cache_rig.hpp"

/// A program of calls on a cache and on a map that is searched whole: which entries are in, what each call says, and all
/// of the statistics. Of policies whose order is a list it predicts the victims; of others it sees who has gone, and
/// that nobody has in vain.
namespace nebula::services::test {

enum class cache_action : std::uint8_t {
  get,
  put,
  remove,
  peek,
  at,
  resize,
  set_weight_max,
  clear,
  expire,
  wait,
  count
};

struct cache_step {
  cache_action what = cache_action::get;
  unsigned key = 0;
  unsigned weight = 1;
  unsigned time = 0; ///< to live, or to wait
};
struct cache_shape {
  unsigned entry_count = 1;
  unsigned weight_max = 0;
  unsigned time_to_live = 0;
  unsigned idle_time = 0;
};

enum class cache_order : std::uint8_t { by_use, by_age, of_its_own };

template <class Policy, cache_order Order>
class cache_program {
  using nanoseconds = std::chrono::nanoseconds;
  using cache_type = cache<unsigned, std::string, Policy, manual_cache_clock>;

public:
  explicit cache_program(const cache_shape& shape)
      : shape_(shape),
        limit_(shape.entry_count),
        weight_limit_(shape.weight_max == 0 ? UINT64_MAX : shape.weight_max),
        rig_(config(shape), manual_cache_clock{&now_}) {}

  /// Empty iff the cache did as the model, to the end.
  std::string run(const std::vector<cache_step>& steps) {
    for (std::size_t at = 0; at < steps.size() && found_.empty(); ++at) {
      do_one(steps[at]);
      compare();
      if (!found_.empty()) {
        found_ = "step " + std::to_string(at) + ": " + found_;
      }
    }
    return found_;
  }

private:
  struct entry {
    std::string value;
    unsigned weight;
    nanoseconds dies;
    nanoseconds used;
    cache_handle handle;
  };
  static typename cache_type::config_type config(const cache_shape& shape) {
    typename cache_type::config_type made;
    made.entry_count = shape.entry_count;
    made.weight_max = shape.weight_max;
    made.time_to_live = nanoseconds(shape.time_to_live);
    made.idle_time = nanoseconds(shape.idle_time);
    return made;
  }
  template <class Got, class Expected>
  void expect(const char* what, const Got& got, const Expected& expected) {
    if (found_.empty() && !(got == expected)) {
      std::ostringstream text;
      text << what << ": " << got << ", predicted " << expected;
      found_ = text.str();
    }
  }

  // --- the model ----------------------------------------------------------------------------------------------------

  [[nodiscard]] bool is_expired(const entry& of) const {
    return of.dies <= now_ || (shape_.idle_time != 0 && of.used + nanoseconds(shape_.idle_time) <= now_);
  }
  void forget(unsigned key, std::uint64_t cache_stats::* why) {
    gone_.push_back(model_.at(key).handle);
    model_.erase(key);
    order_.remove(key);
    stats_.*why += 1;
  }
  std::size_t expire() {
    std::vector<unsigned> gone;
    for (const auto& [key, of] : model_) {
      if (is_expired(of)) {
        gone.push_back(key);
      }
    }
    for (const unsigned key : gone) {
      forget(key, &cache_stats::expired);
    }
    return gone.size();
  }
  void use(unsigned key) {
    model_.at(key).used = now_;
    if (Order == cache_order::by_use) {
      order_.remove(key);
      order_.push_front(key);
    }
  }
  [[nodiscard]] std::uint64_t weight() const {
    std::uint64_t sum = 0;
    for (const auto& [key, of] : model_) {
      sum += of.weight;
    }
    return sum;
  }
  [[nodiscard]] std::set<unsigned> keys() {
    std::set<unsigned> in;
    for (const auto item : *rig_) {
      in.insert(item.key);
    }
    return in;
  }
  /// Who goes so that so many and so much stay at most; `kept` is no victim.
  void evict(std::uint64_t count, std::uint64_t most, std::optional<unsigned> kept, std::uint64_t cache_stats::* why) {
    if (Order != cache_order::of_its_own) {
      while (model_.size() > count || weight() > most) {
        const auto victim = std::find_if(order_.rbegin(), order_.rend(), [&](unsigned key) { return key != kept; });
        forget(*victim, why);
      }
      return;
    }
    const std::set<unsigned> in = keys();
    std::vector<unsigned> gone;
    for (const auto& [key, of] : model_) {
      if (in.count(key) == 0) {
        gone.push_back(key);
      }
    }
    unsigned heaviest = 0;
    for (const unsigned key : gone) {
      heaviest = std::max(heaviest, model_.at(key).weight);
      expect("the kept one has gone", key == kept, false);
      forget(key, why);
    }
    expect("too many are in", model_.size() > count || weight() > most, false);
    expect("somebody has gone in vain", !gone.empty() && model_.size() + 1 <= count && weight() + heaviest <= most,
           false);
  }

  // --- the calls ----------------------------------------------------------------------------------------------------

  void put(const cache_step& step) {
    const std::string value = std::to_string(++puts_);
    const auto said = rig_->put(step.key, value, {step.weight, nanoseconds(step.time)});
    cache_failure_code code = limit_ == 0                   ? cache_failure_code::no_capacity
                              : step.weight > weight_limit_ ? cache_failure_code::too_heavy
                                                            : cache_failure_code::none;
    expect("put", name(said.failure.code), std::string(name(code)));
    if (code != cache_failure_code::none) {
      stats_.refusals += 1;
      return;
    }
    expire();
    const unsigned age = step.time != 0 ? step.time : shape_.time_to_live;
    const nanoseconds dies = age == 0 ? nanoseconds::max() : now_ + nanoseconds(age);
    const auto known = model_.find(step.key);
    expect("the old value", said.old.value_or("none"), known == model_.end() ? "none" : known->second.value);
    if (known != model_.end()) {
      stats_.updates += 1;
      use(step.key);
      known->second = {value, 0, dies, now_, known->second.handle};
      const bool is_too_heavy = weight() + step.weight > weight_limit_;
      evict(model_.size(), weight_limit_ - step.weight, step.key, &cache_stats::evicted);
      if (is_too_heavy) { // it came in anew
        order_.remove(step.key);
        order_.push_front(step.key);
      }
      model_.at(step.key).weight = step.weight;
      return;
    }
    evict(limit_ - 1, weight_limit_ - step.weight, std::nullopt, &cache_stats::evicted);
    stats_.insertions += 1;
    model_[step.key] = {value, step.weight, dies, now_, {}};
    for (const auto item : *rig_) {
      if (item.key == step.key) {
        model_[step.key].handle = item.handle;
      }
    }
    order_.push_front(step.key);
  }
  void do_one(const cache_step& step) {
    const auto known = [&] {
      const auto found = model_.find(step.key);
      return found == model_.end() || is_expired(found->second) ? nullptr : &found->second;
    };
    switch (step.what) {
    case cache_action::get: {
      const std::string* const got = rig_->get(step.key);
      const entry* const expected = known();
      expect("get", got == nullptr ? "none" : *got, expected == nullptr ? "none" : expected->value);
      expire();
      (expected == nullptr ? stats_.misses : stats_.hits) += 1;
      if (expected != nullptr) {
        use(step.key);
      }
      break;
    }
    case cache_action::peek: {
      const std::string* const got = rig_->peek(step.key);
      expect("peek", got == nullptr ? "none" : *got, known() == nullptr ? "none" : known()->value);
      expect("contains", rig_->contains(step.key), known() != nullptr);
      break;
    }
    case cache_action::at:
      if (known() != nullptr) {
        const auto got = rig_->at(known()->handle);
        expect("at", got ? *got.value() : "stale", known()->value);
      }
      break;
    case cache_action::put: put(step); break;
    case cache_action::remove: {
      const std::optional<std::string> got = rig_->remove(step.key);
      expect("remove", got.value_or("none"), known() == nullptr ? "none" : known()->value);
      expire();
      if (model_.count(step.key) != 0) {
        forget(step.key, &cache_stats::removed);
      }
      break;
    }
    case cache_action::resize: {
      const unsigned wanted = step.weight;
      const auto said = rig_->resize(wanted);
      expect("resize", said.has_value(), wanted <= shape_.entry_count);
      if (said) {
        expire();
        limit_ = wanted;
        evict(limit_, weight_limit_, std::nullopt, &cache_stats::evicted_smaller);
      }
      break;
    }
    case cache_action::set_weight_max:
      expect("set_weight_max", rig_->set_weight_max(step.weight).has_value(), true);
      expire();
      weight_limit_ = step.weight == 0 ? UINT64_MAX : step.weight;
      evict(limit_, weight_limit_, std::nullopt, &cache_stats::evicted_smaller);
      break;
    case cache_action::clear:
      rig_->clear();
      expire();
      while (!model_.empty()) {
        forget(model_.begin()->first, &cache_stats::removed);
      }
      break;
    case cache_action::expire: expect("expire", rig_->expire(), expire()); break;
    case cache_action::wait: now_ += nanoseconds(step.time); break;
    case cache_action::count: break;
    }
  }
  /// All that can be asked without a change, of entries that have expired, too.
  void compare() {
    cache_stats expected = stats_;
    std::set<unsigned> in;
    expected.entry_count_max = limit_;
    expected.weight_max = weight_limit_;
    for (const auto& [key, of] : model_) {
      if (is_expired(of)) {
        expected.expired += 1;
        expect("at of what has expired", name(rig_->at(of.handle).code()), std::string("stale_handle"));
      } else {
        in.insert(key);
        expected.entry_count += 1;
        expected.weight += of.weight;
      }
    }
    for (const cache_handle& each : gone_) {
      expect("at of what has gone", name(rig_->at(each).code()), std::string("stale_handle"));
    }
    expect("the same keys are in", keys() == in, true);
    const cache_stats got = rig_->stats();
    expect("hits", got.hits, expected.hits);
    expect("misses", got.misses, expected.misses);
    expect("insertions", got.insertions, expected.insertions);
    expect("updates", got.updates, expected.updates);
    expect("refusals", got.refusals, expected.refusals);
    expect("evicted", got.evicted, expected.evicted);
    expect("evicted_smaller", got.evicted_smaller, expected.evicted_smaller);
    expect("expired", got.expired, expected.expired);
    expect("removed", got.removed, expected.removed);
    expect("entry_count", got.entry_count, expected.entry_count);
    expect("weight", got.weight, expected.weight);
    expect("size", rig_->size(), in.size());
    expect("all statistics", got == expected, true);
    expect("is_whole", rig_->is_whole(), true);
  }

  nanoseconds now_{1000};
  cache_shape shape_;
  unsigned limit_;
  std::uint64_t weight_limit_;
  cache_rig<cache_type> rig_;
  std::map<unsigned, entry> model_;
  std::list<unsigned> order_; ///< the first to go at the end
  std::vector<cache_handle> gone_;
  cache_stats stats_{};
  unsigned puts_ = 0;
  std::string found_;
};

} // namespace nebula::services::test
