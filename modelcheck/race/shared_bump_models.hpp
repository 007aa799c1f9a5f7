// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include "pool_bench.hpp"

namespace nebula::race {

/// The shipped template over the detector's atomics, on a storage of four cells of eight bytes, with its oracle: who has which
/// cell, and a non-atomic value in each.
class shared_bump_bench : public scenario {
public:
  static constexpr std::size_t cell_bytes = 8;
  static constexpr std::size_t cell_count = 4;
  using storage_type = inline_byte_storage<cell_bytes * cell_count>;
  using allocator_type = basic_shared_bump<relacy_atomics, storage_type>;
  static constexpr std::size_t unlimited = allocator_type::unlimited_retries;

  shared_bump_bench() : allocator_(fault_hook{&count_fault, &reported_}) { owner_.fill(nobody); }

  /// At rest: counters exact, and what is left can be allocated, to the last byte.
  void inspect() override {
    const allocator_state now = allocator_.state();
    require(now.used_bytes == cells_taken_ * cell_bytes && now.peak_bytes == now.used_bytes, "wrong count");
    require(now.used_bytes + now.available_bytes == now.capacity_bytes, "wrong count");
    require(now.live_blocks == blocks_taken_, "wrong number of blocks");
    require(now.failures == expected_, "wrong failure count");
    require(allocator_.check_invariants().has_value(), "invariants broken");
    for (std::size_t left = cell_count - cells_taken_; left != 0; --left) {
      require(allocator_.allocate({cell_bytes, 1}).has_value(), "lost bytes");
    }
    require(allocator_.allocate({1, 1}).code() == error_code::exhausted, "bytes from nowhere");
    require(allocator_.reset().has_value() && allocator_.state().used_bytes == 0, "a reset gives not all back");
    require(allocator_.state().peak_bytes == cell_bytes * cell_count, "wrong peak");
  }

protected:
  [[nodiscard]] allocator_type& allocator() { return allocator_; }

  /// Allocates so many cells for a thread, and writes into them as their owner. True iff it got them; refused rightly if not.
  bool take(unsigned self, std::size_t cells, std::size_t max_retries = unlimited) {
    cells_in_flight_ += cells;
    ++blocks_begun_;
    const result<std::byte*> block = allocator_.try_allocate({cells * cell_bytes, cell_bytes}, max_retries);
    cells_in_flight_ -= cells;
    if (!block.has_value()) {
      --blocks_begun_;
      count(expected_, block.code());
      if (block.code() == error_code::contended) {
        require(max_retries != unlimited, "contended without a bound");
      } else {
        require(block.code() == error_code::exhausted, "wrong error");
        require(cells_taken_ + cells_in_flight_ + cells > cell_count, "exhausted with bytes free");
      }
      return false;
    }
    const std::size_t first = cell_of(block.value());
    for (std::size_t cell = first; cell < first + cells; ++cell) {
      require(cell < cell_count, "a block from nowhere");
      require(owner_[cell] == nobody, "double allocation");
      owner_[cell] = self;
      payload_[cell](RL_INFO).store(static_cast<int>(self) + 1);
    }
    cells_taken_ += cells;
    ++blocks_taken_;
    return true;
  }
  /// What a thread wrote is still there.
  void verify(unsigned self) {
    for (std::size_t cell = 0; cell < cell_count; ++cell) {
      require(owner_[cell] != self || payload_[cell](RL_INFO).load() == static_cast<int>(self) + 1,
              "payload overwritten");
    }
  }
  /// The most blocks that can have been allocated by now.
  [[nodiscard]] std::size_t blocks_begun() const { return blocks_begun_; }

private:
  static constexpr unsigned nobody = 3;

  [[nodiscard]] std::size_t cell_of(const std::byte* block) {
    if (first_ == nullptr) {
      first_ = static_cast<const std::byte*>(static_cast<const void*>(&allocator_));
      while (!allocator_.owns(first_)) {
        ++first_;
      }
    }
    require(allocator_.owns(block) && static_cast<std::size_t>(block - first_) % cell_bytes == 0,
            "a block from nowhere");
    return static_cast<std::size_t>(block - first_) / cell_bytes;
  }

  failure_counts reported_{};
  failure_counts expected_{};
  allocator_type allocator_;
  const std::byte* first_ = nullptr;
  std::array<unsigned, cell_count> owner_{};
  std::array<rl::var<int>, cell_count> payload_{};
  std::size_t cells_in_flight_ = 0;
  std::size_t cells_taken_ = 0;
  std::size_t blocks_begun_ = 0;
  std::size_t blocks_taken_ = 0;
};

/// Each takes one cell and then two, or what there is: disjoint, and exhausted exactly.
template <unsigned Threads>
class shared_bump_disjoint final : public shared_bump_bench {
public:
  void thread(unsigned self) override {
    static_cast<void>(take(self, 1));
    static_cast<void>(take(self, 2));
    verify(self);
  }
};

/// Two threads, a cell each and a bound on retries: contended at worst, never exhausted.
class shared_bump_bounded final : public shared_bump_bench {
public:
  void thread(unsigned self) override {
    for (std::size_t max_retries = 0; max_retries < 2; ++max_retries) {
      static_cast<void>(take(self, 1, max_retries));
    }
    verify(self);
  }
};

/// The third thread reads state() while two allocate: each number in its range, never more blocks than bytes, and nothing falls.
class shared_bump_reader final : public shared_bump_bench {
public:
  void thread(unsigned self) override {
    if (self != 2) {
      static_cast<void>(take(self, 1));
      static_cast<void>(take(self, 1));
      verify(self);
      return;
    }
    const allocator_state before = read_state();
    const allocator_state after = read_state();
    require(after.used_bytes >= before.used_bytes && after.live_blocks >= before.live_blocks, "a number fell");
  }

private:
  [[nodiscard]] allocator_state read_state() {
    const allocator_state now = allocator().state();
    require(now.live_blocks * cell_bytes <= now.used_bytes, "more blocks live than bytes used");
    require(now.live_blocks <= blocks_begun(), "more blocks live than can have been");
    require(now.used_bytes + now.available_bytes == now.capacity_bytes, "used and available do not add up");
    require(now.peak_bytes == now.used_bytes, "wrong peak");
    return now;
  }
};

} // namespace nebula::race
