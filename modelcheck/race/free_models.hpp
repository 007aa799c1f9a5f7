// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include "pool_bench.hpp"

namespace nebula::race {

/// One block is live before the threads start, and all of them free it: exactly one succeeds, the others are refused.
template <unsigned Threads>
class double_free : public pool_bench {
public:
  double_free() : pool_bench(2), contested_(allocate(0)) {}
  void thread(unsigned self) override { free_contested(self); }
  void inspect() override {
    require(succeeded_ == 1, succeeded_ == 0 ? "no free succeeded" : "double free accepted");
    require(refused_ == Threads - 1, "wrong number of refusals");
    pool_bench::inspect();
  }

protected:
  void free_contested(unsigned self) {
    if (!begun_) {
      begun_ = true;
      book().given_up(contested_);
    }
    book().call_begins(self);
    const result<void> freed = pool().deallocate(address(contested_));
    if (freed.has_value()) {
      book().changed_head(self);
      succeeded_ += 1;
      return;
    }
    book().call_ends(self);
    require(freed.code() == error_code::double_free, "wrong error");
    count(expected_failures(), error_code::double_free);
    refused_ += 1;
  }
  [[nodiscard]] std::uint32_t contested() const { return contested_; }
  [[nodiscard]] unsigned succeeded() const { return succeeded_; }

private:
  std::uint32_t contested_;
  bool begun_ = false;
  unsigned succeeded_ = 0;
  unsigned refused_ = 0;
};

/// Two threads free the only block by its address while a third allocates it, twice if it can. A second free may succeed, for by
/// address the new allocation cannot be told from the old; but only if there was one, and the block is never out twice.
class double_free_while_allocating final : public scenario {
public:
  using pool_type = pool_bench::pool_type;
  double_free_while_allocating() : pool_(plan()), block_(pool_.allocate(pool_bench::block).value()) {}
  void thread(unsigned self) override {
    if (self != 2) {
      frees_begun_ += 1;
      const result<void> freed = pool_.deallocate(block_);
      require(freed.has_value() || freed.code() == error_code::double_free, "wrong error");
      frees_ += freed.has_value() ? 1U : 0U;
      require(frees_ <= 1 + allocations_begun_, "double free accepted");
      return;
    }
    for (int round = 0; round < 2; ++round) {
      allocations_begun_ += 1;
      const result<std::byte*> taken = pool_.allocate(pool_bench::block);
      require(taken.has_value() ? taken.value() == block_ : taken.code() == error_code::exhausted, "wrong error");
      allocations_ += taken.has_value() ? 1U : 0U;
      require(allocations_ <= frees_begun_, "double allocation");
    }
  }
  void inspect() override {
    require(frees_ >= 1, "no free succeeded");
    require(frees_ <= 1 + allocations_, "double free accepted");
    require(allocations_ <= frees_, "double allocation");
    const unsigned live = 1 + allocations_ - frees_;
    require(pool_.state().live_blocks == live, "wrong count");
    require(pool_.check_invariants().has_value(), "invariants broken");
    require(reported_.of(error_code::double_free) == 2 - frees_, "a misuse was not reported");
    require(pool_.allocate(pool_bench::block).has_value() == (live == 0), "lost block");
  }

private:
  [[nodiscard]] pool_type::plan_type plan() {
    return pool_type::config_type{byte_span{storage_.data(), storage_.size()}, pool_bench::block.size,
                                  pool_bench::block.align, 1, fault_hook{&count_fault, &reported_}}
        .validate()
        .value();
  }

  alignas(std::max_align_t) std::array<std::byte, 512> storage_{};
  failure_counts reported_{};
  pool_type pool_;
  std::byte* block_;
  unsigned frees_begun_ = 0;
  unsigned frees_ = 0;
  unsigned allocations_begun_ = 0;
  unsigned allocations_ = 0;
};

/// The same by handle: exactly one free succeeds whatever happens to the block since, and the handle is stale from then on. Two
/// threads free it and go on to allocate; a third, if there is one, resolves it meanwhile.
template <unsigned Threads, bool ThenAllocate>
class handle_free final : public pool_bench {
public:
  handle_free() : pool_bench(2), contested_(allocate(0)), handle_(pool().handle_of(address(contested_)).value()) {}
  void thread(unsigned self) override {
    if (self == 2) {
      const bool resolved = resolve();
      require(!resolve() || resolved, "a stale handle came back to life");
      return;
    }
    free_contested(self);
    if constexpr (ThenAllocate) {
      free(self, allocate(self));
    }
  }
  void inspect() override {
    require(succeeded_ == 1, succeeded_ == 0 ? "no free succeeded" : "double free accepted");
    require(!resolve(), "a stale handle came back to life");
    pool_bench::inspect();
  }

private:
  void free_contested(unsigned self) {
    if (!begun_) {
      begun_ = true;
      book().given_up(contested_);
    }
    book().call_begins(self);
    const result<void> freed = pool().deallocate(handle_);
    if (freed.has_value()) {
      book().changed_head(self);
      succeeded_ += 1;
      return;
    }
    book().call_ends(self);
    require(freed.code() == error_code::stale_handle, "wrong error");
    count_stale();
  }
  [[nodiscard]] bool resolve() {
    const result<std::byte*> found = pool().resolve(handle_);
    if (found.has_value()) {
      require(found.value() == address(contested_), "a handle names another block");
      return true;
    }
    require(found.code() == error_code::stale_handle, "wrong error");
    count_stale();
    return false;
  }
  void count_stale() { count(expected_failures(), error_code::stale_handle); }

  std::uint32_t contested_;
  block_handle handle_;
  bool begun_ = false;
  unsigned succeeded_ = 0;
};

} // namespace nebula::race
