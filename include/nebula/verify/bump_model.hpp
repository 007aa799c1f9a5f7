// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <bit>
#include <tuple>
#include <vector>

#include <nebula/verify/model.hpp>

namespace nebula::verify {

/// What a bump allocator does, from its contract. [SR-BUMP-001] to [SR-BUMP-003], [SR-MARK-002], [SR-MARK-003]
class bump_model {
public:
  static constexpr bool has_marks = true;
  static constexpr bool has_free_without_layout = false;
  static constexpr bool has_handles = false;

  /// `tail_bytes` stand behind each block: at the paranoid level a canary.
  bump_model(address begin, std::size_t size, std::size_t mark_bytes, std::size_t tail_bytes = 0)
      : begin_(begin), size_(size), mark_bytes_(mark_bytes), tail_bytes_(tail_bytes) {}

  verdict allocate(layout request) {
    if (request.size == 0 || std::popcount(request.align) != 1) {
      return {failed_(error_code::invalid_layout)};
    }
    const address place = round_up(begin_ + top_, request.align);
    if (!fits(place, request.size, limit())) {
      const bool ever = fits(round_up(begin_, request.align), request.size, size_);
      return {failed_(ever ? error_code::exhausted : error_code::layout_unsupported)};
    }
    return {error_code::none, place, begin_, begin_ + size_};
  }

  void allocated(address place, layout request) {
    last_ = block{top_, place, request};
    live_.push_back({place, place + request.size});
    top_ = place - begin_ + request.size + tail_bytes_;
    peak_ = std::max(peak_, top_);
  }

  error_code deallocate(address place, layout allocated) {
    if (place == 0) {
      return failed_(error_code::null_pointer);
    }
    if (place < begin_ || place - begin_ >= size_) {
      return failed_(error_code::foreign_pointer);
    }
    if (place - begin_ >= top_) {
      return failed_(error_code::double_free);
    }
    if (!last_ || place < last_->place) {
      return failed_(error_code::not_last_block);
    }
    if (place > last_->place) {
      return failed_(error_code::misaligned_pointer);
    }
    if (allocated != last_->request) {
      return failed_(error_code::layout_mismatch);
    }
    top_ = last_->previous_top;
    live_.pop_back();
    forget_unwatched();
    last_.reset();
    return error_code::none;
  }

  error_code mark() {
    if (limit() - top_ < mark_bytes_) {
      return failed_(error_code::exhausted);
    }
    open_.push_back(marks_.size());
    marks_.push_back({top_, live_.size(), generation_});
    last_.reset();
    return error_code::none;
  }

  error_code restore(std::size_t number) {
    if (marks_[number].generation != generation_) {
      return failed_(error_code::stale_marker);
    }
    const auto open = std::find(open_.begin(), open_.end(), number);
    if (open == open_.end()) {
      return failed_(error_code::spent_marker);
    }
    open_.erase(open, open_.end());
    top_ = marks_[number].top;
    live_.resize(marks_[number].live);
    forget_unwatched();
    last_.reset();
    return error_code::none;
  }
  error_code restore_foreign() { return failed_(error_code::foreign_marker); }

  error_code reset() {
    ++generation_;
    top_ = 0;
    live_.clear();
    forget_unwatched();
    open_.clear();
    last_.reset();
    return error_code::none;
  }

  [[nodiscard]] bool is_live(address place) const {
    return std::any_of(live_.begin(), live_.end(), [&](const extent& each) { return each.begin == place; });
  }
  [[nodiscard]] stray_write watches(address place) const {
    if (tail_bytes_ != 0 && place >= begin_ + top_ && place < begin_ + limit()) {
      return {error_code::written_after_free, place};
    }
    for (std::size_t index = unwatched_; index < live_.size(); ++index) {
      if (place >= live_[index].end && place - live_[index].end < tail_bytes_) {
        return {error_code::overrun, live_[index].end};
      }
    }
    return {};
  }
  [[nodiscard]] static address tail_of(address place, layout request) { return place + request.size; }
  void mended(address /*place*/, stray_write found) {
    static_cast<void>(failed_(found.code));
    // an older block's canary cannot say any more where those before it are
    for (std::size_t index = 0; found.code == error_code::overrun && index < live_.size(); ++index) {
      if (live_[index].end == found.reported && !(last_ && last_->place == live_[index].begin)) {
        unwatched_ = index;
      }
    }
  }
  [[nodiscard]] std::size_t tail_bytes() const { return tail_bytes_; }
  [[nodiscard]] std::size_t mark_count() const { return marks_.size(); }

  [[nodiscard]] allocator_state state() const {
    return {size_, top_, limit() - top_, peak_, live_.size(), failed_.counts()};
  }
  /// What its later answers depend on, failures apart: see state_key.
  [[nodiscard]] auto members() const {
    return std::tie(top_, peak_, generation_, live_, unwatched_, marks_, open_, last_);
  }

private:
  struct block {
    std::size_t previous_top;
    address place;
    layout request;
  };
  struct extent {
    address begin;
    address end;
  };
  struct made_mark {
    std::size_t top;
    std::size_t live;
    std::uint64_t generation;
  };

  void forget_unwatched() { unwatched_ = std::min(unwatched_, live_.size()); }
  [[nodiscard]] bool fits(address place, std::size_t size, std::size_t limit) const {
    return static_cast<wide>(place) + size + tail_bytes_ <= static_cast<wide>(begin_) + limit;
  }
  [[nodiscard]] std::size_t limit() const { return size_ - open_.size() * mark_bytes_; }

  address begin_;
  std::size_t size_;
  std::size_t mark_bytes_;
  std::size_t tail_bytes_;
  std::size_t top_ = 0;
  std::size_t peak_ = 0;
  std::uint64_t generation_ = 0;
  std::vector<extent> live_;      ///< oldest first
  std::size_t unwatched_ = 0;     ///< so many of them, the oldest, are behind a canary that was overwritten
  std::vector<made_mark> marks_;  ///< all that were ever made
  std::vector<std::size_t> open_; ///< those that can be restored, oldest first
  std::optional<block> last_;
  failure_tally failed_;
};

} // namespace nebula::verify
