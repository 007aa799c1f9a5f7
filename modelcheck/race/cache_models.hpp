// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include "pool_bench.hpp"

namespace nebula::race {

/// The shipped cache template over the shipped pool, with the pool's oracle. Each thread has a cache of its own, made and ended by the
/// thread, so that attaching and the last flush meet what the others do.
template <std::uint32_t Capacity>
class cache_bench : public pool_bench {
public:
  using cache_type = basic_pool_cache<relacy_atomics, span_block_storage<relacy_atomics>, Capacity>;
  static constexpr std::size_t unlimited = free_list<relacy_atomics>::unlimited_retries;

  explicit cache_bench(std::uint32_t block_count, std::size_t cache_count = 3)
      : pool_bench(block_count, cache_count, 3 * Capacity) {}

  /// Caches that their threads have left are exact, and end; then as the pool's.
  void inspect() override {
    std::size_t kept = 0;
    for (std::optional<cache_type>& each : caches_) {
      require(!each || each->check_invariants().has_value(), "invariants broken");
      kept += each ? each->kept_blocks() : 0;
    }
    const allocator_state now = pool().state();
    require(now.cached_blocks == kept, "wrong count of cached blocks");
    require(now.live_blocks == book().held(), "wrong count");
    require(pool().check_invariants().has_value(), "invariants broken");
    for (unsigned self = 0; self < caches_.size(); ++self) {
      if (caches_[self]) {
        require(caches_[self]->state().failures == failures_[self], "wrong failure count");
        caches_[self].reset();
      }
    }
    require(reported_.of(error_code::double_free) == refused_.of(error_code::double_free) &&
                reported_.of(error_code::stale_handle) == refused_.of(error_code::stale_handle),
            "a misuse was not reported");
    require(pool().state().cached_blocks == 0, "wrong count of cached blocks");
    pool_bench::inspect();
  }

protected:
  cache_type& attach(unsigned self) {
    cache_type& made = caches_[self].emplace(pool(), fault_hook{&count_fault, &reported_});
    if (!made.is_attached()) {
      require(made.error().code == error_code::no_cache_slot, "wrong error");
      failed(self, error_code::no_cache_slot);
    }
    return made;
  }
  /// The cache gives back what it keeps.
  void end(unsigned self) {
    failures_[self] = {};
    caches_[self].reset();
  }
  [[nodiscard]] cache_type& cache(unsigned self) { return *caches_[self]; }

  /// As allocate() and free(), through the thread's cache.
  std::uint32_t take(unsigned self, std::size_t max_retries = unlimited) {
    book().call_begins(self);
    const result<std::byte*> taken = cache(self).try_allocate(block, max_retries);
    if (taken.has_value()) {
      return take_over(self, taken.value());
    }
    book().call_ends(self);
    failed(self, taken.code());
    if (taken.code() == error_code::contended) {
      require(max_retries != unlimited, "contended without a bound");
    } else {
      require(taken.code() == error_code::exhausted, "wrong error");
      require(cache(self).kept_blocks() == 0, "exhausted with blocks in the magazine");
    }
    return none;
  }
  void give(unsigned self, std::uint32_t index) {
    if (index == none) {
      return;
    }
    give_up(self, index);
    require(cache(self).deallocate(address(index)).has_value(), "a right free was refused");
    book().changed_head(self);
  }
  /// In models whose blocks are enough for all.
  std::uint32_t must_take(unsigned self) {
    const std::uint32_t index = take(self);
    require(index != none, "exhausted with blocks free");
    return index;
  }
  void flush(unsigned self) {
    require(cache(self).flush().has_value(), "a flush failed");
    require(cache(self).kept_blocks() == 0, "a flush kept a block");
  }
  [[nodiscard]] const failure_counts& refused() const { return refused_; }
  /// Notes what a call of the thread's cache was answered with; inspect() compares.
  void failed(unsigned self, error_code code) {
    count(failures_[self], code);
    count(refused_, code);
  }

private:
  failure_counts reported_{};
  failure_counts refused_{};
  std::array<failure_counts, 3> failures_{};
  std::array<std::optional<cache_type>, 3> caches_{};
};

/// A cache's refill and its last flush of two meet single pops and pushes: four blocks, enough for both.
class cache_meets_pool final : public cache_bench<4> {
public:
  cache_meets_pool() : cache_bench(4) {}
  void thread(unsigned self) override {
    if (self == 0) {
      static_cast<void>(attach(self));
      const std::uint32_t first = must_take(self);
      const std::uint32_t second = must_take(self);
      give(self, first);
      give(self, second);
      end(self);
      return;
    }
    const std::uint32_t first = allocate(self);
    const std::uint32_t second = allocate(self);
    require(first != none && second != none, "exhausted with blocks free");
    free(self, first);
    free(self, second);
  }
};

/// Two caches on four blocks: each takes two, brings back the one that was the head, and keeps its successor in hand: the shape that sees
/// ABA of a refill.
class cache_meets_cache final : public cache_bench<3> {
public:
  cache_meets_cache() : cache_bench(4) {}
  void thread(unsigned self) override {
    static_cast<void>(attach(self));
    const std::uint32_t first = must_take(self);
    const std::uint32_t second = must_take(self);
    give(self, first);
    flush(self);
    give(self, second);
    end(self);
  }
};

/// Two threads with caches and one without, on four blocks, which may run dry.
class cache_three_threads final : public cache_bench<2> {
public:
  cache_three_threads() : cache_bench(4) {}
  void thread(unsigned self) override {
    if (self == 2) {
      expected_to_run_dry();
      return;
    }
    static_cast<void>(attach(self));
    const std::uint32_t first = take(self);
    const std::uint32_t second = take(self);
    give(self, first);
    give(self, second);
    end(self);
  }

private:
  // what the caches keep is not in the ledger: it cannot say when the pool may be exhausted
  void expected_to_run_dry() {
    for (int round = 0; round < 2; ++round) {
      book().call_begins(2);
      const result<std::byte*> taken = pool().allocate(block);
      if (taken.has_value()) {
        free(2, take_over(2, taken.value()));
      } else {
        book().call_ends(2);
        require(taken.code() == error_code::exhausted, "wrong error");
        count(expected_failures(), error_code::exhausted);
      }
    }
  }
};

/// One thread frees all four blocks into a magazine of three, which gives back its older half; the other takes what it can get.
class cache_flush_meets_refill final : public cache_bench<3> {
public:
  cache_flush_meets_refill() : cache_bench(4) {
    for (std::uint32_t& each : given_) {
      each = allocate(0);
    }
  }
  void thread(unsigned self) override {
    static_cast<void>(attach(self));
    if (self == 0) {
      for (const std::uint32_t each : given_) {
        give(self, each);
      }
      return; // inspected as it stands, attached and with blocks in it
    }
    const std::uint32_t first = take(self);
    const std::uint32_t second = take(self);
    give(self, second);
    give(self, first);
    end(self);
  }

private:
  std::array<std::uint32_t, 4> given_{};
};

/// One slot for two: whoever comes second has no cache to itself, or comes when the first has left, and works all the same.
class cache_slot_changes_hands final : public cache_bench<2> {
public:
  cache_slot_changes_hands() : cache_bench(2, 1) {}
  void thread(unsigned self) override {
    if (attach(self).is_attached()) {
      attached_ += 1;
      require(attached_ == 1, "one slot, two caches");
    }
    give(self, take(self));
    if (cache(self).is_attached()) {
      attached_ -= 1;
    }
    end(self);
  }

private:
  unsigned attached_ = 0;
};

/// One block is live; all threads free it, two through caches of their own, the third in the pool: exactly one succeeds.
template <unsigned Threads>
class cache_double_free final : public cache_bench<2> {
public:
  cache_double_free() : cache_bench<2>(2), contested_(this->allocate(0)) {}
  void thread(unsigned self) override {
    if (self != 2) {
      static_cast<void>(this->attach(self));
    }
    if (!begun_) {
      begun_ = true;
      this->book().given_up(contested_);
    }
    this->book().call_begins(self);
    const result<void> freed = self == 2 ? this->pool().deallocate(this->address(contested_))
                                         : this->cache(self).deallocate(this->address(contested_));
    this->book().call_ends(self);
    if (freed.has_value()) {
      succeeded_ += 1;
      return;
    }
    require(freed.code() == error_code::double_free, "wrong error");
    refused_ += 1;
    if (self == 2) {
      count(this->expected_failures(), error_code::double_free);
    } else {
      this->failed(self, error_code::double_free);
    }
  }
  void inspect() override {
    require(succeeded_ == 1, succeeded_ == 0 ? "no free succeeded" : "double free accepted");
    require(refused_ == Threads - 1, "wrong number of refusals");
    cache_bench<2>::inspect();
  }

private:
  std::uint32_t contested_;
  bool begun_ = false;
  unsigned succeeded_ = 0;
  unsigned refused_ = 0;
};

/// One handle, freed by both through their caches: one succeeds. Then both allocate from their caches: the block may be out again, under
/// a new generation, while the loser is still on its way.
class cache_handle_free final : public cache_bench<2> {
public:
  cache_handle_free()
      : cache_bench(2), contested_(allocate(0)), handle_(pool().handle_of(address(contested_)).value()) {}
  void thread(unsigned self) override {
    static_cast<void>(attach(self));
    if (!begun_) {
      begun_ = true;
      book().given_up(contested_);
    }
    book().call_begins(self);
    const result<void> freed = cache(self).deallocate(handle_);
    book().call_ends(self);
    if (freed.has_value()) {
      succeeded_ += 1;
    } else {
      require(freed.code() == error_code::stale_handle, "wrong error");
      failed(self, error_code::stale_handle);
    }
    give(self, take(self));
  }
  void inspect() override {
    require(succeeded_ == 1, succeeded_ == 0 ? "no free succeeded" : "double free accepted");
    cache_bench::inspect();
  }

private:
  std::uint32_t contested_;
  block_handle handle_;
  bool begun_ = false;
  unsigned succeeded_ = 0;
};

/// The third thread reads state() while two caches refill and flush. Each number is in its bounds, and the peak only rises.
class cache_state_reader final : public cache_bench<3> {
public:
  cache_state_reader() : cache_bench(4) {}
  void thread(unsigned self) override {
    if (self == 2) {
      const allocator_state before = read_state();
      const allocator_state after = read_state();
      require(after.peak_bytes >= before.peak_bytes, "the peak fell");
      return;
    }
    static_cast<void>(attach(self));
    const std::uint32_t first = must_take(self);
    give(self, first);
    end(self);
  }

private:
  [[nodiscard]] allocator_state read_state() {
    const allocator_state now = pool().state();
    require(now.capacity_bytes == 4 * pool().stride_bytes(), "wrong capacity");
    require(now.used_bytes <= now.capacity_bytes, "used above capacity");
    require(now.available_bytes == now.capacity_bytes - now.used_bytes, "used and available do not add up");
    require(now.used_bytes == now.live_blocks * pool().stride_bytes(), "used is not that of the live blocks");
    require(now.live_blocks + now.cached_blocks <= 4, "more blocks live and cached than there are");
    require(now.peak_bytes <= now.capacity_bytes, "peak above capacity");
    return now;
  }
};

/// Magazines of one block, so that each call reaches the list, and no retries: contended at worst, with nothing changed.
class cache_bounded final : public cache_bench<1> {
public:
  cache_bounded() : cache_bench(4) {}
  void thread(unsigned self) override {
    static_cast<void>(attach(self));
    const std::uint32_t first = take_bounded(self);
    const std::uint32_t second = take_bounded(self);
    give(self, first);
    if (second != none) {
      give_bounded(self, second);
    }
    const std::uint32_t kept = cache(self).kept_blocks();
    const result<void> flushed = cache(self).try_flush(0);
    if (!flushed.has_value()) {
      require(flushed.code() == error_code::contended && cache(self).kept_blocks() == kept, "a flush was done by half");
      failed(self, error_code::contended);
    }
    end(self);
  }

private:
  std::uint32_t take_bounded(unsigned self) {
    const std::uint32_t index = take(self, 0);
    require(refused().of(error_code::exhausted) == 0, "exhausted with blocks free");
    return index;
  }
  void give_bounded(unsigned self, std::uint32_t index) {
    give_up(self, index);
    const result<void> freed = cache(self).try_deallocate(address(index), 0);
    if (!freed.has_value()) {
      require(freed.code() == error_code::contended, "a right free was refused");
      failed(self, error_code::contended);
      require(cache(self).deallocate(address(index)).has_value(), "a contended free was half done");
    }
    book().changed_head(self);
  }
};

} // namespace nebula::race
