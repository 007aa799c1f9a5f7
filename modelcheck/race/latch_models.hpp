// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <nebula/kernel/published.hpp>

#include "pool_bench.hpp"

namespace nebula {

/// The way into the metadata that the kernel leaves to its harnesses: to damage it before the threads start.
struct metadata_access {
  template <class Pool>
  static auto& record(Pool& pool, std::uint32_t index) {
    return pool.blocks_.record(index);
  }
};

} // namespace nebula

namespace nebula::race {

/// Two of three free blocks are marked live: whoever takes one finds the pool corrupted, and two may find it at a time. The hook
/// hears of it once. A thread that has been told, by a call of its own or by the thread that was, is told so by each call from then
/// on. The latch is an atomic of the detector here.
class corruption_latch final : public scenario {
public:
  using pool_type = basic_pool<latching_atomics, span_block_storage<latching_atomics>>;

  corruption_latch() : pool_(plan()) {
    for (const std::uint32_t damaged : {0U, 1U}) {
      metadata_access::record(pool_, damaged).state.store(1, memory_order::relaxed);
    }
  }
  void thread(unsigned self) override {
    bool told = false;
    for (int round = 0; round < 2; ++round) {
      told = told || told_.load(memory_order::acquire) != 0;
      const result<std::byte*> taken = pool_.allocate(pool_bench::block);
      require(!told || taken.code() == error_code::corrupted, "a call went on after corruption");
      if (taken.code() == error_code::corrupted) {
        refused_ += 1;
        told = true;
        told_.store(1, memory_order::release);
      } else {
        require(taken.has_value() || taken.code() == error_code::exhausted, "wrong error");
        taken_ += taken.has_value() ? 1U : 0U;
        exhausted_ += taken.has_value() ? 0U : 1U;
        require(taken_ <= 1, "a damaged block was handed out");
      }
    }
    require(self > 2 || !told || pool_.is_corrupted(), "the latch came open");
  }
  void inspect() override {
    require(refused_ != 0, "corruption was not found");
    require(reported_ == 1, reported_ == 0 ? "corruption was not reported" : "corruption was reported twice");
    require(pool_.is_corrupted(), "the latch came open");
    const allocator_state now = pool_.state();
    require(now.failures.of(error_code::corrupted) == refused_ &&
                now.failures.of(error_code::exhausted) == exhausted_ && now.failures.total() == refused_ + exhausted_,
            "wrong failure count");
    require(pool_.allocate(pool_bench::block).code() == error_code::corrupted &&
                pool_.deallocate(pool_.block_bytes().data).code() == error_code::corrupted &&
                pool_.reset().code() == error_code::corrupted &&
                pool_.check_invariants().code() == error_code::corrupted,
            "a call went on after corruption");
    require(reported_ == 1, "corruption was reported twice");
  }

private:
  static void hear(void* context, const fault& report) {
    require(report.what.code == error_code::corrupted && report.broken == invariant::popped_block_was_free,
            "wrong error");
    *static_cast<unsigned*>(context) += 1;
  }
  [[nodiscard]] pool_type::plan_type plan() {
    return pool_type::config_type{byte_span{storage_.data(), storage_.size()}, pool_bench::block.size,
                                  pool_bench::block.align, 3, fault_hook{&hear, &reported_}}
        .validate()
        .value();
  }

  alignas(std::max_align_t) std::array<std::byte, 1024> storage_{};
  unsigned reported_ = 0;
  pool_type pool_;
  modelled<std::uint32_t> told_{};
  unsigned refused_ = 0;
  unsigned taken_ = 0;
  unsigned exhausted_ = 0;
};

/// What the program's fault hook is published by, with a hook whose fields are plain: one thread fills it and sets it, then
/// another; the others use what they get.
class hook_published final : public scenario {
public:
  void thread(unsigned self) override {
    if (self == 0) {
      for (rl::var<int>& hook : hooks_) {
        hook(RL_INFO).store(filled);
        slot_.set(&hook);
      }
      return;
    }
    const rl::var<int>* const first = use();
    const rl::var<int>* const second = use();
    require(first == nullptr || second != nullptr, "a hook was taken back");
    require(first != &hooks_[1] || second == first, "an older hook came back");
  }
  void inspect() override { require(use() == &hooks_[1], "the hook is not the last one"); }

private:
  static constexpr int filled = 7;

  const rl::var<int>* use() {
    const rl::var<int>* const hook = slot_.get();
    require(hook == nullptr || (*hook)(RL_INFO).load() == filled, "a hook before it was filled");
    return hook;
  }

  std::array<rl::var<int>, 2> hooks_{};
  published<relacy_atomics, rl::var<int>> slot_{};
};

} // namespace nebula::race
