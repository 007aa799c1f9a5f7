// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <bit>
#include <tuple>
#include <vector>

#include <nebula/verify/model.hpp>

namespace nebula::verify {

/// What a pool does, from its contract. It predicts which blocks may come, not which of them does. [SR-POOL-003] to
/// [SR-POOL-009]
class pool_model {
public:
  static constexpr bool has_marks = false;
  static constexpr bool has_free_without_layout = true;
  static constexpr bool has_handles = true;

  pool_model(address first, std::size_t stride, layout block, std::size_t count, bool is_paranoid = false)
      : first_(first),
        stride_(stride),
        block_(block),
        is_paranoid_(is_paranoid),
        live_(count, false),
        frees_(count, 0) {}

  verdict allocate(layout request) {
    if (request.size == 0 || std::popcount(request.align) != 1) {
      return {failed_(error_code::invalid_layout)};
    }
    if (!serves(request)) {
      return {failed_(error_code::layout_unsupported)};
    }
    if (live_count() == live_.size()) {
      return {failed_(error_code::exhausted)};
    }
    return {error_code::none, std::nullopt, first_, first_ + stride_ * live_.size()};
  }

  void allocated(address place, layout /*request*/) {
    live_[(place - first_) / stride_] = true;
    ++live_count_;
    peak_ = std::max(peak_, live_count());
  }

  error_code deallocate(address place, layout allocated) {
    const bool could_be = allocated.size != 0 && std::popcount(allocated.align) == 1 && serves(allocated);
    if (is_block(place) && !could_be) {
      return failed_(error_code::layout_mismatch);
    }
    return deallocate(place);
  }

  error_code deallocate(address place) {
    if (place == 0) {
      return failed_(error_code::null_pointer);
    }
    if (place < first_ || place >= first_ + stride_ * live_.size()) {
      return failed_(error_code::foreign_pointer);
    }
    if (!is_block(place)) {
      return failed_(error_code::misaligned_pointer);
    }
    if (!is_live(place)) {
      return failed_(error_code::double_free);
    }
    live_[(place - first_) / stride_] = false;
    --live_count_;
    ++frees_[(place - first_) / stride_];
    return error_code::none;
  }

  /// How often a block has been freed: the generation of its next allocation.
  [[nodiscard]] std::uint64_t generation(address place) const { return frees_[(place - first_) / stride_]; }

  error_code deallocate_generation(address place, std::uint64_t generation_then) {
    if (!is_live(place) || generation(place) != generation_then) {
      return failed_(error_code::stale_handle);
    }
    return deallocate(place);
  }

  error_code resolve_generation(address place, std::uint64_t generation_then) {
    return failed_(is_live(place) && generation(place) == generation_then ? error_code::none
                                                                          : error_code::stale_handle);
  }

  error_code reset() { return failed_(live_count() != 0 ? error_code::blocks_live : error_code::none); }

  [[nodiscard]] bool is_live(address place) const { return is_block(place) && live_[(place - first_) / stride_]; }
  [[nodiscard]] std::size_t live_count() const { return live_count_; }
  [[nodiscard]] bool serves(layout request) const {
    return request.size <= block_.size && request.align <= block_.align;
  }
  [[nodiscard]] bool is_block(address place) const {
    return place >= first_ && place < first_ + stride_ * live_.size() && (place - first_) % stride_ == 0;
  }
  [[nodiscard]] bool holds(address place) const { return place >= first_ && place < first_ + stride_ * live_.size(); }
  [[nodiscard]] stray_write watches(address place) const {
    if (!is_paranoid_ || !holds(place)) {
      return {};
    }
    const address block = place - (place - first_) % stride_;
    if (!is_live(block)) {
      return {error_code::written_after_free, place};
    }
    return place - block < block_.size ? stray_write{} : stray_write{error_code::overrun, place};
  }
  [[nodiscard]] address tail_of(address place, layout /*request*/) const { return place + block_.size; }
  void mended(address /*place*/, stray_write found) { static_cast<void>(failed_(found.code)); }
  [[nodiscard]] std::size_t stride() const { return stride_; }
  [[nodiscard]] address first() const { return first_; }
  [[nodiscard]] address beyond() const { return first_ + stride_ * live_.size(); }

  [[nodiscard]] allocator_state state() const {
    const std::size_t live = live_count();
    return {live_.size() * stride_, live * stride_, (live_.size() - live) * stride_,
            peak_ * stride_,        live,           failed_.counts()};
  }
  /// What its later answers depend on, failures apart: see state_key.
  [[nodiscard]] auto members() const { return std::tie(live_, frees_, live_count_, peak_); }

protected:
  /// Counts a failure, and hands it on.
  error_code fail(error_code code) { return failed_(code); }

private:
  address first_;
  std::size_t stride_;
  layout block_;
  bool is_paranoid_;
  std::vector<bool> live_;
  std::vector<std::uint64_t> frees_;
  std::size_t live_count_ = 0;
  std::size_t peak_ = 0;
  failure_tally failed_;
};

} // namespace nebula::verify
