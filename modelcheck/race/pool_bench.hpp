// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include "ledger.hpp"

namespace nebula::race {

/// One execution of a model: made before the threads start, inspected and destroyed when they have ended.
class scenario {
public:
  scenario() = default;
  virtual ~scenario() = default;
  scenario(const scenario&) = delete;
  scenario& operator=(const scenario&) = delete;
  virtual void thread(unsigned thread_index) = 0;
  virtual void inspect() = 0;
};

inline void count(failure_counts& failures, error_code code) {
  const std::size_t reason = failure_reason_index(code);
  require(reason < failure_reason_count, "an error that is none");
  failures.counts[reason] += 1;
}

/// The reaction of the models' allocators to a fault: corruption ends the execution; misuse is counted, for inspect() to compare.
inline void count_fault(void* context, const fault& report) {
  if (is_corruption(report.what.code)) {
    fail("corrupted: ", name(report.broken));
  }
  count(*static_cast<failure_counts*>(context), report.what.code);
}

/// The shipped pool template over the detector's atomics, with its oracle. A model derives from it and says what its threads do.
class pool_bench : public scenario {
public:
  using pool_type = basic_pool<relacy_atomics, span_block_storage<relacy_atomics>>;
  static constexpr layout block{24,
                                8}; // a stride that is no power of two, so that finding a block's index is not a shift
  static constexpr std::uint32_t none = ledger::block_count_max;

  /// Caches, if any, may have `kept_at_most` blocks off the list that nobody holds.
  explicit pool_bench(std::uint32_t block_count, std::size_t cache_count = 0, std::uint32_t kept_at_most = 0)
      : ledger_(block_count), kept_at_most_(kept_at_most), pool_(plan(block_count, cache_count)) {}

  /// When all threads have ended: counters exact, metadata sound, and each free block comes out once.
  void inspect() override {
    const std::uint32_t live = ledger_.held();
    expect_counters(live);
    require(pool_.check_invariants().has_value(), "invariants broken");
    std::array<bool, ledger::block_count_max> drained{};
    for (std::uint32_t count = live; count < pool_.block_count(); ++count) {
      const result<std::byte*> next = pool_.allocate(block);
      require(next.has_value(), "lost block");
      const std::uint32_t index = index_of(next.value());
      require(!ledger_.is_held(index) && !drained[index], "double allocation");
      drained[index] = true;
    }
    require(pool_.allocate(block).code() == error_code::exhausted, "a block from nowhere");
    require(pool_.state().used_bytes == pool_.state().capacity_bytes, "wrong count");
    for (std::uint32_t index = 0; index < pool_.block_count(); ++index) {
      require(!drained[index] || pool_.deallocate(pool_.block_bytes().data + index * pool_.stride_bytes()).has_value(),
              "a right free was refused");
    }
    require(pool_.check_invariants().has_value(), "invariants broken");
    require(pool_.state().live_blocks == live, "wrong count");
  }

protected:
  [[nodiscard]] pool_type& pool() { return pool_; }
  [[nodiscard]] ledger& book() { return ledger_; }

  /// Allocates for a thread, and writes into the block as its owner; none iff refused, rightly.
  std::uint32_t allocate(unsigned thread, std::size_t max_retries = free_list<relacy_atomics>::unlimited_retries) {
    ledger_.call_begins(thread);
    const result<std::byte*> taken = pool_.try_allocate(block, max_retries);
    if (!taken.has_value()) {
      ledger_.call_ends(thread);
      count(expected_, taken.code());
      if (taken.code() == error_code::contended) {
        require(max_retries != free_list<relacy_atomics>::unlimited_retries, "contended without a bound");
      } else {
        require(taken.code() == error_code::exhausted, "wrong error");
        require(ledger_.may_have_been_empty(thread), "exhausted with blocks free");
      }
      return none;
    }
    return take_over(thread, taken.value());
  }

  /// Frees what allocate() gave; nothing for none.
  void free(unsigned thread, std::uint32_t index) {
    if (index == none) {
      return;
    }
    give_up(thread, index);
    require(pool_.deallocate(address(index)).has_value(), "a right free was refused");
    ledger_.changed_head(thread);
  }

  /// An allocation of this thread returns: it has the block, and writes into it.
  std::uint32_t take_over(unsigned thread, const std::byte* place) {
    const std::uint32_t index = index_of(place);
    ledger_.allocated(thread, index);
    payload_[index](RL_INFO).store(stamp(thread, index));
    return index;
  }
  /// A free of this thread begins: it reads what it wrote, and has the block no more.
  void give_up(unsigned thread, std::uint32_t index) {
    require(payload_[index](RL_INFO).load() == stamp(thread, index), "payload overwritten");
    ledger_.given_up(index);
    ledger_.call_begins(thread);
  }

  [[nodiscard]] std::byte* address(std::uint32_t index) const {
    return pool_.block_bytes().data + index * pool_.stride_bytes();
  }
  [[nodiscard]] std::uint32_t index_of(const std::byte* place) const {
    const auto offset = static_cast<std::size_t>(place - pool_.block_bytes().data);
    require(
        place >= pool_.block_bytes().data && offset < pool_.block_bytes().size && offset % pool_.stride_bytes() == 0,
        "a block from nowhere");
    return static_cast<std::uint32_t>(offset / pool_.stride_bytes());
  }
  /// Failures that the threads were answered with, by reason; inspect() compares.
  [[nodiscard]] failure_counts& expected_failures() { return expected_; }

private:
  void expect_counters(std::uint32_t live) {
    const allocator_state now = pool_.state();
    require(now.live_blocks == live && now.used_bytes == live * pool_.stride_bytes(), "wrong count");
    require(now.used_bytes + now.available_bytes == now.capacity_bytes, "wrong count");
    require(now.peak_bytes >= ledger_.most_held() * pool_.stride_bytes(), "wrong peak");
    require(now.peak_bytes <= (ledger_.most_out() + kept_at_most_) * pool_.stride_bytes(), "wrong peak");
    require(now.peak_bytes <= now.capacity_bytes, "peak above capacity");
    require(now.failures == expected_, "wrong failure count");
    for (const error_code code : {error_code::double_free, error_code::stale_handle, error_code::blocks_live}) {
      require(reported_.of(code) == expected_.of(code), "a misuse was not reported");
    }
  }
  [[nodiscard]] pool_type::plan_type plan(std::uint32_t block_count, std::size_t cache_count) {
    pool_type::config_type config{byte_span{storage_.data(), storage_.size()}, block.size, block.align, block_count,
                                  fault_hook{&count_fault, &reported_}};
    config.cache_count = cache_count;
    const result<pool_type::plan_type> plan = config.validate();
    require(plan.has_value(), "the model's configuration is invalid");
    return plan.value();
  }
  [[nodiscard]] static int stamp(unsigned thread, std::uint32_t index) {
    return static_cast<int>(thread * 16 + index + 1);
  }

  alignas(std::max_align_t) std::array<std::byte, 2048> storage_{};
  failure_counts reported_{};
  failure_counts expected_{};
  ledger ledger_;
  std::uint32_t kept_at_most_;
  std::array<rl::var<int>, ledger::block_count_max> payload_{};
  pool_type pool_;
};

} // namespace nebula::race
