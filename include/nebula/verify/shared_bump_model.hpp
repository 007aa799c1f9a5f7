// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <bit>
#include <tuple>
#include <vector>

#include <nebula/verify/model.hpp>

namespace nebula::verify {

/// What a shared bump allocator does when one thread calls it, from its contract. [SR-SBUMP-001] to [SR-SBUMP-005]
class shared_bump_model {
public:
  static constexpr bool has_marks = false;
  static constexpr bool has_free_without_layout = false;
  static constexpr bool has_handles = false;

  shared_bump_model(address begin, std::size_t size) : begin_(begin), size_(size) {}

  verdict allocate(layout request) {
    if (request.size == 0 || std::popcount(request.align) != 1) {
      return {failed_(error_code::invalid_layout)};
    }
    const address place = round_up(begin_ + top_, request.align);
    if (!fits(place, request.size)) {
      const bool ever = fits(round_up(begin_, request.align), request.size);
      return {failed_(ever ? error_code::exhausted : error_code::layout_unsupported)};
    }
    return {error_code::none, place, begin_, begin_ + size_};
  }
  void allocated(address place, layout request) {
    live_.push_back(place);
    top_ = place - begin_ + request.size;
    peak_ = std::max(peak_, top_);
  }

  error_code deallocate(address place, layout /*allocated*/) {
    if (place == 0) {
      return failed_(error_code::null_pointer);
    }
    if (place < begin_ || place - begin_ >= size_) {
      return failed_(error_code::foreign_pointer);
    }
    return failed_(place - begin_ >= top_ ? error_code::double_free : error_code::not_last_block);
  }

  error_code reset() {
    top_ = 0;
    live_.clear();
    return error_code::none;
  }

  [[nodiscard]] bool is_live(address place) const {
    return std::find(live_.begin(), live_.end(), place) != live_.end();
  }
  [[nodiscard]] allocator_state state() const {
    return {size_, top_, size_ - top_, peak_, live_.size(), failed_.counts()};
  }
  /// What its later answers depend on, failures apart: see state_key.
  [[nodiscard]] auto members() const { return std::tie(top_, peak_, live_); }

private:
  [[nodiscard]] bool fits(address place, std::size_t size) const {
    return static_cast<wide>(place) + size <= static_cast<wide>(begin_) + size_;
  }

  address begin_;
  std::size_t size_;
  std::size_t top_ = 0;
  std::size_t peak_ = 0;
  std::vector<address> live_;
  failure_tally failed_;
};

} // namespace nebula::verify
