// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include <nebula/verify/pool_model.hpp>

namespace nebula::verify {

/// What a pool and its caches do, from their contracts: where each free block is kept, by number. Front 0 is the pool
/// itself; the others are caches. [SR-CACHE-001] to [SR-CACHE-005]
class pool_cache_model : public pool_model {
public:
  /// `capacities`: of the caches, in the order of their fronts.
  pool_cache_model(address first, std::size_t stride, layout block, std::size_t count, bool is_paranoid,
                   std::size_t slot_count, const std::vector<std::size_t>& capacities)
      : pool_model(first, stride, block, count, is_paranoid), count_(count), slot_count_(slot_count), fronts_(1) {
    for (const std::size_t capacity : capacities) {
      fronts_.push_back({capacity, 0, false});
    }
  }

  void select(std::size_t front) { selected_ = front; }
  /// All caches end; then they are made anew, beginning with this one. As many as there are slots are attached.
  void make_all(std::size_t first_front) {
    const std::size_t cache_count = fronts_.size() - 1;
    for (std::size_t turn = 0; turn < cache_count; ++turn) {
      magazine& made = fronts_[1 + (first_front + turn) % cache_count];
      made.kept = 0;
      made.is_attached = turn < slot_count_;
      static_cast<void>(fail(made.is_attached ? error_code::none : error_code::no_cache_slot));
    }
  }
  void flush() { fronts_[selected_].kept = 0; }

  verdict allocate(layout request) {
    const bool well_formed = request.size != 0 && std::popcount(request.align) == 1 && serves(request);
    if (well_formed && fronts_[selected_].kept == 0 && listed() == 0) {
      return {fail(error_code::exhausted)};
    }
    return pool_model::allocate(request);
  }
  void allocated(address place, layout request) {
    refill();
    if (fronts_[selected_].is_attached) {
      --fronts_[selected_].kept;
    }
    pool_model::allocated(place, request);
    peak_ = std::max(peak_, count_ - listed());
  }
  /// An empty magazine takes half of what it can hold, or what there is.
  void refill() {
    magazine& now = fronts_[selected_];
    if (now.is_attached && now.kept == 0) {
      now.kept = std::min((now.capacity + 1) / 2, listed());
      peak_ = std::max(peak_, count_ - listed());
    }
  }
  /// A call has taken a block off the list, found fault with it, and put it back.
  void taken_and_put_back() {
    const bool passes_through = selected_ != 0 && !fronts_[selected_].is_attached;
    peak_ = std::max(peak_, count_ - listed() + (passes_through ? 1U : 0U));
  }

  template <class... Layout>
  error_code deallocate(address place, Layout... allocated) {
    return freed(pool_model::deallocate(place, allocated...));
  }
  error_code deallocate_generation(address place, std::uint64_t generation_then) {
    return freed(pool_model::deallocate_generation(place, generation_then));
  }
  /// A full magazine gives back half.
  void make_room() {
    magazine& now = fronts_[selected_];
    if (now.is_attached && now.kept == now.capacity) {
      now.kept -= (now.capacity + 1) / 2;
    }
  }

  error_code reset() { return fail(listed() != count_ ? error_code::blocks_live : error_code::none); }

  [[nodiscard]] allocator_state state() const {
    allocator_state now = pool_model::state();
    now.cached_blocks = cached();
    now.peak_bytes = peak_ * stride();
    return now;
  }
  /// What its later answers depend on, failures apart: see state_key.
  [[nodiscard]] auto members() const {
    return std::tuple_cat(pool_model::members(), std::tie(fronts_, selected_, peak_));
  }

private:
  struct magazine {
    std::size_t capacity = 0;
    std::size_t kept = 0;
    bool is_attached = false;

    [[nodiscard]] auto members() const { return std::tie(capacity, kept, is_attached); }
  };

  error_code freed(error_code outcome) {
    if (outcome == error_code::none) {
      make_room();
      fronts_[selected_].kept += fronts_[selected_].is_attached ? 1U : 0U;
    }
    return outcome;
  }
  [[nodiscard]] std::size_t cached() const {
    std::size_t sum = 0;
    for (const magazine& each : fronts_) {
      sum += each.kept;
    }
    return sum;
  }
  [[nodiscard]] std::size_t listed() const { return count_ - live_count() - cached(); }

  std::size_t count_;
  std::size_t slot_count_;
  std::vector<magazine> fronts_;
  std::size_t selected_ = 0;
  std::size_t peak_ = 0;
};

} // namespace nebula::verify
