// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include "pool_bench.hpp"

namespace nebula::race {

/// Two size classes in use, one block each, the larger serving requests of the smaller when that is out. The threads
/// allocate from both, free, and read state(): the bytes used are never above what can have been out, and exact at the
/// end; exhausted is right only if the other threads can have had all that may serve the request. Without state(), of
/// which each reading is dozens of steps, two threads are few enough steps to be searched with two switches.
template <unsigned Threads, bool ReadState, std::size_t MaxRetries = free_list<relacy_atomics>::unlimited_retries>
class segregated final : public scenario {
public:
  using allocator_type = basic_segregated<relacy_atomics>;

  segregated() : allocator_(plan()) { owner_.fill(ledger::nobody); }

  void thread(unsigned self) override {
    const std::uint32_t first = allocate(self, small);
    if constexpr (ReadState) {
      read_state(self);
    }
    const std::uint32_t second = Threads == 2 && ReadState ? allocate(self, large) : none;
    free(self, first, small);
    if constexpr (ReadState) {
      read_state(self);
    }
    free(self, second, large);
  }

  void inspect() override {
    const allocator_state now = allocator_.state();
    require(now.used_bytes == 0 && now.live_blocks == 0 && now.available_bytes == now.capacity_bytes, "wrong count");
    require(now.peak_bytes >= most_held_ && now.peak_bytes <= most_out_, "wrong peak");
    require(now.failures == expected_, "wrong failure count");
    require(reported_.total() == 0, "a right call was reported as misuse");
    require(allocator_.check_invariants().has_value(), "invariants broken");
    for (const layout request : {small, small}) {
      require(allocator_.allocate(request).has_value(), "lost block");
    }
    require(allocator_.allocate(small).code() == error_code::exhausted, "a block from nowhere");
    require(allocator_.state().used_bytes == small.size + large.size, "wrong count");
  }

private:
  static constexpr layout small{16, 8};
  static constexpr layout large{48, 8};
  // The first class is never asked for: with its bytes in the capacity, a sum that is too high shows as a peak too high.
  static constexpr std::array<size_class, 3> classes{{{8, 8, 8}, {16, 8, 1}, {48, 8, 1}}};
  static constexpr std::uint32_t none = 2;

  std::uint32_t allocate(unsigned self, layout request) {
    begin(self, large.size); // the most that the call may take
    asked_[self] += 1;
    const result<std::byte*> taken = allocator_.try_allocate(request, MaxRetries);
    in_call_[self] = 0;
    if (!taken.has_value()) {
      refused(self, request, taken.code());
      return none;
    }
    const std::uint32_t index = taken.value() == address(0) ? 0 : 1;
    require(taken.value() == address(index), "a block from nowhere");
    require(owner_[index] == ledger::nobody, "double allocation");
    owner_[index] = self;
    most_held_ = std::max(most_held_, held());
    payload_[index](RL_INFO).store(static_cast<int>(self));
    return index;
  }
  void refused(unsigned self, layout request, error_code code) {
    count(expected_, code);
    if (code == error_code::contended) {
      require(MaxRetries != free_list<relacy_atomics>::unlimited_retries, "contended without a bound");
      return;
    }
    require(code == error_code::exhausted, "wrong error");
    // Each block that may serve the request is this thread's, or another call has had it; a call takes one at most.
    std::uint32_t out = 0;
    for (unsigned other = 0; other < Threads; ++other) {
      out += other == self ? 0 : asked_[other];
    }
    for (std::uint32_t index = request.size > small.size ? 1 : 0; index < none; ++index) {
      out += owner_[index] == self ? 1U : 0U;
    }
    require(out >= (request.size > small.size ? 1U : 2U), "exhausted with blocks free");
  }
  void free(unsigned self, std::uint32_t index, layout allocated) {
    if (index == none) {
      return;
    }
    require(payload_[index](RL_INFO).load() == static_cast<int>(self), "payload overwritten");
    owner_[index] = ledger::nobody;
    begin(self, classes[index + 1].block_size_bytes);
    require(allocator_.deallocate(address(index), allocated).has_value(), "a right free was refused");
    in_call_[self] = 0;
  }
  void read_state(unsigned self) {
    const allocator_state now = allocator_.state();
    require(now.used_bytes <= most_out_, "used above what can have been out");
    require(now.used_bytes + now.available_bytes == now.capacity_bytes, "used and available do not add up");
    require(now.used_bytes >= held_by(self), "the reader's own blocks are not counted");
    require(now.peak_bytes <= most_out_ && now.peak_bytes >= held_by(self), "wrong peak");
    require(now.peak_bytes >= peak_seen_[self], "the peak fell");
    require(now.live_blocks <= 2, "more blocks live than there are");
    peak_seen_[self] = now.peak_bytes;
  }

  void begin(unsigned self, std::size_t bytes) {
    in_call_[self] = bytes;
    std::size_t out = held();
    for (const std::size_t each : in_call_) {
      out += each;
    }
    most_out_ = std::max(most_out_, std::min(out, small.size + large.size));
  }
  [[nodiscard]] std::size_t held() const {
    std::size_t bytes = 0;
    for (unsigned self = 0; self < Threads; ++self) {
      bytes += held_by(self);
    }
    return bytes;
  }
  [[nodiscard]] std::size_t held_by(unsigned self) const {
    return (owner_[0] == self ? small.size : 0) + (owner_[1] == self ? large.size : 0);
  }
  [[nodiscard]] std::byte* address(std::uint32_t index) const { return allocator_.pool(index + 1).block_bytes().data; }
  [[nodiscard]] allocator_type::plan_type plan() {
    const allocator_type::config_type config{byte_span{storage_.data(), storage_.size()}, classes.data(),
                                             classes.size(), 1, fault_hook{&count_fault, &reported_}};
    const result<allocator_type::plan_type> plan = config.validate();
    require(plan.has_value(), "the model's configuration is invalid");
    return plan.value();
  }

  alignas(std::max_align_t) std::array<std::byte, 8192> storage_{};
  failure_counts reported_{};
  failure_counts expected_{};
  std::array<unsigned, 2> owner_{};
  std::array<rl::var<int>, 2> payload_{};
  std::array<std::size_t, Threads> in_call_{};
  std::array<std::uint32_t, Threads> asked_{}; // allocations begun
  std::array<std::size_t, Threads> peak_seen_{};
  std::size_t most_held_ = 0;
  std::size_t most_out_ = 0;
  allocator_type allocator_;
};

/// Two threads free one block by its address and then take a smaller one; a third allocates the contested block, and
/// frees it. The second free may hit the new allocation, which by address cannot be told from the old, and subtract its
/// bytes before they were added: a sum read in between, by the smaller allocation, has wrapped. At rest there is no
/// trace of it.
class segregated_double_free final : public scenario {
public:
  using allocator_type = basic_segregated<relacy_atomics>;

  segregated_double_free() : allocator_(plan()), block_(allocator_.allocate(contested).value()) {}

  void thread(unsigned self) override {
    if (self != 2) {
      free();
      require(allocator_.allocate(smaller).has_value(), "exhausted with blocks free");
      return;
    }
    allocations_begun_ += 1;
    const result<std::byte*> taken = allocator_.allocate(contested);
    if (!taken.has_value()) {
      require(taken.code() == error_code::exhausted, "wrong error");
      exhausted_ += 1;
      return;
    }
    require(taken.value() == block_, "a block from nowhere");
    allocations_ += 1;
    require(allocations_ <= frees_begun_, "double allocation");
    free();
  }

  void inspect() override {
    const allocator_state now = allocator_.state();
    require(now.peak_bytes <= now.capacity_bytes, "peak above capacity");
    require(frees_ >= 1, "no free succeeded");
    require(frees_ <= 1 + allocations_, "double free accepted");
    require(allocations_ <= frees_, "double allocation");
    const unsigned live = 1 + allocations_ - frees_;
    require(now.live_blocks == live + 2 && now.used_bytes == live * contested.size + 2 * smaller.size, "wrong count");
    require(now.used_bytes + now.available_bytes == now.capacity_bytes, "wrong count");
    require(now.peak_bytes >= contested.size && now.peak_bytes >= now.used_bytes, "wrong peak");
    const unsigned refused = frees_begun_ - frees_;
    require(now.failures.of(error_code::double_free) == refused, "wrong failure count");
    require(now.failures.of(error_code::exhausted) == exhausted_, "wrong failure count");
    require(now.failures.total() == refused + exhausted_, "wrong failure count");
    require(reported_.of(error_code::double_free) == refused && reported_.total() == refused,
            "a misuse was not reported once");
    require(allocator_.check_invariants().has_value(), "invariants broken");
    require(allocator_.allocate(contested).has_value() == (live == 0), "lost block");
    require(allocator_.state().used_bytes == now.capacity_bytes, "wrong count");
  }

private:
  static constexpr layout smaller{8, 8};
  static constexpr layout contested{48, 8};
  static constexpr std::array<size_class, 2> classes{{{8, 8, 2}, {48, 8, 1}}};

  void free() {
    frees_begun_ += 1;
    const result<void> freed = allocator_.deallocate(block_, contested);
    require(freed.has_value() || freed.code() == error_code::double_free, "wrong error");
    frees_ += freed.has_value() ? 1U : 0U;
    require(frees_ <= 1 + allocations_begun_, "double free accepted");
  }
  [[nodiscard]] allocator_type::plan_type plan() {
    const allocator_type::config_type config{byte_span{storage_.data(), storage_.size()}, classes.data(),
                                             classes.size(), 0, fault_hook{&count_fault, &reported_}};
    const result<allocator_type::plan_type> plan = config.validate();
    require(plan.has_value(), "the model's configuration is invalid");
    return plan.value();
  }

  alignas(std::max_align_t) std::array<std::byte, 8192> storage_{};
  failure_counts reported_{};
  allocator_type allocator_;
  std::byte* block_;
  unsigned frees_begun_ = 0;
  unsigned frees_ = 0;
  unsigned allocations_begun_ = 0;
  unsigned allocations_ = 0;
  unsigned exhausted_ = 0;
};

} // namespace nebula::race
