// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>
#include <vector>

#include <nebula/verify/pool_model.hpp>

namespace nebula::verify {

/// What a segregated allocator does, from its contract: pools, searched one by one. [SR-SEG-002] to [SR-SEG-004]
class segregated_model {
public:
  static constexpr bool has_marks = false;
  static constexpr bool has_free_without_layout = true;
  static constexpr bool has_handles = false;

  segregated_model(std::vector<pool_model> pools, std::size_t fallback_classes)
      : pools_(std::move(pools)), fallback_classes_(fallback_classes) {}

  verdict allocate(layout request) {
    if (request.size == 0 || std::popcount(request.align) != 1) {
      return {failed_(error_code::invalid_layout)};
    }
    const std::size_t first = smallest_class(request);
    if (first == pools_.size()) {
      return {failed_(error_code::layout_unsupported)};
    }
    for (std::size_t index = first; index < pools_.size() && index <= first + fallback_classes_; ++index) {
      // an over-aligned request may find that the next class is aligned less strictly; that class does not serve it
      const verdict from_pool =
          pools_[index].serves(request) ? pools_[index].allocate(request) : verdict{error_code::exhausted};
      if (from_pool.code == error_code::none) {
        return from_pool;
      }
    }
    return {failed_(error_code::exhausted)};
  }

  void allocated(address place, layout request) {
    pool_model& owner = *pool_of(place);
    owner.allocated(place, request);
    used_ += owner.stride();
    peak_ = std::max(peak_, used_);
  }

  error_code deallocate(address place, layout allocated) {
    const auto owner = pool_of(place);
    if (owner != pools_.end()) {
      const bool valid = allocated.size != 0 && std::popcount(allocated.align) == 1;
      const std::size_t first = valid ? smallest_class(allocated) : pools_.size();
      const auto index = static_cast<std::size_t>(owner - pools_.begin());
      if (first > index || index - first > fallback_classes_ || !owner->serves(allocated)) {
        return failed_(error_code::layout_mismatch);
      }
    }
    return deallocate(place);
  }

  error_code deallocate(address place) {
    const auto owner = pool_of(place);
    if (owner == pools_.end()) {
      return failed_(place == 0 ? error_code::null_pointer : error_code::foreign_pointer);
    }
    const error_code code = owner->deallocate(place);
    used_ -= code == error_code::none ? owner->stride() : 0;
    return failed_(code);
  }

  error_code reset() { return failed_(used_ != 0 ? error_code::blocks_live : error_code::none); }

  [[nodiscard]] bool is_live(address place) const {
    return std::any_of(pools_.begin(), pools_.end(), [&](const pool_model& pool) { return pool.is_live(place); });
  }

  [[nodiscard]] stray_write watches(address place) const {
    for (const pool_model& pool : pools_) {
      if (pool.holds(place)) {
        return pool.watches(place);
      }
    }
    return {};
  }
  [[nodiscard]] address tail_of(address place, layout request) { return pool_of(place)->tail_of(place, request); }
  void mended(address /*place*/, stray_write found) { static_cast<void>(failed_(found.code)); }
  /// The bytes of the largest block that the request may be given; 0 iff none serves it.
  [[nodiscard]] std::size_t largest_stride(layout request) const {
    const std::size_t first = smallest_class(request);
    std::size_t largest = 0;
    for (std::size_t index = first; index < pools_.size() && index <= first + fallback_classes_; ++index) {
      largest = std::max(largest, pools_[index].stride());
    }
    return largest;
  }

  [[nodiscard]] allocator_state state() const {
    allocator_state sum;
    for (const pool_model& pool : pools_) {
      sum.capacity_bytes += pool.state().capacity_bytes;
      sum.live_blocks += pool.live_count();
    }
    sum.used_bytes = used_;
    sum.available_bytes = sum.capacity_bytes - used_;
    sum.peak_bytes = peak_;
    sum.failures = failed_.counts();
    return sum;
  }
  /// What its later answers depend on, failures apart: see state_key.
  [[nodiscard]] auto members() const { return std::tie(pools_, used_, peak_); }

private:
  [[nodiscard]] std::size_t smallest_class(layout request) const {
    const auto found =
        std::find_if(pools_.begin(), pools_.end(), [&](const pool_model& pool) { return pool.serves(request); });
    return static_cast<std::size_t>(found - pools_.begin());
  }
  [[nodiscard]] std::vector<pool_model>::iterator pool_of(address place) {
    return std::find_if(pools_.begin(), pools_.end(), [&](const pool_model& pool) { return pool.holds(place); });
  }

  std::vector<pool_model> pools_;
  std::size_t fallback_classes_;
  std::size_t used_ = 0;
  std::size_t peak_ = 0;
  failure_tally failed_;
};

} // namespace nebula::verify
