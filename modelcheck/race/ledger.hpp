// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include "relacy_atomics.hpp"

namespace nebula::race {

/// What the failing execution died of, in words; empty while none has.
inline std::array<char, 128> verdict_text{};

/// Ends the execution, and the search, with this verdict.
[[noreturn]] inline void fail(const char* what, const char* detail = "") {
  static_cast<void>(std::snprintf(verdict_text.data(), verdict_text.size(), "%s%s", what, detail));
  rl::ctx().fail_test(what, rl::test_result_user_assert_failed, RL_INFO);
  std::abort(); // not reached: the detector has left this fibre for good
}

inline void require(bool condition, const char* verdict) {
  if (!condition) {
    fail(verdict);
  }
}

/// The ownership oracle: who has which block, kept in plain memory. The detector switches threads inside of atomic operations only,
/// so that each member function is one step for it.
///
/// A block is *held* from the return of the call that allocated it to the start of the call that frees it. A call under way may
/// have a block that nobody holds; held plus calls under way is therefore the most that can be off the list, and *held* the least.
class ledger {
public:
  static constexpr unsigned thread_count_max = 3;
  static constexpr std::uint32_t block_count_max = 4;
  static constexpr unsigned nobody = thread_count_max;

  explicit ledger(std::uint32_t block_count) : block_count_(block_count) { owner_.fill(nobody); }

  void call_begins(unsigned thread) {
    in_call_[thread] = 1;
    most_out_in_call_[thread] = 0;
    note();
  }
  void call_ends(unsigned thread) { in_call_[thread] = 0; }

  /// The call of this thread returns this block.
  void allocated(unsigned thread, std::uint32_t index) {
    require(index < block_count_, "a block from nowhere");
    require(owner_[index] == nobody, "double allocation");
    owner_[index] = thread;
    held_[thread] += 1;
    most_held_ = std::max(most_held_, held());
    changed_head(thread);
    most_out_seen_[thread] += 1; // this block was off the list from the exchange on, before the call returned
  }
  /// A call that frees this block begins.
  void given_up(std::uint32_t index) {
    require(is_held(index), "the model frees what nobody holds");
    held_[owner_[index]] -= 1;
    owner_[index] = nobody;
  }
  /// The call of this thread has ended, and has changed the head: nothing older than the call can be seen by this thread.
  void changed_head(unsigned thread) {
    call_ends(thread);
    most_out_seen_[thread] = most_out_in_call_[thread];
  }

  /// True iff, since the call in which this thread last changed the head, all blocks can have been off the list: a call of its that finds the list
  /// empty is right. (It may see an old head, but none older than its own last change.)
  [[nodiscard]] bool may_have_been_empty(unsigned thread) const { return most_out_seen_[thread] >= block_count_; }

  [[nodiscard]] bool is_held(std::uint32_t index) const { return owner_[index] != nobody; }
  [[nodiscard]] std::uint32_t held_by(unsigned thread) const { return held_[thread]; }
  [[nodiscard]] std::uint32_t held() const { return held_[0] + held_[1] + held_[2]; }
  /// The most blocks that were held at a time, and the most that can have been off the list: the peak lies between.
  [[nodiscard]] std::uint32_t most_held() const { return most_held_; }
  [[nodiscard]] std::uint32_t most_out() const { return std::min(most_out_, block_count_); }

private:
  /// The most blocks that can be off the list as this thread sees it: it knows that its own call under way has none.
  [[nodiscard]] std::uint32_t out_for(unsigned thread) const {
    return held() + in_call_[0] + in_call_[1] + in_call_[2] - in_call_[thread];
  }
  void note() {
    most_out_ = std::max(most_out_, held() + in_call_[0] + in_call_[1] + in_call_[2]);
    for (unsigned thread = 0; thread < thread_count_max; ++thread) {
      most_out_seen_[thread] = std::max(most_out_seen_[thread], out_for(thread));
      most_out_in_call_[thread] = std::max(most_out_in_call_[thread], out_for(thread));
    }
  }

  std::uint32_t block_count_;
  std::array<unsigned, block_count_max> owner_{};
  std::array<std::uint32_t, thread_count_max> held_{};
  std::array<std::uint32_t, thread_count_max> in_call_{};
  std::array<std::uint32_t, thread_count_max> most_out_seen_{};
  std::array<std::uint32_t, thread_count_max> most_out_in_call_{};
  std::uint32_t most_held_ = 0;
  std::uint32_t most_out_ = 0;
};

} // namespace nebula::race
