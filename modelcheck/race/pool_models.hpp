// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include "pool_bench.hpp"

namespace nebula::race {

/// Three threads on three blocks: each takes two, or what there is, and gives them back in the order in which it took them. This is
/// the shape that sees ABA: while one thread is about to take the head, the others take it and its successor, and bring it back.
class three_threads final : public pool_bench {
public:
  three_threads() : pool_bench(3) {}
  void thread(unsigned self) override {
    const std::uint32_t first = allocate(self);
    const std::uint32_t second = allocate(self);
    free(self, first);
    free(self, second);
  }
};

/// The least of it: one thread takes two and brings the first back, the others take one each and keep it. Few enough steps that all
/// executions with two switches can be searched.
class one_brings_back final : public pool_bench {
public:
  one_brings_back() : pool_bench(4) {}
  void thread(unsigned self) override {
    const std::uint32_t first = allocate(self);
    require(first != none, "exhausted with blocks free");
    if (self == 0) {
      require(allocate(self) != none, "exhausted with blocks free");
      free(self, first);
    }
  }
};

/// Three threads on two blocks: the list runs empty and fills again.
class three_threads_two_blocks final : public pool_bench {
public:
  three_threads_two_blocks() : pool_bench(2) {}
  void thread(unsigned self) override {
    free(self, allocate(self));
    const std::uint32_t first = allocate(self);
    const std::uint32_t second = allocate(self);
    free(self, first);
    free(self, second);
  }
};

/// Two threads that hold two blocks each: the other shape that sees ABA. Holding one block each, it does not show.
class two_threads_two_each final : public pool_bench {
public:
  two_threads_two_each() : pool_bench(4) {}
  void thread(unsigned self) override {
    const std::uint32_t first = allocate(self);
    const std::uint32_t second = allocate(self);
    free(self, first);
    const std::uint32_t third = allocate(self);
    free(self, second);
    free(self, third);
  }
};

/// As small as can be searched in full: one thread frees its block, the other allocates one.
class free_meets_allocate final : public pool_bench {
public:
  free_meets_allocate() : pool_bench(2), given_(allocate(0)) {}
  void thread(unsigned self) override {
    if (self == 0) {
      free(self, given_);
    } else {
      kept_ = allocate(self);
      require(kept_ != none, "exhausted with blocks free");
    }
  }

private:
  std::uint32_t given_;
  std::uint32_t kept_ = none;
};

/// As small again: both allocate, and one block is left.
class allocate_meets_allocate final : public pool_bench {
public:
  allocate_meets_allocate() : pool_bench(3) {}
  void thread(unsigned self) override { require(allocate(self) != none, "exhausted with blocks free"); }
};

/// Two threads, a block for each, and a bound on retries: contended at worst, never exhausted.
class bounded_retries final : public pool_bench {
public:
  bounded_retries() : pool_bench(2) {}
  void thread(unsigned self) override {
    for (std::size_t max_retries = 0; max_retries < 2; ++max_retries) {
      free(self, allocate(self, max_retries));
    }
  }
};

/// The third thread reads state() while two allocate and free. Each number is in its bounds, and the peak only rises.
class state_reader final : public pool_bench {
public:
  state_reader() : pool_bench(3) {}
  void thread(unsigned self) override {
    if (self == 2) {
      const std::uint32_t own = allocate(self);
      const allocator_state holding = read_state(self);
      free(self, own);
      const allocator_state after = read_state(self);
      require(after.peak_bytes >= holding.peak_bytes, "the peak fell");
      return;
    }
    const std::uint32_t first = allocate(self);
    const std::uint32_t second = allocate(self);
    free(self, second);
    free(self, first);
  }

private:
  [[nodiscard]] allocator_state read_state(unsigned self) {
    const allocator_state now = pool().state();
    require(now.capacity_bytes == 3 * pool().stride_bytes(), "wrong capacity");
    require(now.used_bytes <= now.capacity_bytes, "used above capacity");
    require(now.available_bytes == now.capacity_bytes - now.used_bytes, "used and available do not add up");
    require(now.used_bytes == now.live_blocks * pool().stride_bytes(), "used is not that of the live blocks");
    require(now.live_blocks >= book().held_by(self), "the reader's own block is not counted");
    require(now.live_blocks <= book().most_out(), "more blocks live than can have been");
    require(now.peak_bytes <= book().most_out() * pool().stride_bytes(), "wrong peak");
    require(now.peak_bytes >= book().held_by(self) * pool().stride_bytes(), "wrong peak");
    return now;
  }
};

/// One thread takes a block. The other changes the head sixteen times, so that the same block is the head as before, and keeps
/// those that were below: between the load and the exchange of the first, a tag of up to four bits comes round to where it was.
class stalled_popper final : public pool_bench {
public:
  stalled_popper() : pool_bench(3) {}
  void thread(unsigned self) override {
    const std::uint32_t first = allocate(self);
    if (self == 0) {
      return;
    }
    static_cast<void>(allocate(self));
    static_cast<void>(allocate(self));
    free(self, first);
    for (int round = 0; round < 6; ++round) {
      free(self, allocate(self));
    }
  }
};

/// A reset by a thread that has a block, against the contract while others work: refused, and nothing comes of it.
class reset_refused final : public pool_bench {
public:
  reset_refused() : pool_bench(3) {}
  void thread(unsigned self) override {
    const std::uint32_t first = allocate(self);
    if (self == 0) {
      require(pool().reset().code() == error_code::blocks_live, "reset with a block live");
      count(expected_failures(), error_code::blocks_live);
    } else if (self == 1) {
      free(self, allocate(self));
    }
    free(self, first);
  }
};

/// A reset while another thread allocates, against the contract: a call that only began before it, and changed nothing, finds the
/// records of the head that it then reads. (One that takes its block in the middle of the reset has it twice: that execution is
/// passed over.)
class reset_meets_allocate final : public pool_bench {
public:
  reset_meets_allocate() : pool_bench(2) {
    const std::uint32_t first = allocate(0);
    const std::uint32_t second = allocate(0);
    free(0, first);
    free(0, second); // the list is in another order than after a reset
  }
  void thread(unsigned self) override {
    if (self == 0) {
      const result<void> listed = pool().reset();
      is_reset_ = listed.has_value();
      if (!is_reset_) {
        require(listed.code() == error_code::blocks_live, "wrong error");
        count(expected_failures(), error_code::blocks_live);
      }
      return;
    }
    taken_ = pool().allocate(block).value();
    require(taken_ != nullptr, "exhausted with blocks free");
  }
  void inspect() override {
    if (is_reset_ && pool().state().live_blocks == 0) {
      return;
    }
    require(pool().state().live_blocks == 1, "wrong count");
    require(pool().deallocate(taken_).has_value(), "a right free was refused");
    pool_bench::inspect();
  }

private:
  bool is_reset_ = false;
  std::byte* taken_ = nullptr;
};

} // namespace nebula::race
