// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "tools/replay/need.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nebula/kernel.hpp>
#include <stdexcept>
#include <vector>

#include "tools/replay/plan.hpp"
#include "tools/trace/blocks.hpp"

namespace nebula::replay {
namespace {

// No address space has more; below it nothing here can wrap.
constexpr std::size_t most_bytes = std::numeric_limits<std::size_t>::max() / 16;

std::size_t sum_of(std::size_t left, std::size_t right) {
  if (left > most_bytes || right > most_bytes - left) {
    throw std::length_error("no storage can hold what the trace needs");
  }
  return left + right;
}
std::size_t rounded_up(std::size_t bytes, std::size_t align) { return sum_of(bytes, align - 1) / align * align; }

// Calls the follower's allocate(slot, layout) and release(slot), as the engine does: a block that grows is there twice
// for a moment; blocks that live at the end are freed then.
template <class Follower>
void follow(const trace::trace_image& image, Follower& follower) {
  trace::operation_reader reader(image);
  for (trace::operation item{}; reader.next(item);) {
    switch (item.kind) {
    case trace::operation_kind::allocate:
      follower.allocate(item.slot, replayed_layout(item.size, item.alignment));
      break;
    case trace::operation_kind::release: follower.release(item.slot); break;
    case trace::operation_kind::reallocate: follower.move(item.slot, replayed_layout(item.size, item.alignment)); break;
    case trace::operation_kind::none:
    case trace::operation_kind::release_dead:
    case trace::operation_kind::release_unknown: break;
    }
  }
}

class bump_follower {
public:
  explicit bump_follower(gives_back_last gives) : gives_(gives) {}

  void allocate(std::size_t slot, layout asked) {
    need_.align = std::max(need_.align, asked.align);
    previous_top_ = top_;
    top_ = sum_of(rounded_up(top_, asked.align), asked.size);
    last_ = {slot, gives_ == gives_back_last::yes};
    ++live_;
    need_.bytes = std::max(need_.bytes, top_);
  }
  void release(std::size_t slot) {
    if (last_.is_there && last_.slot == slot) {
      top_ = previous_top_;
      last_.is_there = false;
    }
    count_out();
  }
  // The new block comes before the old one goes, which is then not the last.
  void move(std::size_t slot, layout asked) {
    allocate(slot, asked);
    count_out();
  }
  [[nodiscard]] storage_need need() const { return need_; }

private:
  struct last_block {
    std::size_t slot;
    bool is_there;
  };
  void count_out() {
    if (--live_ == 0) {
      top_ = 0;
      last_.is_there = false;
    }
  }
  gives_back_last gives_;
  storage_need need_;
  std::size_t top_ = 0;
  std::size_t previous_top_ = 0;
  std::uint64_t live_ = 0;
  last_block last_{0, false};
};

class stack_follower {
public:
  explicit stack_follower(std::size_t slots) : places_(slots) {}

  void allocate(std::size_t slot, layout asked) {
    need_.align = std::max(need_.align, asked.align);
    places_[slot] = entries_.size();
    entries_.push_back({top_, false});
    top_ = sum_of(rounded_up(top_, asked.align), asked.size);
    need_.bytes = std::max(need_.bytes, sum_of(top_, entries_.size() * stack_allocator::record_bytes()));
  }
  void release(std::size_t slot) { free(places_[slot]); }
  void move(std::size_t slot, layout asked) {
    const std::size_t old = places_[slot];
    allocate(slot, asked);
    free(old);
  }
  [[nodiscard]] storage_need need() const { return need_; }

private:
  struct entry {
    std::size_t previous_top;
    bool is_freed;
  };
  void free(std::size_t place) {
    entries_[place].is_freed = true;
    while (!entries_.empty() && entries_.back().is_freed) {
      top_ = entries_.back().previous_top;
      entries_.pop_back();
    }
  }
  storage_need need_;
  std::size_t top_ = 0;
  std::vector<entry> entries_;
  std::vector<std::size_t> places_; // of the slots' blocks
};

// All that is allocated between two moments at which nothing is live, each block with its record and with as much
// padding as it can need: what is given back in between is not counted on.
class arena_follower {
public:
  void allocate(std::size_t /*slot*/, layout asked) {
    sum_ = sum_of(sum_, sum_of(sum_of(asked.size, asked.align), arena::record_bytes()));
    most_ = std::max(most_, sum_);
    ++live_;
  }
  void release(std::size_t /*slot*/) { sum_ = --live_ == 0 ? 0 : sum_; }
  void move(std::size_t slot, layout asked) {
    allocate(slot, asked);
    release(slot);
  }
  // A request that begins a chunk leaves a rest of the last one that is smaller than itself: twice the sum fills the
  // chunks. Each is twice as large as the one before, so that all of them are at most twice as large again.
  [[nodiscard]] storage_need need() const {
    const std::size_t filled = sum_of(sum_of(most_, most_), 2 * arena_first_chunk_bytes);
    return {sum_of(filled, filled), chunk_align_bytes};
  }

private:
  std::size_t sum_ = 0;
  std::size_t most_ = 0;
  std::uint64_t live_ = 0;
};

} // namespace

void storage_need::append(const storage_need& other) {
  align = std::max(align, other.align);
  bytes = sum_of(rounded_up(bytes, other.align), other.bytes);
}

storage_need bump_need(const trace::trace_image& image, gives_back_last gives) {
  bump_follower follower(gives);
  follow(image, follower);
  return follower.need();
}
storage_need stack_need(const trace::trace_image& image, std::size_t slots) {
  stack_follower follower(slots);
  follow(image, follower);
  return follower.need();
}
storage_need arena_need(const trace::trace_image& image) {
  arena_follower follower;
  follow(image, follower);
  return follower.need();
}

} // namespace nebula::replay
