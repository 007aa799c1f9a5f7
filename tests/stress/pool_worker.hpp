// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include <nebula/kernel/pool.hpp>

#include "team.hpp"

namespace nebula::stress {

/// Where a thread leaves a block for whoever frees it: a handle of its present allocation in a word. Several may read the
/// same word and free what it names; of these exactly one may succeed, whoever has the block by then.
class board {
public:
  static constexpr std::size_t places = 4;

  board() {
    for (std::atomic<std::uint64_t>& each : words_) {
      each.store(word(block_handle{}), std::memory_order_relaxed);
    }
  }
  /// What was there before; whoever leaves a block has to free it.
  [[nodiscard]] block_handle leave(std::size_t place, block_handle handle) {
    // release: with the block goes what its owner has written, as with any pointer that changes hands
    return handle_in(words_[place].exchange(word(handle), std::memory_order_acq_rel));
  }
  [[nodiscard]] block_handle look(std::size_t place) const {
    return handle_in(words_[place].load(std::memory_order_acquire));
  }

private:
  [[nodiscard]] static std::uint64_t word(block_handle handle) {
    return (std::uint64_t{handle.generation} << 32U) | handle.index;
  }
  [[nodiscard]] static block_handle handle_in(std::uint64_t word) {
    return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32U)};
  }

  std::array<std::atomic<std::uint64_t>, places> words_{};
};

/// One thread's part: it allocates, paints, checks and frees, its own blocks and those on the board, and breaks each
/// rule now and then. Front: the pool itself or a cache over it.
template <class Front, class Pool>
class pool_worker {
public:
  pool_worker(Front& front, Pool& pool, board& shared, std::uint64_t seed, unsigned self)
      : front_(front), pool_(pool), board_(shared), random_(seed), colour_(static_cast<std::uint8_t>(0x41U + self)) {}

  void run(std::uint64_t steps) {
    for (; steps != 0 && wrong_ == nullptr; --steps) {
      step();
    }
    while (!held_.empty() && wrong_ == nullptr) {
      give_back(held_.size() - 1);
    }
  }
  /// Null, or the first thing that was not as it must be.
  [[nodiscard]] const char* wrong() const { return wrong_; }
  [[nodiscard]] const error_counts& told() const { return told_; }
  [[nodiscard]] std::uint64_t allocated() const { return allocated_; }
  [[nodiscard]] std::uint64_t freed() const { return freed_; }
  /// Of other threads' allocations, or of its own that others might have freed.
  [[nodiscard]] const std::vector<block_handle>& freed_off_the_board() const { return freed_off_the_board_; }

private:
  static constexpr std::size_t hold_at_most = 3;

  void step() {
    switch (random_() % 8) {
    case 0:
    case 1:
    case 2:
      if (held_.size() < hold_at_most) {
        take();
      } else {
        give_back(random_() % held_.size());
      }
      return;
    case 3:
    case 4:
      if (!held_.empty()) {
        give_back(random_() % held_.size());
      }
      return;
    case 5: leave_one(); return;
    case 6: free_off_the_board(random_() % board::places); return;
    default: misuse(); return;
    }
  }

  template <class Value>
  bool expect(const result<Value>& outcome, error_code expected, const char* otherwise) {
    if (!outcome.has_value()) {
      told_.add(outcome.code());
    }
    if (outcome.code() != expected) {
      wrong_ = otherwise;
    }
    return outcome.code() == expected;
  }

  void take() {
    const layout wanted = pool_.block_layout();
    const bool is_bounded = random_() % 4 == 0;
    const result<std::byte*> taken = is_bounded ? front_.try_allocate(wanted, 1) : front_.allocate(wanted);
    if (!taken.has_value()) {
      told_.add(taken.code());
      if (taken.code() != error_code::exhausted && !(is_bounded && taken.code() == error_code::contended)) {
        wrong_ = "allocate failed, and not for want of blocks";
      }
      return;
    }
    ++allocated_;
    for (std::size_t at = 0; at < wanted.size; ++at) {
      taken.value()[at] = std::byte{colour_};
    }
    held_.push_back(taken.value());
  }
  [[nodiscard]] std::byte* let_go(std::size_t index) {
    std::byte* const block = held_[index];
    held_[index] = held_.back();
    held_.pop_back();
    for (std::size_t at = 0; at < pool_.block_layout().size; ++at) {
      if (block[at] != std::byte{colour_}) {
        wrong_ = "someone else has written into a live block";
      }
    }
    return block;
  }
  void give_back(std::size_t index) {
    std::byte* const block = let_go(index);
    bool is_freed = false;
    switch (random_() % 3) {
    case 0: is_freed = expect(front_.deallocate(block), error_code::none, "a right free was refused"); break;
    case 1:
      is_freed = expect(front_.deallocate(block, pool_.block_layout()), error_code::none, "a right free was refused");
      break;
    default: {
      const result<block_handle> handle = pool_.handle_of(block);
      is_freed = expect(front_.deallocate(handle.value()), error_code::none, "a right free was refused");
      if (is_freed) {
        stale_ = handle.value();
      }
    }
    }
    freed_ += is_freed ? 1U : 0U;
  }
  void leave_one() {
    if (held_.empty()) {
      return;
    }
    const std::size_t place = random_() % board::places;
    free_left(board_.leave(place, pool_.handle_of(let_go(held_.size() - 1)).value()));
  }

public:
  /// Frees what has been left there, if no one has.
  void free_off_the_board(std::size_t place) { free_left(board_.look(place)); }

private:
  void free_left(block_handle handle) {
    if (handle.index == block_handle{}.index) {
      return; // no one has left anything here
    }
    const result<void> outcome = front_.deallocate(handle);
    if (outcome.has_value()) {
      ++freed_;
      freed_off_the_board_.push_back(handle);
    } else {
      told_.add(outcome.code());
      if (outcome.code() != error_code::stale_handle) {
        wrong_ = "a free by handle was neither right nor stale";
      }
    }
    stale_ = handle;
  }
  void misuse() {
    std::byte stranger{};
    switch (random_() % 8) {
    case 0: expect(front_.deallocate(static_cast<std::byte*>(nullptr)), error_code::null_pointer, "null freed"); return;
    case 1: expect(front_.deallocate(&stranger), error_code::foreign_pointer, "foreign pointer not told"); return;
    case 2:
      if (!held_.empty()) {
        expect(front_.deallocate(held_.back() + 1), error_code::misaligned_pointer, "misaligned pointer not told");
      }
      return;
    case 3:
      if (!held_.empty()) {
        const layout wrong{pool_.block_layout().size + 1, 1};
        expect(front_.deallocate(held_.back(), wrong), error_code::layout_mismatch, "layout mismatch not told");
      }
      return;
    case 4:
      if (stale_.index < pool_.block_count()) {
        expect(front_.deallocate(stale_), error_code::stale_handle, "stale handle not told");
      }
      return;
    case 5:
      expect(front_.deallocate(block_handle{pool_.block_count(), 0}), error_code::foreign_pointer,
             "foreign handle not told");
      return;
    case 6: expect(front_.allocate({0, 1}), error_code::invalid_layout, "invalid layout not told"); return;
    default:
      expect(front_.allocate({pool_.block_layout().size + 1, 1}), error_code::layout_unsupported,
             "unsupported layout not told");
      return;
    }
  }

  Front& front_;
  Pool& pool_;
  board& board_;
  std::mt19937_64 random_;
  std::uint8_t colour_;
  std::vector<std::byte*> held_{};
  std::vector<block_handle> freed_off_the_board_{};
  block_handle stale_{}; ///< of an allocation that this thread knows to be freed
  std::uint64_t allocated_ = 0;
  std::uint64_t freed_ = 0;
  error_counts told_{};
  const char* wrong_ = nullptr;
};

} // namespace nebula::stress
