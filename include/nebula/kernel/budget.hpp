// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <limits>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/budget_config.hpp>
#include <nebula/kernel/failure_record.hpp>
#include <nebula/kernel/shared_atomics.hpp>

namespace nebula {

template <class Atomics>
class basic_reservation;

/// How many bytes one part of a program may have at a time, and how many the part that it belongs to: a tree, in which
/// each reservation counts in its budget and in all above it, and none of them is ever over its limit. It counts; it
/// holds no memory. [SR-BUDGET-001]
///
/// used: all that is reserved here and below; what a limit is compared with. own: what was reserved through this budget
/// itself; what it may release. A reservation adds to used, from this budget up to the root, and then to own; a release
/// subtracts in the reverse order of the two, so that what is own is always covered by used, here and above, whatever
/// other threads do, rightly or not.
///
/// With shared_atomics every function is lock-free, and safe in interrupts and among threads, except construction and
/// destruction, which no other call of the same budget may overlap. With plain_atomics a tree has one owner.
template <class Atomics>
class basic_budget : public failure_record<Atomics, component::budget> {
public:
  using atomics_type = Atomics;
  using config_type = basic_budget_config<Atomics>;
  using plan_type = basic_budget_plan<Atomics>;

  static constexpr std::size_t unlimited_retries = std::numeric_limits<std::size_t>::max();

  /// Counts itself as a child of its parent.
  explicit constexpr basic_budget(const plan_type& plan) noexcept
      : failure_base(plan.config_.hook),
        parent_(plan.config_.parent),
        depth_(parent_ == nullptr ? 1 : parent_->depth_ + 1),
        block_limit_(plan.config_.block_limit_bytes == 0 ? std::numeric_limits<std::size_t>::max()
                                                         : plan.config_.block_limit_bytes),
        high_percent_(plan.config_.high_percent),
        critical_percent_(plan.config_.critical_percent),
        limit_(plan.config_.limit_bytes) {
    if (parent_ != nullptr) {
      static_cast<void>(parent_->children_.fetch_add(1, memory_order::relaxed)); // relaxed: a count
    }
  }
  /// Misuse budget_in_use iff bytes are reserved in it, or it has children. The bytes stay reserved above it, as its
  /// parent's own, which may release them; a child must not be used again. One that is corrupted, or whose bytes do not
  /// add up, hands nothing over: they stay reserved above it, and cannot be released there, lest a damaged number make
  /// room for what is not free. [SR-BUDGET-007]
  ~basic_budget() {
    const std::size_t left = used_.load(memory_order::relaxed);
    if (NEBULA_UNLIKELY(left != 0 || children_.load(memory_order::relaxed) != 0)) {
      this->misuse(error_code::budget_in_use, operation::destroy, nullptr);
    }
    if (parent_ != nullptr) {
      if (NEBULA_UNLIKELY(!adds_up(left))) {
        static_cast<void>(this->corrupt(invariant::budget_leaf_used_is_own, operation::destroy));
      } else {
        static_cast<void>(parent_->own_.fetch_add(left, memory_order::release)); // as in try_reserve()
      }
      static_cast<void>(parent_->children_.fetch_sub(1, memory_order::relaxed));
    }
  }
  basic_budget(const basic_budget&) = delete;
  basic_budget& operator=(const basic_budget&) = delete;

  /// Reserves bytes here and in all budgets above, or nowhere. O(levels) but for retries. [SR-BUDGET-002] Errors, in
  /// this order: corrupted iff an invariant of this budget or of one above was found broken; invalid_layout iff bytes
  /// is 0; over_block_limit iff bytes is above the block limit, or above the whole limit, of one of them, so that no
  /// release would help; over_budget iff at one of them, at some moment since the last event that the caller is ordered
  /// after, fewer bytes were left. Bytes of another thread's call count while that call is under way, though it be
  /// refused in the end by a budget further up: so beside other calls a refusal can be transient; a limit is never
  /// exceeded.
  [[nodiscard]] result<void> reserve(std::size_t bytes) noexcept NEBULA_NONBLOCKING {
    return try_reserve(bytes, unlimited_retries);
  }

  /// As reserve(), in at most max_retries + 1 rounds at each level: contended iff at one of them other threads, or the
  /// machine's own failure of a compare-exchange, spoilt them all. Never over_budget for that reason. [SR-BUDGET-003]
  [[nodiscard]] result<void> try_reserve(std::size_t bytes, std::size_t max_retries) noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::reserve;
    const result<void> sound = check_levels(during);
    if (NEBULA_UNLIKELY(!sound.has_value())) {
      return sound;
    }
    if (NEBULA_UNLIKELY(bytes == 0 || !can_ever_fit(bytes))) {
      return this->refuse(bytes == 0 ? error_code::invalid_layout : error_code::over_block_limit, during);
    }
    std::size_t reached[config_type::depth_max] = {};
    // At most depth_max rounds, as the two loops after it.
    for (basic_budget* level = this; level != nullptr; level = level->parent_) {
      const claim_outcome claimed = level->claim(bytes, max_retries);
      if (NEBULA_UNLIKELY(claimed.refusal != error_code::none)) {
        abandon_below(level, bytes);
        return this->refuse(claimed.refusal, during);
      }
      reached[level->depth_ - 1] = claimed.reached;
    }
    for (basic_budget* level = this; level != nullptr; level = level->parent_) {
      level->raise_peak(reached[level->depth_ - 1]);
    }
    // release: pairs with the acquire in release(), so that whoever finds the bytes here finds them in `used` too, at
    // every level. Weakened: docs/memory_orders.md. In front of the claims, race.pool.twin.budget_own_before_used
    // dies.
    static_cast<void>(own_.fetch_add(bytes, memory_order::release));
    return {};
  }

  /// Gives bytes back that were reserved through this budget, in one piece or in several. O(levels) but for retries.
  /// [SR-BUDGET-004] Errors, nothing changed at any level, in this order: corrupted as in reserve(); invalid_layout iff
  /// bytes is 0; over_release iff more than what is reserved through this budget itself: of several releases of the
  /// same bytes exactly one succeeds, and no budget can give back what its children have.
  [[nodiscard]] result<void> release(std::size_t bytes) noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::release;
    const result<void> sound = check_levels(during);
    if (NEBULA_UNLIKELY(!sound.has_value())) {
      return sound;
    }
    if (NEBULA_UNLIKELY(bytes == 0)) {
      return this->refuse(error_code::invalid_layout, during);
    }
    // acquire: pairs with the release in try_reserve(), and in the end of a child. Weakened: docs/memory_orders.md.
    if (NEBULA_UNLIKELY(!take(own_, bytes, memory_order::acquire))) {
      return this->misuse(error_code::over_release, during, nullptr);
    }
    // At most depth_max rounds.
    for (basic_budget* level = this; level != nullptr; level = level->parent_) {
      if (NEBULA_UNLIKELY(!take(level->used_, bytes, memory_order::relaxed))) {
        return level->corrupt(level == this ? invariant::budget_used_covers_own : invariant::parent_covers_children,
                              during);
      }
    }
    return {};
  }

  /// Sets another limit, and returns the bytes that were reserved when it took effect: if more than the limit, the
  /// budget is exceeded, and refuses until enough has been released. A reservation that takes effect later is kept only
  /// within the new limit. Children keep theirs. O(1). [SR-BUDGET-005] invalid_configuration, field limit_bytes, iff 0
  /// or above the parent's limit; corrupted as in reserve().
  [[nodiscard]] result<std::size_t> set_limit(std::size_t limit_bytes) noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::configure;
    const result<void> sound = check_levels(during);
    if (NEBULA_UNLIKELY(!sound.has_value())) {
      return sound.error();
    }
    if (NEBULA_UNLIKELY(limit_bytes == 0 || (parent_ != nullptr && limit_bytes > parent_->limit_bytes()))) {
      error failure = this->refuse(error_code::invalid_configuration, during);
      failure.field = configuration_field::limit_bytes;
      return failure;
    }
    limit_.store(limit_bytes, memory_order::relaxed);
    // An exchange of the word that reservations exchange stands either before or after each of them. release: pairs
    // with the acquire in claim(), so that those after it see the new limit. Weakened: docs/memory_orders.md.
    return used_.fetch_add(0, memory_order::release);
  }

  /// O(levels).
  [[nodiscard]] budget_state state() const noexcept NEBULA_NONBLOCKING {
    // relaxed, all: each number is right by itself
    budget_state now;
    now.limit_bytes = limit_.load(memory_order::relaxed);
    now.used_bytes = used_.load(memory_order::relaxed);
    now.own_bytes = own_.load(memory_order::relaxed);
    now.peak_bytes = peak_.load(memory_order::relaxed);
    now.child_count = children_.load(memory_order::relaxed);
    now.available_bytes = now.used_bytes < now.limit_bytes ? now.limit_bytes - now.used_bytes : 0;
    // At most depth_max rounds, whatever the levels above have become.
    std::size_t rounds = config_type::depth_max;
    for (const basic_budget* level = parent_; level != nullptr && rounds != 0; level = level->parent_, --rounds) {
      const std::size_t limit = level->limit_.load(memory_order::relaxed);
      const std::size_t used = level->used_.load(memory_order::relaxed);
      const std::size_t left = used < limit ? limit - used : 0;
      now.available_bytes = left < now.available_bytes ? left : now.available_bytes;
    }
    now.level = level_of(now.used_bytes, now.limit_bytes);
    now.failures = this->failures();
    return now;
  }

  /// Checks this budget, and that the one above covers it; corrupted iff an invariant does not hold. Needs this budget
  /// and those below it at rest: no call under way on them. O(levels).
  [[nodiscard]] result<void> check_invariants() const noexcept NEBULA_NONBLOCKING {
    constexpr operation during = operation::check_invariants;
    const result<void> sound = check_levels(during);
    if (NEBULA_UNLIKELY(!sound.has_value())) {
      return sound;
    }
    const std::size_t used = used_.load(memory_order::relaxed);
    const std::size_t own = own_.load(memory_order::relaxed);
    NEBULA_INVARIANT(budget_used_covers_own, used >= own);
    NEBULA_INVARIANT(budget_leaf_used_is_own, used == own || children_.load(memory_order::relaxed) != 0);
    NEBULA_INVARIANT(budget_peak_covers_used, peak_.load(memory_order::relaxed) >= used);
    NEBULA_INVARIANT(budget_child_is_counted,
                     parent_ == nullptr || parent_->children_.load(memory_order::relaxed) != 0);
    NEBULA_INVARIANT(parent_covers_children, parent_ == nullptr || parent_->used_.load(memory_order::relaxed) >= used);
    return {};
  }

  [[nodiscard]] constexpr std::size_t limit_bytes() const noexcept NEBULA_NONBLOCKING {
    return limit_.load(memory_order::relaxed);
  }
  /// 1 for a root.
  [[nodiscard]] constexpr std::size_t depth() const noexcept NEBULA_NONBLOCKING { return depth_; }
  [[nodiscard]] constexpr basic_budget* parent() const noexcept NEBULA_NONBLOCKING { return parent_; }

private:
  friend struct metadata_access;

  /// True iff the bytes reserved here are its own and its children's, as far as this can be seen.
  [[nodiscard]] bool adds_up(std::size_t used) const noexcept {
    const std::size_t own = own_.load(memory_order::relaxed);
    const bool has_children = children_.load(memory_order::relaxed) != 0;
    return !this->is_corrupted() && (has_children ? used >= own : used == own);
  }
  template <class>
  friend class basic_reservation;
  using failure_base = failure_record<Atomics, component::budget>;
  using word_type = typename Atomics::template atomic<std::size_t>;

  struct claim_outcome {
    error_code refusal;
    std::size_t reached; ///< used, these bytes included
  };

  /// That no level is corrupt, and that there are as many as there may be: the bound of all loops over them.
  [[nodiscard]] result<void> check_levels(operation during) const noexcept {
    NEBULA_INVARIANT(budget_depth_in_range, depth_ != 0 && depth_ <= config_type::depth_max);
    for (const basic_budget* level = this; level != nullptr; level = level->parent_) {
      if (NEBULA_UNLIKELY(level->is_corrupted())) {
        return this->refuse(error_code::corrupted, during);
      }
      NEBULA_INVARIANT(budget_depth_falls_to_root,
                       level->depth_ == (level->parent_ == nullptr ? 1 : level->parent_->depth_ + 1));
    }
    return {};
  }
  [[nodiscard]] bool can_ever_fit(std::size_t bytes) const noexcept {
    for (const basic_budget* level = this; level != nullptr; level = level->parent_) {
      if (bytes > level->block_limit_ || bytes > level->limit_bytes()) {
        return false;
      }
    }
    return true;
  }

  /// Adds to what is used at this level, iff that stays within the limit.
  [[nodiscard]] claim_outcome claim(std::size_t bytes, std::size_t max_retries) noexcept {
    std::size_t seen = used_.load(memory_order::relaxed);
    for (std::size_t retries = 0;; ++retries) {
      const std::size_t limit = limit_.load(memory_order::relaxed);
      // Compared by subtraction, from the larger number: no size can make this wrap.
      if (seen > limit || bytes > limit - seen) {
        return {error_code::over_budget, 0};
      }
      // acquire: pairs with the release in set_limit(). Weakened: docs/memory_orders.md. As a check and an addition,
      // race.pool.twin.budget_check_then_add dies.
      if (used_.compare_exchange_weak(seen, seen + bytes, memory_order::acquire, memory_order::relaxed)) {
        break;
      }
      if (retries == max_retries) {
        return {error_code::contended, 0};
      }
    }
    // The limit may have been lowered after it was read and before the exchange; it is now seen if it was. Without this
    // look, race.pool.twin.budget_limit_read_once dies.
    if (NEBULA_UNLIKELY(seen + bytes > limit_.load(memory_order::relaxed))) {
      static_cast<void>(used_.fetch_sub(bytes, memory_order::relaxed));
      return {error_code::over_budget, 0};
    }
    return {error_code::none, seen + bytes};
  }
  /// Takes back the claims from this budget up to, and without, `level`: they are this call's, and so are there.
  void abandon_below(const basic_budget* level, std::size_t bytes) noexcept {
    for (basic_budget* below = this; below != level; below = below->parent_) {
      static_cast<void>(below->used_.fetch_sub(bytes, memory_order::relaxed));
    }
  }
  /// Subtracts iff there is so much.
  [[nodiscard]] static bool take(word_type& word, std::size_t bytes, memory_order success) noexcept {
    std::size_t seen = word.load(memory_order::relaxed);
    do {
      if (bytes > seen) {
        return false;
      }
    } while (!word.compare_exchange_weak(seen, seen - bytes, success, memory_order::relaxed));
    return true;
  }
  void raise_peak(std::size_t reached) noexcept {
    // relaxed, all: a maximum of numbers each of which is right by itself; each failed round has raised it
    std::size_t seen = peak_.load(memory_order::relaxed);
    while (reached > seen &&
           !peak_.compare_exchange_weak(seen, reached, memory_order::relaxed, memory_order::relaxed)) {
    }
  }
  [[nodiscard]] budget_level level_of(std::size_t used, std::size_t limit) const noexcept {
    if (used > limit) {
      return budget_level::exceeded;
    }
    if (used > percent_of(limit, critical_percent_)) {
      return budget_level::critical;
    }
    return used > percent_of(limit, high_percent_) ? budget_level::high : budget_level::normal;
  }

  basic_budget* parent_;
  std::size_t depth_;
  std::size_t block_limit_;
  unsigned high_percent_;
  unsigned critical_percent_;
  word_type limit_;
  // Off the lines that are only read.
  alignas(Atomics::contention_align_bytes) word_type used_{};
  word_type own_{};
  word_type peak_{};
  word_type children_{};
};

using budget_config = basic_budget_config<shared_atomics>;
using budget_plan = basic_budget_plan<shared_atomics>;
/// For any number of threads and interrupts. Contracts: basic_budget. docs/allocators/budget.md.
using budget = basic_budget<shared_atomics>;

using local_budget_config = basic_budget_config<plain_atomics>;
using local_budget_plan = basic_budget_plan<plain_atomics>;
/// For one owner, without atomic operations.
using local_budget = basic_budget<plain_atomics>;

} // namespace nebula
