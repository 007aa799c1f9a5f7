// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include "pool_bench.hpp"

namespace nebula::race {

/// A root of 100 bytes with two children of 80, the shipped template over the detector's atomics, and who has how much,
/// in plain memory. Bytes are *held* from the return of the call that reserved them to the start of the call that
/// releases them; bytes held and bytes of calls under way are together the most that can be counted anywhere.
class budget_bench : public scenario {
public:
  using budget_type = basic_budget<relacy_atomics>;
  using config_type = basic_budget_config<relacy_atomics>;
  static constexpr std::size_t root_limit = 100;
  static constexpr std::size_t child_limit = 80;
  static constexpr std::size_t unlimited = budget_type::unlimited_retries;
  enum node : std::size_t { root, left, right, node_count };

  /// When all threads have ended: each level exact, its peak possible, its failures counted, its invariants whole.
  void inspect() override {
    for (std::size_t each = 0; each < node_count; ++each) {
      const budget_state now = at(each).state();
      require(now.used_bytes == held_[each], "wrong count");
      require(now.own_bytes == own_[each], "wrong count");
      require(now.peak_bytes >= most_held_[each] && now.peak_bytes <= most_out_[each], "wrong peak");
      require(now.failures == expected_[each], "wrong failure count");
      require(at(each).check_invariants().has_value(), "invariants broken");
    }
    require(reported_.of(error_code::over_release) == over_releases_ && reported_.total() == over_releases_,
            "a misuse was not reported once");
    for (std::size_t each = 0; each < node_count; ++each) {
      require(own_[each] == 0 || at(each).release(own_[each]).has_value(), "lost bytes");
    }
    require(root_.state().used_bytes == 0, "bytes from nowhere");
  }

protected:
  [[nodiscard]] budget_type& at(std::size_t which) { return which == root ? root_ : which == left ? left_ : right_; }

  bool reserve(unsigned self, node which, std::size_t bytes, std::size_t max_retries = unlimited) {
    begin(self, which, bytes);
    const result<void> reserved = at(which).try_reserve(bytes, max_retries);
    in_call_[self] = {};
    if (!reserved.has_value()) {
      count(expected_[which], reserved.code());
      if (reserved.code() == error_code::contended) {
        require(max_retries != unlimited, "contended without a bound");
      } else {
        require(reserved.code() == error_code::over_budget, "wrong error");
        require(may_have_been_full(self, which, bytes), "over budget with bytes left");
      }
      return false;
    }
    own_[which] += bytes;
    at_each_level(which, [&](std::size_t each) {
      held_[each] += bytes;
      most_held_[each] = std::max(most_held_[each], held_[each]);
      require(held_[each] <= limit(each), "over the limit");
      since_call_[self][each] += bytes; // the thread may still see what its own call made of the others'
    });
    remember(self);
    return true;
  }
  void release(unsigned self, node which, std::size_t bytes) {
    give_up(which, bytes);
    begin(self, which, bytes);
    require(at(which).release(bytes).has_value(), "a right release was refused");
    in_call_[self] = {};
    remember(self);
  }
  /// For a release that another may have made already; true iff this one is it.
  bool release_contested(unsigned self, node which, std::size_t bytes) {
    begin(self, which, bytes);
    const result<void> released = at(which).release(bytes);
    in_call_[self] = {};
    if (!released.has_value()) {
      require(released.code() == error_code::over_release, "wrong error");
      count(expected_[which], released.code());
      over_releases_ += 1;
    }
    return released.has_value();
  }
  void give_up(node which, std::size_t bytes) {
    own_[which] -= bytes;
    at_each_level(which, [&](std::size_t each) { held_[each] -= bytes; });
  }

private:
  static constexpr unsigned thread_count_max = 3;
  struct call {
    node which = root;
    std::size_t bytes = 0;
  };
  /// The levels that a call on this one touches.
  template <class Use>
  static void at_each_level(std::size_t which, Use use) {
    if (which != root) {
      use(which);
    }
    use(root);
  }
  [[nodiscard]] static std::size_t limit(std::size_t which) { return which == root ? root_limit : child_limit; }

  /// What can be counted at a level by others than this thread.
  [[nodiscard]] std::size_t out(std::size_t which) const {
    std::size_t bytes = held_[which];
    for (const call& each : in_call_) {
      bytes += which == root || each.which == which ? each.bytes : 0;
    }
    return bytes;
  }
  void begin(unsigned self, node which, std::size_t bytes) {
    for (std::size_t each = 0; each < node_count; ++each) {
      since_call_[self][each] = out(each);
    }
    in_call_[self] = {which, bytes};
    for (std::size_t each = 0; each < node_count; ++each) {
      const std::size_t now = out(each);
      most_out_[each] = std::max(most_out_[each], now);
      for (unsigned other = 0; other < thread_count_max; ++other) {
        const bool counts = other != self;
        since_call_[other][each] = std::max(since_call_[other][each], counts ? now : 0);
        since_sight_[other][each] = std::max(since_sight_[other][each], counts ? now : 0);
      }
    }
    for (std::size_t each = 0; each < node_count; ++each) {
      since_sight_[self][each] = std::max(since_sight_[self][each], since_call_[self][each]);
    }
  }
  /// A successful call has written each level of its path: what was there before is not seen again.
  void remember(unsigned self) { since_sight_[self] = since_call_[self]; }
  [[nodiscard]] bool may_have_been_full(unsigned self, node which, std::size_t bytes) const {
    bool full = false;
    at_each_level(which, [&](std::size_t each) { full = full || since_sight_[self][each] + bytes > limit(each); });
    return full;
  }
  [[nodiscard]] static budget_type::plan_type plan(const config_type& config) {
    const result<budget_type::plan_type> made = config.validate();
    require(made.has_value(), "the model's configuration is invalid");
    return made.value();
  }
  [[nodiscard]] fault_hook hook() { return {&count_fault, &reported_}; }

  failure_counts reported_{};
  std::array<failure_counts, node_count> expected_{};
  std::array<std::size_t, node_count> held_{};
  std::array<std::size_t, node_count> own_{};
  std::array<std::size_t, node_count> most_held_{};
  std::array<std::size_t, node_count> most_out_{};
  std::array<call, thread_count_max> in_call_{};
  std::array<std::array<std::size_t, node_count>, thread_count_max> since_call_{};
  std::array<std::array<std::size_t, node_count>, thread_count_max> since_sight_{};
  std::size_t over_releases_ = 0;
  budget_type root_{plan({root_limit, 0, nullptr, 70, 90, hook()})};
  budget_type left_{plan({child_limit, 0, &root_, 70, 90, hook()})};
  budget_type right_{plan({child_limit, 0, &root_, 70, 90, hook()})};
};

/// Each wants more than half of the root, in a child of its own: exactly one of them gets it.
class budget_pair final : public budget_bench {
public:
  void thread(unsigned self) override { succeeded_ += reserve(self, self == 0 ? left : right, 60) ? 1U : 0U; }
  void inspect() override {
    require(succeeded_ != 0, "over budget with bytes left");
    require(succeeded_ == 1, "over the limit");
    budget_bench::inspect();
  }

private:
  unsigned succeeded_ = 0;
};

/// Each reserves twice and releases: together more than the root has, the third beside the first in its child.
template <unsigned Threads>
class budget_siblings final : public budget_bench {
public:
  void thread(unsigned self) override {
    const node mine = self == 1 ? right : left;
    const std::size_t bytes = 40 + std::size_t{5} * self;
    if (reserve(self, mine, bytes)) {
      if (Threads == 2 && reserve(self, mine, 30)) {
        release(self, mine, 30);
      }
      if (self != 1) {
        release(self, mine, bytes);
      }
    }
  }
};

/// The bytes that one releases are those that the other needs.
class budget_release_meets_reserve final : public budget_bench {
public:
  budget_release_meets_reserve() { require(reserve(0, left, 70), "not set up"); }
  void thread(unsigned self) override {
    if (self == 0) {
      release(self, left, 70);
      require(reserve(self, left, 20), "over budget with bytes left");
    } else if (reserve(self, right, 60)) {
      release(self, right, 60);
    }
  }
};

/// What the root refuses to the one is taken back in the child, where the other meets it or does not.
class budget_refused_above final : public budget_bench {
public:
  budget_refused_above() { require(reserve(0, root, 60), "not set up"); }
  void thread(unsigned self) override {
    if (self == 0) {
      require(!reserve(self, left, 50), "over the limit");
    } else if (reserve(self, left, 35)) {
      release(self, left, 10);
    }
  }
};

/// Of two releases of the same bytes exactly one succeeds.
class budget_over_release final : public budget_bench {
public:
  budget_over_release() {
    require(reserve(0, left, 10), "not set up");
    require(reserve(0, right, 30), "not set up");
  }
  void thread(unsigned self) override { succeeded_ += release_contested(self, left, 10) ? 1U : 0U; }
  void inspect() override {
    require(succeeded_ != 0, "no release succeeded");
    require(succeeded_ == 1, "over-release accepted");
    give_up(left, 10);
    budget_bench::inspect();
  }

private:
  unsigned succeeded_ = 0;
};

/// A release, wrong, of bytes that another thread is about to have: refused, or right at every level. What the caller
/// did wrong is never taken for corruption.
class budget_early_release final : public budget_bench {
public:
  void thread(unsigned self) override {
    if (self == 0) {
      require(reserve(self, left, 10), "over budget with bytes left");
    } else {
      released_ = release_contested(self, left, 10);
    }
  }
  void inspect() override {
    if (released_) {
      give_up(left, 10);
    }
    budget_bench::inspect();
  }

private:
  bool released_ = false;
};

/// A reservation that is kept was there when the lower limit took effect, or is within it.
class budget_limit_lowered final : public budget_bench {
public:
  void thread(unsigned self) override {
    if (self == 0) {
      const bool small = at(left).reserve(30).has_value();
      const bool large = at(left).reserve(40).has_value();
      kept_ = (small ? 30U : 0U) + (large ? 40U : 0U);
      refused_ = (small ? 0U : 1U) + (large ? 0U : 1U);
    } else {
      const result<std::size_t> used = at(left).set_limit(35);
      require(used.has_value(), "wrong error");
      used_then_ = used.value();
    }
  }
  void inspect() override {
    const budget_state now = at(left).state();
    require(kept_ <= 35 || kept_ <= used_then_, "kept above the new limit");
    require(now.used_bytes == kept_ && at(root).state().used_bytes == kept_, "wrong count");
    require(now.failures.total() == refused_, "wrong failure count");
    require(kept_ >= 30, "over budget with bytes left");
    require(at(left).check_invariants().has_value(), "invariants broken");
    require(at(left).release(kept_).has_value() && at(root).state().used_bytes == 0, "lost bytes");
  }

private:
  std::size_t kept_ = 0;
  std::size_t refused_ = 0;
  std::size_t used_then_ = 0;
};

/// No retries, and room for all.
class budget_bounded final : public budget_bench {
public:
  void thread(unsigned self) override {
    const node mine = self == 0 ? left : right;
    if (reserve(self, mine, 10, 0)) {
      release(self, mine, 10);
    }
    static_cast<void>(reserve(self, mine, 20, 1));
  }
};

/// A child ends with bytes reserved, which its parent then has to give back; another thread gives them back as soon as it can.
class budget_child_ends final : public scenario {
public:
  using budget_type = basic_budget<relacy_atomics>;

  budget_child_ends() { child_.emplace(plan(80, &root_)); }
  void thread(unsigned self) override {
    if (self == 0) {
      require(child_->reserve(bytes).has_value(), "over budget with bytes left");
      child_.reset();
      return;
    }
    const result<void> released = root_.release(bytes);
    require(released.has_value() || released.code() == error_code::over_release, "wrong error");
    released_ = released.has_value();
  }
  void inspect() override {
    const budget_state now = root_.state();
    const std::size_t left = released_ ? 0 : bytes;
    require(now.used_bytes == left && now.own_bytes == left && now.child_count == 0, "wrong count");
    require(now.peak_bytes == bytes, "wrong peak");
    require(root_.check_invariants().has_value(), "invariants broken");
    require(reported_.of(error_code::budget_in_use) == 1, "a misuse was not reported");
    require(now.failures.of(error_code::over_release) == (released_ ? 0U : 1U), "wrong failure count");
    require(released_ || root_.release(bytes).has_value(), "lost bytes");
  }

private:
  static constexpr std::size_t bytes = 30;

  [[nodiscard]] budget_type::plan_type plan(std::size_t limit, budget_type* parent) {
    return budget_type::config_type{limit, 0, parent, 70, 90, fault_hook{&count_fault, &reported_}}.validate().value();
  }

  failure_counts reported_{};
  budget_type root_{plan(100, nullptr)};
  std::optional<budget_type> child_{};
  bool released_ = false;
};

/// The adaptor: two blocks, and a budget for one.
class budgeted_pool final : public scenario {
public:
  using pool_type = basic_pool<relacy_atomics, span_block_storage<relacy_atomics>>;
  using budget_type = basic_budget<relacy_atomics>;

  void thread(unsigned /*self*/) override {
    const result<std::byte*> block = charged_.allocate({20, 8});
    if (!block.has_value()) {
      require(block.code() == error_code::over_budget, "wrong error");
      refused_ += 1;
      return;
    }
    out_ += 1;
    require(out_ == 1, "over the limit");
    out_ -= 1;
    require(charged_.deallocate(block.value(), {20, 8}).has_value(), "a right free was refused");
  }
  void inspect() override {
    require(refused_ <= 1, "over budget with bytes left");
    require(limit_.state().used_bytes == 0 && pool_.state().used_bytes == 0, "wrong count");
    require(pool_.state().peak_bytes == pool_.stride_bytes(), "wrong peak");
    require(charged_.check_invariants().has_value(), "invariants broken");
    require(charged_.state().failures.total() == refused_ && reported_.total() == 0, "wrong failure count");
  }

private:
  [[nodiscard]] pool_type::plan_type plan() {
    const pool_type::config_type config{byte_span{storage_.data(), storage_.size()}, 24, 8, 2,
                                        fault_hook{&count_fault, &reported_}};
    const result<pool_type::plan_type> made = config.validate();
    require(made.has_value(), "the model's configuration is invalid");
    return made.value();
  }

  alignas(std::max_align_t) std::array<std::byte, 1024> storage_{};
  failure_counts reported_{};
  pool_type pool_{plan()};
  budget_type limit_{basic_budget_config<relacy_atomics>{24, 0, nullptr, 70, 90, fault_hook{&count_fault, &reported_}}
                         .validate()
                         .value()};
  budgeted<pool_type, relacy_atomics> charged_{pool_, limit_, fault_hook{&count_fault, &reported_}};
  unsigned out_ = 0;
  unsigned refused_ = 0;
};

} // namespace nebula::race
