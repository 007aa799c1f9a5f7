// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include "pool_bench.hpp"

namespace nebula::race {

/// Two size classes in use, one block each, the larger serving requests of the smaller when that is out. The threads allocate from both,
/// free, and read state(): the bytes used are never above what can have been out, and exact at the end. Without state(), of which
/// each reading is dozens of steps, two threads are few enough steps to be searched with two switches.
template <unsigned Threads, bool ReadState>
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
    const result<std::byte*> taken = allocator_.allocate(request);
    in_call_[self] = 0;
    if (!taken.has_value()) {
      require(taken.code() == error_code::exhausted, "wrong error");
      count(expected_, error_code::exhausted);
      return none;
    }
    const std::uint32_t index = allocator_.pool(1).owns(taken.value()) ? 0 : 1;
    require(taken.value() == address(index), "a block from nowhere");
    require(owner_[index] == ledger::nobody, "double allocation");
    owner_[index] = self;
    most_held_ = std::max(most_held_, held());
    payload_[index](RL_INFO).store(static_cast<int>(self));
    return index;
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
  std::array<std::size_t, Threads> peak_seen_{};
  std::size_t most_held_ = 0;
  std::size_t most_out_ = 0;
  allocator_type allocator_;
};

} // namespace nebula::race
