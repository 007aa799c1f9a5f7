// SPDX-License-Identifier: Apache-2.0 OR MIT
/// A pool and its parent, by a clock that jumps to each deadline, with hooks that fail when the program says so. The model
/// knows which object is where, says which one comes next and which hook ends how, and predicts every number of state().
#include "object_pool_property.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <sstream>

#include "object_rig.hpp"

namespace nebula::services::test {

pool_totals& totals() {
  static pool_totals total;
  return total;
}

namespace {

using std::chrono::nanoseconds;
constexpr nanoseconds time_to_live{4};

struct idle_object {
  int number;
  bool is_broken;
  nanoseconds since;
};

/// A pool, as it has to be.
struct pool_model {
  std::vector<idle_object> idle{}; ///< the newest last
  std::size_t absent = 0;
  object_pool_state state{};
  std::uint32_t attempts = 0;
  std::uint32_t failures = 0;

  void attempt() {
    if (++attempts == 128) {
      attempts = 64;
      failures /= 2;
    }
  }
  void fail() { failures += failures < attempts ? 1U : 0U; }
  void fail_hook() {
    state.failed_hooks += 1;
    fail();
  }
};

struct held_object {
  item_handle handle;
  object_lease<item> lease; ///< a copy, for the release of it again
  std::size_t home;
  std::size_t asked;
  bool is_broken;
  bool is_detached;
  nanoseconds since;
};

enum : std::size_t { child, parent };

class program {
public:
  explicit program(const pool_shape& shape) : pools_{std::nullopt, std::nullopt} {
    item::alive = 0; // a program that failed before may have lost some
    clock_.jump_to_deadlines();
    item_config config;
    config.hooks = life_.hooks();
    config.hook = faults_.hook();
    config.idle_time_to_live = time_to_live;
    config.level = shape.is_paranoid ? check_level::paranoid : check_level::standard;
    pools_[parent].emplace(shape.parent_objects, clock_, config);
    config.parent = &**pools_[parent];
    pools_[child].emplace(shape.child_objects, clock_, config);
    model_[child].absent = shape.child_objects;
    model_[parent].absent = shape.parent_objects;
    model_[child].state.object_count = shape.child_objects;
    model_[parent].state.object_count = shape.parent_objects;
  }

  [[nodiscard]] std::string run(const std::vector<pool_step>& steps) {
    for (std::size_t index = 0; index < steps.size() && found_.empty(); ++index) {
      ++totals().steps;
      take(steps[index]);
      compare();
      if (!found_.empty()) {
        return "step " + std::to_string(index) + ": " + found_;
      }
    }
    while (!held_.empty()) {
      release(held_.size() - 1, 255);
    }
    shut_down(child);
    shut_down(parent);
    compare();
    expect("objects alive at the end", item::alive, 0);
    return found_.empty() ? "" : "end: " + found_;
  }

private:
  template <class Actual, class Expected>
  void expect(const char* what, const Actual& actual, const Expected& expected) {
    if (!(actual == expected) && found_.empty()) {
      std::ostringstream out;
      out << what << ": " << actual << ", predicted " << expected;
      found_ = out.str();
    }
  }

  void take(const pool_step& now) {
    const std::size_t which = now.target % 2;
    switch (now.what) {
    case pool_action::try_acquire: return acquire(which, std::nullopt, now.amount);
    case pool_action::acquire_for: return acquire(which, nanoseconds{now.amount % 8}, now.amount / 8U);
    case pool_action::release:
      if (!held_.empty()) {
        release(now.target % held_.size(), now.amount);
      }
      return;
    case pool_action::spoil:
      if (!held_.empty()) {
        held_object& one = held_[now.target % held_.size()];
        one.handle->is_broken = true;
        one.is_broken = true;
      }
      return;
    case pool_action::detach: return detach(now.target);
    case pool_action::release_again: return release_again(which, now.amount);
    case pool_action::release_foreign: return release_foreign(which, now.amount);
    case pool_action::advance: return clock_.advance(nanoseconds{now.amount % 8});
    case pool_action::evict: return evict(which);
    case pool_action::prewarm: return prewarm(which, now.amount % 4, now.amount / 4);
    case pool_action::look: return look(which, nanoseconds{now.amount % 8});
    case pool_action::shut_down:
      if (now.amount % 16 == 0) { // or programs do not get far
        shut_down(which);
      }
      return;
    }
  }

  // --- what is predicted --------------------------------------------------------------------------------------------

  struct prediction {
    object_failure_code code = object_failure_code::none;
    bool throws = false;
    int number = 0; ///< of the object
  };

  /// Makes an object in a place that the pool has taken; false iff that fails, which the caller undoes.
  bool predict_make(pool_model& home, prediction& said, std::optional<turn> fault, bool makes) {
    if (fault == turn::make || !makes || fault == turn::on_create) {
      said.throws = fault == turn::make || fault == turn::on_create;
      said.code = object_failure_code::not_made;
      next_number_ += fault != turn::make && makes ? 1 : 0;
      home.fail_hook();
      home.absent += 1;
      return false;
    }
    said.number = next_number_++;
    home.state.made += 1;
    return true;
  }
  /// The object of a pool that was to be given to somebody stays there.
  void predict_back(pool_model& home, int number, bool is_broken, prediction& said) {
    said.throws = true;
    home.idle.push_back({number, is_broken, clock_.now()});
    home.fail_hook();
  }
  void predict_destroyed(pool_model& home, std::uint64_t object_pool_state::* why) {
    home.state.destroyed += 1;
    home.state.*why += 1;
  }

  prediction predict_acquire(std::size_t which, std::optional<nanoseconds> patience, std::optional<turn> fault,
                             bool makes, std::size_t& home_index) {
    prediction said;
    pool_model& asked = model_[which];
    if (asked.state.is_shut_down) {
      asked.state.refusals += 1;
      said.code = object_failure_code::shut_down;
      return said;
    }
    for (home_index = which; home_index <= parent; ++home_index) {
      pool_model& home = model_[home_index];
      if (!home.state.is_shut_down && (!home.idle.empty() || home.absent != 0)) {
        break;
      }
    }
    if (home_index > parent) {
      said.code = patience ? object_failure_code::timed_out : object_failure_code::none_free;
      asked.state.refusals += patience ? 0U : 1U;
      asked.state.waits += patience ? 1U : 0U;
      asked.state.timeouts += patience ? 1U : 0U;
      deadline_ = patience ? std::optional(clock_.now() + *patience) : std::nullopt;
      return said;
    }
    pool_model& home = model_[home_index];
    home.attempt();
    home.state.leased_peak = std::max(home.state.leased_peak, leased(home_index) + 1);
    bool is_broken = false;
    if (home.idle.empty()) {
      home.absent -= 1;
    } else {
      const idle_object old = home.idle.back();
      home.idle.pop_back();
      if (clock_.now() - old.since >= time_to_live) {
        predict_destroyed(home, &object_pool_state::expired);
        ++totals().expired;
      } else if (fault == turn::validate) {
        predict_back(home, old.number, old.is_broken, said);
        return said;
      } else if (old.is_broken) {
        predict_destroyed(home, &object_pool_state::found_invalid);
        home.fail();
        ++totals().invalid;
      } else {
        said.number = old.number;
        is_broken = old.is_broken;
      }
    }
    if (said.number == 0 && !predict_make(home, said, fault, makes)) {
      return said;
    }
    if (fault == turn::on_acquire) {
      predict_back(home, said.number, is_broken, said);
      return said;
    }
    home.state.acquired += 1;
    asked.state.borrowed_objects += home_index == which ? 0U : 1U;
    return said;
  }

  // --- what is done -------------------------------------------------------------------------------------------------

  void acquire(std::size_t which, std::optional<nanoseconds> patience, unsigned amount) {
    constexpr std::array<turn, 4> faults{turn::make, turn::on_create, turn::validate, turn::on_acquire};
    const std::optional<turn> fault = amount < faults.size() ? std::optional(faults[amount]) : std::nullopt;
    const bool makes = amount != faults.size();
    std::size_t home = which;
    const prediction said = predict_acquire(which, patience, fault, makes, home);
    life_.throws = fault;
    life_.makes = makes;
    bool threw = false;
    object_outcome<item_handle> got = object_failure{};
    try {
      got = patience ? pool(which).acquire_for(*patience, wait_priority::high) : pool(which).try_acquire();
    } catch (const std::runtime_error&) {
      threw = true;
    }
    life_.throws.reset();
    life_.makes = true;
    if (deadline_) {
      expect("the clock after a wait", clock_.now().count(), deadline_->count());
      deadline_.reset();
    }
    count(said, home != which && said.code == object_failure_code::none && !said.throws);
    expect("acquire threw", threw, said.throws);
    if (threw || said.throws) {
      return;
    }
    expect("acquire", name(got.failure().code), std::string(name(said.code)));
    expect("acquire gave an object", got.value().has_value(), said.code == object_failure_code::none);
    if (!got.has_value()) {
      return;
    }
    expect("the object's number", got.value()->number, said.number);
    expect("the object's pool", pool(home).owns(got.value().get()), true);
    const object_lease<item> lease = got.value().lease();
    held_.push_back({std::move(got.value()), lease, home, which, false, false, clock_.now()});
  }

  /// Fails are chosen by `amount`: 0 and 1 a hook that throws, 2 an object that cannot be reset, 3 a handle that ends while a
  /// hook throws, 4 and 5 through the pool in place of the handle.
  void release(std::size_t index, unsigned amount) {
    held_object& one = held_[index];
    pool_model& home = model_[one.home];
    const int number = one.handle->number;
    const bool is_thrown = (amount < 2 || amount == 3) && !one.is_detached;
    life_.throws = amount == 0 || amount == 3 ? std::optional(turn::on_release)
                   : amount == 1              ? std::optional(turn::reset)
                                              : std::nullopt;
    life_.resets = amount != 2;
    bool threw = false;
    error_code said = error_code::none;
    try {
      if (amount == 3) {
        const item_handle ends = std::move(one.handle);
      } else if (amount == 4 || amount == 5) {
        said = pool(amount == 4 ? child : one.home).release(one.handle.let_go()).code();
      } else {
        said = one.handle.release().code();
      }
    } catch (const std::runtime_error&) {
      threw = true;
    }
    life_.throws.reset();
    life_.resets = true;
    expect("release threw", threw, is_thrown && amount != 3);
    expect("release", name(said), std::string("none"));
    if (is_thrown) {
      home.fail_hook();
      if (amount != 3) {
        ++totals().threw;
        return;
      }
    }
    const bool is_unfit = amount == 2 && !one.is_detached;
    if (is_unfit) {
      home.state.not_reset += 1;
      home.fail();
    }
    if (one.is_detached || is_thrown || is_unfit || home.state.is_shut_down) {
      home.state.destroyed += 1;
      home.absent += 1;
    } else {
      home.idle.push_back({number, one.is_broken, clock_.now()});
    }
    home.state.released += 1;
    pay_back(one);
    ended_.push_back(one.lease);
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index));
  }

  void detach(unsigned target) {
    if (held_.empty()) {
      return;
    }
    held_object& one = held_[target % held_.size()];
    expect("detach", name(one.handle.detach().code()), std::string("none"));
    if (!one.is_detached) {
      pay_back(one);
      one.is_detached = true;
    }
  }
  void release_again(std::size_t which, unsigned amount) {
    if (ended_.empty()) {
      return;
    }
    const object_lease<item> lease = ended_[amount % ended_.size()];
    const std::size_t home = pool(child).owns(lease.object) ? child : parent;
    const bool is_held = std::any_of(held_.begin(), held_.end(),
                                     [&](const held_object& each) { return each.lease.object == lease.object; });
    const bool is_foreign = which == parent && home == child;
    const error_code expected = is_foreign ? error_code::foreign_pointer
                                : is_held  ? error_code::stale_handle
                                           : error_code::double_free;
    totals().stale += expected == error_code::stale_handle ? 1U : 0U;
    totals().double_free += expected == error_code::double_free ? 1U : 0U;
    misused(is_foreign ? which : home, pool(which).release(lease).code(), expected);
  }
  void release_foreign(std::size_t which, unsigned amount) {
    item stranger(-2);
    object_lease<item> lease{amount % 2 == 0 ? nullptr : &stranger, 1};
    misused(which, pool(which).release(lease).code(),
            amount % 2 == 0 ? error_code::null_pointer : error_code::foreign_pointer);
  }
  void misused(std::size_t which, error_code got, error_code expected) {
    model_[which].state.misuses += 1;
    expect("release of what is not out", name(got), std::string(name(expected)));
    expect("faults that were reported", faults_.codes.size(), std::size_t{1});
    expect("the fault", name(faults_.codes.empty() ? error_code::none : faults_.codes.back()),
           std::string(name(expected)));
    faults_.codes.clear();
  }
  void evict(std::size_t which) {
    pool_model& one = model_[which];
    std::size_t gone = 0;
    while (!one.idle.empty() && clock_.now() - one.idle.front().since >= time_to_live) {
      one.idle.erase(one.idle.begin());
      predict_destroyed(one, &object_pool_state::expired);
      one.absent += 1;
      ++gone;
    }
    expect("evicted", pool(which).evict_expired(), gone);
  }
  void prewarm(std::size_t which, std::size_t wanted, unsigned amount) {
    pool_model& one = model_[which];
    const std::optional<turn> fault = amount == 0   ? std::optional(turn::make)
                                      : amount == 1 ? std::optional(turn::on_create)
                                                    : std::nullopt;
    const bool makes = amount != 2;
    prediction said;
    std::size_t made = 0;
    if (one.state.is_shut_down && wanted != 0) {
      said.code = object_failure_code::shut_down;
    }
    while (said.code == object_failure_code::none && one.idle.size() < wanted && one.absent != 0) {
      one.absent -= 1;
      said.number = 0;
      if (predict_make(one, said, fault, makes)) {
        one.idle.push_back({said.number, false, clock_.now()});
        ++made;
      }
    }
    life_.throws = fault;
    life_.makes = makes;
    bool threw = false;
    try {
      const auto got = pool(which).prewarm(wanted);
      expect("prewarm", name(got.failure().code), std::string(name(said.code)));
      expect("prewarmed", got.value(), said.code == object_failure_code::none ? made : 0);
    } catch (const std::runtime_error&) {
      threw = true;
    }
    life_.throws.reset();
    life_.makes = true;
    expect("prewarm threw", threw, said.throws);
  }
  void look(std::size_t which, nanoseconds age) {
    const auto is_older = [&](const held_object& each) {
      return each.home == which && clock_.now() - each.since > age;
    };
    std::array<object_lease_record, 8> records{};
    const auto expected = static_cast<std::size_t>(std::count_if(held_.begin(), held_.end(), is_older));
    expect("leases older than", pool(which).leases_older_than(age, records), expected);
    for (const held_object& each : held_) {
      const bool is_listed = std::any_of(records.begin(), records.end(), [&](const object_lease_record& record) {
        return record.object == each.lease.object && record.lease == each.lease.number &&
               record.held == clock_.now() - each.since && record.is_detached == each.is_detached &&
               record.is_lent == (each.asked != each.home && !each.is_detached);
      });
      expect("a lease is listed", is_listed, is_older(each));
    }
  }
  void shut_down(std::size_t which) {
    pool_model& one = model_[which];
    one.state.is_shut_down = true;
    one.state.destroyed += one.idle.size();
    one.absent += one.idle.size();
    one.idle.clear();
    expect("out at shutdown", pool(which).shutdown(), one.state.object_count - one.absent);
  }

  // --- bookkeeping --------------------------------------------------------------------------------------------------

  [[nodiscard]] item_pool& pool(std::size_t which) { return **pools_[which]; }
  void pay_back(const held_object& one) {
    if (one.asked != one.home && !one.is_detached) {
      model_[one.asked].state.borrowed_objects -= 1;
    }
  }
  [[nodiscard]] std::size_t leased(std::size_t which, bool detached = false) const {
    return static_cast<std::size_t>(std::count_if(held_.begin(), held_.end(), [&](const held_object& each) {
      return each.home == which && each.is_detached == detached;
    }));
  }
  static void count(const prediction& said, bool is_borrowed) {
    pool_totals& all = totals();
    all.threw += said.throws ? 1U : 0U;
    all.borrowed += is_borrowed ? 1U : 0U;
    if (!said.throws) {
      (said.code == object_failure_code::none        ? all.given
       : said.code == object_failure_code::none_free ? all.none_free
       : said.code == object_failure_code::timed_out ? all.timed_out
       : said.code == object_failure_code::shut_down ? all.shut_down
                                                     : all.not_made) += 1;
    }
  }
  void compare() {
    int alive = 0;
    for (const std::size_t which : {std::size_t{child}, std::size_t{parent}}) {
      const object_pool_state got = pool(which).state();
      const pool_model& model = model_[which];
      const object_pool_state& expected = model.state;
      expect("absent_objects", got.absent_objects, model.absent);
      expect("idle_objects", got.idle_objects, model.idle.size());
      expect("leased_objects", got.leased_objects, leased(which));
      expect("detached_objects", got.detached_objects, leased(which, true));
      expect("busy_objects", got.busy_objects, std::size_t{0});
      expect("object_count", got.object_count, expected.object_count);
      expect("leased_peak", got.leased_peak, expected.leased_peak);
      expect("borrowed_objects", got.borrowed_objects, expected.borrowed_objects);
      expect("waiting_threads", got.waiting_threads, std::size_t{0});
      expect("acquired", got.acquired, expected.acquired);
      expect("released", got.released, expected.released);
      expect("made", got.made, expected.made);
      expect("destroyed", got.destroyed, expected.destroyed);
      expect("expired", got.expired, expected.expired);
      expect("found_invalid", got.found_invalid, expected.found_invalid);
      expect("not_reset", got.not_reset, expected.not_reset);
      expect("failed_hooks", got.failed_hooks, expected.failed_hooks);
      expect("waits", got.waits, expected.waits);
      expect("timeouts", got.timeouts, expected.timeouts);
      expect("refusals", got.refusals, expected.refusals);
      expect("misuses", got.misuses, expected.misuses);
      const object_pool_health health = pool(which).health();
      expect("attempts", health.attempts, model.attempts);
      expect("failures", health.failures, model.failures);
      alive += static_cast<int>(model.idle.size() + leased(which) + leased(which, true));
    }
    expect("objects alive", item::alive, alive);
    expect("faults", faults_.codes.size(), std::size_t{0});
  }

  manual_clock clock_;
  item_life life_;
  fault_log faults_;
  std::array<std::optional<pool_rig>, 2> pools_;
  std::array<pool_model, 2> model_{};
  std::vector<held_object> held_;
  std::vector<object_lease<item>> ended_;
  std::optional<nanoseconds> deadline_;
  int next_number_ = 1;
  std::string found_;
};

} // namespace

std::string run(const pool_shape& shape, const std::vector<pool_step>& steps) { return program(shape).run(steps); }

} // namespace nebula::services::test
