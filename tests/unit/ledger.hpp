// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include <nebula/kernel/check_level.hpp>
#include <nebula/kernel/fault.hpp>

namespace nebula::test {

/// Thrown by a constructor that was told to fail.
struct planned_failure {};

/// Knows where an object is alive, and in which order the others ended. The objects keep nothing: a destructor that runs
/// on what is no object, or no longer one, is seen by its address, and reads no dead memory to be seen.
class ledger {
public:
  ledger() : outer_(current_) { current_ = this; }
  ~ledger() { current_ = outer_; }
  ledger(const ledger&) = delete;
  ledger& operator=(const ledger&) = delete;

  /// The constructor after this many others fails.
  void fail_after(std::size_t constructions) { until_failure_ = constructions; }
  void fail_never() { until_failure_ = never; }
  /// True iff a constructor is still to fail.
  [[nodiscard]] bool is_failure_due() const { return until_failure_ != never; }

  [[nodiscard]] std::size_t alive() const { return objects_.size(); }
  [[nodiscard]] const std::vector<int>& ended() const { return ended_; }
  [[nodiscard]] std::set<int> alive_ids() const {
    std::set<int> ids;
    for (const auto& [place, id] : objects_) {
      ids.insert(id);
    }
    return ids;
  }
  /// Destructors that ran on no living object, and constructors that ran on one.
  [[nodiscard]] std::size_t wrong() const { return wrong_; }
  void forget_ended() { ended_.clear(); }
  /// The bytes of [first, first + size) were discarded: what lived there never ends.
  void discard(const void* first, std::size_t size) {
    const auto begin = reinterpret_cast<std::uintptr_t>(first);
    for (auto each = objects_.begin(); each != objects_.end();) {
      each = each->first >= begin && each->first - begin < size ? objects_.erase(each) : std::next(each);
    }
  }
  void discard_all() { objects_.clear(); }

  static ledger& current() { return *current_; }
  void begin(const void* place, int id) {
    if (until_failure_ == 0) {
      until_failure_ = never;
#if defined(__cpp_exceptions)
      throw planned_failure{};
#endif
    }
    until_failure_ -= until_failure_ == never ? 0U : 1U;
    wrong_ += objects_.emplace(reinterpret_cast<std::uintptr_t>(place), id).second ? 0U : 1U;
  }
  void end(const void* place) {
    const auto object = objects_.find(reinterpret_cast<std::uintptr_t>(place));
    if (object == objects_.end()) {
      ++wrong_;
      return;
    }
    ended_.push_back(object->second);
    objects_.erase(object);
  }

private:
  static constexpr std::size_t never = static_cast<std::size_t>(-1);
  inline static ledger* current_ = nullptr;

  ledger* outer_;
  std::map<std::uintptr_t, int> objects_;
  std::vector<int> ended_;
  std::size_t wrong_ = 0;
  std::size_t until_failure_ = never;
};

/// An object that the ledger knows; neither copied nor moved.
template <std::size_t Align = alignof(int)>
class alignas(Align) tracked {
public:
  explicit tracked(int id = 0) : id_(id) { ledger::current().begin(this, id); }
  ~tracked() {
    ledger::current().end(this);
    id_ = -1;
  }
  tracked(const tracked&) = delete;
  tracked& operator=(const tracked&) = delete;

  [[nodiscard]] int id() const { return id_; }

private:
  int id_;
};

/// An object that the ledger knows, and that can be moved; the one that it was moved from is alive still.
class movable {
public:
  explicit movable(int id = 0) : id_(id) { ledger::current().begin(this, id); }
  movable(movable&& other) noexcept : id_(other.id_) {
    other.id_ = -2;
    ledger::current().begin(this, id_);
  }
  ~movable() { ledger::current().end(this); }
  movable(const movable&) = delete;
  movable& operator=(const movable&) = delete;
  movable& operator=(movable&&) = delete;

  [[nodiscard]] int id() const { return id_; }

private:
  int id_;
};

/// The same allocator at the paranoid level.
template <class Allocator>
class paranoid : public Allocator {
public:
  explicit paranoid(fault_hook hook = {}) : Allocator(hook, check_level::paranoid) {}
};

} // namespace nebula::test
